#include "reports/texts.hpp"

#include <charconv>
#include <chrono>

#include "base/ascii.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "mime/charset.hpp"

namespace mekiki::reports {
namespace {

constexpr std::int64_t minute_seconds = 60;
constexpr std::int64_t year_10000 = 253'402'300'800;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Takes `digits` digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  int out = 0;
  if (text.size() < digits)
    return std::nullopt;
  for (const char c : text.substr(0, digits)) {
    if (!ascii::is_digit(c))
      return std::nullopt;
    out = out * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return out;
}

bool take(std::string_view& text, std::string_view octets) {
  if (text.empty() || octets.find(text.front()) == std::string_view::npos)
    return false;
  text.remove_prefix(1);
  return true;
}

struct time_of_day {
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// partial-time = 2DIGIT ":" 2DIGIT [":" 2DIGIT ["." 1*DIGIT]]
std::optional<time_of_day> take_time(std::string_view& text) {
  time_of_day out;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":"))
    return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute)
    return std::nullopt;
  out.hour = *hour;
  out.minute = *minute;
  if (take(text, ":")) {
    const auto second = take_digits(text, 2);
    if (!second)
      return std::nullopt;
    out.second = *second;
    if (take(text, ".")) {
      while (!text.empty() && ascii::is_digit(text.front()))
        text.remove_prefix(1);
    }
  }
  if (out.hour > 23 || out.minute > 59 || out.second > 60)
    return std::nullopt;
  return out;
}

// time-offset = "Z" / ("+" / "-") 2DIGIT [":"] 2DIGIT, as seconds.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (text.empty() || take(text, "Zz"))
    return 0;
  const bool west = text.front() == '-';
  if (!take(text, "+-"))
    return std::nullopt;
  const auto hours = take_digits(text, 2);
  take(text, ":");
  const auto minutes = text.empty() ? 0 : take_digits(text, 2);
  if (!hours || !minutes)
    return std::nullopt;
  const std::int64_t seconds =
      *hours * hour_seconds + *minutes * minute_seconds;
  return west ? -seconds : seconds;
}

}  // namespace

std::string read_value(std::string_view text, fault_list& faults) {
  text = ascii::trim(text);
  if (is_utf8(text))
    return std::string(ascii::trim(first_octets(text, most_of_text)));
  const std::string read = mime::read_text(text.substr(0, most_of_text), "");
  std::string out(first_octets(read, most_of_text));
  faults.add(fault::not_utf8, out);
  return out;
}

std::string read_word(std::string_view text, fault_list& faults) {
  return ascii::to_lower(read_value(text, faults));
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  text = ascii::trim(text);
  std::uint64_t out = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

std::optional<std::int64_t> read_rfc3339(std::string_view text) {
  text = ascii::trim(text);
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-/"))
    return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-/"))
    return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day)
    return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(*month)),
      std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970)
    return std::nullopt;
  time_of_day time;
  std::int64_t offset = 0;
  if (take(text, "Tt ")) {
    const auto found = take_time(text);
    if (!found)
      return std::nullopt;
    time = *found;
    text = ascii::trim(text);
    const auto east = take_offset(text);
    if (!east)
      return std::nullopt;
    offset = *east;
  }
  if (!text.empty())
    return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * day_seconds +
         time.hour * hour_seconds + time.minute * minute_seconds + time.second -
         offset;
}

std::optional<std::int64_t> read_unix_time(std::string_view text,
                                           fault_list& faults) {
  text = ascii::trim(text);
  // Some write a fraction of zeros.
  const std::string_view whole = text.substr(0, text.find('.'));
  if (const auto number = read_number(whole)) {
    if (whole != text)
      faults.add(fault::date_form, read_value(text, faults));
    if (*number < year_10000)
      return static_cast<std::int64_t>(*number);
    if (*number / 1000 >= year_10000)
      return std::nullopt;
    faults.add(fault::date_form, read_value(text, faults));
    return static_cast<std::int64_t>(*number / 1000);
  }
  const auto date = read_rfc3339(text);
  if (date)
    faults.add(fault::date_form, read_value(text, faults));
  return date;
}

void check_period(const std::optional<std::int64_t>& begin,
                  const std::optional<std::int64_t>& end,
                  const std::optional<std::int64_t>& now, fault_list& faults) {
  if (!begin || !end) {
    faults.add(fault::no_date);
  } else if (*end < *begin) {
    faults.add(fault::date_order);
  }
  // A clock may be a little ahead.
  if (now && begin && *begin > *now + hour_seconds)
    faults.add(fault::date_future);
}

std::string_view without_brackets(std::string_view text) {
  text = ascii::trim(text);
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>')
    return ascii::trim(text.substr(1, text.size() - 2));
  return text;
}

}  // namespace mekiki::reports
