#include "verdict/history.hpp"

#include "verdict/correspondents.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::uint32_t known_days = 3;
constexpr std::int64_t known_spread = 7 * day_seconds;
constexpr std::uint64_t steady_mails = 10;

}  // namespace

bool is_known(const tally& passed) {
  return passed.days >= known_days &&
         passed.last - passed.first >= known_spread;
}

bool is_steady(const tally& passed) {
  return passed.mails >= steady_mails &&
         passed.last - passed.first >= steady_spread;
}

bool is_known(const sightings& s) {
  return s.authors >= 8 && s.days >= 5 && s.spread >= 7;
}

// The half day keeps a sender of whom little is known from being steady: with
// no other day, 5 days are needed for 0.9.
double steadiness(const habit& h) {
  const double proven = h.proven.days;
  const double unproven = h.unproven.days;
  return proven / (proven + unproven + 0.5);
}

boost::asio::awaitable<history_answer> empty_history::ask(
    history_question /*q*/) {
  history_answer nothing;
  nothing.available = true;
  nothing.known = std::make_shared<const correspondents>();
  co_return nothing;
}

boost::asio::awaitable<addition_answer> empty_history::ask(addition /*a*/) {
  co_return addition_answer{};
}

boost::asio::awaitable<std::vector<border_view>> empty_history::ask(
    border_question /*q*/) {
  co_return std::vector<border_view>{};
}

}  // namespace mekiki::verdict
