// The milter protocol as octets: packets, and what stands in them. It is the
// protocol between a mail server (MTA) and a mail filter that Sendmail 8.10
// brought and Postfix speaks, too (libmilter's mfdef.h); there is no RFC. No
// sockets.
//
// A packet is a length (4 octets, the most significant first, without itself),
// the octet of its command, and data. Texts in the data end with NUL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"

namespace mekiki::milter {

/// What the MTA says.
enum class command : char {
  negotiate = 'O',
  macros = 'D',
  connect = 'C',
  helo = 'H',
  mail = 'M',
  recipient = 'R',
  data = 'T',
  header = 'L',
  end_of_header = 'N',
  body = 'B',
  end_of_mail = 'E',
  abort = 'A',
  quit = 'Q',
  quit_connection = 'K',  // the next SMTP client follows
  unknown = 'U',          // an SMTP command that the MTA does not know
};

/// What we answer.
enum class reply : char {
  proceed = 'c',
  reply_code = 'y',  // an SMTP reply line
  // At the end of a mail, before the answer:
  progress = 'p',
  insert_header = 'i',
  change_header = 'm',
  quarantine = 'q',
};

/// What a filter does to mails.
enum action : std::uint32_t {
  adds_headers = 0x01,
  changes_headers = 0x10,
  quarantines = 0x20,
};

/// Steps that are left out or need no answer.
enum step : std::uint32_t {
  no_unknown = 0x100,
  no_data = 0x200,
  no_reply_header = 0x80,
  no_reply_connect = 0x1000,
  no_reply_helo = 0x2000,
  no_reply_mail = 0x4000,
  no_reply_recipient = 0x8000,
  no_reply_end_of_header = 0x40000,
  no_reply_body = 0x80000,
  /// Header values come with the white space behind the colon.
  leading_space = 0x100000,
};

struct packet {
  char what = 0;  // a `command`, or an octet that is none
  std::string_view data;
};

/// Cuts packets out of octets that arrive in pieces.
class packet_reader {
 public:
  /// The largest that an MTA sends: 1 MB of body.
  static constexpr std::size_t most_data = (1 << 20) + 1;

  void append(std::string_view octets);
  /// The next packet, valid until the next call of either; nothing if it is not
  /// complete. An error is a sentence; the connection is of no use then.
  expected<std::optional<packet>, std::string> next();
  /// Octets in memory.
  std::size_t held() const { return octets_.capacity(); }

 private:
  std::string octets_;
  std::size_t taken_ = 0;
};

/// Appends a packet to `out`.
void write_packet(std::string& out, char what, std::string_view data = {});
inline void write_packet(std::string& out, reply what,
                         std::string_view data = {}) {
  write_packet(out, static_cast<char>(what), data);
}
/// For insert_header and change_header: the n-th field, from 1 on among those
/// of its name where it changes (an empty value removes it), from 0 on among
/// all where it inserts. Line ends in the value are LF.
void write_field(std::string& out, reply what, std::uint32_t n,
                 std::string_view name, std::string_view value);

// Packets end the lines of a field's value with LF, the wire with CRLF. A CR
// that is not before LF stays.
std::string with_crlf(std::string_view value);
std::string with_lf(std::string_view value);

// ------------------------------------------------------ what packets hold
// Nothing where the data is not of that form.

struct negotiation {
  std::uint32_t version = 0;
  std::uint32_t actions = 0;
  std::uint32_t steps = 0;
};
std::optional<negotiation> parse_negotiation(std::string_view data);
std::string format(const negotiation& n);

/// The texts of `data`, each without its NUL.
std::optional<std::vector<std::string_view>> parse_texts(std::string_view data);

struct connection_facts {
  std::string_view name;     // of the client, or "[192.0.2.1]"
  char family = 'U';         // '4', '6', 'L' (a local socket), 'U' (unknown)
  std::string_view address;  // empty where the family is unknown
};
std::optional<connection_facts> parse_connection(std::string_view data);

struct macro {
  std::string_view name;  // without its braces
  std::string_view value;
};
struct macro_list {
  char what = 0;  // the command that they belong to
  std::vector<macro> macros;
};
std::optional<macro_list> parse_macros(std::string_view data);

}  // namespace mekiki::milter
