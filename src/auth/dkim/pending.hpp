// A signature whose key could not be fetched, kept without the mail, to be
// verified when the DNS answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/signature.hpp"
#include "auth/dkim/verify.hpp"
#include "base/expected.hpp"
#include "crypto/digest.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dkim {

/// The tags of a signature and the hashes it is compared with; no text of the
/// mail, and of i= the domain alone.
struct pending_signature {
  signature claims;
  crypto::digest header;          // hash of the canonical header
  errc body = errc::ok;           // or what is wrong with the body
  std::uint64_t body_octets = 0;  // of the canonical body
};

/// Longer texts are not read.
constexpr std::size_t max_pending_octets = 64 << 10;

/// Four lines of ASCII: the tags, the header's hash, the body's code and its
/// octets.
std::string format(const pending_signature& p);

/// Reads what `format` wrote. Errors: those of the tags; `syntax` for the rest.
expected<pending_signature, errc> parse_pending_signature(
    std::string_view text);

/// The result that `verifier::finish` would have given with the DNS answer,
/// except that `identity` has no local part. temperror again if the DNS still
/// does not answer.
boost::asio::awaitable<signature_result> judge_again(pending_signature p,
                                                     dns::resolver& resolver,
                                                     key_cache& keys,
                                                     verify_options options);

}  // namespace mekiki::dkim
