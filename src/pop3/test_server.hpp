// A POP3 server for tests (RFC 1939): a mailbox with its marks, one session
// after another, and the ways of servers that people have met.
//
// It shares no code with what it tests: lines, dots and numbers are its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "net/stream.hpp"
#include "net/test_stream.hpp"
#include "net/tls.hpp"

namespace mekiki::pop3::test {

struct stored_mail {
  std::string octets;
  std::string uidl;
  bool is_seen = false;  // RETR marks it, TOP does not
  bool is_gone = false;  // for good
};

/// As a server sends it: `mail` ends with a line break.
std::string as_sent(std::string_view mail);
/// The header, and `lines` lines of the body (RFC 1939 7). Lines end in CRLF.
std::string top_of(std::string_view mail, std::uint32_t lines);

enum class top_way {
  exact,
  refused,        // -ERR
  refused_above,  // `top_limit` lines
  cut,            // after `top_limit` lines
  header_only,
  undotted,    // dots are not doubled
  extra_line,  // one too many
  whole,       // whatever the count
  two_status_lines,
};

/// What it does instead of answering a command, or with the answer.
struct reaction {
  std::string command;             // "RETR 2", "PASS *"
  std::optional<std::string> say;  // instead of the answer, octet for octet
  std::optional<std::size_t>
      after;  // so many octets of the answer: what follows
  net::duration wait{};
  enum class end { none, close, reset, silence } then = end::none;
  int times = -1;  // that it does so; -1: always
};

struct server_ways {
  std::string greeting = "+OK ready";
  bool has_tls = true;           // STLS
  bool begins_with_tls = false;  // from the first octet
  net::duration greets_after{};
  /// Lines of CAPA; empty: -ERR.
  std::vector<std::string> capa{"TOP", "UIDL", "USER", "PIPELINING"};
  std::optional<std::vector<std::string>> capa_before_login;
  top_way top = top_way::exact;
  std::uint32_t top_limit = 0;
  /// Mails that were RETRieved are gone after QUIT (as with EXPIRE 0).
  bool deletes_retrieved = false;
  /// What LIST and STAT say of each mail, and how far they are off.
  std::optional<std::size_t> size_said;
  std::ptrdiff_t size_off = 0;
  /// False: of commands that come together, all but the first are lost.
  bool takes_pipelining = true;
  bool locks = false;  // one session at a time: [IN-USE]
  bool stuffs_dots = true;
  std::size_t speed = 0;       // octets a second; 0: as fast as they go
  net::duration round_trip{};  // before what came together is answered
  net::duration patience = net::duration::max();  // without a command
  std::vector<reaction> reactions;                // the first that matches
};

/// "RETR 2" matches itself, "RETR *" what begins with "RETR ".
bool matches(std::string_view pattern, std::string_view text);

class server {
 public:
  explicit server(net::test::simulated_time& time) : time_(time) {}

  server_ways ways;
  std::vector<stored_mail> mails;
  std::vector<std::string> heard;  // commands, in all sessions

  std::string& add(std::string octets);
  boost::asio::awaitable<void> serve(net::stream_ptr client,
                                     net::tls_context& tls);
  std::size_t sessions() const { return sessions_; }

 private:
  struct session;
  net::test::simulated_time& time_;
  std::size_t sessions_ = 0;
};

}  // namespace mekiki::pop3::test
