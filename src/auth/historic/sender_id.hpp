// Sender ID (RFC 4406), an experiment of 2006 that was given up. Historic:
// shown to who asks, never evidence. It evaluates records as SPF does.
//
// Deviation: records of type SPF (99) are not asked for (RFC 7208 3.1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/spf/check_host.hpp"
#include "dns/resolver.hpp"
#include "message/header.hpp"

namespace mekiki::historic {

/// What a record may be published for.
enum class sender_id_scope : std::uint8_t { mfrom, pra };

/// RFC 4406 4.4: the record of "spf2.0" that has the scope. Where there is no
/// record of "spf2.0" at all, that of "v=spf1" (3.4).
spf::selection select_mfrom(const std::vector<std::string>& texts);
spf::selection select_pra(const std::vector<std::string>& texts);

/// RFC 4406 4: as spf::check_host, for `asked.mail_from` under the records of
/// the scope; `how.select` has no effect.
boost::asio::awaitable<spf::check_result> check_sender_id_host(
    const spf::request& asked, sender_id_scope what, dns::resolver& resolver,
    const spf::options& how);

struct sender_id_result {
  auth::result status = auth::result::none;
  std::string reason;   // one English sentence without final stop, ASCII
  std::string field;    // that named the responsible, lower case; may be empty
  std::string address;  // of the responsible, as written; may be empty
};

/// Whether `asked.ip` may send for the mail's Purported Responsible Address;
/// `none` where there is no such address. `asked.mail_from` has no effect. The
/// arguments must live until it is done.
boost::asio::awaitable<sender_id_result> check_sender_id(
    const message::header_view& header, const spf::request& asked,
    dns::resolver& resolver, const spf::options& how);

}  // namespace mekiki::historic
