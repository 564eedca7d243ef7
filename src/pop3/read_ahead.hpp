// The rules of reading ahead: which mails are asked for before the client does,
// when, and how many. No sockets.
//
// Mails are read ahead with TOP and a count of lines that no mail has, which
// marks nothing as read, and only for a client that deletes what it fetches
// (RFC 1939 has no other sign that it goes on to the end).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "base/memory_budget.hpp"
#include "pop3/maildrop.hpp"

namespace mekiki::pop3 {

/// Lines that no mail has: TOP with them gives a whole mail.
constexpr std::uint32_t all_lines = 99'999'999;

enum class prefetch : std::uint8_t {
  off,
  on,     // unless the upstream says EXPIRE 0
  force,  // even then
};
enum class prefetch_for : std::uint8_t {
  deleting,  // clients that delete what they fetch
  all,       // others, too: what they leave may stay unread on the server
};

struct prefetch_rules {
  prefetch mode = prefetch::on;
  prefetch_for whom = prefetch_for::deleting;
  std::size_t commands = 256;    // mails asked for and kept
  std::size_t octets = 2 << 20;  // of them, together
  /// Mails in transit may take this long: a command of the client waits for
  /// them.
  std::chrono::milliseconds time{700};
  /// Of all sessions: once half of it is used, no more is asked for. Null: no
  /// limit.
  const memory_budget* memory = nullptr;
};

class read_ahead {
 public:
  using duration = std::chrono::steady_clock::duration;

  /// `deletes`: the account's last session deleted all that it fetched.
  read_ahead(const prefetch_rules& rules, bool deletes)
      : rules_(rules), deletes_(deletes) {}

  // The client's commands, as they come.
  void retrieved(std::uint32_t number);
  /// For the first time, of a mail that was delivered in this session.
  void deleted(std::uint32_t number);
  void reset() { has_reset_ = true; }
  std::uint32_t last() const { return last_; }  // RETR
  /// Did this session delete all that it fetched? Nothing if it fetched none.
  std::optional<bool> deleted_all() const;

  /// The client is likely to go on: it is worth asking for sizes, and for what
  /// the host can do.
  bool is_likely_soon() const { return goes_on_after(1); }
  /// The client is one for whom mails are read ahead.
  bool is_enabled() const { return goes_on_after(2); }

  /// `octets` of answers arrived in `took`, measured from the first command
  /// that was sent while none was pending. A short measurement (at most half of
  /// `prefetch_rules::time`) is mostly a round trip, which is as long as the
  /// quickest answer at most: it lowers the known rate only as far as the time
  /// beyond that shows.
  void measured(std::size_t octets, duration took);
  /// Long enough for the octets to show the line's speed, whatever was waited
  /// for.
  bool is_long(duration took) const { return took > rules_.time / 2; }

  /// A mail that arrived is as long as LIST says.
  static bool is_exact(std::size_t listed, std::size_t octets,
                       bool ends_with_crlf);

  void stop() { stopped_ = true; }
  bool is_stopped() const { return stopped_; }

  struct load {
    std::size_t mails = 0;       // asked for or kept
    std::size_t octets = 0;      // of them, by LIST
    std::size_t on_the_way = 0;  // octets that were asked for and did not come
  };
  /// Whether a mail of `size` octets may be asked for beside that.
  bool has_room(const load& now, std::size_t size) const;
  /// Whether so little is in transit (at most half of what may be) that it is
  /// worth sending commands.
  bool is_due(const load& now) const;

 private:
  bool goes_on_after(int mails) const;
  std::size_t most_on_the_way() const;

  prefetch_rules rules_;
  bool deletes_;
  bool stopped_ = false;
  bool has_reset_ = false;
  std::uint32_t last_ = 0;  // RETR
  bool last_deleted_ = false;
  int pairs_ = 0;     // of RETR and DELE in a row
  int in_a_row_ = 0;  // RETRs
  std::size_t fetched_ = 0;
  std::size_t removed_ = 0;
  double octets_a_second_ = 0;                                 // 0: not known
  double quickest_ = std::numeric_limits<double>::infinity();  // answer, in s
};

}  // namespace mekiki::pop3
