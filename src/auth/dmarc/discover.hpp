// Finding the record that applies to a domain, and the organizational domain:
// by the tree walk of RFC 9989 4.10, or with the public suffix list by
// RFC 7489 3.2 and 6.6.3.
//
// Differs from RFC 9989: several records at the author's domain end the search
// for a policy, as RFC 7489 6.6.3 has it and public suites expect. By 4.10 they
// would be ignored, and the walk would go on. For every other name we do so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dmarc/record.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dmarc {

// Domains here are normalized (dns/name.hpp), with A-labels.

/// The names a tree walk from `domain` asks at, longest first, at most eight:
/// the domain itself, then, cut to seven labels if it has more, each one above
/// down to the top-level domain.
std::vector<std::string> walk_names(std::string_view domain);

/// What one name publishes.
struct published {
  std::string domain;
  record rules;
};

/// The organizational domain of `start` (RFC 9989 4.10.2), `walk` being the
/// records that its tree walk met, longest name first.
std::string organizational_domain(const std::vector<published>& walk,
                                  const std::string& start);

struct discovery {
  std::optional<record> found;  // the record that applies
  std::string policy_domain;    // where it is, or where `problem` is
  /// Of the author's domain; empty if the DNS gave no answer.
  std::string org_domain;
  /// Whether the author's domain exists (RFC 9989 3.2.13: anything but
  /// NXDOMAIN). Unknown where nothing depends on it or the DNS gave no answer.
  std::optional<bool> exists;
  /// Without a record: why there is none. With one: why something else is not
  /// known.
  std::optional<errc> problem;
  std::string detail;  // the question that failed, and how; may be empty
};

/// RFC 9989 4.10.1 asks at most 8 questions and one about existence, RFC 7489
/// at most 2.
boost::asio::awaitable<discovery> discover(std::string author_domain,
                                           dns::resolver& resolver, spec rules);

/// The organizational domain of one identifier by RFC 9989, in at most 8
/// questions; empty if the DNS gave no answer.
boost::asio::awaitable<std::string> find_organizational_domain(
    std::string domain, dns::resolver& resolver);

/// What `discover` will ask, for prefetching.
std::vector<dns::question> questions(const std::string& author_domain,
                                     spec rules);

}  // namespace mekiki::dmarc
