#include "pop3/sasl.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace mekiki::pop3 {
namespace {

bool has_control(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) !=
         std::string_view::npos;
}

// The name's place in a client message, or nothing if it has none.
//   XOAUTH2:     "user=" name ^A "auth=Bearer " token ^A ^A
//   OAUTHBEARER: "n,a=" name "," ^A ... "auth=Bearer " token ^A ^A
// (RFC 7628 3.1; in its saslname "=2C" is "," and "=3D" is "=")
struct range {
  std::size_t begin = 0;
  std::size_t size = 0;
};
std::optional<range> find_name(mechanism how, std::string_view message) {
  const bool bearer = how == mechanism::oauthbearer;
  const std::string_view prefix = bearer ? "n,a=" : "user=";
  if (!message.starts_with(prefix))
    return std::nullopt;
  const std::size_t end = message.find(bearer ? ',' : '\x01', prefix.size());
  if (end == std::string_view::npos)
    return std::nullopt;
  return range{prefix.size(), end - prefix.size()};
}

std::string unescape_saslname(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (ascii::iequals(name.substr(i, 3), "=2C")) {
      out += ',';
      i += 2;
    } else if (ascii::iequals(name.substr(i, 3), "=3D")) {
      out += '=';
      i += 2;
    } else {
      out += name[i];
    }
  }
  return out;
}

std::string escape_saslname(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ',') {
      out += "=2C";
    } else if (c == '=') {
      out += "=3D";
    } else {
      out += c;
    }
  }
  return out;
}

// RFC 4616 2: [authzid] NUL authcid NUL passwd
expected<credentials, std::string> parse_plain(std::string_view message) {
  const std::size_t first = message.find('\0');
  const std::size_t second =
      first == std::string_view::npos ? first : message.find('\0', first + 1);
  if (second == std::string_view::npos) {
    return unexpected(std::string("AUTH PLAIN needs a name and a password"));
  }
  const std::string_view authzid = message.substr(0, first);
  const std::string_view login = message.substr(first + 1, second - first - 1);
  const std::string_view password = message.substr(second + 1);
  if (!authzid.empty() && authzid != login) {
    return unexpected(std::string(
        "logging in for another mailbox (authzid) is not supported"));
  }
  if (login.empty() || has_control(login) || has_control(password)) {
    return unexpected(
        std::string("name or password is empty or holds a control character"));
  }
  credentials c;
  c.login = login;
  c.secret = secret(std::string(password));
  return c;
}

}  // namespace

std::optional<mechanism> parse_mechanism(std::string_view name) {
  for (const mechanism m :
       {mechanism::plain, mechanism::xoauth2, mechanism::oauthbearer}) {
    if (ascii::iequals(name, to_string(m)))
      return m;
  }
  return std::nullopt;
}

std::string_view to_string(mechanism m) {
  switch (m) {
    case mechanism::plain:
      return "PLAIN";
    case mechanism::xoauth2:
      return "XOAUTH2";
    case mechanism::oauthbearer:
      return "OAUTHBEARER";
  }
  return "";
}

expected<credentials, std::string> parse_sasl(mechanism how,
                                              std::string_view base64) {
  auto decoded = base64_decode(base64);
  if (!decoded)
    return unexpected(std::string("this is not base64"));
  secret message(std::move(*decoded));
  if (how == mechanism::plain)
    return parse_plain(message.reveal());

  // The token is sent on as it came: no mechanism's has these octets.
  if (has_control(message.reveal())) {
    return unexpected(std::string("the message holds a control character"));
  }
  const auto name = find_name(how, message.reveal());
  if (!name) {
    return unexpected(std::string("the client's message names no user"));
  }
  const std::string_view spelled =
      message.reveal().substr(name->begin, name->size);
  credentials c;
  c.how = how;
  c.login = how == mechanism::oauthbearer ? unescape_saslname(spelled)
                                          : std::string(spelled);
  if (c.login.empty())
    return unexpected(std::string("the name is empty"));
  c.secret = std::move(message);
  return c;
}

secret with_user(const credentials& c, std::string_view user) {
  const std::string_view message = c.secret.reveal();
  std::string clear;
  if (c.how == mechanism::plain) {
    clear.reserve(2 + user.size() + message.size());
    clear += '\0';
    clear += user;
    clear += '\0';
    clear += message;
  } else {
    const range name = find_name(c.how, message).value_or(range{});
    clear.reserve(message.size() + 3 * user.size());
    clear += message.substr(0, name.begin);
    clear += c.how == mechanism::oauthbearer ? escape_saslname(user)
                                             : std::string(user);
    clear += message.substr(name.begin + name.size);
  }
  const secret wiped(std::move(clear));
  return secret(base64_encode(wiped.reveal()));
}

}  // namespace mekiki::pop3
