// What an upstream holds, as far as LIST, UIDL and DELE showed it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace mekiki::pop3 {

struct maildrop {
  std::vector<std::uint64_t> sizes;    // by number - 1, one more; 0: not known
  std::optional<std::uint32_t> mails;  // by STAT or UIDL
  bool listed = false;                 // LIST was asked for already
  std::unordered_set<std::uint32_t> deleted;

  std::optional<std::size_t> size_of(std::uint32_t number) const;

  /// A line "NUMBER OCTETS" of LIST. Only the first 200,000 mails of a mailbox
  /// are remembered.
  void note(std::string_view line);
  /// The status line of LIST `number`.
  void note_one(std::uint32_t number, std::string_view status);

  /// Empty: not known.
  std::string_view uidl_of(std::uint32_t number) const;

  /// A line "NUMBER UNIQUE-ID" of UIDL. Only the first megabyte of a mailbox's
  /// identifiers is remembered.
  void note_uidl(std::string_view line);

 private:
  void note_size(std::uint32_t number, std::uint32_t octets);

  std::string uidls_;                     // one after the other, LF after each
  std::vector<std::uint32_t> uidl_ends_;  // by number - 1; 0: not known
};

}  // namespace mekiki::pop3
