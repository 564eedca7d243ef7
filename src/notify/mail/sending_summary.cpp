#include "notify/mail/sending_summary.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "notify/edit/inert.hpp"
#include "notify/mail/digest_page.hpp"
#include "notify/mail/schedule.hpp"
#include "notify/words/plan_words.hpp"
#include "notify/words/shown_name.hpp"
#include "reports/whose.hpp"

namespace mekiki::notify {
namespace {

namespace chrono = std::chrono;
using namespace digests;

constexpr std::size_t longest_name = 80;
constexpr std::size_t most_senders = 10;

struct phrases {
  std::string_view subject, title, month;
  std::string_view headline, all_pass;
  std::string_view more, fewer, same;
  std::string_view results, change;
  std::string_view passed, forwarded, stopped, failed, all;
  std::string_view chart, legend, legend_failed, legend_other, most;
  std::string_view undecided, ours_fail, others;
  std::string_view unknown, others_more;
  std::string_view see, line, rests, zone;
};

constexpr phrases english{
    .subject = "[Mekiki] Who sent as {}: {}",
    .title = "who sent as {}",
    .month = "{} {}",
    .headline = "{} of {} mails in this name passed DMARC",
    .all_pass = "All {} mails in this name passed DMARC",
    .more = "{} more failed than the month before.",
    .fewer = "{} fewer failed than the month before.",
    .same = "As many failed as the month before.",
    .results = "What became of them",
    .change = "month before",
    .passed = "passed",
    .forwarded = "forwarded",
    .stopped = "failed, stopped",
    .failed = "failed, not stopped",
    .all = "all",
    .chart = "Mails by day",
    .legend = "# failed, ▇ passed or forwarded",
    .legend_failed = "failed",
    .legend_other = "passed or forwarded",
    .most = "at most {} a day",
    .undecided = "Failing: decide whose these are",
    .ours_fail = "Failing: yours",
    .others = "Failing: not yours",
    .unknown = "an unknown address",
    .others_more = "and {} more",
    .see = "See who sends",
    .line = "{}: {}",
    .rests = "By {} proven reports of {} hosts that received mail.",
    .zone = "Days are those of UTC, as reports have them.",
};

constexpr phrases japanese{
    .subject = "[Mekiki] {} を名乗る送信元：{}",
    .title = "{} を名乗る送信元",
    .month = "{}年{}月",
    .headline =
        "このドメインを名乗るメール {1} 通のうち、{0} 通が DMARC を通りました",
    .all_pass = "このドメインを名乗るメール {} 通は、すべて DMARC を通りました",
    .more = "失敗は、前の月より {} 通増えました。",
    .fewer = "失敗は、前の月より {} 通減りました。",
    .same = "失敗の数は、前の月と同じです。",
    .results = "内訳",
    .change = "前の月",
    .passed = "通った",
    .forwarded = "転送",
    .stopped = "通らず、止まった",
    .failed = "通らず、止まらなかった",
    .all = "合計",
    .chart = "日ごとの通数",
    .legend = "# 失敗、▇ 通過または転送",
    .legend_failed = "失敗",
    .legend_other = "通過または転送",
    .most = "1 日に最大 {} 通",
    .undecided = "失敗しているもの：誰のものかを決めてください",
    .ours_fail = "失敗しているもの：自分のもの",
    .others = "失敗しているもの：自分のものではない",
    .unknown = "アドレス不明",
    .others_more = "ほか {} か所",
    .see = "送信元を見る",
    .line = "{}：{}",
    .rests = "確認済みのレポート {} 件（送り主 {} か所）によります。",
    .zone = "日付は、レポートと同じく UTC のものです。",
};

std::string said(std::string_view pattern, const auto&... facts) {
  return fmt::format(fmt::runtime(pattern), facts...);
}

past_month days_of(chrono::year_month month) {
  const auto first = [](chrono::year_month m) {
    return chrono::sys_days(m / chrono::day(1)).time_since_epoch().count();
  };
  return {.year = static_cast<int>(month.year()),
          .month = static_cast<unsigned>(month.month()),
          .from = first(month),
          .to = first(month + chrono::months(1))};
}

std::uint64_t failed(const store::reported_day& d) {
  return d.stopped + d.failed;
}
std::uint64_t mails(const store::reported_day& d) {
  return d.passed + d.forwarded + failed(d);
}

std::string month_text(const past_month& m, const phrases& p, language in) {
  constexpr std::array names = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  if (in == language::japanese)
    return said(p.month, m.year, m.month);
  return said(p.month, names.at(m.month - 1), m.year);
}

digests::row row_of(std::string_view label, std::uint64_t now,
                    std::optional<std::uint64_t> before,
                    std::string_view colour) {
  digests::row out{.label = std::string(label),
                   .mails = now,
                   .line = fmt::format("{}: {}", label, number(now)),
                   .colour = colour};
  if (before) {
    out.change = now >= *before ? fmt::format("+{}", number(now - *before))
                                : fmt::format("-{}", number(*before - now));
    out.line += fmt::format(" ({})", out.change);
  }
  return out;
}

void add_rows(const store::reported_day& now,
              const std::optional<store::reported_day>& before,
              const phrases& p, page& out) {
  const auto add = [&](std::string_view label, auto value,
                       std::string_view colour) {
    out.levels.push_back(
        row_of(label, value(now),
               before ? std::optional(value(*before)) : std::nullopt, colour));
  };
  using d = store::reported_day;
  add(
      p.passed, [](const d& x) { return x.passed; }, green);
  add(
      p.forwarded, [](const d& x) { return x.forwarded; }, blue);
  add(
      p.stopped, [](const d& x) { return x.stopped; }, amber);
  add(
      p.failed, [](const d& x) { return x.failed; }, red);
  add(
      p.all, [](const d& x) { return mails(x); }, "");
}

void add_columns(const sending_month& of, const phrases& p, page& out) {
  std::uint64_t most = 0;
  for (std::int64_t day = of.when.from; day < of.when.to; ++day) {
    const auto found =
        std::ranges::find(of.sent.days, day, &store::reported_day::day);
    digests::column c{.label = fmt::format("{:>2}", day - of.when.from + 1)};
    if (found != of.sent.days.end()) {
      c.mails = mails(*found);
      c.forged = failed(*found);
    }
    most = std::max(most, c.mails);
    out.columns.push_back(std::move(c));
  }
  out.most = said(p.most, number(most));
  out.label_every = 7;
}

void add_senders(const sending_month& of, const phrases& p, page& out) {
  struct {
    reports::owner whose;
    std::string_view heading;
  } const kinds[] = {{reports::owner::unknown, p.undecided},
                     {reports::owner::ours, p.ours_fail},
                     {reports::owner::foreign, p.others}};
  for (const auto& kind : kinds) {
    std::vector<std::pair<std::string, std::uint64_t>> names;
    for (const reports::sender_group& g : of.groups) {
      const auto mark = of.marks.find(g.name);
      const auto whose = reports::whose_is(
          g,
          mark == of.marks.end() ? std::nullopt : std::optional(mark->second),
          of.domain);
      const std::uint64_t fails =
          g.failed() - std::min(g.failed(), g.forwarded);
      if (whose.of != kind.whose || fails == 0)
        continue;
      names.emplace_back(g.name.empty()
                             ? std::string(p.unknown)
                             : make_inert(visible(g.name, longest_name)),
                         fails);
    }
    if (names.empty())
      continue;
    std::ranges::sort(names, [](const auto& a, const auto& b) {
      return std::tie(b.second, a.first) < std::tie(a.second, b.first);
    });
    digests::list l{.heading = std::string(kind.heading)};
    if (names.size() > most_senders) {
      l.more = said(p.others_more, names.size() - most_senders);
      names.resize(most_senders);
    }
    l.names = std::move(names);
    out.lists.push_back(std::move(l));
  }
}

}  // namespace

past_month last_month(chrono::minutes time_of_day, std::int64_t now) {
  constexpr unsigned told_on = 3;  // the reports of the last day have come
  const chrono::sys_seconds shown(chrono::seconds(now) + east_of_utc(now));
  const auto day = chrono::floor<chrono::days>(shown);
  const chrono::year_month_day today(day);
  const bool is_time =
      today.day() > chrono::day(told_on) ||
      (today.day() == chrono::day(told_on) && shown - day >= time_of_day);
  const auto month = chrono::year_month(today.year(), today.month()) -
                     chrono::months(is_time ? 1 : 2);
  return days_of(month);
}

past_month month_before(const past_month& m) {
  return days_of(
      chrono::year_month(chrono::year(m.year), chrono::month(m.month)) -
      chrono::months(1));
}

store::reported_day sum_of(const std::vector<store::reported_day>& days) {
  store::reported_day out;
  for (const store::reported_day& d : days) {
    out.passed += d.passed;
    out.forwarded += d.forwarded;
    out.stopped += d.stopped;
    out.failed += d.failed;
  }
  return out;
}

own_mail sending_summary(const sending_month& of, language in, const texts& t) {
  const phrases& p = in == language::japanese ? japanese : english;
  const store::reported_day now = sum_of(of.sent.days);
  page out;
  out.title = said(p.title, of.domain);
  out.time = month_text(of.when, p, in);
  out.headline = now.passed == mails(now)
                     ? said(p.all_pass, number(mails(now)))
                     : said(p.headline, number(now.passed), number(mails(now)));
  if (of.before) {
    const std::uint64_t was = failed(*of.before);
    const std::uint64_t is = failed(now);
    out.trend = is > was   ? said(p.more, number(is - was))
                : is < was ? said(p.fewer, number(was - is))
                           : std::string(p.same);
  }
  const plan_words words = words_of(of.plan, in);
  out.advice = make_inert(words.next);
  out.address = t.page("reports?domain=" + of.domain);
  out.see = p.see;
  if (!out.address.empty())
    out.line = said(p.line, p.see, out.address);
  // Nothing looks good while the next step waits for a person.
  out.is_blind = !of.plan.obstacles.empty();
  out.is_alarming = of.plan.next == records::plan_step::go_back;
  out.results = p.results;
  out.change = of.before ? p.change : "";
  add_rows(now, of.before, p, out);
  out.chart = p.chart;
  out.legend = p.legend;
  out.legend_forged = p.legend_failed;
  out.legend_other = p.legend_other;
  add_columns(of, p, out);
  add_senders(of, p, out);
  for (const std::string& why : words.why)
    out.warnings.push_back(make_inert(why));
  out.warnings.push_back(
      said(p.rests, number(static_cast<std::uint64_t>(of.sent.reports)),
           number(static_cast<std::uint64_t>(of.sent.reporters))));
  out.zone = p.zone;
  own_mail mail;
  mail.subject =
      said(p.subject, shown_domain(of.domain), month_text(of.when, p, in));
  mail.text = to_text(out);
  mail.html = to_html(out, in);
  return mail;
}

}  // namespace mekiki::notify
