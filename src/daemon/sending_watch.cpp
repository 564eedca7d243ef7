#include "daemon/sending_watch.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "base/unix_time.hpp"
#include "daemon/published_policy.hpp"
#include "notify/mail/sending_summary.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {

using boost::asio::awaitable;
namespace told = store::told;

namespace {

constexpr std::chrono::hours pause{1};
constexpr std::size_t most_noted = 900;  // at a first look
/// A report tells of mails of some days ago.
constexpr std::int64_t reports_come_within = 3 * day_seconds;

bool is_older(const std::optional<std::int64_t>& at, std::int64_t age,
              std::int64_t now) {
  return !at || now - *at >= age;
}

}  // namespace

std::optional<reports::sending_news> news_to_tell(
    const store::dashboard_queries::sending_news_view& seen,
    const std::string& domain, std::int64_t now) {
  if (!seen.begun || !is_older(seen.mailed, sending_watch::pause_of_news, now))
    return std::nullopt;
  const std::int64_t since =
      std::max(*seen.begun - reports_come_within,
               now - 2 * reports::news_period * day_seconds);
  reports::sending_news news = reports::find_news(
      seen.facts, seen.marks, domain, since,
      std::set<std::string>(seen.told.begin(), seen.told.end()),
      now / day_seconds);
  if (!is_older(seen.jumped, sending_watch::pause_of_jumps, now))
    news.jump.reset();
  if (news.empty())
    return std::nullopt;
  return news;
}

awaitable<void> sending_watch::sum_up(std::string domain, const view& seen,
                                      std::int64_t now, found& out) {
  const notify::past_month month =
      notify::last_month(settings_.warnings.digest_at, now);
  if (!seen.summed) {
    // Months before Mekiki looked are not told: most would be half.
    out.begun.push_back({.domain = domain, .what = std::string(told::summed)});
    co_return;
  }
  // Noted when that mail was made: later than the end of the month before.
  const std::int64_t end = month.to * day_seconds;
  if (*seen.summed >= end)
    co_return;
  std::string asked = domain;
  const store::report_period period{.from = month.from, .to = month.to};
  std::vector<std::string> ours;
  auto sent =
      co_await history_.sending(std::move(asked), period, std::move(ours));
  if (!sent)
    co_return;
  due_mail due;
  due.told.push_back({.domain = domain, .what = std::string(told::summed)});
  const store::reported_day sum = notify::sum_of(sent->sent.days);
  if (sum.passed + sum.forwarded + sum.stopped + sum.failed == 0) {
    std::ranges::move(due.told, std::back_inserter(out.begun));
    co_return;
  }
  asked = domain;
  const notify::past_month earlier = notify::month_before(month);
  const store::report_period period_before{.from = earlier.from,
                                           .to = earlier.to};
  const auto before = co_await history_.sending(std::move(asked), period_before,
                                                std::vector<std::string>());
  asked = domain;
  auto policy = published_policy(domains_, domain);
  const auto plan = co_await history_.sending_plan(
      std::move(asked), std::move(policy), now / day_seconds);
  if (!before || !plan)
    co_return;
  notify::sending_month of{.domain = domain, .when = month};
  of.sent = std::move(sent->sent);
  of.groups = std::move(sent->groups);
  of.marks = seen.marks;
  of.plan = plan->plan.made;
  if (before->sent.reports > 0)
    of.before = notify::sum_of(before->sent.days);
  due.mail = notify::sending_summary(of, settings_.warnings.in, texts_);
  out.summaries.push_back(std::move(due));
}

awaitable<void> sending_watch::look_at(std::string domain, std::int64_t now,
                                       found& out) {
  std::string asked = domain;
  const auto seen =
      co_await history_.sending_news(std::move(asked), now / day_seconds);
  if (!seen || seen->facts.days.empty())
    co_return;
  if (!seen->begun) {
    out.begun.push_back({.domain = domain, .what = std::string(told::begun)});
    // Whoever is there is no news, though a report of them may come later.
    for (const reports::plan_sender& s :
         reports::judge_senders(seen->facts, seen->marks, domain)) {
      if (out.begun.size() < most_noted)
        out.begun.push_back({domain, std::string(told::sender), s.name});
    }
  }
  if (auto news = news_to_tell(*seen, domain, now)) {
    const auto note = [&](std::string_view what, std::string name) {
      out.told.push_back({domain, std::string(what), std::move(name)});
    };
    note(told::mailed, "");
    if (news->jump)
      note(told::jumped, "");
    // Those that the mail only counts are told by the next one.
    for (std::size_t i = 0;
         i < std::min(news->fresh.size(), notify::most_new_senders); ++i)
      note(told::sender, news->fresh[i].name);
    log::warning("domain {}: reports tell of {} new senders{}", domain,
                 news->fresh.size(), news->jump ? ", and more mail fails" : "");
    out.news.push_back({domain, std::move(*news)});
  }
  if (settings_.domains.summary)
    co_await sum_up(domain, *seen, now, out);
}

awaitable<std::vector<sending_watch::due_mail>> sending_watch::look() {
  std::vector<due_mail> out;
  if (looked_ && clock_.steady() - *looked_ < pause)
    co_return out;
  looked_ = clock_.steady();
  const std::int64_t now = unix_seconds(clock_.now());
  found all;
  for (const std::string& domain : domains_.domains()) {
    co_await look_at(domain, now, all);
  }
  if (!all.begun.empty()) {
    store::dashboard_queries::change_work work =
        [store = &changes_, begun = std::move(all.begun)] {
          return store->blocking().note_sending_told(begun);
        };
    const auto noted = co_await history_.change(std::move(work));
    if (!noted)
      log::warning("what was told of senders is not kept: {}", noted.error());
  }
  if (!all.news.empty()) {
    out.push_back(
        {.mail = notify::sending_mail(all.news, settings_.warnings.in, texts_),
         .told = std::move(all.told)});
  }
  std::ranges::move(all.summaries, std::back_inserter(out));
  co_return out;
}

}  // namespace mekiki::daemon
