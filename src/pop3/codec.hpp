// POP3 as octets (RFC 1939 section 3): lines, commands, status lines, and the
// dots of multi-line responses. No sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mekiki::pop3 {

/// Cuts lines out of octets that arrive in pieces. A line ends at LF, with or
/// without CR before it. A line over the limit is not kept: its octets are
/// dropped up to its end, and it is reported once.
class line_buffer {
 public:
  explicit line_buffer(std::size_t limit) : limit_(limit) {}

  enum class event { need_more, line, too_long };

  void append(std::string_view octets) { octets_ += octets; }
  /// `line` is set for event::line, without its line break.
  event next(std::string& line);
  /// A complete line is waiting.
  bool has_line() const {
    return octets_.find('\n', taken_) != std::string::npos;
  }
  void clear();

 private:
  std::size_t limit_;
  std::string octets_;
  std::size_t taken_ = 0;  // octets already given out
  bool dropping_ = false;  // inside a line that is too long
};

/// A command line: the verb as it was written, and what follows the first
/// space.
struct command_view {
  std::string_view verb;
  std::string_view argument;
};
command_view parse_command(std::string_view line);

/// A message number or line count: 1 to 10 digits, nothing else.
std::optional<std::uint32_t> parse_number(std::string_view digits);

/// A status line. RFC 2449 8: `code` is an extended response code such as
/// "AUTH" or "SYS/TEMP", without brackets, or empty.
struct status_view {
  bool ok = false;
  std::string_view code;
  std::string_view text;  // what follows status indicator and code
};
/// Nothing when it is neither "+OK" nor "-ERR".
std::optional<status_view> parse_status(std::string_view line);

/// Undoes the byte-stuffing of a multi-line response. A line begins after CRLF
/// and nowhere else, so that a mail with bare LF cannot end the response.
class dot_decoder {
 public:
  /// Takes octets off the front of `input` and answers the next piece of
  /// decoded text, which may be empty. Call until `input` is empty or `ended`.
  /// The piece lies in `input`'s octets or has static storage.
  std::string_view next(std::string_view& input);

  /// The final "." line was taken; `input` now begins after it.
  bool ended() const { return state_ == state::end; }
  /// A line began with a dot, whether or not another was taken off.
  bool saw_dot_line() const { return saw_dot_line_; }

 private:
  enum class state {
    line_start,  // after CRLF, or at the very beginning
    dot,         // after a "." at the start of a line
    dot_cr,      // after ".\r" at the start of a line
    text,        // within a line
    text_cr,     // after a CR within a line
    end,
  };
  state state_ = state::line_start;
  bool saw_dot_line_ = false;
};

/// Byte-stuffs a mail for a multi-line response. A "." after a bare LF is
/// stuffed too, because some clients end a mail there.
class dot_encoder {
 public:
  void write(std::string_view octets, std::string& out);
  /// Completes the last line if need be, and adds the final "." line.
  void finish(std::string& out);

 private:
  bool line_start_ = true;  // after LF, or at the very beginning
  bool after_crlf_ = true;
  bool after_cr_ = false;
};

}  // namespace mekiki::pop3
