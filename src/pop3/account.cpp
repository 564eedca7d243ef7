#include "pop3/account.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/ip_address.hpp"
#include "dns/name.hpp"
#include "pop3/codec.hpp"
#include "verdict/mailbox_name.hpp"

namespace mekiki::pop3 {
namespace {

constexpr std::string_view right_form =
    "log in as NAME%HOST, for example taro%pop.example.jp";

/// "*" in `pattern` stands for any octets. Linear in practice and never worse
/// than pattern times text: only the last "*" is ever tried again.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() &&
               ascii::to_lower(pattern[p]) == ascii::to_lower(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// What is written as if it were "%", a blank that nobody sees, and the like:
/// what is wrong with the name, in a sentence, or "".
std::string find_slip(std::string_view login) {
  constexpr std::pair<std::string_view, std::string_view> percents[] = {
      {"\xef\xbc\x85", "U+FF05"}, {"\xef\xb9\xaa", "U+FE6A"}};
  for (const auto& [sign, code] : percents) {
    if (login.find('%') == std::string_view::npos &&
        login.find(sign) != std::string_view::npos) {
      return fmt::format(
          "the login name has the full-width sign {} ({}) where the ASCII % "
          "belongs: type it with the Japanese input turned off",
          sign, code);
    }
  }
  constexpr std::pair<std::string_view, std::string_view> blanks[] = {
      {" ", "a blank"},
      {"\t", "a tab"},
      {"\xc2\xa0", "a no-break space (U+00A0)"},
      {"\xe3\x80\x80", "a full-width blank (U+3000)"}};
  const std::size_t percent = std::min(login.rfind('%'), login.size());
  const std::string_view user = login.substr(0, percent);
  const std::string_view host =
      login.substr(std::min(percent + 1, login.size()));
  for (const auto& [blank, name] : blanks) {
    if (user.starts_with(blank))
      return fmt::format("the login name begins with {}: take it away", name);
    if (login.ends_with(blank))
      return fmt::format("the login name ends with {}: take it away", name);
    if (user.ends_with(blank) || host.starts_with(blank))
      return fmt::format("the login name has {} beside the %: take it away",
                         name);
  }
  return {};
}

struct host_and_port {
  std::string host;
  std::optional<std::uint16_t> port;
  bool is_complete = false;  // with a final dot
};

// HOST [":" PORT], HOST a name, an IPv4 address or "[" IPv6 address "]"
std::optional<host_and_port> parse_host(std::string_view text) {
  host_and_port found;
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos)
      return std::nullopt;
    const auto address = parse_ip_address(text.substr(1, close - 1));
    if (!address || address->is_v4())
      return std::nullopt;
    found.host = format(*address);
    rest = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    if (const auto address = parse_ip_address(name)) {
      found.host = format(*address);
    } else {
      auto host = dns::to_a_labels(name);
      if (!host || !dns::is_hostname(*host))
        return std::nullopt;
      found.host = std::move(*host);
      found.is_complete = name.ends_with('.');
    }
    if (colon != std::string_view::npos)
      rest = text.substr(colon);
  }
  if (rest.empty())
    return found;
  const auto port = parse_number(rest.substr(1));
  if (rest.front() != ':' || !port || *port == 0 || *port > 65535) {
    return std::nullopt;
  }
  found.port = static_cast<std::uint16_t>(*port);
  return found;
}

/// `login` with its host as names are kept: in A-labels, without a dot at its
/// end, addresses in their one form. As it is if it names none.
std::string with_plain_host(std::string_view login) {
  const std::size_t percent = login.rfind('%');
  if (percent == std::string_view::npos)
    return std::string(login);
  const std::string_view host_part = login.substr(percent + 1);
  const auto to = parse_host(host_part);
  if (!to)
    return std::string(login);
  const bool v6 = to->host.find(':') != std::string::npos;
  const std::string port = to->port ? fmt::format(":{}", *to->port) : "";
  return fmt::format("{}%{}{}{}{}", login.substr(0, percent), v6 ? "[" : "",
                     to->host, v6 ? "]" : "", port);
}

/// The first whose pattern fits the name as it was written, or with its host as
/// above.
const route* find_route(std::string_view login,
                        const std::vector<route>& routes) {
  const bool names_host = login.find('%') != std::string_view::npos;
  const std::string plain = with_plain_host(login);
  for (const route& r : routes) {
    const bool wants_host = r.pattern.find('%') != std::string::npos;
    if (wants_host == names_host &&
        (matches(r.pattern, login) || matches(r.pattern, plain))) {
      return &r;
    }
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(protection p) {
  switch (p) {
    case protection::tls:
      return "tls";
    case protection::stls:
      return "stls";
    case protection::clear:
      return "clear";
  }
  return "";
}

std::string account_id(const target& t) {
  const bool v6 = t.host.find(':') != std::string::npos;
  const std::string mailbox = verdict::mailbox_name(t.user);
  const std::string host = ascii::to_lower(t.host);
  const std::string name = v6 ? fmt::format("{}%[{}]", mailbox, host)
                              : fmt::format("{}%{}", mailbox, host);
  return t.port == 110 || t.port == 995 ? name
                                        : fmt::format("{}:{}", name, t.port);
}

expected<target, std::string> find_target(std::string_view login,
                                          client_leg leg,
                                          const std::vector<route>& routes) {
  if (login.find_first_of(std::string_view("\r\n\0", 3)) !=
      std::string_view::npos) {
    return unexpected(std::string("the login name holds a control character"));
  }
  if (std::string slip = find_slip(login); !slip.empty())
    return unexpected(std::move(slip));
  const route* by = find_route(login, routes);
  const std::size_t percent = login.rfind('%');
  if (percent == std::string_view::npos && by == nullptr) {
    return unexpected(fmt::format(
        "the login name does not say which server: {}", right_form));
  }

  target found;
  std::optional<std::uint16_t> port;
  found.user = login.substr(0, percent);
  if (percent != std::string_view::npos) {
    auto host = parse_host(login.substr(percent + 1));
    if (!host) {
      return unexpected(fmt::format(
          "what stands behind the last % is not HOST or HOST:PORT: {}",
          right_form));
    }
    found.host = std::move(host->host);
    found.host_is_complete = host->is_complete;
    port = host->port;
  }
  if (by != nullptr) {
    if (!by->host.empty()) {
      const auto host = parse_host(by->host);
      found.host = host ? host->host : by->host;
      found.host_is_complete = host && host->is_complete;
    }
    if (by->port)
      port = by->port;
    if (by->local_part_only) {
      found.user = found.user.substr(0, found.user.rfind('@'));
    }
  }
  if (found.user.empty() || found.host.empty()) {
    return unexpected(
        fmt::format("the login name is incomplete: {}", right_form));
  }

  // A port in the name is a TLS port for POP3S clients and a clear port, with
  // STLS, for all others, except that 995 and 110 can only be what they are.
  // Without a port, TLS is answered with TLS.
  if (by != nullptr && by->with) {
    found.with = *by->with;
  } else if (!port) {
    found.with = leg == client_leg::clear ? protection::stls : protection::tls;
  } else if (*port == 995 || *port == 110) {
    found.with = *port == 995 ? protection::tls : protection::stls;
  } else {
    found.with =
        leg == client_leg::implicit_tls ? protection::tls : protection::stls;
  }
  found.port = port ? *port
                    : static_cast<std::uint16_t>(
                          found.with == protection::tls ? 995 : 110);
  return found;
}

}  // namespace mekiki::pop3
