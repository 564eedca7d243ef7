// One name for a mailbox, however its owner spells it when logging in.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::verdict {

/// The mailbox that a login name means, as an address where it holds one:
///   recent:taro@gmail.com  (Gmail, for a second machine)   taro@gmail.com
///   taro%example.jp        (cPanel, Courier)               taro@example.jp
///   taro@example.jp/box    (a folder of it)                taro@example.jp
/// In lower case, since no server in use tells mailboxes apart by the case of
/// ASCII letters, although RFC 5321 2.4 would allow it; a domain in A-labels.
/// Never what is sent to a server. Applying it twice changes nothing.
std::string mailbox_name(std::string_view login);

/// The same for an account (pop3::account_id): "login%host", perhaps with a
/// port. What has no "%" stays as it is.
std::string account_name(std::string_view account);

}  // namespace mekiki::verdict
