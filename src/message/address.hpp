// Mailboxes as a mail client would show them (RFC 5322 3.4, obsolete forms of
// 4.4, groups in From of RFC 6854, UTF-8 of RFC 6532).
//
// Deviation: text that does not follow the grammar is read as far as possible,
// for display, and marked as not well-formed; it must not prove anything.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message/header.hpp"

namespace mekiki::message {

struct mailbox {
  /// Without quotes, comments and control octets; encoded words (RFC 2047) stay
  /// as they are, and so do raw characters of ISO-2022-JP between their
  /// escapes, here and in the address. In "a@b (Name)" it is the comment.
  std::string display_name;
  std::string local_part;  // as written, with quotes if it has them
  std::string domain;      // as written, or a literal in its brackets

  std::string address() const { return local_part + '@' + domain; }
};

struct address_list {
  std::vector<mailbox> mailboxes;  // the first hundred, in order
  std::size_t count = 0;           // all of them
  /// The text follows the grammar, so that all clients read it alike.
  bool well_formed = true;
  /// What is no mailbox and no display name of one, and may be shown: comments,
  /// phrases without an address, names of groups, words beside an address, what
  /// some clients read for a display name; encoded words as they stand. All of
  /// a value; of several fields at most 65,536.
  std::vector<std::string> texts;
};

/// The mailboxes of a field's value, those within groups too. Text in a quoted
/// string or comment does not count as an address. Raw ISO-2022-JP
/// (`undo_shifts`) and Shift_JIS are read as such, so that an octet of theirs
/// is no quote and no backslash; where that finds other mailboxes than RFC 5322
/// does, both count, and the value is not well-formed. At most 64 KB are looked
/// at; a longer value is not well-formed. Linear.
address_list parse_addresses(std::string_view value);

/// Domains of addresses: without quotes, in lower case (but those with
/// characters of ISO-2022-JP as they are written); the first five different
/// ones and the last five, in order.
struct domain_list {
  std::vector<std::string> domains;
  std::string first_address;  // of the first one
  /// The list is complete, and no client reads another domain from it.
  bool is_certain = true;
};

/// The domain behind every @ that some client might show as an author's, also
/// where the grammar is broken. Text before an address in angle brackets is a
/// name, as comments and quoted strings are; but where nothing else holds an
/// address, a quoted string does. A wide "@" counts where a domain with a dot
/// stands behind it. Octets that no reader of raw Japanese takes for what RFC
/// 5322 does leave no doubt, as long as both find the same domain. Linear.
domain_list possible_domains(std::string_view value);

/// The parts of a value that hold an address or may be one, by each way of
/// reading, each once: of each element what begins with its angle bracket, or
/// all of it. At most 64 KB are looked at. Linear.
std::vector<std::string> address_parts(std::string_view value);

struct author_list {
  address_list from;       // of all From fields together, top to bottom
  std::size_t fields = 0;  // how many From fields some client might read
  /// Of all fields that some client might read.
  domain_list shown;
};

/// The authors of the mail. Not well-formed if some line is not a From field
/// but might be read as one.
author_list authors(const header_view& header);

/// What stands between the angle brackets of a List-Id field's value
/// (RFC 2919 2), or nothing if it is not exactly one such identifier.
std::optional<std::string> parse_list_id(std::string_view value);

/// What a List-Id is usually made of, from a List-Post field's value (RFC 2369
/// 3.4): "users.example.jp" from "<mailto:users@example.jp>". Of several URLs
/// the first with mailto counts. Nothing if there is none ("NO"), or its
/// address has other characters than letters, digits and "-._".
std::optional<std::string> parse_list_post(std::string_view value);

}  // namespace mekiki::message
