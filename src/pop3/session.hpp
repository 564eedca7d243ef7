// The client's side of one session as a state machine (RFC 1939 sections 4 to
// 6): a line goes in, an action comes out. No sockets.
//
// All refusals are made here, so that no command reaches the upstream that
// could make its answers unpredictable. Numbers may have any white space around
// them.
//
// Deviation from RFC 1939 3, which answers every unknown command with -ERR and
// goes on: a connection that speaks another protocol (HTTP, TLS on a port
// without, SMTP) is ended at once, and before login so is one that has sent
// three commands that POP3 does not have. A web page can make a browser send
// such lines to any port of this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pop3/sasl.hpp"

namespace mekiki::pop3 {

/// What the upstream's CAPA says, as far as it matters to a client of ours.
struct capabilities {
  bool top = true;
  bool uidl = true;
  bool pipelining = false;
  bool user = true;         // before login: USER and PASS may be tried
  bool sasl_plain = false;  // SASL lists PLAIN
  bool sasl_xoauth2 = false;
  bool sasl_oauthbearer = false;
  std::optional<std::string> expire;  // RFC 2449 6.7: "NEVER", "0", "30", ...
  std::optional<std::string> login_delay;  // RFC 2449 6.6

  bool expires_at_once() const { return expire && expire->starts_with('0'); }
  bool has(mechanism m) const;
};

/// One line of an upstream's CAPA response.
void read_capability(std::string_view line, capabilities& into);
/// The value before the lines of a CAPA response are read.
capabilities no_capabilities();

/// What the proxy is to do next.
struct action {
  enum class kind {
    reply,        // send `text` to the client
    start_tls,    // send `text`, then TLS
    login,        // log in with session::take_credentials
    capa,         // answer with session::capa, once the upstream's is known
    retrieve,     // RETR `message`
    top,          // TOP `message` `lines`
    single_line,  // send `text` to the upstream, hand on its status line; about
                  // `message` if that is not 0
    multi_line,   // the same, a multi-line response follows
    remove,       // DELE `message`, as `text` says
    reset,        // RSET
    quit,         // QUIT at the upstream, then end
    close,        // send `text`, then end
  };
  kind what = kind::reply;
  std::string text;  // complete lines with CRLF
  std::uint32_t message = 0;
  std::uint32_t lines = 0;
};

struct session_options {
  bool stls = true;        // a certificate is at hand, TLS is not yet up
  bool may_log_in = true;  // false: only after STLS
};

class session {
 public:
  explicit session(session_options options) : options_(options) {}

  action on_line(std::string_view line);
  action on_too_long();

  /// The client's side is now TLS: what it said before is forgotten.
  void tls_started();

  credentials take_credentials();
  /// The upstream took the login.
  void logged_in() { state_ = state::transaction; }

  /// Our CAPA response (RFC 2449 5): lists what works through us; after login
  /// only as far as the upstream can do it.
  std::string capa(const capabilities& upstream) const;

 private:
  enum class state { authorization, sasl, transaction };

  action authorization(std::string_view verb, std::string_view argument);
  action transaction(std::string_view verb, std::string_view argument);
  action unknown_before_login(std::string_view verb);
  action auth(std::string_view argument);
  action sasl_message(std::string_view base64);

  session_options options_;
  state state_ = state::authorization;
  mechanism mechanism_ = mechanism::plain;
  std::optional<std::string> user_;  // after USER
  int unknown_ = 0;                  // commands before login
  credentials credentials_;
};

}  // namespace mekiki::pop3
