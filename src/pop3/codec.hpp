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
/// dropped up to its end, and it is reported once. A line that begins with the
/// octet of a TLS handshake (RFC 8446 5.1) is given out as far as it is there:
/// its sender waits for an answer, and may never send LF.
class line_buffer {
 public:
  explicit line_buffer(std::size_t limit) : limit_(limit) {}

  enum class event { need_more, line, too_long };

  void append(std::string_view octets);
  /// `line` is set for event::line, without its line break.
  event next(std::string& line);
  /// A complete line is waiting.
  bool has_line() const {
    return octets_.find('\n', taken_) != std::string::npos;
  }
  /// What was received and not given out.
  std::string_view waiting() const {
    return std::string_view(octets_).substr(taken_);
  }
  /// Octets in memory: at most twice as many as wait, and one `append`.
  std::size_t held() const { return octets_.size(); }
  void clear();

 private:
  std::size_t limit_;
  std::string octets_;
  std::size_t taken_ = 0;  // octets already given out
  bool dropping_ = false;  // inside a line that is too long
};

/// The first octet of a TLS record that begins a handshake.
constexpr char tls_handshake = '\x16';

/// A client's command line: the verb as it was written, and what follows the
/// first space or tab.
struct command_view {
  std::string_view verb;
  std::string_view argument;
};
command_view parse_command(std::string_view line);

/// Takes the next word off the front of `rest`, and the spaces and tabs before
/// it. Empty at the end.
std::string_view take_word(std::string_view& rest);

/// A message number or line count: 1 to 10 digits, nothing else.
std::optional<std::uint32_t> parse_number(std::string_view digits);

/// A status line. RFC 2449 8: `code` is an extended response code such as
/// "AUTH" or "SYS/TEMP", without brackets, or empty.
struct status_view {
  bool ok = false;
  std::string_view code;
  /// What follows status indicator and code, without the signs and the white
  /// space between.
  std::string_view text;
};
/// As mail clients read it: "+OK", "-ERR" or "+ERR" in any case, and behind it
/// the end or anything that is neither letter nor digit ("+OK, starting TLS",
/// "-ERR: no such message"). "+OK" may come twice. Otherwise nothing.
std::optional<status_view> parse_status(std::string_view line);

// ---- numbers in an upstream's answers. Words stand between any number of
// spaces and tabs; a number may have brackets and stops around it; words that
// are no numbers are passed over. No answer at all (nullopt) where the numbers
// are missing.

/// A line of LIST or UIDL that begins with a message number, and what is
/// behind it without the white space at both ends.
struct numbered_line {
  std::uint32_t number = 0;
  std::string_view rest;
};
std::optional<numbered_line> parse_numbered(std::string_view line);

/// "NUMBER OCTETS": a line of LIST.
struct scan_listing {
  std::uint32_t number = 0;
  std::uint32_t octets = 0;
};
std::optional<scan_listing> parse_scan(std::string_view line);

/// The octets in the status line of LIST `number`, which says "number octets",
/// in whatever words, or the octets alone.
std::optional<std::uint32_t> parse_size(const status_view& status,
                                        std::uint32_t number);

/// The status line of STAT. Some servers give only the number of mails.
struct drop_listing {
  std::uint32_t mails = 0;
  std::optional<std::uint64_t> octets;
};
std::optional<drop_listing> parse_stat(const status_view& status);

/// True if `line` belongs to a list that nobody asked for: some servers answer
/// LIST n and UIDL n with the list of all mails after the status line. Such a
/// line, or the list's end, is not the answer to the next command.
bool is_list_line(std::string_view line);

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
