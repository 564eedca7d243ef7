#include "pop3/session.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "pop3/codec.hpp"

namespace mekiki::pop3 {
namespace {

action reply(std::string_view text) {
  return {.what = action::kind::reply, .text = fmt::format("{}\r\n", text)};
}

action end_with(std::string_view text) {
  return {.what = action::kind::close, .text = fmt::format("{}\r\n", text)};
}

action missing_number() {
  return reply("-ERR which message? A number from 1 on is needed");
}

constexpr int most_unknown = 3;  // commands before login

/// Whether a line belongs to a protocol that no POP3 client speaks: a request
/// of HTTP (RFC 9112 3) or SMTP (RFC 5321 4.1.1), or "Name: value", a field of
/// either. Verbs and base64 hold no colon.
bool is_foreign(std::string_view line) {
  constexpr std::array verbs = {
      "GET",     "HEAD",  "POST",  "PUT",  "DELETE",   "CONNECT",
      "OPTIONS", "TRACE", "PATCH", "PRI",  "PROPFIND", "EHLO",
      "HELO",    "LHLO",  "MAIL",  "RCPT", "DATA"};
  const std::string_view verb = take_word(line);
  return verb.find(':') != std::string_view::npos || verb.starts_with("SSH-") ||
         std::ranges::any_of(verbs, [verb](std::string_view name) {
           return ascii::iequals(verb, name);
         });
}

/// Commands of POP3, its extensions and its predecessors: at the wrong time or
/// not known to us, but no sign of another protocol.
bool is_pop3(std::string_view verb) {
  constexpr std::array verbs = {"STAT", "LIST", "UIDL", "RETR", "TOP",  "DELE",
                                "RSET", "NOOP", "LAST", "APOP", "AUTH", "UTF8",
                                "LANG", "XTND", "RPOP", "XTLS", "ID"};
  return std::ranges::any_of(verbs, [verb](std::string_view name) {
    return ascii::iequals(verb, name);
  });
}

}  // namespace

// ------------------------------------------------- the upstream's CAPA

capabilities no_capabilities() {
  capabilities c;
  c.top = c.uidl = c.user = false;
  return c;
}

bool capabilities::has(mechanism m) const {
  switch (m) {
    case mechanism::plain:
      return sasl_plain;
    case mechanism::xoauth2:
      return sasl_xoauth2;
    case mechanism::oauthbearer:
      return sasl_oauthbearer;
  }
  return false;
}

void read_capability(std::string_view line, capabilities& into) {
  std::string_view parameters = ascii::trim(line);
  const std::string_view tag = take_word(parameters);
  parameters = ascii::trim(parameters);
  if (ascii::iequals(tag, "TOP")) {
    into.top = true;
  } else if (ascii::iequals(tag, "UIDL")) {
    into.uidl = true;
  } else if (ascii::iequals(tag, "PIPELINING")) {
    into.pipelining = true;
  } else if (ascii::iequals(tag, "USER")) {
    into.user = true;
  } else if (ascii::iequals(tag, "EXPIRE")) {
    into.expire = parameters;
  } else if (ascii::iequals(tag, "LOGIN-DELAY")) {
    into.login_delay = parameters;
  } else if (ascii::iequals(tag, "SASL")) {
    while (!parameters.empty()) {
      const auto how = parse_mechanism(take_word(parameters));
      into.sasl_plain = into.sasl_plain || how == mechanism::plain;
      into.sasl_xoauth2 = into.sasl_xoauth2 || how == mechanism::xoauth2;
      into.sasl_oauthbearer =
          into.sasl_oauthbearer || how == mechanism::oauthbearer;
    }
  }
}

// ------------------------------------------------------------- commands

action session::on_line(std::string_view line) {
  if (line.starts_with(tls_handshake)) {
    return end_with(
        "-ERR Mekiki: this port begins without TLS: choose STARTTLS in the "
        "mail client, or the port for SSL/TLS");
  }
  if (is_foreign(line)) {
    return end_with("-ERR Mekiki: this is a POP3 server and nothing else");
  }
  if (state_ == state::sasl)
    return sasl_message(line);
  if (line.find_first_of(std::string_view("\r\0", 2)) !=
      std::string_view::npos) {
    return reply("-ERR this line holds a NUL octet or a lone CR");
  }
  const auto [verb, argument] = parse_command(line);
  if (ascii::iequals(verb, "CAPA")) {
    if (state_ == state::transaction)
      return {.what = action::kind::capa};
    return {.what = action::kind::reply, .text = capa({})};
  }
  return state_ == state::authorization ? authorization(verb, argument)
                                        : transaction(verb, argument);
}

action session::on_too_long() {
  if (state_ == state::sasl)
    state_ = state::authorization;
  return reply("-ERR this line is too long");
}

void session::tls_started() {
  options_.stls = false;
  options_.may_log_in = true;
  user_.reset();
  credentials_ = {};
}

credentials session::take_credentials() {
  user_.reset();
  return std::move(credentials_);
}

std::string session::capa(const capabilities& upstream) const {
  std::string lines = "+OK capabilities follow\r\n";
  const bool before = state_ != state::transaction;
  if (options_.may_log_in) {
    lines += "USER\r\nSASL PLAIN XOAUTH2 OAUTHBEARER\r\n";
  }
  if (options_.stls && before)
    lines += "STLS\r\n";
  if (before || upstream.top)
    lines += "TOP\r\n";
  if (before || upstream.uidl)
    lines += "UIDL\r\n";
  lines += "RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n";
  if (!before && upstream.expire) {
    lines += fmt::format("EXPIRE {}\r\n", *upstream.expire);
  }
  if (!before && upstream.login_delay) {
    lines += fmt::format("LOGIN-DELAY {}\r\n", *upstream.login_delay);
  }
  lines += "IMPLEMENTATION Mekiki\r\n.\r\n";
  return lines;
}

action session::authorization(std::string_view verb,
                              std::string_view argument) {
  if (ascii::iequals(verb, "QUIT")) {
    return {.what = action::kind::close, .text = "+OK bye\r\n"};
  }
  // RFC 2595 4
  if (ascii::iequals(verb, "STLS")) {
    if (!options_.stls)
      return reply("-ERR TLS is up already, or not offered");
    return {.what = action::kind::start_tls, .text = "+OK begin TLS now\r\n"};
  }
  const bool is_login = ascii::iequals(verb, "USER") ||
                        ascii::iequals(verb, "PASS") ||
                        ascii::iequals(verb, "AUTH");
  if (is_login && !options_.may_log_in) {
    return reply(
        "-ERR Mekiki: a login in clear is not accepted here, use STLS first");
  }
  if (ascii::iequals(verb, "USER")) {
    // Blanks between are the command's; those behind may be the name's, which
    // is told where no account is found by it.
    argument.remove_prefix(
        std::min(argument.find_first_not_of(" \t"), argument.size()));
    if (argument.empty())
      return reply("-ERR USER needs a name");
    user_ = argument;
    return reply("+OK the password, please");
  }
  if (ascii::iequals(verb, "PASS")) {
    if (!user_)
      return reply("-ERR USER comes before PASS");
    credentials_.how = mechanism::plain;
    credentials_.by_auth = false;
    credentials_.login = *user_;
    // All that follows the first space, spaces included (RFC 1939 7).
    credentials_.secret = secret(std::string(argument));
    return {.what = action::kind::login};
  }
  if (ascii::iequals(verb, "AUTH"))
    return auth(argument);
  return unknown_before_login(verb);
}

action session::unknown_before_login(std::string_view verb) {
  if (!is_pop3(verb) && ++unknown_ >= most_unknown) {
    return end_with(
        "-ERR Mekiki: this is no POP3: three unknown commands before login");
  }
  return reply(
      "-ERR not known before login: say CAPA, USER, PASS, AUTH, STLS or QUIT");
}

// RFC 5034 4: AUTH mechanism [initial-response]
action session::auth(std::string_view argument) {
  const auto how = parse_mechanism(take_word(argument));
  const std::string_view initial = ascii::trim(argument);
  if (!how) {
    return reply(
        "-ERR this mechanism cannot pass through Mekiki: PLAIN, "
        "XOAUTH2 and OAUTHBEARER can");
  }
  mechanism_ = *how;
  if (!initial.empty())
    return sasl_message(initial == "=" ? "" : initial);
  state_ = state::sasl;
  return reply("+ ");
}

action session::sasl_message(std::string_view base64) {
  state_ = state::authorization;
  base64 = ascii::trim(base64);
  if (base64 == "*")
    return reply("-ERR cancelled");
  auto parsed = parse_sasl(mechanism_, base64);
  if (!parsed)
    return reply(fmt::format("-ERR Mekiki: {}", parsed.error()));
  credentials_ = std::move(*parsed);
  credentials_.by_auth = true;
  return {.what = action::kind::login};
}

action session::transaction(std::string_view verb, std::string_view argument) {
  argument = ascii::trim(argument);
  const auto number = parse_number(argument);
  const bool has_number = number && *number > 0;
  const auto alone = [&](std::string_view name) {
    return ascii::iequals(verb, name) && argument.empty();
  };

  if (alone("STAT") || alone("NOOP")) {
    return {.what = action::kind::single_line,
            .text = ascii::iequals(verb, "STAT") ? "STAT\r\n" : "NOOP\r\n"};
  }
  if (ascii::iequals(verb, "LIST") || ascii::iequals(verb, "UIDL")) {
    const std::string_view name =
        ascii::iequals(verb, "LIST") ? "LIST" : "UIDL";
    if (argument.empty()) {
      return {.what = action::kind::multi_line,
              .text = fmt::format("{}\r\n", name)};
    }
    if (!has_number)
      return missing_number();
    return {.what = action::kind::single_line,
            .text = fmt::format("{} {}\r\n", name, *number),
            .message = *number};
  }
  if (ascii::iequals(verb, "RETR")) {
    if (!has_number)
      return missing_number();
    return {.what = action::kind::retrieve, .message = *number};
  }
  if (ascii::iequals(verb, "TOP")) {
    const auto message = parse_number(take_word(argument));
    const auto lines = parse_number(ascii::trim(argument));
    if (!message || *message == 0 || !lines) {
      return reply("-ERR TOP needs a message number and a number of lines");
    }
    return {.what = action::kind::top, .message = *message, .lines = *lines};
  }
  if (ascii::iequals(verb, "DELE")) {
    if (!has_number)
      return missing_number();
    return {.what = action::kind::remove,
            .text = fmt::format("DELE {}\r\n", *number),
            .message = *number};
  }
  if (alone("RSET")) {
    return {.what = action::kind::reset, .text = "RSET\r\n"};
  }
  if (alone("QUIT"))
    return {.what = action::kind::quit, .text = "QUIT\r\n"};
  return reply(
      "-ERR not known here: say STAT, LIST, UIDL, RETR, TOP, DELE, "
      "RSET, NOOP, CAPA or QUIT");
}

}  // namespace mekiki::pop3
