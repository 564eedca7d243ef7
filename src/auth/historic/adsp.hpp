// Author Domain Signing Practices (RFC 5617): does the domain of an author say
// that it signs all its mails, and did it sign this one? Historic since 2013;
// shown to who asks, never evidence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/result.hpp"
#include "dns/resolver.hpp"

namespace mekiki::historic {

/// What the owner of a domain says about mails by its authors.
enum class adsp_practices : std::uint8_t {
  unknown,      // they may be signed
  all,          // they are signed by the domain
  discardable,  // they are, and one that is not may be thrown away
};

/// Reads the text of a TXT record: dkim= first, other tags after it are passed
/// over, another value counts as unknown. Nothing for any other text.
std::optional<adsp_practices> parse_adsp_record(std::string_view text);

/// The words of RFC 5617 5.4, which are not all those of other checks.
enum class adsp_result : std::uint8_t {
  none,       // the domain publishes no record
  pass,       // the domain signed the mail, whatever its record says
  unknown,    // it did not, and does not say that it signs all
  fail,       // it did not, and says so
  discard,    // the same, and asks to throw such mails away
  nxdomain,   // the domain does not exist
  temperror,  // a signature or the record could not be fetched for now
  permerror,  // the author has no domain name that could be asked
};
std::string_view to_string(adsp_result r);
/// One English sentence without final stop, for people.
std::string_view describe(adsp_result r);

/// One DKIM signature: its d=, normalized, and the result of its check.
struct author_signature {
  std::string domain;
  auth::result status = auth::result::none;
};

/// RFC 5617 3.2 and 4.3 for one author, whose domain may hold U-labels and
/// anything else. A signature counts only if its d= is that very domain. Asks
/// no question if one passed, at most two otherwise. A record that cannot be
/// read is as none (4.1), and so are several, which 4.3 leaves undefined. The
/// arguments must live until it is done.
boost::asio::awaitable<adsp_result> check_adsp(
    const std::string& author_domain,
    const std::vector<author_signature>& signatures, dns::resolver& resolver);

}  // namespace mekiki::historic
