// Mails of ours after the upstream's in one session's listing: their numbers,
// and what STAT, LIST and UIDL say of them (docs/design.md, "Our own mails in a
// listing"). No sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/warning.hpp"

namespace mekiki::pop3 {

class own_mails {
 public:
  own_mails() = default;
  /// They get the numbers after `upstream_mails`, the upstream's at login.
  own_mails(std::uint32_t upstream_mails,
            const std::vector<store::listed_warning>& mails);

  bool empty() const { return mails_.empty(); }
  /// A number of ours, deleted or not.
  bool has(std::uint32_t number) const;
  /// Whether an upstream's line of LIST or UIDL is about a mail that was there
  /// at login: others would have our numbers.
  bool is_upstreams(std::string_view line) const;

  /// Null if it is deleted, or not ours.
  const store::listed_warning* find(std::uint32_t number) const;
  /// False where there is none. Undone by `restore`.
  bool remove(std::uint32_t number);
  void restore();
  std::vector<std::string> removed() const;  // unique-ids

  /// The upstream's answer to STAT with ours counted in; as it is if it is no
  /// such answer. Where it does not tell the octets, ours alone.
  std::string stat(std::string_view status) const;
  /// Lines of LIST, or UIDL, each with its CRLF.
  std::string list() const;
  std::string uidl() const;

 private:
  struct mail {
    store::listed_warning what;
    bool removed = false;
  };
  std::uint32_t number_of(const mail& m) const;

  std::uint32_t before_ = 0;
  std::vector<mail> mails_;
};

/// The number of mails in an upstream's answer to STAT, if it is one.
std::optional<std::uint32_t> count_of_stat(std::string_view status);

/// The header of a mail (lines with CRLF) and the first `lines` lines of its
/// body.
std::string_view head_of(std::string_view mail, std::uint32_t lines);

}  // namespace mekiki::pop3
