#include "reports/sending_news.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace mekiki::reports {
namespace {

constexpr std::int64_t usual_days = 28;
constexpr std::int64_t days_of_jump = 3;  // the last; reports come late
constexpr std::uint64_t times = 3;
constexpr std::uint64_t most_told_by_one = 1'000'000'000'000;

/// Failing mails of each day.
using series = std::map<std::int64_t, std::uint64_t>;

std::uint64_t at(const series& s, std::int64_t day) {
  const auto found = s.find(day);
  return found == s.end() ? 0 : found->second;
}

std::uint64_t usual(const series& s, std::int64_t day) {
  std::uint64_t all = 0;
  for (auto d = s.lower_bound(day - usual_days); d != s.lower_bound(day); ++d)
    all += d->second;
  return all / static_cast<std::uint64_t>(usual_days);
}

bool is_jump(std::uint64_t now, std::uint64_t before, std::uint64_t least) {
  return now >= least && now / times >= before;
}

std::optional<failing_jump> jump_of(const sending_facts& facts,
                                    std::int64_t today) {
  std::map<std::uint32_t, series> by;
  std::set<std::uint32_t> reporters;
  for (const told_day& d : facts.days) {
    if (d.day < today - usual_days - days_of_jump)
      continue;
    reporters.insert(d.reporter);
    std::uint64_t& sum = by[d.reporter][d.day];
    sum =
        std::min(sum + std::min(d.failed, most_told_by_one), most_told_by_one);
  }
  const std::size_t needed = std::min<std::size_t>(2, reporters.size());
  std::optional<failing_jump> out;
  for (std::int64_t day = today - days_of_jump; day <= today; ++day) {
    // Of each reporter by itself: whoever is new to it says nothing.
    failing_jump seen{.day = day};
    std::size_t witnesses = 0;
    bool is_known = false;
    for (const auto& [reporter, s] : by) {
      const std::uint64_t now = at(s, day);
      const std::uint64_t before = usual(s, day);
      if (s.begin()->first > day - days_of_jump || !is_jump(now, before, 10))
        continue;
      ++witnesses;
      is_known =
          is_known || is_well_known_reporter(facts.reporters.at(reporter));
      seen.failed += now;
      seen.usual += before;
    }
    const bool counts = (is_known || witnesses >= needed) &&
                        is_jump(seen.failed, seen.usual, jump_mails);
    if (counts && (!out || seen.failed > out->failed))
      out = seen;
  }
  return out;
}

}  // namespace

sending_news find_news(const sending_facts& facts, const owner_marks& marks,
                       std::string_view domain, std::int64_t since,
                       const std::set<std::string>& told, std::int64_t today) {
  sending_news out;
  out.jump = jump_of(facts, today);
  std::uint64_t all = 0;
  const auto mails = [](const plan_sender& s) {
    return s.passed > std::numeric_limits<std::uint64_t>::max() - s.failed
               ? std::numeric_limits<std::uint64_t>::max()
               : s.passed + s.failed;
  };
  std::vector<plan_sender> senders = judge_senders(facts, marks, domain);
  for (const plan_sender& s : senders) all = std::max(all, all + mails(s));
  for (plan_sender& s : senders) {
    const bool is_new = s.first >= since && s.is_backed && s.is_asked &&
                        mails(s) >= new_sender_mails && mails(s) >= all / 100;
    // Forgers without a name come every day: the jump tells of many.
    const bool matters = s.of.of != owner::foreign &&
                         s.of.why != whose::reason::marked && !s.name.empty();
    if (is_new && matters && !told.contains(s.name))
      out.fresh.push_back(std::move(s));
  }
  std::ranges::sort(out.fresh, [&](const plan_sender& a, const plan_sender& b) {
    return std::pair(mails(b), std::string_view(a.name)) <
           std::pair(mails(a), std::string_view(b.name));
  });
  return out;
}

}  // namespace mekiki::reports
