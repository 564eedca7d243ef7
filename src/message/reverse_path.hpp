// The reverse-path of a Return-Path field (RFC 5321 4.4), which holds the
// envelope sender as the host wrote it that delivered the mail.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mekiki::message {

/// The path without angle brackets and source route; "" for the null path, also
/// where a host calls it MAILER-DAEMON. Hosts that write no brackets, or white
/// space and comments around, are understood. What it holds is the sender's to
/// choose, so that nothing in it makes it unreadable: a local part that follows
/// no grammar, has control octets or more than 1,000 octets is left out,
/// "@example.jp"; a domain is read up to the first sign that none has, with a
/// control octet written as "?"; "@" stands for a path without a domain
/// ("<root>"). Of several paths the first counts. Nothing for an empty field
/// and for words of which the first is no address. Linear.
std::optional<std::string> parse_reverse_path(std::string_view value);

}  // namespace mekiki::message
