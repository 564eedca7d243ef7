// Finds the trust rule that applies to a domain or address.
#pragma once

#include <string_view>

#include "verdict/facts.hpp"

namespace mekiki::verdict {

/// The first rule with this effect about lists or forwarders whose domain is
/// `domain`, or lies above it; null if there is none.
const rule* rule_covering(const facts& f, rule::kind what, rule::effect does,
                          std::string_view domain);

/// The first rule with this effect about the author or, if there is none, about
/// `signer` (as pairs have it: "spf:" before a domain that SPF proves); else
/// null. Rules about an author may want his signature; those about a signer are
/// about the domain, whatever proves it.
const rule* rule_about(const facts& f, rule::effect does,
                       std::string_view signer);

}  // namespace mekiki::verdict
