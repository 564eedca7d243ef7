#include "notify/mail/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "notify/edit/inert.hpp"
#include "notify/mail/digest_page.hpp"
#include "notify/words/shown_name.hpp"

namespace mekiki::notify {
namespace {

namespace chrono = std::chrono;
using namespace digests;
using store::period_totals;
using verdict::level;

constexpr std::size_t longest_name = 80;  // characters

/// A moment as the clocks here show it.
struct shown_time {
  explicit shown_time(std::int64_t at)
      : time(chrono::seconds(at) + east_of_utc(at)),
        day(chrono::floor<chrono::days>(time)),
        date(day),
        weekday(chrono::weekday(day).c_encoding()) {}

  bool is_midnight() const { return time == day; }
  std::string clock() const {
    const auto minutes = chrono::floor<chrono::minutes>(time - day).count();
    return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
  }
  std::string name_of_day(language in) const {
    constexpr std::array english = {"Sun", "Mon", "Tue", "Wed",
                                    "Thu", "Fri", "Sat"};
    constexpr std::array japanese = {"日", "月", "火", "水", "木", "金", "土"};
    return in == language::japanese ? japanese.at(weekday)
                                    : english.at(weekday);
  }
  std::string full_day(language in) const {
    constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto month = static_cast<unsigned>(date.month());
    const auto day_of_month = static_cast<unsigned>(date.day());
    const auto year = static_cast<int>(date.year());
    if (in == language::japanese) {
      return fmt::format("{}年{}月{}日（{}）", year, month, day_of_month,
                         name_of_day(in));
    }
    return fmt::format("{} {} {} {}", name_of_day(in), day_of_month,
                       months.at(month - 1), year);
  }

  chrono::sys_seconds time;
  chrono::sys_days day;
  chrono::year_month_day date;
  unsigned weekday;
};

std::string shown_period(std::int64_t from, std::int64_t to, language in) {
  const shown_time begin(from);
  const shown_time end(to);
  const shown_time last(to - 1);
  const std::string first_day = begin.full_day(in);
  const std::string dash = in == language::japanese ? "〜" : " – ";
  if (begin.is_midnight() && end.is_midnight()) {
    return begin.day == last.day ? first_day
                                 : first_day + dash + last.full_day(in);
  }
  const std::string since = first_day + ' ' + begin.clock() + dash;
  return begin.day == last.day ? since + end.clock()
                               : since + end.full_day(in) + ' ' + end.clock();
}

/// As the dashboard's addresses have it: "2026-11-26T00:00Z".
std::string minute(std::int64_t at) {
  const chrono::sys_seconds time{chrono::seconds(at)};
  const chrono::sys_days day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const auto minutes = chrono::floor<chrono::minutes>(time - day).count();
  return fmt::format(
      "{:04}-{:02}-{:02}T{:02}:{:02}Z", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      minutes / 60, minutes % 60);
}

std::string zone(std::int64_t at) {
  const auto east = east_of_utc(at).count();
  return fmt::format("UTC{}{:02}:{:02}", east < 0 ? '-' : '+',
                     std::abs(east) / 60, std::abs(east) % 60);
}

/// The end of a domain says whose it is, so the beginning is left out.
std::string domain_text(std::string_view domain) {
  if (domain.size() <= longest_name)
    return visible(inert_domain(domain), 2 * longest_name);
  const std::string_view end = domain.substr(domain.size() - longest_name);
  const std::size_t dot = end.find('.');
  return "…" + visible(inert_domain(dot == end.npos ? end : end.substr(dot)),
                       2 * longest_name);
}

/// An account is the reader's own, and stays as it is written at a login. Who
/// may log in at any server chooses its name: other characters make it inert.
std::string account_text(std::string_view account) {
  const bool is_plain =
      std::ranges::all_of(account,
                          [](char c) {
                            return ascii::is_alnum(c) ||
                                   std::string_view(".@%:+_-").find(c) !=
                                       std::string_view::npos;
                          }) &&
      !ascii::istarts_with(account, "www.") &&
      !ascii::istarts_with(account, "mailto:");
  return visible(is_plain ? std::string(account) : make_inert(account),
                 2 * longest_name);
}

std::uint64_t all_mails(const period_totals& t) {
  std::uint64_t sum = 0;
  for (const store::mail_count& c : t.judged) sum += c.mails;
  return sum;
}

template <class Word>
std::uint64_t mails_with(const period_totals& t, Word store::mail_count::*what,
                         Word word) {
  std::uint64_t sum = 0;
  for (const store::mail_count& c : t.judged) {
    if (c.*what == word)
      sum += c.mails;
  }
  return sum;
}

/// Whether the history can tell how many mails came in it.
bool is_comparable(const period_totals& before, std::int64_t begins) {
  return all_mails(before) > 0 && before.from >= begins;
}

class writer {
 public:
  writer(const period_totals& now, const std::optional<period_totals>& before,
         period p, language in, const texts& t, const open_matters& open)
      : now_(now),
        lost_before_(before ? before->lost : 0),
        period_(p),
        language_(in),
        texts_(t),
        open_(open) {
    if (before && is_comparable(*before, open.begins))
      before_ = &*before;
  }

  std::string say(std::string_view name, const texts::values& with = {}) const {
    return texts_.fill(name, language_, with);
  }
  /// The text of this name for the period.
  std::string say_for_period(std::string_view name) const {
    return say(fmt::format("{}-{}", name, to_string(period_)));
  }
  std::string time() const {
    return shown_period(now_.from, now_.to, language_);
  }

  page write() const;

 private:
  /// `count` tells what is counted of a period.
  template <class Count>
  row row_of(const std::string& label, std::string_view colour,
             Count count) const {
    row r{.label = label, .mails = count(now_), .colour = colour};
    if (!before_) {
      r.line =
          say("digest-line", {{"label", r.label}, {"count", number(r.mails)}});
      return r;
    }
    const std::uint64_t then = count(*before_);
    const std::string before = say_for_period("digest-before");
    const std::string more = number(r.mails - std::min(r.mails, then));
    const std::string fewer = number(then - std::min(r.mails, then));
    if (r.mails > then) {
      r.trend = say("digest-more", {{"count", more}, {"before", before}});
      r.change = "+" + more;
    } else if (r.mails < then) {
      r.trend = say("digest-fewer", {{"count", fewer}, {"before", before}});
      r.change = "−" + fewer;
    } else {
      r.trend = say("digest-same", {{"before", before}});
      r.change = "±0";
    }
    r.line = say(
        "digest-line-trend",
        {{"label", r.label}, {"count", number(r.mails)}, {"trend", r.trend}});
    return r;
  }

  void write_columns(page& out) const;
  void write_lists(page& out) const;
  void write_rest(page& out) const;
  std::string name_text(const store::forged_group& g) const;
  std::string wave_text(const store::forged_group& w) const;

  const period_totals& now_;
  const period_totals* before_ = nullptr;  // null: there is no trend
  std::uint64_t lost_before_ = 0;
  period period_;
  language language_;
  const texts& texts_;
  const open_matters& open_;
};

page writer::write() const {
  page out;
  out.title = say_for_period("digest-title");
  out.time = time();
  const row all = row_of(say("digest-all"), {}, all_mails);
  write_rest(out);
  if (all.mails == 0) {
    out.headline = say("digest-empty");
    out.trend = all.trend;
    return out;
  }

  struct {
    level what;
    std::string_view text, colour;
  } constexpr levels[] = {
      {level::forged, "digest-forged", red},
      {level::altered, "digest-altered", amber},
      {level::unverified, "digest-unverified", grey},
      {level::new_, "digest-new", blue},
      {level::genuine, "digest-genuine", green},
  };
  for (const auto& l : levels) {
    out.levels.push_back(
        row_of(say(l.text), l.colour, [&](const period_totals& t) {
          return mails_with(t, &store::mail_count::what, l.what);
        }));
  }
  const row& forged = out.levels.front();
  out.is_alarming = forged.mails > 0;
  out.is_blind = !open_.blind.empty();
  out.trend = forged.trend;
  out.headline =
      say(out.is_alarming       ? "digest-headline"
          : open_.blind.empty() ? "digest-headline-none"
                                : "digest-headline-blind",
          {{"forged", number(forged.mails)}, {"mails", number(all.mails)}});
  if (out.is_alarming) {
    out.advice = say("digest-do");
    out.see = say("digest-see");
    out.address = texts_.page(fmt::format("mails?verdict=forged&from={}&to={}",
                                          minute(now_.from), minute(now_.to)));
    if (!out.address.empty())
      out.line = say("digest-page", {{"page", out.address}});
  }
  out.levels.push_back(all);
  out.results = say("digest-results");
  out.change = before_ ? say("digest-change",
                             {{"before", say_for_period("digest-before")}})
                       : "";

  struct {
    auth::result what;
    std::string_view word, colour;
  } constexpr checks[] = {
      {auth::result::pass, "pass", green},
      {auth::result::fail, "fail", red},
      {auth::result::none, "none", grey},
  };
  out.dkim = say("digest-dkim");
  for (const auto& c : checks) {
    out.checks.push_back(
        row_of(std::string(c.word), c.colour, [&](const period_totals& t) {
          return mails_with(t, &store::mail_count::dkim_check, c.what);
        }));
  }
  write_columns(out);
  write_lists(out);
  return out;
}

void writer::write_columns(page& out) const {
  if (now_.columns.size() < 2)
    return;
  for (const period_totals::column& c : now_.columns) {
    const shown_time begin(c.from);
    out.columns.push_back({.label = period_ == period::weekly
                                        ? begin.name_of_day(language_)
                                        : begin.clock(),
                           .mails = c.mails,
                           .forged = c.forged});
  }
  out.chart = say_for_period("digest-chart");
  out.label_every = period_ == period::weekly  ? 1
                    : period_ == period::daily ? 6
                                               : 3;
  out.legend_forged = say("digest-forged");
  out.legend_other = say("digest-other");
  const auto most = std::ranges::max_element(out.columns, {}, &column::mails);
  out.most = say("digest-most",
                 {{"mails", number(most->mails)}, {"time", most->label}});
  out.legend = say("digest-legend", {{"forged", out.legend_forged},
                                     {"other", out.legend_other},
                                     {"most", out.most}});
}

void writer::write_lists(page& out) const {
  const auto add = [&](std::string heading,
                       const std::vector<store::named_count>& names,
                       std::uint64_t all, auto shown) {
    if (names.empty())
      return;
    list l{.heading = std::move(heading)};
    for (const store::named_count& n : names)
      l.names.emplace_back(shown(n.name), n.mails);
    if (all > names.size())
      l.more = say("digest-others", {{"count", number(all - names.size())}});
    out.lists.push_back(std::move(l));
  };
  if (!open_.forged.waves.empty()) {
    list l{.heading = say("digest-waves")};
    for (const store::forged_group& w : open_.forged.waves)
      l.names.emplace_back(wave_text(w), static_cast<std::uint64_t>(w.mails));
    out.lists.push_back(std::move(l));
  }
  add(say("digest-domains"), now_.forged_domains, now_.all_forged_domains,
      [&](const std::string& domain) {
        const auto& known = open_.forged.domains;
        const auto at =
            std::ranges::find(known, domain, &store::forged_group::domain);
        return at == known.end() ? name_text({.domain = domain})
                                 : name_text(*at);
      });
  add(say("digest-accounts", {{"hit", number(now_.all_accounts_hit)},
                              {"active", number(now_.active_accounts)}}),
      now_.accounts_hit, now_.all_accounts_hit, account_text);
}

/// A look-alike is not a name that was misused.
std::string writer::name_text(const store::forged_group& g) const {
  if (g.domain.empty())
    return say("digest-no-domain");
  if (g.kind == store::forged_kind::misused || g.like.empty())
    return domain_text(g.domain);
  return say("digest-look-alike", {{"domain", domain_text(g.domain)},
                                   {"like", domain_text(g.like)}});
}

std::string writer::wave_text(const store::forged_group& w) const {
  const shown_time first(w.first);
  const shown_time last(w.last);
  const auto text = [&](const shown_time& t) {
    return period_ == period::weekly || t.time < shown_time(now_.from).time
               ? t.name_of_day(language_) + " " + t.clock()
               : t.clock();
  };
  return say(
      "digest-wave",
      {{"domain", name_text(w)},
       {"first", text(first)},
       {"last", text(last)},
       {"accounts", number(static_cast<std::uint64_t>(w.all_accounts))}});
}

void writer::write_rest(page& out) const {
  for (const store::named_count& server : open_.blind) {
    out.warnings.push_back(
        say("digest-blind", {{"server", domain_text(server.name)},
                             {"count", number(server.mails)}}));
  }
  if (!open_.reported.empty()) {
    list l{.heading = say("digest-reported")};
    for (const store::named_count& n : open_.reported) {
      l.names.emplace_back(
          n.name.empty() ? say("digest-no-domain") : domain_text(n.name),
          n.mails);
    }
    out.lists.push_back(std::move(l));
  }
  if (now_.lost > 0)
    out.warnings.push_back(say("digest-lost", {{"count", number(now_.lost)}}));
  if (lost_before_ > 0) {
    out.warnings.push_back(say("digest-lost-before",
                               {{"count", number(lost_before_)},
                                {"before", say_for_period("digest-before")}}));
  }
  std::string zones = zone(now_.from);
  if (zone(now_.to) != zones)
    zones += ", " + zone(now_.to);
  out.zone = say("digest-zone", {{"zone", zones}});
}

}  // namespace

own_mail digest(const period_totals& now,
                const std::optional<period_totals>& before, period p,
                language in, const texts& t, const open_matters& open) {
  const writer w(now, before, p, in, t, open);
  const page said = w.write();
  own_mail m;
  m.subject = said.levels.empty()
                  ? w.say("digest-subject-empty", {{"period", said.time}})
                  : w.say("digest-subject",
                          {{"period", said.time},
                           {"forged", number(said.levels.front().mails)},
                           {"mails", number(said.levels.back().mails)}});
  m.text = to_text(said);
  m.html = to_html(said, in);
  return m;
}

}  // namespace mekiki::notify
