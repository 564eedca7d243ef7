// The reverse-path of a Return-Path field (RFC 5321 4.4), which holds the
// envelope sender as the host wrote it that delivered the mail.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mekiki::message {

/// The path without angle brackets and source route; "" for the null path, also
/// where a host calls it MAILER-DAEMON. Hosts that write no brackets, or white
/// space and comments around, are understood. The local part is the sender's to
/// choose: where it follows no grammar, has control octets or more than 1,000
/// octets, it is left out, "@example.jp". A control octet of the domain is
/// written as "?". Nothing if no domain can be read, or if there is more than
/// one path. Linear.
std::optional<std::string> parse_reverse_path(std::string_view value);

}  // namespace mekiki::message
