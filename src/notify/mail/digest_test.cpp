// MEKIKI_RENEW=1 writes testdata/notify/digest.* anew; read the difference, and
// look at the HTML.
#include "notify/mail/digest.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_paths.hpp"
#include "base/test_time_zone.hpp"

namespace mekiki::notify {
namespace {

using auth::result;
using store::period_totals;
using test::berlin;
using test::tokyo;
using testing::HasSubstr;
using testing::Not;
using verdict::level;

constexpr std::int64_t hour = 3'600;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t sunday = 1'772'290'800;  // 2026-03-01T00:00+09:00

period_totals one_mail(std::int64_t from, std::int64_t to) {
  return {.from = from,
          .to = to,
          .judged = {{level::genuine, result::pass, 1}},
          .active_accounts = 1};
}

/// A day with everything.
period_totals full_day() {
  period_totals t = one_mail(sunday, sunday + day);
  t.judged = {{level::forged, result::fail, 9},
              {level::forged, result::none, 3},
              {level::altered, result::fail, 40},
              {level::unverified, result::none, 612},
              {level::new_, result::pass, 388},
              {level::genuine, result::pass, 2'158}};
  constexpr int mails[] = {12,  6,   3,   3,   9,   31,  96,  210,
                           388, 412, 301, 260, 180, 214, 240, 233,
                           198, 170, 121, 60,  33,  18,  8,   4};
  for (int i = 0; i < 24; ++i) {
    const std::uint64_t forged = i == 3 ? 3 : i == 10 ? 8 : i == 21 ? 1 : 0;
    t.columns.push_back(
        {sunday + i * hour, static_cast<std::uint64_t>(mails[i]), forged});
  }
  t.forged_domains = {{"amazon.co.jp", 5},
                      {"xn--pple-43d.com", 3},
                      {"mail.account-security.very-long-name-of-a-company."
                       "and-what-else-there-is.example",
                       2},
                      {"", 1}};
  t.all_forged_domains = 5;
  t.accounts_hit = {{"taro@example.jp%pop.example.jp", 8},
                    {"hanako%mail.example.com:1110", 4}};
  t.all_accounts_hit = 2;
  t.active_accounts = 40;
  t.lost = 3;
  return t;
}

period_totals day_before() {
  period_totals t = one_mail(sunday - day, sunday);
  t.judged = {{level::forged, result::fail, 5},
              {level::altered, result::fail, 40},
              {level::unverified, result::none, 700},
              {level::genuine, result::pass, 1'000}};
  return t;
}

own_mail digest_of(const period_totals& now, language in = language::english,
                   period p = period::daily) {
  return digest(now, std::nullopt, p, in, texts());
}

void expect_file(const std::string& name, const std::string& octets) {
  const std::string path =
      std::string(test_paths::testdata) + "/notify/" + name;
  if (std::getenv("MEKIKI_RENEW") != nullptr)
    std::ofstream(path, std::ios::binary) << octets;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream there;
  there << file.rdbuf();
  EXPECT_EQ(there.str(), octets) << name << ": run with MEKIKI_RENEW=1";
}

TEST(digest, a_day_as_it_was_looked_at) {
  const test::zone here(tokyo);
  for (const auto& [in, tag] : {std::pair(language::english, "en"),
                                std::pair(language::japanese, "ja")}) {
    const own_mail m =
        digest(full_day(), day_before(), period::daily, in, texts());
    const std::string name = std::string("digest.") + tag;
    expect_file(name + ".txt", m.subject + "\n\n" + m.text);
    expect_file(name + ".html", m.html);
  }
}

TEST(digest, the_trend) {
  const test::zone here(tokyo);
  const auto forged = [](std::uint64_t mails) {
    period_totals t = one_mail(sunday, sunday + hour);
    if (mails > 0)
      t.judged.push_back({level::forged, result::fail, mails});
    return t;
  };
  const struct {
    std::uint64_t now = 0;
    std::uint64_t before = 0;
    period what = period::hourly;
    const char* line = "";
    const char* cell = "";
  } rows[] = {
      {12, 5, period::daily, "  forged: 12 (7 more than the day before)\n",
       ">+7<"},
      {5, 1'012, period::weekly,
       "  forged: 5 (1,007 fewer than the week before)\n", ">−1,007<"},
      {5, 5, period::hourly, "  forged: 5 (as many as the hour before)\n",
       ">±0<"},
      {0, 0, period::hourly, "  forged: 0 (as many as the hour before)\n",
       ">±0<"},
  };
  for (const auto& row : rows) {
    const own_mail m = digest(forged(row.now), forged(row.before), row.what,
                              language::english, texts());
    EXPECT_THAT(m.text, HasSubstr(row.line));
    EXPECT_THAT(m.html, HasSubstr(row.cell));
  }
  const own_mail m = digest_of(forged(12));
  EXPECT_THAT(m.text, HasSubstr("  forged: 12\n"));
  EXPECT_THAT(m.text, Not(HasSubstr("day before")));
  EXPECT_THAT(m.html, Not(HasSubstr("day before")));
}

TEST(digest, no_mail_is_a_mail_too) {
  const test::zone here(tokyo);
  const period_totals none{.from = sunday, .to = sunday + day};
  const own_mail m =
      digest(none, day_before(), period::daily, language::english, texts());
  EXPECT_EQ(m.subject, "Mekiki, Sun 1 Mar 2026: no mail");
  EXPECT_EQ(
      m.text,
      "Mekiki: daily report\n"
      "Sun 1 Mar 2026\n\n"
      "No mail was noted in this time.\n"
      "1,745 fewer than the day before\n\n"
      "Times are those of the computer that Mekiki runs on (UTC+09:00).\n");
  EXPECT_THAT(m.html, HasSubstr("No mail was noted in this time."));

  // Two such days are no trend, and what was lost is told all the same.
  period_totals lossy = none;
  lossy.lost = 1'200;
  const own_mail n =
      digest(lossy, none, period::daily, language::english, texts());
  EXPECT_THAT(n.text, Not(HasSubstr("day before")));
  EXPECT_THAT(n.text, HasSubstr("1,200 mails were delivered, but"));
  EXPECT_THAT(n.html, HasSubstr("1,200 mails were delivered, but"));
}

// A day on which nothing was noted, or before the history began, is no measure.
TEST(digest, compares_only_with_what_the_history_knows) {
  const test::zone here(tokyo);
  const period_totals none{.from = sunday - day, .to = sunday};
  const open_matters younger{.begins = sunday - day + 9 * hour};
  const open_matters as_old{.begins = sunday - day};
  const struct {
    const char* name = "";
    period_totals before;
    open_matters open;
    bool compares = false;
  } rows[] = {
      {"nothing came", none, {}, false},
      {"the history began in it", day_before(), younger, false},
      {"it began with it", day_before(), as_old, true},
      {"not known when it began", day_before(), {}, true},
  };
  for (const auto& row : rows) {
    const own_mail m = digest(full_day(), row.before, period::daily,
                              language::english, texts(), row.open);
    const auto compared = HasSubstr("the day before");
    if (row.compares)
      EXPECT_THAT(m.text + m.html, compared) << row.name;
    else
      EXPECT_THAT(m.text + m.html, Not(compared)) << row.name;
  }
  // What was lost is told all the same.
  period_totals lossy = none;
  lossy.lost = 7;
  EXPECT_THAT(
      digest(full_day(), lossy, period::daily, language::english, texts()).text,
      HasSubstr("Of the day before, 7 mails are missing."));
}

// The reader's own accounts are written as they log in.
TEST(digest, accounts_are_written_as_they_log_in) {
  const test::zone here(tokyo);
  const struct {
    const char* account = "";
    const char* text = "";
  } rows[] = {
      {"taro@example.jp%pop.example.jp", "  taro@example.jp%pop.example.jp\n"},
      {"hanako%mail.example.com:1110", "  hanako%mail.example.com:1110\n"},
      {"www.evil.example%pop.example.jp", "  www[.]evil[.]example"},
      {"http://evil.example/%a", "  hxxp"},
  };
  for (const auto& row : rows) {
    period_totals t = one_mail(sunday, sunday + day);
    t.judged = {{level::forged, result::fail, 2}};
    t.accounts_hit = {{row.account, 2}};
    EXPECT_THAT(digest_of(t).text, HasSubstr(row.text));
  }
}

TEST(digest, what_was_lost_before_spoils_the_trend) {
  const test::zone here(tokyo);
  period_totals before = day_before();
  before.lost = 7;
  const own_mail m =
      digest(full_day(), before, period::daily, language::english, texts());
  EXPECT_THAT(m.text, HasSubstr("Of the day before, 7 mails are missing."));
}

TEST(digest, names_its_time) {
  const struct {
    const char* zone = "";
    std::int64_t from = 0;
    std::int64_t to = 0;
    language in = language::english;
    const char* subject = "";
    const char* zones = "";
  } rows[] = {
      {tokyo, sunday, sunday + day, language::english,
       ", Sun 1 Mar 2026: ", "(UTC+09:00)"},
      {tokyo, sunday, sunday + day, language::japanese, " 2026年3月1日（日）：",
       "（UTC+09:00）"},
      {tokyo, sunday + 7 * hour, sunday + day + 7 * hour, language::english,
       ", Sun 1 Mar 2026 07:00 – Mon 2 Mar 2026 07:00: ", "(UTC+09:00)"},
      {tokyo, sunday + 23 * hour, sunday + day, language::english,
       ", Sun 1 Mar 2026 23:00 – 00:00: ", "(UTC+09:00)"},
      {tokyo, sunday - 6 * day, sunday + day, language::english,
       ", Mon 23 Feb 2026 – Sun 1 Mar 2026: ", "(UTC+09:00)"},
      // The day of 25 hours: 2026-10-25.
      {berlin, 1792879200, 1792969200, language::english,
       ", Sun 25 Oct 2026: ", "(UTC+02:00, UTC+01:00)"},
      {"NST3:30", 0, day, language::english,
       ", Wed 31 Dec 1969 20:30 – Thu 1 Jan 1970 20:30: ", "(UTC-03:30)"},
  };
  for (const auto& row : rows) {
    const test::zone here(row.zone);
    const own_mail m = digest_of(one_mail(row.from, row.to), row.in);
    EXPECT_THAT(m.subject, HasSubstr(row.subject));
    EXPECT_THAT(m.text, HasSubstr(row.zones));
  }
}

TEST(digest, columns_have_the_names_of_their_times) {
  const test::zone here(tokyo);
  period_totals t = one_mail(sunday - 6 * day, sunday + day);
  for (int i = 0; i < 7; ++i)
    t.columns.push_back({sunday + (i - 6) * day, 1, 0});
  const own_mail week = digest_of(t, language::english, period::weekly);
  EXPECT_THAT(week.text, HasSubstr("  Mon ▇▇▇"));
  EXPECT_THAT(week.html, HasSubstr(">Sun</td>"));
  t.columns.clear();
  for (int i = 0; i < 12; ++i)
    t.columns.push_back({sunday + std::int64_t{i} * 300, i == 11 ? 1U : 0U, 0});
  const own_mail hours = digest_of(t, language::english, period::hourly);
  EXPECT_THAT(hours.text, HasSubstr("  00:55 ▇"));
  // Where nothing came, there is nothing to read.
  EXPECT_THAT(hours.text, Not(HasSubstr("  00:50")));
}

// One forged mail among very many is seen.
TEST(digest, small_numbers_have_a_bar) {
  const test::zone here(tokyo);
  period_totals t = one_mail(sunday, sunday + 2 * hour);
  t.judged = {{level::forged, result::fail, 1},
              {level::genuine, result::pass, 2'000'000}};
  t.columns = {{sunday, 1'000'000, 0}, {sunday + hour, 1, 1}};
  const own_mail m = digest_of(t);
  EXPECT_THAT(m.text, HasSubstr("  01:00 # 1, # 1\n"));
  EXPECT_THAT(m.html, HasSubstr("<div style=\"height:3px;"));
  EXPECT_THAT(m.subject, HasSubstr("1 forged of 2,000,001"));
}

// What a stranger calls himself stays a name.
TEST(digest, names_do_nothing) {
  const test::zone here(tokyo);
  const struct {
    const char* name = "";
    std::string domain;
    const char* text = "";
    const char* html = "";
  } rows[] = {
      {"a domain", "evil.example", "  2  evil[.]example\n", ">evil[.]example<"},
      {"an element", "<img src=x>\"&.example", "  2  <img src=x>?&[.]example\n",
       ">&lt;img src=x&gt;?&amp;[.]example<"},
      {"a link", "http://evil.example/", "  2  hxxp[:]//evil[.]example/\n",
       ">hxxp[:]//evil[.]example/<"},
      {"lines", "a\nforged: 0\u2028\u0085b",
       "  2  a?forged: 0?"
       "?b\n",
       ">a?forged: 0?"
       "?b<"},
      {"a direction", "\u202egpj.example", "  2  gpj[.]example\n",
       ">gpj[.]example<"},
      {"not UTF-8", "\xff\xfe",
       "  2  ?"
       "?\n",
       ">?"
       "?<"},
      {"an A-label", "xn--wgv71a119e.example",
       "  2  日本語[.]example (xn--wgv71a119e[.]example)\n",
       ">日本語[.]example (xn--wgv71a119e[.]example)<"},
      {"a long one",
       std::string(70, 'a') + "." + std::string(70, 'b') + ".example",
       "  2  ….bbbbbbbb", "bb[.]example<"},
      {"without a dot", std::string(5'000, 'a'), "  2  …aaaa", ">…aaaa"},
  };
  for (const auto& row : rows) {
    period_totals t = one_mail(sunday, sunday + day);
    t.judged = {{level::forged, result::fail, 2}};
    t.forged_domains = {{row.domain, 2}};
    const own_mail m = digest_of(t);
    EXPECT_THAT(m.text, HasSubstr(row.text)) << row.name;
    EXPECT_THAT(m.html, HasSubstr(row.html)) << row.name;
    EXPECT_LT(m.text.size(), 1'000U) << row.name;

    t.forged_domains.clear();
    t.accounts_hit = {{row.domain, 2}};
    const own_mail accounts = digest_of(t);
    EXPECT_THAT(accounts.html, Not(HasSubstr("<img"))) << row.name;
    EXPECT_THAT(accounts.text, Not(HasSubstr("\nforged"))) << row.name;
    EXPECT_LT(accounts.text.size(), 1'000U) << row.name;
  }
}

TEST(digest, asks_for_nothing_from_outside) {
  const test::zone here(tokyo);
  const own_mail m = digest(full_day(), day_before(), period::daily,
                            language::english, texts());
  for (const char* no :
       {"http", "src=", "href", "url(", "<img", "<script", "<style", "<link"}) {
    EXPECT_THAT(m.html, Not(HasSubstr(no)));
  }
}

// One sentence, and one link.
TEST(digest, says_what_to_do_and_where) {
  const test::zone here(tokyo);
  texts known;
  known.set_dashboard("https://mekiki.example.jp:8110/");
  const std::string address =
      "https://mekiki.example.jp:8110/#/mails?verdict=forged&"
      "from=2026-02-28T15:00Z&to=2026-03-01T15:00Z";
  for (const auto& [in, sentence] :
       {std::pair(language::english, "to send to those whom they reached"),
        std::pair(language::japanese, "受け取った人へのお知らせ")}) {
    const own_mail m =
        digest(full_day(), day_before(), period::daily, in, known);
    EXPECT_THAT(m.text, HasSubstr(sentence));
    EXPECT_THAT(m.html, HasSubstr(sentence));
    EXPECT_THAT(m.text, HasSubstr(address + "\n"));
    std::string escaped = address;
    for (std::size_t at = 0; (at = escaped.find('&', at)) != escaped.npos;)
      escaped.replace(at, 1, "&amp;"), at += 5;
    EXPECT_THAT(m.html, HasSubstr("<a href=\"" + escaped + "\""));
  }
  period_totals quiet = full_day();
  std::erase_if(quiet.judged, [](const store::mail_count& c) {
    return c.what == level::forged;
  });
  const own_mail none =
      digest(quiet, std::nullopt, period::daily, language::english, known);
  EXPECT_THAT(none.text, Not(HasSubstr("http")));
  EXPECT_THAT(none.text, Not(HasSubstr("to send to")));
}

TEST(digest, tells_of_waves_and_what_looks_like_another) {
  const period_totals today = full_day();
  ASSERT_FALSE(today.forged_domains.empty());
  const std::string named = today.forged_domains[0].name;
  const open_matters open{
      .forged = {.domains = {{.domain = named,
                              .kind = store::forged_kind::look_alike,
                              .like = "bank.example"}},
                 .waves = {{.domain = "bank.example",
                            .mails = 64,
                            .all_accounts = 7,
                            .first = today.from + 600,
                            .last = today.from + 9000}}}};
  const std::string text = digest(today, day_before(), period::daily,
                                  language::english, texts(), open)
                               .text;
  EXPECT_THAT(text, HasSubstr("Waves of forged mail"));
  EXPECT_THAT(text, testing::ContainsRegex(
                        "bank.*example, [0-9:]+ to [0-9:]+; accounts: 7"));
  EXPECT_THAT(text, HasSubstr(", which looks like bank"));
  EXPECT_THAT(digest(today, day_before(), period::daily, language::japanese,
                     texts(), open)
                  .html,
              HasSubstr("まとまって届いたなりすましメール"));
  EXPECT_THAT(
      digest(today, day_before(), period::daily, language::english, texts())
          .text,
      Not(HasSubstr("Waves")));
}

TEST(digest, tells_what_is_open) {
  const open_matters open{.blind = {{"pop.example.jp", 15}},
                          .reported = {{"bank.example", 2}, {"", 1}}};
  for (const language in : {language::english, language::japanese}) {
    const own_mail m =
        digest(full_day(), day_before(), period::daily, in, texts(), open);
    for (const std::string& text : {m.text, m.html}) {
      EXPECT_THAT(text,
                  HasSubstr(in == language::english
                                ? "Most forgeries cannot be recognised for"
                                : "なりすましの多くを見破れません"));
      EXPECT_THAT(text, HasSubstr("15"));
      EXPECT_THAT(text,
                  HasSubstr(in == language::english ? "Reported by users"
                                                    : "利用者からの報告"));
    }
  }
  store::period_totals none = full_day();
  std::erase_if(none.judged, [](const store::mail_count& c) {
    return c.what == verdict::level::forged;
  });
  EXPECT_EQ(digest(none, std::nullopt, period::daily, language::english,
                   texts(), open)
                .text.find("None forged"),
            std::string::npos);
  const own_mail quiet = digest(full_day(), day_before(), period::daily,
                                language::english, texts());
  EXPECT_EQ(quiet.text.find("Reported by users"), std::string::npos);
}

}  // namespace
}  // namespace mekiki::notify
