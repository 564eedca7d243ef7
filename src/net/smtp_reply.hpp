// SMTP as a client's octets: replies, what EHLO lists, and a mail for DATA
// (RFC 5321 4.2, 4.1.1.1, 4.5.2). No sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mekiki::net {

/// What a line has beyond this is dropped, its line break counted (RFC 5321
/// 4.5.3.1.5 allows 512 octets).
constexpr std::size_t most_reply_line = 1000;
constexpr std::size_t most_reply_lines = 100;
/// Of one reply, those that are dropped counted too.
constexpr std::size_t most_reply_octets = 64 << 10;

struct smtp_reply {
  int code = 0;  // 200 to 599
  /// What follows the code and the sign behind it, without the line break. At
  /// least one line.
  std::vector<std::string> lines;
};

/// The last line, whose code is the reply's, as it came: "550 5.1.1 unknown".
std::string last_line(const smtp_reply& reply);

/// "X.7.Y" at the head of the last line, of the reply's own class: security or
/// policy (RFC 2034 3, RFC 3463 3.8).
bool is_about_policy(const smtp_reply& reply);

/// Reads one reply out of octets that arrive in pieces. A line ends at LF, with
/// or without CR before it. A code alone is a last line. Where the lines have
/// different codes the last one counts.
class smtp_reply_reader {
 public:
  enum class event : std::uint8_t {
    need_more,
    reply,      // `take` has it
    malformed,  // no reply, or one over the limits; for good
  };

  /// Takes octets off the front of `input`: all that belong to the reply, and
  /// none behind it.
  event next(std::string_view& input);
  /// Once, after event::reply.
  smtp_reply take() { return std::move(reply_); }

 private:
  event end_line();

  smtp_reply reply_;
  std::string line_;
  std::size_t octets_ = 0;
  bool is_malformed_ = false;
};

/// What a server lists in its answer to EHLO.
struct smtp_extensions {
  bool starttls = false;        // RFC 3207
  bool size = false;            // RFC 1870
  bool eight_bit_mime = false;  // RFC 6152
  bool auth = false;            // RFC 4954, by whatever mechanism
  bool plain = false;
  bool login = false;
};
smtp_extensions parse_extensions(const smtp_reply& hello);

/// `mail`, whose lines end in CRLF and nothing else, as it goes out after DATA
/// but for the final line: a dot before each line that begins with one, and
/// CRLF at the end.
std::string stuff_dots(std::string_view mail);

}  // namespace mekiki::net
