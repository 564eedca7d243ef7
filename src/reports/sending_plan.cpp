#include "reports/sending_plan.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/ascii.hpp"

namespace mekiki::reports {
namespace {

constexpr std::size_t most_told_names = 3;

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a + std::min(b, std::numeric_limits<std::uint64_t>::max() - a);
}

/// "reject" of "p=none sp=reject" for "sp"; "" where it is not told.
std::string value_of(std::string_view text, std::string_view tag) {
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view one = text.substr(0, space);
    if (one.size() > tag.size() && one.starts_with(tag) &&
        one[tag.size()] == '=')
      return ascii::to_lower(one.substr(tag.size() + 1));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return {};
}

std::optional<dmarc::policy> parse_policy(std::string_view word) {
  for (const auto p : {dmarc::policy::none, dmarc::policy::quarantine,
                       dmarc::policy::reject}) {
    if (to_string(p) == word)
      return p;
  }
  return std::nullopt;
}

/// Of one sender, by reporter.
struct counts {
  std::uint64_t passed = 0, forwarded = 0, failed = 0;

  void add(const told_source::count& c) {
    passed = sum(passed, c.passed);
    forwarded = sum(forwarded, c.forwarded);
    failed = sum(failed, c.failed);
  }
};

class witnesses {
 public:
  explicit witnesses(const sending_facts& facts) {
    for (const std::string& author : facts.reporters) {
      known_.push_back(is_well_known_reporter(author));
      has_known_ = has_known_ || known_.back();
    }
    needed_ = std::min<std::size_t>(2, facts.reporters.size());
  }

  bool is_known(std::uint32_t reporter) const { return known_.at(reporter); }
  bool has_known() const { return has_known_; }
  /// By those who tell it.
  bool are_enough(const std::set<std::uint32_t>& who) const {
    return who.size() >= needed_ ||
           std::ranges::any_of(who, [this](auto r) { return is_known(r); });
  }
  /// Who are no large providers, and where one reports, not the only ones.
  bool are_enough_others(const std::set<std::uint32_t>& who) const {
    return who.size() >= (has_known_ ? 2 : needed_);
  }

 private:
  std::vector<bool> known_;
  bool has_known_ = false;
  std::size_t needed_ = 0;
};

/// What large providers tell of one sender, or all others.
struct testimony {
  counts told;
  std::set<std::uint32_t> pass, forward, fail;  // who tells that they do

  void add(std::uint32_t reporter, const counts& c) {
    told.passed = sum(told.passed, c.passed);
    told.forwarded = sum(told.forwarded, c.forwarded);
    told.failed = sum(told.failed, c.failed);
    if (c.passed > 0)
      pass.insert(reporter);
    if (c.forwarded > 0)
      forward.insert(reporter);
    if (c.failed > 0)
      fail.insert(reporter);
  }
};

/// What the others tell counts if enough of them tell it: a large provider that
/// tells of a single mail backs no million.
plan_sender judge(sender_group g, const std::map<std::uint32_t, counts>& by,
                  const sending_facts& facts, const witnesses& who,
                  std::optional<owner> marked, std::string_view domain) {
  testimony known;
  testimony others;
  std::set<std::uint32_t> tellers;
  for (const auto& [reporter, c] : by) {
    (who.is_known(reporter) ? known : others).add(reporter, c);
    tellers.insert(reporter);
  }
  // That it was forwarded excuses only if somebody else says so, too.
  if (!who.are_enough_others(others.forward)) {
    others.told.failed =
        sum(others.told.failed, std::exchange(others.told.forwarded, 0));
    others.fail.merge(others.forward);
  }
  plan_sender out{.name = g.name, .first = g.first};
  out.is_asked = std::ranges::all_of(
      g.sources, [](const source& s) { return s.is_asked; });
  out.is_backed = who.are_enough(tellers);
  std::set<std::uint32_t> fail = known.fail;
  fail.insert(others.fail.begin(), others.fail.end());
  for (const std::uint32_t reporter : fail) {
    if (out.failed_by.size() < most_told_names)
      out.failed_by.push_back(facts.reporters.at(reporter));
  }
  if (!who.are_enough_others(others.fail))
    out.unbacked = std::exchange(others.told.failed, 0);
  counts all = known.told;
  all.passed = sum(all.passed, others.told.passed);
  all.forwarded = sum(all.forwarded, others.told.forwarded);
  all.failed = sum(all.failed, others.told.failed);
  // Nobody's word alone makes a sender ours.
  g.passed = who.has_known()                      ? known.told.passed
             : who.are_enough_others(others.pass) ? others.told.passed
                                                  : 0;
  g.forwarded = all.forwarded;
  g.mails = sum(sum(g.passed, all.forwarded), all.failed);
  if (!out.is_backed) {
    for (source& s : g.sources) {
      s.signer.clear();
      s.sender.clear();
    }
  }
  out.of = whose_is(g, marked, domain);
  // Nobody's passing mails hide what fails at a large provider.
  const auto share = [](const counts& c) {
    return c.failed == 0 ? 0.0
                         : static_cast<double>(c.failed) /
                               static_cast<double>(sum(c.passed, c.failed));
  };
  const bool by_known = who.has_known() && share(known.told) >= share(all);
  out.passed = by_known ? known.told.passed : all.passed;
  out.failed = by_known ? known.told.failed : all.failed;
  return out;
}

struct seen_policy {
  std::string word;
  bool testing = false;
  auto operator<=>(const seen_policy&) const = default;
};

struct vote {
  seen_policy seen;
  std::int64_t day = 0;
  auto operator<=>(const vote&) const = default;
};
using votes = std::map<vote, std::set<std::uint32_t>>;

/// Where large providers report, of them alone: on a day on which none has
/// reported yet a stranger would decide. Else two have to tell the same within
/// some days.
votes believed_votes(const sending_facts& facts, const witnesses& who) {
  constexpr std::int64_t days_of_backing = 7;
  votes all;
  for (const told_day& d : facts.days) {
    const auto p = parse_policy(value_of(d.policy, "p"));
    if (p && (!who.has_known() || who.is_known(d.reporter)))
      all[{{std::string(to_string(*p)), value_of(d.policy, "t") == "y"}, d.day}]
          .insert(d.reporter);
  }
  votes out;
  for (auto v = all.begin(); v != all.end(); ++v) {
    std::set<std::uint32_t> tellers;
    for (auto w = all.lower_bound(
             {v->first.seen, v->first.day - days_of_backing + 1});
         w != std::next(v); ++w)
      tellers.insert(w->second.begin(), w->second.end());
    if (who.are_enough(tellers))
      out.insert(*v);
  }
  return out;
}

/// What most of a day's reporters saw; of equal ones the stricter.
std::map<std::int64_t, seen_policy> policy_by_day(const sending_facts& facts,
                                                  const witnesses& who) {
  std::map<std::int64_t, seen_policy> out;
  std::map<std::int64_t, std::size_t> most;
  for (const auto& [vote, voters] : believed_votes(facts, who)) {
    if (voters.size() >= most[vote.day]) {
      most[vote.day] = voters.size();
      out[vote.day] = vote.seen;
    }
  }
  return out;
}

std::uint32_t days_of(const sending_facts& facts, const witnesses& who) {
  std::set<std::int64_t> days;
  for (const told_day& d : facts.days) {
    if (d.day >= facts.from && (!who.has_known() || who.is_known(d.reporter)))
      days.insert(d.day);
  }
  return static_cast<std::uint32_t>(days.size());
}

/// Failing mails that may be ours: of whoever's failing mails count.
std::uint64_t unread_of(const sending_facts& facts, const witnesses& who) {
  std::uint64_t known = 0;
  std::uint64_t others = 0;
  std::set<std::uint32_t> tellers;
  for (const auto& [reporter, mails] : facts.unread) {
    std::uint64_t& of = who.is_known(reporter) ? known : others;
    of = sum(of, mails);
    if (!who.is_known(reporter) && mails > 0)
      tellers.insert(reporter);
  }
  if (who.has_known())
    return known;
  return who.are_enough_others(tellers) ? others : 0;
}

std::vector<plan_stage> stages_of(const sending_plan& plan,
                                  const std::vector<policy_span>& spans,
                                  std::int64_t today) {
  using state = plan_stage::state;
  std::vector<plan_stage> out;
  const auto now = plan.published.policy;
  // Reports of so many more days; nothing: it takes more than days.
  std::optional<std::int64_t> wait = 0;
  for (const records::plan_obstacle& o : plan.made.obstacles) {
    if (o.what == records::plan_obstacle::kind::few_days && wait)
      wait = std::max(*wait, static_cast<std::int64_t>(o.need - o.have));
    else
      wait.reset();
  }
  const bool is_ready = plan.made.next != records::plan_step::go_back &&
                        plan.made.next != records::plan_step::ask_reports;
  bool is_next = true;
  for (const auto p : {dmarc::policy::none, dmarc::policy::quarantine,
                       dmarc::policy::reject}) {
    plan_stage stage{.policy = p};
    const auto held = std::ranges::find(spans.rbegin(), spans.rend(),
                                        to_string(p), &policy_span::policy);
    if (now && p <= *now) {
      stage.at = p == *now ? state::now : state::done;
      if (held != spans.rend())
        stage.since = held->first;
    } else if (is_next) {
      stage.at = state::next;
      is_next = false;
      if (!now)
        stage.earliest = today;
      else if (wait && is_ready && !plan.published.testing)
        stage.earliest = today + *wait;
    } else if (out.back().earliest) {
      stage.earliest =
          *out.back().earliest + static_cast<std::int64_t>(records::plan_days);
    }
    out.push_back(stage);
  }
  return out;
}

}  // namespace

std::string_view to_string(plan_stage::state s) {
  switch (s) {
    case plan_stage::state::done:
      return "done";
    case plan_stage::state::now:
      return "now";
    case plan_stage::state::next:
      return "next";
    case plan_stage::state::later:
      break;
  }
  return "later";
}

policy_now read_published(const dmarc::record& r,
                          std::optional<dmarc::policy> holds) {
  return {.policy = r.testing || !holds ? r.p : holds,
          .testing = r.testing,
          .reports_wanted = !r.aggregate_uris.empty(),
          .text = r.text};
}

policy_now policy_of_reports(const std::vector<policy_span>& spans) {
  policy_now out{.policy = dmarc::policy::none,
                 .testing = false,
                 .reports_wanted = true,
                 .text = {}};
  if (!spans.empty()) {
    out.policy = parse_policy(spans.back().policy);
    out.testing = spans.back().testing;
  }
  return out;
}

std::vector<policy_span> policy_spans(const sending_facts& facts) {
  std::vector<policy_span> out;
  for (auto& [day, seen] : policy_by_day(facts, witnesses(facts))) {
    if (out.empty() || out.back().policy != seen.word ||
        out.back().testing != seen.testing)
      out.push_back({seen.word, day, day, seen.testing});
    out.back().last = day;
  }
  return out;
}

std::int64_t policy_holds_since(const std::vector<policy_span>& spans,
                                const policy_now& now, std::int64_t from) {
  if (spans.empty() || !now.policy)
    return from;
  const policy_span& last = spans.back();
  const bool is_same =
      last.policy == to_string(*now.policy) && last.testing == now.testing;
  // The day on which it changed may have mails of before.
  if (!is_same)
    return std::max(from, last.last + 1);
  if (spans.size() < 2)
    return from;
  return std::max(from, last.first);
}

std::vector<plan_sender> judge_senders(const sending_facts& facts,
                                       const owner_marks& marks,
                                       std::string_view domain) {
  const witnesses who(facts);
  std::vector<source> sources;
  std::unordered_map<std::string, const told_source*> by_address;
  for (const told_source& s : facts.sources) {
    sources.push_back(s.of);
    by_address.emplace(s.of.address, &s);
  }
  std::vector<plan_sender> out;
  for (sender_group& g : group(std::move(sources), domain)) {
    std::map<std::uint32_t, counts> by;
    for (const source& s : g.sources) {
      for (const told_source::count& c : by_address.at(s.address)->by)
        by[c.reporter].add(c);
    }
    const auto mark = marks.find(g.name);
    out.push_back(
        judge(std::move(g), by, facts, who,
              mark == marks.end() ? std::nullopt : std::optional(mark->second),
              domain));
  }
  std::ranges::sort(out, [](const plan_sender& a, const plan_sender& b) {
    return std::tie(b.failed, b.passed, a.name) <
           std::tie(a.failed, a.passed, b.name);
  });
  return out;
}

sending_plan make_sending_plan(const sending_facts& facts,
                               const owner_marks& marks, const policy_now& now,
                               std::string_view domain, std::int64_t today) {
  sending_plan out;
  out.published = now;
  out.senders = judge_senders(facts, marks, domain);
  const witnesses who(facts);
  out.facts = {.policy = now.policy,
               .testing = now.testing,
               .reports_wanted = now.reports_wanted,
               .days = days_of(facts, who),
               .sources = {},
               .unread = unread_of(facts, who)};
  for (const plan_sender& s : out.senders) {
    using of = records::plan_source::owner;
    out.facts.sources.push_back({.name = s.name,
                                 .of = s.of.of == owner::ours ? of::ours
                                       : s.of.of == owner::foreign
                                           ? of::foreign
                                           : of::unknown,
                                 .aligned = s.passed,
                                 .unaligned = s.failed});
  }
  out.made = records::make_plan(out.facts);
  out.stages = stages_of(out, policy_spans(facts), today);
  if (!now.text.empty() || !now.policy)
    out.record =
        records::record_after(out.made.next, now.text, now.policy, domain);
  return out;
}

}  // namespace mekiki::reports
