#include "message/date.hpp"

#include <array>
#include <chrono>
#include <cstddef>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "message/cfws.hpp"

namespace mekiki::message {
namespace {

// A number or a name as the date's tokens are.
class cursor {
 public:
  explicit cursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }

  bool take(char c) {
    if (at_end() || text_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  // False where a comment does not end.
  bool skip_cfws() {
    const auto rest = message::skip_cfws(text_.substr(at_));
    if (!rest)
      return false;
    at_ = text_.size() - rest->size();
    return true;
  }

  std::string_view digits() { return run(ascii::is_digit); }
  std::string_view letters() { return run(ascii::is_alpha); }

 private:
  std::string_view run(bool (*is)(char)) {
    const std::size_t begin = at_;
    while (!at_end() && is(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The value of `digits`, if there are `least` to `most` of them.
std::optional<int> number(std::string_view digits, std::size_t least,
                          std::size_t most) {
  if (digits.size() < least || digits.size() > most)
    return std::nullopt;
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

template <std::size_t Size>
std::optional<unsigned> index_of(
    std::string_view name, const std::array<std::string_view, Size>& names) {
  for (unsigned i = 0; i < Size; ++i) {
    if (ascii::iequals(name, names[i]))
      return i;
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 7> days = {"Mon", "Tue", "Wed", "Thu",
                                                  "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> months = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// year     = 4*DIGIT / obs-year
// obs-year = 2*DIGIT  (two: 1950 to 2049, three: 1900 to 2899)
std::optional<int> year_of(std::string_view digits) {
  const std::optional<int> year = number(digits, 2, 4);
  if (!year)
    return std::nullopt;
  if (digits.size() == 2)
    return *year + (*year < 50 ? 2000 : 1900);
  if (digits.size() == 3)
    return *year + 1900;
  return *year >= 1900 ? year : std::nullopt;
}

// zone     = ("+" / "-") 4DIGIT / obs-zone
// obs-zone = "UT" / "GMT" / "EST" / ... / military letters / others, all of
//            which but the American ones mean "-0000"
std::optional<int> zone_minutes(cursor& in) {
  if (in.peek() == '+' || in.peek() == '-') {
    const int sign = in.take('-') ? -1 : (in.take('+'), 1);
    const std::optional<int> hhmm = number(in.digits(), 4, 4);
    if (!hhmm || *hhmm % 100 > 59)
      return std::nullopt;
    return sign * (*hhmm / 100 * 60 + *hhmm % 100);
  }
  const std::string_view name = in.letters();
  if (name.empty() || name.size() > 5)
    return std::nullopt;
  constexpr std::array<std::string_view, 8> american = {
      "EDT", "EST", "CDT", "CST", "MDT", "MST", "PDT", "PST"};
  const auto index = index_of(name, american);
  if (!index)
    return 0;
  // -4, -5, -5, -6, -6, -7, -7, -8
  return -60 * (4 + static_cast<int>((*index + 1) / 2));
}

// Whether `text` has no quotes or backslashes, and parentheses in pairs.
bool closes_itself(std::string_view text) {
  std::size_t depth = 0;
  for (const char c : text) {
    if (c == '\\' || c == '"' || (c == ')' && depth == 0))
      return false;
    if (c == '(')
      ++depth;
    if (c == ')')
      --depth;
  }
  return depth == 0;
}

// Where the text behind the last semicolon outside of comments and quoted
// strings begins; nothing where there is none, or where those do not close.
std::optional<std::size_t> behind_last_semicolon(std::string_view value) {
  std::optional<std::size_t> after;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\\') {
      ++i;
    } else if (c == '"' && depth == 0) {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (c == ';' && depth == 0) {
      after = i + 1;
    }
  }
  if (depth != 0 || quoted)
    return std::nullopt;
  return after;
}

}  // namespace

// date-time = [day-name ","] day month year time-of-day zone [CFWS]
// time      = hour ":" minute [":" second]     with CFWS anywhere between
std::optional<std::int64_t> parse_date(std::string_view text) {
  cursor in(text);
  if (!in.skip_cfws())
    return std::nullopt;
  if (ascii::is_alpha(in.peek())) {
    if (!index_of(in.letters(), days))
      return std::nullopt;
    if (!in.skip_cfws() || !in.take(',') || !in.skip_cfws()) {
      return std::nullopt;
    }
  }
  const std::optional<int> day = number(in.digits(), 1, 2);
  if (!day || !in.skip_cfws())
    return std::nullopt;
  const std::optional<unsigned> month = index_of(in.letters(), months);
  if (!month || !in.skip_cfws())
    return std::nullopt;
  const std::optional<int> year = year_of(in.digits());
  if (!year || !in.skip_cfws())
    return std::nullopt;

  const std::optional<int> hour = number(in.digits(), 1, 2);
  if (!hour || *hour > 23 || !in.skip_cfws() || !in.take(':') ||
      !in.skip_cfws()) {
    return std::nullopt;
  }
  const std::optional<int> minute = number(in.digits(), 2, 2);
  if (!minute || *minute > 59 || !in.skip_cfws())
    return std::nullopt;
  std::optional<int> second = 0;
  if (in.take(':')) {
    if (!in.skip_cfws())
      return std::nullopt;
    second = number(in.digits(), 2, 2);
    if (!second || *second > 60 || !in.skip_cfws())
      return std::nullopt;
  }
  const std::optional<int> zone = zone_minutes(in);
  if (!zone || !in.skip_cfws() || !in.at_end())
    return std::nullopt;

  using namespace std::chrono;
  const year_month_day date{std::chrono::year(*year),
                            std::chrono::month(*month + 1),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok())
    return std::nullopt;
  const auto at = sys_days(date) + hours(*hour) + minutes(*minute - *zone) +
                  seconds(*second);
  return at.time_since_epoch().count();
}

// The date-time behind the last semicolon that is in no comment and no quoted
// string (RFC 5322 3.6.7); the last one of all where those do not close.
std::optional<std::int64_t> received_date(std::string_view value) {
  const std::size_t last = value.rfind(';');
  if (last == std::string_view::npos)
    return std::nullopt;
  std::size_t after = last + 1;
  // The usual case: whatever stands before the last semicolon, the text behind
  // it ends nothing that was opened there, so only this one can be meant.
  if (!closes_itself(value.substr(after)))
    after = behind_last_semicolon(value).value_or(after);
  return parse_date(value.substr(after));
}

// RFC 5322 3.3
std::string format_date(std::int64_t unix_seconds, std::chrono::minutes east) {
  using namespace std::chrono;
  const sys_seconds shown = sys_seconds(seconds(unix_seconds)) + east;
  const sys_days midnight = floor<std::chrono::days>(shown);
  const year_month_day date(midnight);
  const hh_mm_ss time(shown - midnight);
  const hh_mm_ss zone(abs(east));
  return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} {}{:02}{:02}",
                     days[weekday(midnight).iso_encoding() - 1],
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(),
                     east < minutes(0) ? '-' : '+', zone.hours().count(),
                     zone.minutes().count());
}

std::optional<std::int64_t> newest_received_date(const header_view& header) {
  const auto value = first_value(header, "received");
  return value ? received_date(*value) : std::nullopt;
}

}  // namespace mekiki::message
