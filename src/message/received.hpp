// Received fields (RFC 5321 4.4, and what Postfix, Exim, Sendmail, qmail,
// Exchange, Google, Courier, OpenSMTPD, Dovecot, Cyrus, CommuniGate, MDaemon,
// IMail, MailEnable, XMail, Zimbra, IronPort, Mimecast, MXLogic, MessageLabs
// and fetchmail make of it): what the receiving host wrote, apart from what
// its client said. A form that a client could
// imitate by its HELO is read only where the comment names the server that
// writes it.
//
// Deviation: outside of comments quotes have a meaning behind "for <" only.
// Elsewhere a quoted local part with spaces is split into words; no host name
// or address is read from these.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ip_address.hpp"

namespace mekiki::message {

enum class transport : std::uint8_t {
  unstated,
  smtp,
  lmtp,   // RFC 2033: from one host of a site to another, or within a host
  other,  // POP3, HTTP, mapi, a local program, ...
};

/// Borrows the value given to `parse_received`. What cannot be told for sure
/// is empty.
struct received_view {
  bool has_from = false;
  /// What the client called itself. Never evidence.
  std::string_view helo;
  /// The name that the receiving host found for the client's address, without
  /// final dot. Whoever owns the address chose it.
  std::string_view reverse_name;
  /// The client's address as the receiving host saw it on the connection;
  /// `address_text` is where it stands. An IPv4-mapped address is IPv4.
  std::optional<ip_address> address;
  std::string_view address_text;

  std::string_view by;
  std::string_view protocol;  // may be several words
  std::string_view id;
  std::string_view for_path;  // without angle brackets
  /// As in "(envelope-from <a@example.jp>)", brackets and all; may be empty.
  std::string_view envelope_from;
  std::optional<std::int64_t> time;  // Unix seconds

  transport with = transport::unstated;
  bool tls = false;            // the field says so; false says nothing
  bool authenticated = false;  // the client logged in (RFC 4954)
  /// No host handed the mail to another: "(qmail 1 invoked from network)",
  /// "with MailEnable Postoffice Connector".
  bool within_host = false;
};

/// Reads a Received field's value. Nothing if the answer would not be certain:
/// a comment does not end, a clause occurs twice, a word stands where none
/// belongs, or there are control octets, more than 8 KB, or more than 200 words
/// and comments. Linear.
std::optional<received_view> parse_received(std::string_view value);

}  // namespace mekiki::message
