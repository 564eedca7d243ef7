// Receives the octets of one mail: undoes byte-stuffing, and finds the end even
// if the server sends it wrong. Knows no commands.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "delivery/arriving_mail.hpp"
#include "pop3/codec.hpp"
#include "pop3/server_link.hpp"

namespace mekiki::pop3 {

/// How the mail came in.
enum class arrival : std::uint8_t {
  complete,
  no_room,   // go on with `next_piece`
  too_long,  // more than it may be; the rest still comes
  lost,
  abandoned,  // the observer gave up
};

class mail_receiver {
 public:
  /// All of them outlive it.
  mail_receiver(server_link& link, const clock& clock)
      : link_(link), clock_(clock) {}

  /// Before a mail's status line is read.
  void begin();

  /// `listed`: the size by LIST, if that is known. At most `most` octets.
  boost::asio::awaitable<arrival> receive(delivery::arriving_mail& mail,
                                          std::optional<std::size_t> listed,
                                          std::size_t most);

  /// The next octets of the mail, without byte-stuffing. `ended` with none.
  struct piece {
    std::string octets;
    bool ended = false;
    std::optional<arrival> failed;  // lost or abandoned
  };
  boost::asio::awaitable<piece> next_piece();
  /// The rest of the mail. False if the server is lost.
  boost::asio::awaitable<bool> drop_rest();

  /// A line of the mail began with a dot.
  bool saw_dot_line() const { return decoder_.saw_dot_line(); }

  // --- An answer that seemed complete may have ended too early, at a line "."
  // --- that is part of the mail: a server that does not double dots sends the
  // --- mail as it is, and then CRLF "." CRLF.

  /// The last mail should have had `size` octets. What still comes before the
  /// next command is sent belongs to it.
  void suspect_end(std::size_t size);
  bool is_end_suspect() const { return still_due_.has_value(); }
  /// True if it was.
  bool trust_end() {
    return std::exchange(still_due_, std::nullopt).has_value();
  }
  /// Drops what still comes of it: as many octets as the mail is long, and the
  /// end, perhaps behind the line break that the last line lacked. Where LIST
  /// is a little wrong, the end is the one behind which nothing comes. False if
  /// the server is lost.
  boost::asio::awaitable<bool> drop_after_end();

 private:
  void take(std::size_t octets);
  bool may_end_in_lf(delivery::arriving_mail& mail,
                     std::optional<std::size_t> listed);

  server_link& link_;
  const clock& clock_;
  dot_decoder decoder_;
  std::size_t wire_octets_ = 0;  // of the mail, after the status line
  std::string left_over_;        // for which there was no room
  std::size_t counted_ = 0;      // octets of the mail in which LFs were counted
  std::size_t line_ends_ = 0;
  bool lf_lines_ = false;                 // a mail ended in LF "." CRLF
  std::optional<std::size_t> still_due_;  // octets of a mail, at most
  steady_point suspected_{};
};

}  // namespace mekiki::pop3
