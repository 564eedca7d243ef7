#include "demo/history.hpp"

#include <charconv>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/unix_time.hpp"
#include "crypto/digest.hpp"
#include "demo/recording.hpp"
#include "message/date.hpp"
#include "store/rule_words.hpp"

namespace mekiki::demo {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// A number at the beginning of `text`, which is taken from it.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  Number n = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc())
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return n;
}

template <class Value>
std::optional<Value> from_json(std::string_view text) {
  json::error_code error;
  const json::value parsed = json::parse(text, error);
  if (error)
    return std::nullopt;
  auto value = json::try_value_to<Value>(parsed);
  return value ? std::optional(std::move(*value)) : std::nullopt;
}

/// Saturday of this week less that of the recorded one, in seconds.
std::int64_t shift_to(std::int64_t now, std::int64_t last_day) {
  const std::int64_t today = now / day_seconds;
  const std::int64_t weekday = (today + 4) % 7;  // 0: Sunday
  return (today + 6 - weekday - last_day) * day_seconds;
}

class loader {
 public:
  loader(std::int64_t now, const std::string& own_account,
         const std::function<void(store::mail_event)>& take)
      : now_(now), own_account_(own_account), take_(take) {}

  /// False if the line is malformed.
  bool read(std::string_view line) {
    if (line.starts_with('[')) {
      auto row = from_json<std::vector<std::string>>(line);
      if (row)
        rows_.push_back(std::move(*row));
      return row.has_value();
    }
    if (!line.starts_with('{') && !line.starts_with('#'))
      return read_mail(line);
    if (people_) {
      auto filled = fill_in(line, "#{", [this](std::string_view name) {
        const auto row = take_number<std::size_t>(name);
        return row && name.empty() ? text_at(*row, 0) : std::nullopt;
      });
      if (filled)
        templates_.push_back(std::move(*filled));
      return filled.has_value();
    }
    people_ = from_json<recorded_people>(line);
    if (!people_)
      return false;
    fetched_ = shift_to(now_, people_->last_day);
    for (recorded_rule& r : people_->rules) {
      if (r.until)
        *r.until += fetched_;
    }
    return true;
  }

  recorded_people people() { return people_.value_or(recorded_people()); }

 private:
  bool read_mail(std::string_view line) {
    numbers_.clear();
    // 32 bits: their sums do not overflow.
    while (const auto n = take_number<std::int32_t>(line)) {
      numbers_.push_back(*n);
      if (line.starts_with(' '))
        line.remove_prefix(1);
    }
    if (!line.empty() || numbers_.size() < 2 || !people_ ||
        !std::in_range<std::size_t>(numbers_[0]) ||
        static_cast<std::size_t>(numbers_[0]) >= templates_.size())
      return false;
    fetched_ += numbers_[1];
    names_ = mail_names(++mails_);
    if (fetched_ >= now_)
      return true;
    const auto text =
        fill_in(templates_[static_cast<std::size_t>(numbers_[0])], "${",
                [this](std::string_view name) { return value_of(name); });
    auto event = text ? from_json<store::mail_event>(*text) : std::nullopt;
    if (!event)
      return false;
    if (event->account == people_->own_account)
      event->account = own_account_;
    event->way = event->certain ? "certain" : "";
    take_(std::move(*event));
    return true;
  }

  /// The names in `text`, which stand between `mark` and "}", become values.
  static std::optional<std::string> fill_in(std::string_view text,
                                            std::string_view mark,
                                            const auto& value_of) {
    std::string out;
    for (;;) {
      const std::size_t at = text.find(mark);
      out += text.substr(0, at);
      if (at == std::string_view::npos)
        return out;
      const std::size_t end = text.find('}', at);
      const auto value = value_of(text.substr(at + 2, end - at - 2));
      if (end == std::string_view::npos || !value)
        return std::nullopt;
      out += *value;
      text.remove_prefix(end + 1);
    }
  }

  std::optional<std::string> value_of(std::string_view name) const {
    if (name == "uidl")
      return names_.uidl;
    if (name == "digest")
      return names_.digest;
    if (name == "id")
      return names_.id;
    if (name == "t")
      return fmt::to_string(fetched_);
    const auto k = take_number<std::size_t>(name);
    if (!k || *k >= numbers_.size())
      return std::nullopt;
    const std::int64_t number = numbers_[*k];
    if (name.empty())
      return fmt::to_string(number);
    if (name == "t")
      return fmt::to_string(fetched_ - number);
    if (name == "d")
      return message::format_date(fetched_ - number, 9h);
    if (!name.starts_with('.'))
      return std::nullopt;
    name.remove_prefix(1);
    const auto column = take_number<std::size_t>(name);
    if (!column || !name.empty())
      return std::nullopt;
    return text_at(static_cast<std::size_t>(number), *column);
  }

  std::optional<std::string> text_at(std::size_t row,
                                     std::size_t column) const {
    return row < rows_.size() && column < rows_[row].size()
               ? std::optional(rows_[row][column])
               : std::nullopt;
  }

  std::int64_t now_;
  const std::string& own_account_;
  const std::function<void(store::mail_event)>& take_;
  std::optional<recorded_people> people_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> templates_;
  std::size_t mails_ = 0;
  // Of the mail that is being read.
  std::int64_t fetched_ = 0;
  std::vector<std::int64_t> numbers_;
  mail_names names_{0};
};

}  // namespace

mail_names::mail_names(std::size_t number)
    : uidl(fmt::format("{:08}", number)),
      digest(
          to_hex(crypto::hash(crypto::hash_algorithm::sha256, uidl).octets())),
      id(digest.substr(0, 8)) {}

expected<recorded_people, std::string> load_history(
    std::string_view recorded, time_point now, const std::string& own_account,
    const std::function<void(store::mail_event)>& take) {
  loader all(unix_seconds(now), own_account, take);
  std::size_t number = 0;
  do {
    const std::size_t end = recorded.find('\n');
    ++number;
    if (end == std::string_view::npos || !all.read(recorded.substr(0, end))) {
      return unexpected(
          fmt::format("line {} of the recorded history is malformed", number));
    }
    recorded.remove_prefix(end + 1);
  } while (!recorded.empty());
  return all.people();
}

// The store's thread writes while the next mails are read.
expected<void, std::string> fill_demo_history(store::store& empty,
                                              time_point now,
                                              const std::string& own_account) {
  std::size_t noted = 0;
  const auto people = load_history(recorded_history(), now, own_account,
                                   [&](store::mail_event e) {
                                     empty.note(std::move(e));
                                     if (++noted % store::most_waiting == 0)
                                       empty.flush();
                                   });
  if (!people)
    return unexpected(people.error());
  for (const recorded_rule& r : people->rules) {
    auto what = store::read_rule(r.kind, r.effect);
    if (!what)
      return unexpected("the recorded history has a malformed rule");
    what->pattern = r.pattern;
    what->signer = r.signer;
    if (const auto added = empty.blocking().add_rule(
            {.account = r.account, .what = *what, .until = r.until});
        !added)
      return unexpected(added.error());
  }
  for (const store::kept_choice& c : people->choices) {
    if (const auto kept = empty.blocking().set_choice(c); !kept)
      return unexpected(kept.error());
  }
  empty.flush();
  const store::lost_events lost = empty.lost();
  if (lost.queue_full + lost.not_written > 0)
    return unexpected(std::string("the recorded history could not be written"));
  return {};
}

}  // namespace mekiki::demo
