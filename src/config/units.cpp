#include "config/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/host_name.hpp"

namespace mekiki::config {
namespace {

template <class Unit, std::size_t N>
using unit_table = std::array<std::pair<std::string_view, Unit>, N>;

// Largest first, so that formatting finds the shortest spelling.
constexpr unit_table<std::uint64_t, 5> duration_units{{{"d", 86'400'000},
                                                       {"h", 3'600'000},
                                                       {"m", 60'000},
                                                       {"s", 1000},
                                                       {"ms", 1}}};
constexpr unit_table<std::uint64_t, 4> size_units{
    {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}};

template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(
    std::string_view text, const unit_table<std::uint64_t, N>& units) {
  std::size_t digits = 0;
  while (digits < text.size() && ascii::is_digit(text[digits])) ++digits;
  const auto number = parse_count(text.substr(0, digits));
  if (!number)
    return std::nullopt;
  for (const auto& [name, factor] : units) {
    if (text.substr(digits) != name)
      continue;
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (*number > most / factor)
      return std::nullopt;
    return *number * factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string format_with_unit(std::uint64_t value,
                             const unit_table<std::uint64_t, N>& units) {
  for (const auto& [name, factor] : units) {
    if (value >= factor && value % factor == 0) {
      return fmt::format("{}{}", value / factor, name);
    }
  }
  return fmt::format("0{}", units.back().first);
}

// Takes exactly `digits` digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits)
    return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!ascii::is_digit(text[i]))
      return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view text) {
  if (text.empty() || text.size() > 18)
    return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    if (!ascii::is_digit(c))
      return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, duration_units);
  if (!value)
    return std::nullopt;
  return std::chrono::milliseconds(*value);
}

std::string format_duration(std::chrono::milliseconds d) {
  return format_with_unit(static_cast<std::uint64_t>(d.count()),
                          duration_units);
}

std::optional<std::size_t> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units);
}

std::string format_size(std::size_t octets) {
  return format_with_unit(octets, size_units);
}

std::optional<net::endpoint> parse_endpoint(std::string_view text,
                                            std::uint16_t default_port) {
  std::string_view host = text;
  std::string_view port;
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos)
      return std::nullopt;
    port = host.substr(close + 1);
    host = host.substr(1, close - 1);
    if (host.find(':') == std::string_view::npos)
      return std::nullopt;
    if (!port.empty() && !take(port, ":"))
      return std::nullopt;
    if (port.empty() && text.ends_with(':'))
      return std::nullopt;
  } else if (const std::size_t colon = host.find(':');
             colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    if (port.empty())
      return std::nullopt;
  }
  const auto address = parse_ip_address(host);
  if (!address)
    return std::nullopt;
  if (port.empty()) {
    if (default_port == 0)
      return std::nullopt;
    return net::endpoint{*address, default_port};
  }
  const auto number = parse_count(port);
  if (!number || *number > 65535)
    return std::nullopt;
  return net::endpoint{*address, static_cast<std::uint16_t>(*number)};
}

std::optional<net::place> parse_place(std::string_view text) {
  constexpr std::string_view prefix = "unix:";
  constexpr std::size_t longest = 107;  // of sockaddr_un
  if (text.starts_with(prefix)) {
    text.remove_prefix(prefix.size());
    if (!text.starts_with('/') || text.size() > longest)
      return std::nullopt;
    return net::place{.at = {}, .path = std::string(text)};
  }
  const auto at = parse_endpoint(text, 0);
  if (!at)
    return std::nullopt;
  return net::place{.at = *at, .path = {}};
}

// date-time = full-date "T" full-time
// full-date = 4DIGIT "-" 2DIGIT "-" 2DIGIT
// full-time = 2DIGIT ":" 2DIGIT ":" 2DIGIT ["." 1*DIGIT] ("Z" / offset)
// offset    = ("+" / "-") 2DIGIT ":" 2DIGIT
std::optional<time_point> parse_time(std::string_view text) {
  using namespace std::chrono;
  // Ten digits hold 317 years; more would overflow the clock's nanoseconds.
  if (text.size() <= 10) {
    if (const auto unix_seconds = parse_count(text)) {
      if (*unix_seconds > 9'000'000'000)
        return std::nullopt;
      return time_point(seconds(*unix_seconds));
    }
  }
  const auto y = take_number(text, 4);
  if (!y || !take(text, "-"))
    return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, "-"))
    return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d)
    return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d))};
  if (!date.ok() || *y < 1970 || *y > 2200)
    return std::nullopt;
  time_point t = sys_days(date);
  if (text.empty())
    return t;

  if (!take(text, "Tt "))
    return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":"))
    return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ":"))
    return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 60)
    return std::nullopt;
  t += hours(*hour) + minutes(*minute) + seconds(*second);
  if (take(text, ".")) {
    if (!take(text, "0123456789"))
      return std::nullopt;
    while (take(text, "0123456789")) {
    }
  }
  if (take(text, "Zz")) {
    if (!text.empty())
      return std::nullopt;
    return t;
  }
  if (text.empty())
    return std::nullopt;
  const bool east = text.front() == '+';
  if (!take(text, "+-"))
    return std::nullopt;
  const auto zone_hour = take_number(text, 2);
  if (!zone_hour || *zone_hour > 23 || !take(text, ":"))
    return std::nullopt;
  const auto zone_minute = take_number(text, 2);
  if (!zone_minute || *zone_minute > 59 || !text.empty())
    return std::nullopt;
  const auto offset = hours(*zone_hour) + minutes(*zone_minute);
  return east ? t - offset : t + offset;
}

std::string format_time(time_point t) {
  using namespace std::chrono;
  const auto whole = floor<seconds>(t);
  const auto midnight = floor<days>(whole);
  const year_month_day date(midnight);
  const hh_mm_ss clock(whole - midnight);
  return fmt::format(
      "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string_view without_brackets(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']')
    return text;
  const std::string_view inner = text.substr(1, text.size() - 2);
  const auto address = parse_ip_address(inner);
  return address && address->is_v6() ? inner : text;
}

bool is_host(std::string_view text) {
  return is_host_name(text) || parse_ip_address(text);
}

bool is_domain_name(std::string_view text) {
  if (text.empty() || text.size() > 253)
    return false;
  std::size_t label = 0;
  for (char c : text) {
    if (c == '.') {
      if (label == 0)
        return false;
      label = 0;
    } else if (ascii::is_alnum(c) || c == '-' || c == '_') {
      if (++label > 63)
        return false;
    } else {
      return false;
    }
  }
  return label > 0;
}

}  // namespace mekiki::config
