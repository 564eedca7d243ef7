#include "auth/records/plan.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace mekiki::records {
namespace {

using owner = plan_source::owner;
using kind = plan_obstacle::kind;

constexpr std::size_t most_obstacles = 20;
/// Who loses so many mails, one in so many, has to go back.
constexpr std::uint64_t lost_mails = 10;
constexpr std::uint64_t lost_one_in = 10;

/// Counts come from strangers' reports.
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - a;
  return a + std::min(b, room);
}

std::uint64_t mails_of(const plan_source& s) {
  return sum(s.aligned, s.unaligned);
}

/// More than one in `one_in` of `all`.
bool is_more_than(std::uint64_t part, std::uint64_t all, std::uint64_t one_in) {
  return part > all / one_in;
}

bool fails(const plan_source& s) {
  return s.of == owner::ours &&
         is_more_than(s.unaligned, mails_of(s), plan_one_in);
}

bool loses(const plan_source& s) {
  return s.of == owner::ours && s.unaligned >= lost_mails &&
         is_more_than(s.unaligned, mails_of(s), lost_one_in);
}

/// What of a source speaks against the next step; `all`: mails of all sources.
std::optional<plan_obstacle> obstacle_of(const plan_source& s,
                                         std::uint64_t all) {
  if (fails(s))
    return plan_obstacle{kind::source_fails, s.name, s.unaligned, mails_of(s)};
  const bool is_much =
      s.unaligned > 0 && (s.unaligned >= plan_noise ||
                          is_more_than(s.unaligned, all, plan_one_in));
  if (s.of == owner::unknown && is_much)
    return plan_obstacle{kind::source_unknown, s.name, s.unaligned, 0};
  return std::nullopt;
}

std::vector<plan_obstacle> obstacles_of(const plan_facts& facts) {
  std::vector<plan_obstacle> out;
  if (facts.days < plan_days)
    out.push_back({kind::few_days, {}, facts.days, plan_days});
  std::uint64_t ours = 0;
  std::uint64_t all = 0;
  for (const plan_source& s : facts.sources) {
    if (s.of == owner::ours)
      ours = sum(ours, s.aligned);
    all = sum(all, mails_of(s));
  }
  if (ours < plan_mails)
    out.push_back({kind::few_mails, {}, ours, plan_mails});
  // Those of ours may be among them.
  if (facts.unread >= plan_noise &&
      is_more_than(facts.unread, sum(all, facts.unread), plan_one_in))
    out.push_back({kind::unread, {}, facts.unread, 0});
  const auto counted = static_cast<std::ptrdiff_t>(out.size());
  for (const plan_source& s : facts.sources) {
    if (auto o = obstacle_of(s, all))
      out.push_back(std::move(*o));
  }
  std::sort(out.begin() + counted, out.end(),
            [](const plan_obstacle& a, const plan_obstacle& b) {
              return std::tie(b.have, a.source) < std::tie(a.have, b.source);
            });
  if (out.size() > most_obstacles)
    out.resize(most_obstacles);
  return out;
}

plan_step after(const plan_facts& facts) {
  if (facts.testing)
    return plan_step::end_testing;
  return *facts.policy == dmarc::policy::none ? plan_step::quarantine
                                              : plan_step::reject;
}

}  // namespace

std::string_view to_string(plan_step s) {
  switch (s) {
    case plan_step::publish:
      return "publish";
    case plan_step::ask_reports:
      return "ask-reports";
    case plan_step::stay:
      break;
    case plan_step::end_testing:
      return "end-testing";
    case plan_step::quarantine:
      return "quarantine";
    case plan_step::reject:
      return "reject";
    case plan_step::go_back:
      return "go-back";
    case plan_step::done:
      return "done";
  }
  return "stay";
}

std::string_view to_string(plan_obstacle::kind k) {
  switch (k) {
    case kind::few_days:
      break;
    case kind::few_mails:
      return "few-mails";
    case kind::source_fails:
      return "source-fails";
    case kind::source_unknown:
      return "source-unknown";
    case kind::unread:
      return "unread";
  }
  return "few-days";
}

plan make_plan(const plan_facts& facts) {
  plan out;
  if (!facts.policy) {
    out.next = plan_step::publish;
    return out;
  }
  const bool enforces = *facts.policy != dmarc::policy::none && !facts.testing;
  out.obstacles = obstacles_of(facts);
  if (enforces && std::ranges::any_of(facts.sources, loses)) {
    out.next = plan_step::go_back;
  } else if (!facts.reports_wanted) {
    // Nobody who is blind goes on.
    out.next = plan_step::ask_reports;
  } else if (enforces && *facts.policy == dmarc::policy::reject) {
    // Nothing more is to come that days or mails could keep back.
    std::erase_if(out.obstacles, [](const plan_obstacle& o) {
      return o.what == kind::few_days || o.what == kind::few_mails ||
             o.what == kind::unread;
    });
    out.next = plan_step::done;
  } else if (out.obstacles.empty()) {
    out.next = after(facts);
  }
  return out;
}

std::string record_after(plan_step step, std::string_view published,
                         std::optional<dmarc::policy> now,
                         std::string_view domain) {
  using dmarc::policy;
  std::optional<policy> wanted = now;
  switch (step) {
    case plan_step::stay:
    case plan_step::done:
      return {};
    case plan_step::publish:
      wanted = policy::none;
      break;
    case plan_step::quarantine:
      wanted = policy::quarantine;
      break;
    case plan_step::reject:
      wanted = policy::reject;
      break;
    case plan_step::go_back:
      wanted = now == policy::reject ? policy::quarantine : policy::none;
      break;
    case plan_step::ask_reports:
    case plan_step::end_testing:
      break;
  }
  std::string out =
      fmt::format("v=DMARC1; p={}", to_string(wanted.value_or(policy::none)));
  const bool asks =
      step == plan_step::ask_reports || step == plan_step::publish;
  // Of rua= without a valid address nothing is worth keeping.
  while (auto e = dmarc::take_element(published)) {
    const std::string name = ascii::to_lower(e->name);
    const bool goes = name.empty() || name == "v" || name == "p" ||
                      (name == "rua" && asks) ||
                      (name == "t" && step == plan_step::end_testing);
    if (!goes)
      out += fmt::format("; {}={}", e->name, e->value);
  }
  if (asks)
    out += fmt::format("; rua=mailto:dmarc-reports@{}", domain);
  return out;
}

}  // namespace mekiki::records
