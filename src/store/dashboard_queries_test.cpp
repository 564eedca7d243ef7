#include "store/dashboard_queries.hpp"

#include <algorithm>
#include <fstream>
#include <future>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_time_zone.hpp"
#include "store/browse_domains.hpp"
#include "store/browse_mails.hpp"
#include "store/recorder.hpp"
#include "store/report_store.hpp"
#include "store/sqlite.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using verdict::level;

const std::string taro = "taro%pop.example.jp:995";
const std::string jiro = "jiro%pop.example.jp:995";
using names = std::vector<std::string>;

constexpr shown_texts all_texts = shown_texts::of_all;

class dashboard_queries_test : public testing::Test {
 protected:
  dashboard_queries_test() : clock_(at(start)) { open(); }
  ~dashboard_queries_test() override {
    browser_.reset();
    store_.reset();
  }

  options how() {
    return {.now = clock_,
            .deadline = std::chrono::seconds(60),
            .zone = zone_,
            .texts = texts_,
            .is_shared =
                [](std::string_view upstream) {
                  return upstream == "shared.example.jp";
                },
            .noted = noted_};
  }

  void open() {
    browser_.reset();
    store_.reset();
    auto opened = mekiki::store::open(folder_.file(), how());
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
    auto browsed = open_dashboard_queries(folder_.file(), how());
    ASSERT_TRUE(browsed) << browsed.error();
    browser_ = std::move(*browsed);
  }

  /// What was noted before is kept by then.
  template <class T>
  T ask(boost::asio::awaitable<std::optional<T>> question) {
    store_->flush();
    std::optional<T> answer = result_of(std::move(question));
    EXPECT_TRUE(answer);
    return answer ? std::move(*answer) : T();
  }

  /// A mail is found again by its subject.
  mail_event mail(const std::string& name, std::int64_t when,
                  level what = level::new_) {
    mail_event e = proven_mail("example.jp", when);
    e.digest = name;
    e.subject = name;
    e.author = "hanako@example.jp";
    e.result = {what, verdict::reason("why").with("shown", "a@example.jp")};
    return e;
  }

  names names_of(const mail_page& page) {
    names out;
    for (const mail_row& m : page.mails) out.push_back(m.subject.value_or("-"));
    return out;
  }

  std::int64_t number(const std::string& sql) {
    store_->flush();
    const sqlite::database db(folder_.file(), sqlite::access::read_only,
                              std::chrono::seconds(5));
    return db.number(sql);
  }

  folder folder_;
  manual_clock clock_;
  text_retention texts_ = text_retention::of_all;
  time_zone zone_;
  std::function<void(const std::vector<mail_row>&)> noted_;
  std::unique_ptr<store> store_;
  std::unique_ptr<dashboard_queries> browser_;
};

// ------------------------------------------------------------------ mails

TEST_F(dashboard_queries_test, nothing_is_there_at_first) {
  const mail_page page = ask(browser_->mails({}, "", 50));
  EXPECT_THAT(page.mails, IsEmpty());
  EXPECT_EQ(page.next, "");
  EXPECT_FALSE(ask(browser_->mail(1, "", all_texts)));
  EXPECT_THAT(ask(browser_->domains({}, {})).rows, IsEmpty());
  EXPECT_THAT(ask(browser_->keys("", {})).rows, IsEmpty());
  EXPECT_THAT(ask(browser_->people({})).rows, IsEmpty());
}

TEST_F(dashboard_queries_test, a_filter_finds_its_mails_newest_first) {
  const struct {
    const char* name;
    level what;
    const char* domain;
    std::string account;
    std::int64_t when;
  } mails[] = {
      {"a", level::genuine, "example.jp", taro, start},
      {"b", level::forged, "mail.example.jp", taro, start + 1},
      {"c", level::forged, "notexample.jp", jiro, start + 2},
      {"d", level::new_, "example.jp.evil.example", taro, start + 3},
      {"e", level::altered, "a.b.example.jp", jiro, start + 4},
      {"f", level::forged, "exampleXjp", jiro, start + 5},
      {"g", level::unverified, "", taro, start + 5},
  };
  for (const auto& m : mails) {
    mail_event e = mail(m.name, m.when, m.what);
    e.author_domain = m.domain;
    e.account = m.account;
    store_->note(std::move(e));
  }
  const struct {
    mail_filter which;
    names found;
  } table[] = {
      {{}, {"g", "f", "e", "d", "c", "b", "a"}},
      {{.levels = {level::forged}}, {"f", "c", "b"}},
      {{.levels = {level::genuine, level::altered, level::genuine}},
       {"e", "a"}},
      {{.levels = {level::genuine, level::new_, level::unverified,
                   level::altered, level::forged}},
       {"g", "f", "e", "d", "c", "b", "a"}},
      // A domain and those below it, and none that only looks like one.
      {{.domain = "example.jp"}, {"e", "b", "a"}},
      {{.domain = "mail.example.jp"}, {"b"}},
      {{.domain = "b.example.jp"}, {"e"}},
      {{.domain = "jp"}, {"e", "c", "b", "a"}},
      {{.domain = "evil.example"}, {"d"}},
      // Nothing in it is a pattern.
      {{.domain = "%"}, {}},
      {{.domain = "example_jp"}, {}},
      {{.domain = "*"}, {}},
      {{.domain = "' OR 1 --"}, {}},
      {{.domain = ".jp"}, {}},
      {{.domain = "xample.jp"}, {}},
      {{.account = taro}, {"g", "d", "b", "a"}},
      {{.account = "taro"}, {}},
      {{.account = "%"}, {}},
      {{.levels = {level::forged}, .account = jiro}, {"f", "c"}},
      {{.levels = {level::forged}, .domain = "jp", .account = jiro}, {"c"}},
      {{.domain = "example.jp", .account = jiro}, {"e"}},
      {{.from = start + 1, .to = start + 3}, {"c", "b"}},
      {{.account = taro, .from = start + 1, .to = start + 5}, {"d", "b"}},
      {{.levels = {level::forged}, .to = start + 5}, {"c", "b"}},
      {{.from = start + 5, .to = start}, {}},
      {{.from = std::numeric_limits<std::int64_t>::min(),
        .to = std::numeric_limits<std::int64_t>::max()},
       {"g", "f", "e", "d", "c", "b", "a"}},
      {{.from = std::numeric_limits<std::int64_t>::max()}, {}},
      {{.to = std::numeric_limits<std::int64_t>::min()}, {}},
  };
  int row = 0;
  for (const auto& t : table) {
    SCOPED_TRACE(row++);
    const mail_page page = ask(browser_->mails(t.which, "", 50));
    EXPECT_EQ(names_of(page), t.found);
    EXPECT_EQ(page.next, "");
    // And one by one.
    names found;
    std::string cursor;
    do {
      const mail_page one = ask(browser_->mails(t.which, cursor, 1));
      for (const std::string& n : names_of(one)) found.push_back(n);
      cursor = one.next;
    } while (!cursor.empty());
    EXPECT_EQ(found, t.found);
  }
}

TEST_F(dashboard_queries_test,
       a_domain_with_many_below_it_is_found_all_the_same) {
  names expected;
  for (int i = 0; i < 200; ++i) {
    mail_event e = mail(std::to_string(i), start + i);
    e.author_domain = "d" + std::to_string(i) + ".example.jp";
    store_->note(std::move(e));
    store_->note(mail("other" + std::to_string(i), start + i));
    expected.insert(expected.begin(), std::to_string(i));
  }
  mail_event own = mail("own", start + 300);
  own.author_domain = "jp";
  store_->note(std::move(own));
  EXPECT_EQ(
      ask(browser_->mails({.domain = "d7.example.jp"}, "", 200)).mails.size(),
      1u);
  const mail_page page = ask(browser_->mails({.domain = "jp"}, "", 200));
  EXPECT_EQ(page.mails.size(), 200u);
  EXPECT_EQ(page.mails.front().subject, "own");
}

TEST_F(dashboard_queries_test, each_mail_comes_once_while_others_come) {
  for (const mail_filter& which :
       {mail_filter{}, mail_filter{.levels = {level::forged, level::new_}},
        mail_filter{.account = taro}, mail_filter{.domain = "example.jp"},
        mail_filter{.search = {{.text = "-", .codes = {}}}}}) {
    names expected;
    static int round = 0;
    ++round;
    // Many of one second: their numbers order them.
    for (int i = 0; i < 30; ++i) {
      const std::string name = std::to_string(round) + "-" + std::to_string(i);
      store_->note(
          mail(name, start + i / 10, i % 2 == 0 ? level::new_ : level::forged));
      expected.insert(expected.begin(), name);
    }
    store_->flush();
    names found;
    std::string cursor;
    int later = 0;
    do {
      const mail_page page = ask(browser_->mails(which, cursor, 7));
      for (const std::string& n : names_of(page)) {
        if (n.starts_with(std::to_string(round) + "-"))
          found.push_back(n);
      }
      cursor = page.next;
      store_->note(
          mail("later" + std::to_string(round) + "." + std::to_string(later++),
               start + 100));
    } while (!cursor.empty());
    EXPECT_EQ(found, expected);
  }
}

TEST_F(dashboard_queries_test, a_cursor_that_is_none_finds_nothing) {
  store_->note(mail("a", start));
  for (const char* cursor :
       {"x", "-", "1", "1-", "-1", "--1", "1-2-3", "1-2 ", " 1-2", "1 - 2",
        "99999999999999999999-1", "1-99999999999999999999", "0x10-1", "+1-1",
        "1-+1", "1;2", "1772323201-1'"}) {
    SCOPED_TRACE(cursor);
    const mail_page page = ask(browser_->mails({}, cursor, 50));
    EXPECT_THAT(page.mails, IsEmpty());
    EXPECT_EQ(page.next, "");
  }
  EXPECT_THAT(ask(browser_->mails({}, std::string("1\0-1", 4), 50)).mails,
              IsEmpty());
  for (const char* cursor : {"9223372036854775807-9223372036854775807",
                             "1772323201-0", "1772323200-2"}) {
    SCOPED_TRACE(cursor);
    EXPECT_THAT(ask(browser_->mails({}, cursor, 50)).mails, SizeIs(1));
  }
  for (const char* cursor : {"1772323200-1", "0-0", "1772323200--5",
                             "-9223372036854775808--9223372036854775808"}) {
    SCOPED_TRACE(cursor);
    EXPECT_THAT(ask(browser_->mails({}, cursor, 50)).mails, IsEmpty());
  }
}

TEST_F(dashboard_queries_test, a_limit_is_bounded) {
  for (int i = 0; i < 250; ++i) store_->note(mail(std::to_string(i), start));
  EXPECT_THAT(ask(browser_->mails({}, "", 0)).mails, IsEmpty());
  const mail_page page =
      ask(browser_->mails({}, "", std::numeric_limits<std::size_t>::max()));
  EXPECT_THAT(page.mails, SizeIs(200));
  EXPECT_THAT(ask(browser_->mails({}, page.next, 200)).mails, SizeIs(50));
}

TEST_F(dashboard_queries_test, a_walk_that_is_over_says_where_to_go_on) {
  names expected;
  for (int i = 0; i < 1'000; ++i) {
    const bool wanted = i % 300 == 7;
    mail_event e = mail(std::to_string(i), start + i / 5,
                        wanted ? level::forged : level::new_);
    e.account = i % 2 == 0 ? jiro : taro;
    store_->note(std::move(e));
    if (wanted && i % 2 == 1)
      expected.insert(expected.begin(), std::to_string(i));
  }
  store_->flush();
  sqlite::database db(folder_.file(), sqlite::access::read_only,
                      std::chrono::seconds(5));
  // No index knows of it: a walk through all.
  const mail_filter which{
      .levels = {level::forged, level::new_, level::altered, level::genuine},
      .account = taro};
  names found;
  std::string cursor;
  int pages = 0;
  do {
    const mail_page page =
        read_mails(db, which, cursor, 50, [] { return true; });
    for (const mail_row& m : page.mails) {
      if (m.result.what == level::forged)
        found.push_back(*m.subject);
    }
    cursor = page.next;
    ++pages;
  } while (!cursor.empty() && pages < 100);
  EXPECT_EQ(found, expected);
  EXPECT_GT(pages, 5);
}

mail_filter searching(std::string_view typed, mail_filter which = {}) {
  which.search = read_search(typed).value();
  return which;
}

TEST_F(dashboard_queries_test, a_search_finds_what_is_kept_of_a_mail) {
  mail_event bank = mail("bank", start, level::forged);
  bank.subject = "=?UTF-8?B?6YqA6KGM44GL44KJ?=";  // 銀行から
  bank.author = "info@hoshizora.example";
  bank.author_domain = "hoshizora.example";
  bank.host = "192.0.2.25";
  store_->note(bank);
  mail_event order = mail("order", start + 1);
  order.subject = "Your ORDER 100%";
  order.account = jiro;
  store_->note(order);
  mail_event bare = mail("bare", start + 2);
  bare.author.clear();
  bare.subject.clear();
  bare.author_domain = "xn--wgv71a119e.jp";
  bare.result.why = verdict::reason("new-sender");
  store_->note(bare);
  const struct {
    mail_filter which;
    names found;
  } table[] = {
      {searching("銀行"), {bank.subject}},
      {searching("銀"), {bank.subject}},
      {searching("HOSHI"), {bank.subject}},
      {searching("192.0.2"), {bank.subject}},
      {searching("order"), {order.subject}},
      {searching("100%"), {order.subject}},
      {searching("日本語"), {"-"}},
      {searching("new-sender"), {"-"}},
      {searching("example"), {order.subject, bank.subject}},
      {searching("example order"), {order.subject}},
      {searching("%%"), {}},
      {searching("nowhere"), {}},
      // Accounts only for who may see several.
      {searching("jiro"), {}},
      {searching("jiro", {.finds_accounts = true}), {order.subject}},
      {searching("pop.example jiro", {.finds_accounts = true}),
       {order.subject}},
      {searching("example", {.account = taro}), {bank.subject}},
      {searching("example", {.levels = {level::forged}}), {bank.subject}},
      {searching("order", {.levels = {level::forged}}), {}},
      {searching("order", {.domain = "example.jp"}), {order.subject}},
      {searching("order", {.domain = "hoshizora.example"}), {}},
      {searching("example", {.to = start + 1}), {bank.subject}},
      {searching("example", {.from = start + 1}), {order.subject}},
  };
  int row = 0;
  for (const auto& t : table) {
    SCOPED_TRACE(row++);
    EXPECT_EQ(names_of(ask(browser_->mails(t.which, "", 50))), t.found);
    const mail_total total = ask(browser_->count(t.which));
    EXPECT_EQ(total.mails, static_cast<std::int64_t>(t.found.size()));
    EXPECT_TRUE(total.is_whole);
  }
  mail_filter by_reason = searching("なりすまし");
  by_reason.search[0].codes = {"why"};
  EXPECT_EQ(names_of(ask(browser_->mails(by_reason, "", 50))),
            (names{order.subject, bank.subject}));
}

TEST_F(dashboard_queries_test, a_search_forgets_with_the_texts) {
  mail_event e = mail("secret words", start);
  e.host = "192.0.2.25";
  store_->note(std::move(e));
  EXPECT_THAT(ask(browser_->mails(searching("secret"), "", 9)).mails,
              SizeIs(1));
  texts_ = text_retention::of_forged;
  open();
  store_->note(mail("other", start + 1));
  EXPECT_THAT(ask(browser_->mails(searching("secret"), "", 9)).mails,
              IsEmpty());
  EXPECT_THAT(ask(browser_->mails(searching("hanako"), "", 9)).mails,
              IsEmpty());
  EXPECT_THAT(ask(browser_->mails(searching("192.0.2.25"), "", 9)).mails,
              SizeIs(1));
  EXPECT_EQ(number("SELECT count(*) FROM mail WHERE find LIKE '%secret%'"), 0);
}

TEST_F(dashboard_queries_test, a_search_that_is_over_says_where_to_go_on) {
  for (int i = 0; i < 3'000; ++i) {
    store_->note(mail(
        i % 1000 == 7 ? fmt::format("銀行 {}", i) : "other" + std::to_string(i),
        start + i / 5));
  }
  store_->flush();
  sqlite::database db(folder_.file(), sqlite::access::read_only,
                      std::chrono::seconds(5));
  names found;
  std::string cursor;
  int pages = 0;
  do {
    const mail_page page =
        read_mails(db, searching("銀行"), cursor, 50, [] { return true; });
    for (const mail_row& m : page.mails) found.push_back(*m.subject);
    cursor = page.next;
  } while (!cursor.empty() && ++pages < 100);
  EXPECT_EQ(found, (names{"銀行 2007", "銀行 1007", "銀行 7"}));
  EXPECT_GT(pages, 4);
  const mail_total some =
      count_mails(db, searching("銀行"), [] { return true; });
  EXPECT_FALSE(some.is_whole);
}

TEST_F(dashboard_queries_test, mails_are_counted_under_each_filter) {
  for (int i = 0; i < 30; ++i) {
    mail_event e = mail(std::to_string(i), start + i,
                        i % 3 == 0 ? level::forged : level::new_);
    e.account = i % 2 == 0 ? taro : jiro;
    e.author_domain = i % 5 == 0 ? "mail.example.jp" : "example.jp";
    store_->note(std::move(e));
  }
  const struct {
    mail_filter which;
    std::int64_t mails = 0;
  } table[] = {
      {{}, 30},
      {{.levels = {level::forged}}, 10},
      {{.levels = {level::forged, level::new_, level::forged}}, 30},
      {{.domain = "example.jp"}, 30},
      {{.domain = "mail.example.jp"}, 6},
      {{.account = taro}, 15},
      {{.account = "nobody"}, 0},
      {{.levels = {level::forged}, .account = taro}, 5},
      {{.from = start + 10, .to = start + 20}, 10},
      {{.account = taro, .from = start + 10, .to = start + 20}, 5},
      {{.to = std::numeric_limits<std::int64_t>::min()}, 0},
  };
  int row = 0;
  for (const auto& t : table) {
    SCOPED_TRACE(row++);
    const mail_total total = ask(browser_->count(t.which));
    EXPECT_EQ(total.mails, t.mails);
    EXPECT_TRUE(total.is_whole);
  }
}

std::vector<kept_result> spf_of(const std::string& sender) {
  return {{"spf", "pass", "", {{"smtp.mailfrom", sender}}}};
}

TEST_F(dashboard_queries_test, a_mail_is_shown_as_it_is_kept) {
  mail_event e = mail("hello", start + 5, level::forged);
  e.uidl = "uidl-1";
  e.dmarc = "fail";
  e.policy = "reject";
  e.checks = spf_of("taro@example.com");
  e.header = std::string("From: x\r\nX: \xff\0y\r\n", 16);
  e.story = "First.\nThen.\n";
  store_->note(e);
  store_->flush();
  const std::int64_t id = number("SELECT id FROM mail");
  for (const std::string& account : {taro, std::string()}) {
    const auto found = ask(browser_->mail(id, account, all_texts));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->row.id, id);
    EXPECT_EQ(found->row.account, taro);
    EXPECT_EQ(found->row.fetched, start + 5);
    EXPECT_EQ(found->row.result.what, level::forged);
    EXPECT_EQ(verdict::format(found->row.result.why), "why shown=a@example.jp");
    EXPECT_EQ(found->row.dkim_check, "pass");
    EXPECT_EQ(found->row.dmarc, "fail");
    EXPECT_EQ(found->row.policy, "reject");
    EXPECT_EQ(found->row.author_domain, "example.jp");
    EXPECT_EQ(found->row.author, "hanako@example.jp");
    EXPECT_EQ(found->row.subject, "hello");
    EXPECT_EQ(found->uidl, "uidl-1");
    EXPECT_EQ(found->results, e.checks);
    EXPECT_EQ(found->header, e.header);
    EXPECT_EQ(found->story, e.story);
    EXPECT_EQ(ask(browser_->mail_number(account, "uidl-1", "")), id);
    EXPECT_EQ(ask(browser_->mail_number(account, "", e.digest)), id);
  }
  EXPECT_EQ(ask(browser_->mail_number(taro, "uidl-2", "")), std::nullopt);
  EXPECT_EQ(ask(browser_->mail_number(taro, "uidl-1", "x")), std::nullopt);
  EXPECT_EQ(ask(browser_->mail_number(jiro, "uidl-1", "")), std::nullopt);
  // Another's, whatever is known of its number.
  EXPECT_FALSE(ask(browser_->mail(id, jiro, all_texts)));
  EXPECT_FALSE(ask(browser_->mail(id, "%", all_texts)));
  EXPECT_FALSE(ask(browser_->mail(id + 1, "", all_texts)));
  EXPECT_FALSE(ask(browser_->mail(-1, "", all_texts)));
}

TEST_F(dashboard_queries_test, mails_that_earlier_rules_judged_are_told_apart) {
  store_->note(mail("first", start));
  EXPECT_EQ(ask(browser_->mails({}, "", 50)).rules_since, 0)
      << "no others were there";

  store_.reset();
  {
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    db.run("UPDATE setting SET value = '1' WHERE name = 'rules'");
  }
  open();
  EXPECT_EQ(ask(browser_->mails({}, "", 50)).rules_since, 0)
      << "today's have judged nothing";
  store_->note(mail("second", start + 100));
  store_->note(mail("third", start + 200));
  const mail_page page = ask(browser_->mails({}, "", 50));
  EXPECT_EQ(page.rules_since, start + 100);
  const auto detail = ask(browser_->mail(page.mails.back().id, "", all_texts));
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->rules_since, start + 100);
  open();
  store_->note(mail("fourth", start + 300));
  EXPECT_EQ(ask(browser_->mails({}, "", 50)).rules_since, start + 100);
}

TEST_F(dashboard_queries_test, mails_of_an_older_database_are_found_by_domain) {
  for (const char* domain :
       {"example.jp", "mail.example.jp", "x.example", ""}) {
    mail_event e = mail("of " + std::string(domain), start);
    e.author_domain = domain;
    store_->note(std::move(e));
  }
  browser_.reset();
  store_.reset();
  {
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    db.run(undo_step_9);
    db.run(undo_step_8);
    db.run(
        "DROP TABLE border_vote; DROP TABLE access_token;"
        "DROP TABLE mail_story;"
        "DROP INDEX mail_level; DROP INDEX mail_domain; DROP INDEX sender_last;"
        "DROP INDEX sender_scope; DROP INDEX sender_name;"
        "ALTER TABLE mail DROP COLUMN reversed; PRAGMA user_version = 4");
  }
  EXPECT_FALSE(open_dashboard_queries(folder_.file(), how()));
  open();
  EXPECT_EQ(names_of(ask(browser_->mails({.domain = "example.jp"}, "", 50))),
            (names{"of mail.example.jp", "of example.jp"}));
  EXPECT_EQ(number("SELECT count(*) FROM mail WHERE reversed = ''"), 1);
  EXPECT_EQ(names_of(ask(browser_->mails(searching("OF mail"), "", 50))),
            (names{"of mail.example.jp"}));
}

// Earlier versions kept the value of the Authentication-Results field.
TEST_F(dashboard_queries_test,
       results_of_an_earlier_version_are_shown_and_stripped) {
  const std::string field =
      "mx.test; dkim=pass reason=\"the signature is good; really\" "
      "header.d=example.jp header.i=@example.jp; spf=pass "
      "smtp.mailfrom=\"bounce+taro=a.jp@list.example\"";
  store_->note(mail("old", start));
  mail_event e = mail("new", start + 1);
  e.checks = spf_of("taro@example.com");
  store_->note(std::move(e));
  store_->flush();
  const std::int64_t id =
      number("SELECT id FROM mail ORDER BY fetched LIMIT 1");
  {
    sqlite::database db(folder_.file(), sqlite::access::read_write,
                        std::chrono::seconds(5));
    sqlite::statement put(
        db, "INSERT OR REPLACE INTO mail_story VALUES (?, ?, 'X: y', 'told')");
    put.bind(id, field).run();
  }
  auto found = ask(browser_->mail(id, taro, all_texts));
  ASSERT_TRUE(found);
  std::vector<kept_result> expected = {
      {"dkim",
       "pass",
       "the signature is good; really",
       {{"header.d", "example.jp"}, {"header.i", "@example.jp"}}},
      {"spf",
       "pass",
       "",
       {{"smtp.mailfrom", "bounce+taro=a.jp@list.example"}}}};
  EXPECT_EQ(found->results, expected);
  EXPECT_EQ(found->story, "told");

  texts_ = text_retention::of_none;
  open();
  store_->note(mail("begins the purge", start + 2));
  store_->flush();
  found = ask(browser_->mail(id, taro, all_texts));
  ASSERT_TRUE(found);
  expected[1].properties[0].second = "list.example";
  EXPECT_EQ(found->results, expected);
  EXPECT_FALSE(found->story);
}

// ---------------------------------------------------------------- stories

TEST_F(dashboard_queries_test, a_story_is_kept_where_the_texts_are) {
  for (const text_retention which :
       {text_retention::of_all, text_retention::of_forged,
        text_retention::of_none}) {
    texts_ = which;
    open();
    for (const level what : {level::new_, level::forged}) {
      SCOPED_TRACE(to_string(what));
      mail_event e = mail(std::to_string(static_cast<int>(which)) +
                              std::string(to_string(what)),
                          start, what);
      e.checks = spf_of("taro@example.com");
      e.header = "From: hanako@example.jp\r\n";
      e.story = "She wrote.\n";
      store_->note(e);
      const auto found = ask(
          browser_->mail(number("SELECT max(id) FROM mail"), taro, all_texts));
      ASSERT_TRUE(found);
      const bool is_kept =
          which == text_retention::of_all ||
          (which == text_retention::of_forged && what == level::forged);
      EXPECT_EQ(found->header.has_value(), is_kept);
      EXPECT_EQ(found->story.has_value(), is_kept);
      EXPECT_EQ(found->row.subject.has_value(), is_kept);
      EXPECT_EQ(found->results, is_kept ? e.checks : spf_of("example.com"));
    }
  }
}

// The account's own user sees them; the administrator the domain alone.
TEST_F(dashboard_queries_test, own_texts_are_shown_to_their_user_alone) {
  texts_ = text_retention::of_own;
  open();
  for (const level what : {level::new_, level::forged}) {
    SCOPED_TRACE(to_string(what));
    mail_event e = mail("secret " + std::string(to_string(what)), start, what);
    e.checks = spf_of("taro@example.com");
    e.header = "From: hanako@example.jp\r\n";
    e.story = "She wrote.\n";
    store_->note(e);
    const std::int64_t id = number("SELECT max(id) FROM mail");
    for (const shown_texts which :
         {shown_texts::of_all, shown_texts::of_forged}) {
      const bool is_shown =
          which == shown_texts::of_all || what == level::forged;
      mail_filter all;
      all.texts = which;
      all.levels = {what};
      mail_filter by_word = searching("secret");
      by_word.texts = which;
      by_word.levels = {what};
      mail_filter by_domain = searching("example.jp");
      by_domain.texts = which;
      by_domain.levels = {what};
      const auto found = ask(browser_->mail(id, "", which));
      const mail_page page = ask(browser_->mails(all, "", 9));
      ASSERT_TRUE(found);
      ASSERT_THAT(page.mails, SizeIs(1));
      for (const mail_row& m : {found->row, page.mails[0]}) {
        EXPECT_EQ(m.subject.has_value(), is_shown);
        EXPECT_EQ(m.author.has_value(), is_shown);
        EXPECT_EQ(m.result.why.facts.empty(), !is_shown);
        EXPECT_EQ(m.is_for_user, !is_shown);
      }
      EXPECT_EQ(found->header.has_value(), is_shown);
      EXPECT_EQ(found->story.has_value(), is_shown);
      EXPECT_EQ(found->results, is_shown ? e.checks : spf_of("example.com"));
      const std::size_t hits = is_shown ? 1 : 0;
      EXPECT_THAT(ask(browser_->mails(by_word, "", 9)).mails, SizeIs(hits));
      EXPECT_EQ(ask(browser_->count(by_word)).mails, hits);
      by_word.levels.clear();  // along the index of all mails
      EXPECT_EQ(ask(browser_->count(by_word)).mails,
                which == shown_texts::of_all ? number("SELECT count(*) "
                                                      "FROM mail")
                                             : static_cast<int>(hits));
      EXPECT_THAT(ask(browser_->mails(by_domain, "", 9)).mails, SizeIs(1));
    }
  }
}

TEST_F(dashboard_queries_test, what_its_user_reported_is_shown) {
  texts_ = text_retention::of_own;
  open();
  store_->note(mail("odd", start, level::unverified));
  const std::int64_t id = number("SELECT id FROM mail");
  const auto subject = [&] {
    const auto found = ask(browser_->mail(id, "", shown_texts::of_forged));
    return found ? found->row.subject.value_or("-") : "none";
  };
  EXPECT_EQ(subject(), "-");
  const auto said =
      store_->blocking().say_about(id, taro, feedback::word::report);
  ASSERT_TRUE(said && *said);
  EXPECT_EQ(subject(), "odd");
}

TEST_F(dashboard_queries_test, a_strict_setting_forgets_stories) {
  const auto note_two = [&](const std::string& name) {
    for (const level what : {level::new_, level::forged}) {
      mail_event e = mail(name + std::string(to_string(what)), start, what);
      e.checks = spf_of("taro@example.com");
      e.header = e.story = "words\n";
      store_->note(std::move(e));
    }
    store_->flush();
  };
  const auto kept = [&](const std::string& condition) {
    return number("SELECT count(*) FROM mail_story WHERE " + condition);
  };
  note_two("1");
  EXPECT_EQ(kept("header NOT NULL AND story NOT NULL"), 2);
  texts_ = text_retention::of_forged;
  open();
  note_two("2");
  EXPECT_EQ(kept("1"), 4);
  EXPECT_EQ(kept("header NOT NULL AND story NOT NULL AND "
                 "instr(results, 'taro') > 0 AND mail IN "
                 "(SELECT id FROM mail WHERE level = 'forged')"),
            2);
  EXPECT_EQ(
      kept("header IS NULL AND story IS NULL AND "
           "instr(results, '@') = 0 AND instr(results, 'example.com') > 0"),
      2);
  texts_ = text_retention::of_none;
  open();
  note_two("3");
  EXPECT_EQ(
      kept("header IS NULL AND story IS NULL AND "
           "instr(results, '@') = 0 AND instr(results, 'example.com') > 0"),
      6);
}

TEST_F(dashboard_queries_test, a_story_is_replaced_and_goes_with_its_mail) {
  mail_event e = mail("the same", start);
  e.checks = spf_of("first");
  e.story = "First.\n";
  store_->note(e);
  e.checks = spf_of("second");
  e.story = "";
  store_->note(e);
  const std::int64_t id = number("SELECT id FROM mail");
  auto found = ask(browser_->mail(id, taro, all_texts));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->results, spf_of("second"));
  EXPECT_FALSE(found->story);
  // By TOP alone, say.
  e.checks.clear();
  store_->note(e);
  found = ask(browser_->mail(id, taro, all_texts));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->results.empty());

  e.checks = spf_of("third");
  store_->note(e);
  EXPECT_EQ(number("SELECT count(*) FROM mail_story"), 1);
  store_->note(mail("much later", start + 91 * day));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM mail_story"), 0);
}

// --------------------------------------------------------- domains and keys

names domains_of(const page_of<domain_row>& page) {
  names out;
  for (const domain_row& d : page.rows) out.push_back(d.domain);
  return out;
}

class domains_test : public dashboard_queries_test {
 protected:
  /// Known to taro: example.jp. Seen by both: example.jp, bank.example. By a
  /// host whose accounts share a history: shared.example.
  domains_test() {
    for (const std::int64_t i : {0, 1, 2})
      note("example.jp", taro, start + i * 4 * day);
    note("example.jp", jiro, start + 9 * day);
    note("bank.example", taro, start);
    note("bank.example", jiro, start + 1);
    note("under_score.example", taro, start + 2);
    mail_event e = proven_mail("shared.example", start + 3);
    e.account = "user%shared.example.jp:995";
    e.upstream = "shared.example.jp";
    store_->note(std::move(e));
    mail_event list = proven_mail("author.example", start + 20 * day);
    list.habit = habit_day::none;
    list.signers.clear();
    list.list_id = "list.example.org";
    list.list_signers = {"example.org"};
    store_->note(std::move(list));
    store_->flush();
    clock_.advance(std::chrono::days(10));
  }

  void note(const std::string& domain, const std::string& account,
            std::int64_t when) {
    mail_event e = proven_mail(domain, when);
    e.account = account;
    store_->note(std::move(e));
  }
};

TEST_F(domains_test, are_found_latest_first) {
  const struct {
    dashboard_queries::domain_filter which;
    names found;
  } table[] = {
      {{},
       {"example.jp", "shared.example", "under_score.example", "bank.example"}},
      {{.search = "example.jp"}, {"example.jp"}},
      {{.search = "EXAMPLE.JP"}, {"example.jp"}},
      {{.search = "bank"}, {"bank.example"}},
      {{.search = "nowhere"}, {}},
      {{.search = "%"}, {}},
      {{.search = "_"}, {"under_score.example"}},
      {{.search = "*"}, {}},
      {{.search = "'"}, {}},
      {{.scope = taro}, {"example.jp", "under_score.example", "bank.example"}},
      {{.scope = jiro}, {"example.jp", "bank.example"}},
      {{.scope = "shared.example.jp"}, {"shared.example"}},
      {{.scope = "user%shared.example.jp:995"}, {}},
      {{.scope = "account:" + taro}, {}},
      {{.scope = "%"}, {}},
      {{.search = "shared", .scope = taro}, {}},
      {{.only_known = true}, {"example.jp"}},
      {{.scope = taro, .only_known = true}, {"example.jp"}},
      {{.scope = jiro, .only_known = true}, {}},
  };
  int row = 0;
  for (const auto& t : table) {
    SCOPED_TRACE(row++);
    const auto page = ask(browser_->domains(t.which, {}));
    EXPECT_EQ(domains_of(page), t.found);
    EXPECT_FALSE(page.more);
    names found;
    for (bool more = true; more;) {
      const auto one =
          ask(browser_->domains(t.which, {.offset = found.size(), .limit = 1}));
      for (const std::string& n : domains_of(one)) found.push_back(n);
      more = one.more;
    }
    EXPECT_EQ(found, t.found);
  }
}

TEST_F(domains_test, are_counted_over_the_histories) {
  const auto all = ask(browser_->domains({}, {}));
  ASSERT_THAT(all.rows, SizeIs(4));
  EXPECT_EQ(all.rows[0].mails, 4u);
  EXPECT_EQ(all.rows[0].last, start + 9 * day);
  EXPECT_EQ(all.rows[0].seen_by, 2u);
  EXPECT_EQ(all.rows[0].known_by, 1u);
  EXPECT_EQ(all.rows[3].mails, 2u);
  EXPECT_EQ(all.rows[3].seen_by, 2u);
  EXPECT_EQ(all.rows[3].known_by, 0u);
  // To a user, what is in his own.
  const auto own = ask(browser_->domains({.scope = taro}, {}));
  ASSERT_THAT(own.rows, SizeIs(3));
  EXPECT_EQ(own.rows[0].mails, 3u);
  EXPECT_EQ(own.rows[0].last, start + 8 * day);
  EXPECT_EQ(own.rows[0].seen_by, 1u);
  EXPECT_EQ(own.rows[0].known_by, 1u);
}

TEST_F(domains_test, absurd_ranges_find_nothing) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  for (const page_range r : {page_range{.offset = 0, .limit = 0},
                             page_range{.offset = most, .limit = most}}) {
    EXPECT_THAT(ask(browser_->domains({}, r)).rows, IsEmpty());
    EXPECT_FALSE(ask(browser_->domains({}, r)).more);
    EXPECT_THAT(ask(browser_->keys("", r)).rows, IsEmpty());
    EXPECT_THAT(ask(browser_->people(r)).rows, IsEmpty());
    EXPECT_FALSE(ask(browser_->people(r)).more);
  }
  EXPECT_THAT(ask(browser_->domains({}, {.limit = most})).rows, SizeIs(4));
}

TEST_F(domains_test, a_walk_that_is_over_is_cut) {
  for (int i = 0; i < 300; ++i)
    note("d" + std::to_string(i) + ".example", taro, start + 10 * day + i);
  store_->flush();
  sqlite::database db(folder_.file(), sqlite::access::read_only,
                      std::chrono::seconds(5));
  const auto over = [] { return true; };
  const auto first = read_domains(db, {}, {.limit = 200}, over);
  EXPECT_GT(first.rows.size(), 0u);
  EXPECT_LT(first.rows.size(), 200u);
  EXPECT_TRUE(first.more);
  // Nobody is to ask for the same once more.
  const auto none = read_domains(db, {.search = "nowhere"}, {}, over);
  EXPECT_THAT(none.rows, IsEmpty());
  EXPECT_FALSE(none.more);
}

TEST_F(domains_test, one_is_told_by_its_histories) {
  mail_event bare = proven_mail("example.jp", start + 9 * day);
  bare.habit = habit_day::unproven;
  bare.signers.clear();
  store_->note(std::move(bare));
  const auto all = ask(browser_->domain("example.jp", ""));
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].scope, taro);
  EXPECT_EQ(all[1].scope, jiro);
  EXPECT_TRUE(all[0].is_known);
  EXPECT_FALSE(all[1].is_known);
  EXPECT_EQ(all[0].last, start + 9 * day);
  ASSERT_THAT(all[0].pairs, SizeIs(1));
  EXPECT_EQ(all[0].pairs[0].signer, "example.jp");
  EXPECT_EQ(all[0].pairs[0].passed.mails, 3u);
  EXPECT_EQ(all[0].pairs[0].passed.days, 3u);
  EXPECT_EQ(all[0].pairs[0].passed.first, start);
  EXPECT_EQ(all[0].pairs[0].passed.last, start + 8 * day);
  ASSERT_THAT(all[0].days, SizeIs(4));
  EXPECT_EQ(all[0].days[0].day, start / day);
  EXPECT_EQ(all[0].days[0].proven, 1u);
  EXPECT_EQ(all[0].days[3].day, start / day + 9);
  EXPECT_EQ(all[0].days[3].unproven, 1u);
  // docs/history.md: P / (P + U + 1/2)
  EXPECT_DOUBLE_EQ(all[0].steadiness, 3 / 4.5);

  EXPECT_THAT(ask(browser_->domain("example.jp", jiro)), SizeIs(1));
  EXPECT_THAT(ask(browser_->domain("shared.example", taro)), IsEmpty());
  const auto shared =
      ask(browser_->domain("shared.example", "shared.example.jp"));
  ASSERT_THAT(shared, SizeIs(1));
  EXPECT_EQ(shared[0].scope, "shared.example.jp");
  EXPECT_THAT(ask(browser_->domain("%", "")), IsEmpty());
  EXPECT_THAT(ask(browser_->domain("list.example.org", "")), IsEmpty());
  // What is older does not count any more.
  clock_.advance(std::chrono::days(300));
  const auto later = ask(browser_->domain("example.jp", taro));
  ASSERT_THAT(later, SizeIs(1));
  EXPECT_THAT(later[0].days, IsEmpty());
  EXPECT_EQ(later[0].steadiness, 0);
}

class keys_test : public dashboard_queries_test {
 protected:
  void note_key(const std::string& name, const std::string& text,
                std::int64_t when) {
    mail_event e = proven_mail("example.jp", when);
    verdict::remembered_key k;
    k.name = name;
    k.text = text;
    k.revoked = text.ends_with("p=");
    k.authentic = text == "old";
    e.keys = {k};
    store_->note(std::move(e));
  }
};

TEST_F(keys_test, are_listed_by_name) {
  note_key("s_1._domainkey.example.jp", "new", start + day);
  note_key("s_1._domainkey.example.jp", "old", start);
  note_key("s_1._domainkey.example.jp", "v=DKIM1; p=", start + 2 * day);
  note_key("s2._domainkey.example.com", "x", start);
  note_key("a._domainkey.example.org", "x", start);

  const auto all = ask(browser_->keys("", {}));
  ASSERT_THAT(all.rows, SizeIs(3));
  EXPECT_EQ(all.rows[0].name, "a._domainkey.example.org");
  EXPECT_EQ(all.rows[1].name, "s2._domainkey.example.com");
  EXPECT_EQ(all.rows[2].name, "s_1._domainkey.example.jp");
  const auto& records = all.rows[2].records;
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0].text, "old");
  EXPECT_TRUE(records[0].authentic);
  EXPECT_EQ(records[0].first, start);
  EXPECT_EQ(records[1].text, "new");
  EXPECT_FALSE(records[1].authentic);
  EXPECT_TRUE(records[2].revoked);
  EXPECT_EQ(records[2].last, start + 2 * day);

  EXPECT_THAT(ask(browser_->keys("EXAMPLE.com", {})).rows, SizeIs(1));
  EXPECT_THAT(ask(browser_->keys("s_1", {})).rows, SizeIs(1));
  EXPECT_THAT(ask(browser_->keys("s_", {})).rows, SizeIs(1));
  EXPECT_THAT(ask(browser_->keys("%", {})).rows, IsEmpty());
  const auto second = ask(browser_->keys("", {.offset = 1, .limit = 1}));
  ASSERT_THAT(second.rows, SizeIs(1));
  EXPECT_EQ(second.rows[0].name, "s2._domainkey.example.com");
  EXPECT_TRUE(second.more);
  EXPECT_FALSE(ask(browser_->keys("", {.offset = 2, .limit = 1})).more);
}

TEST_F(keys_test, what_changed_is_found_the_latest_first) {
  const auto note = [&](const char* name, const char* text, std::int64_t days) {
    note_key(std::string(name) + "._domainkey.example.jp", text,
             start + days * day);
  };
  note("stays", "x", 0);
  note("stays", "x", 20);
  note("new", "x", 20);  // nothing was there before
  note("early", "x", 0);
  note("early", "y", 5);
  note("changed", "y", 16);  // seen first, though later in the alphabet
  note("changed", "x", 12);
  note("revoked", "x", 0);
  note("revoked", "v=DKIM1; p=", 18);
  const auto names_since = [&](std::int64_t days, const char* search = "") {
    names out;
    for (const key_history& k :
         ask(browser_->changed_keys(search, start + days * day)))
      out.push_back(k.name.substr(0, k.name.find('.')));
    return out;
  };
  EXPECT_THAT(names_since(10), ElementsAre("revoked", "changed"));
  EXPECT_THAT(names_since(17), ElementsAre("revoked"));
  EXPECT_THAT(names_since(0), ElementsAre("revoked", "changed", "early"));
  EXPECT_THAT(names_since(19), IsEmpty());
  EXPECT_THAT(names_since(10, "CHANGED"), ElementsAre("changed"));
  const auto all = ask(browser_->changed_keys("early", start));
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_THAT(all[0].records, SizeIs(2));
}

// ----------------------------------------------------------------- people

class people_test : public dashboard_queries_test {
 protected:
  people_test() {
    clock_.advance(std::chrono::days(40));
    now_ = start + 40 * day;
  }
  void note(level what, const std::string& account, std::int64_t when) {
    mail_event e = proven_mail("example.jp", when);
    e.account = account;
    e.result.what = what;
    store_->note(std::move(e));
  }
  void tell(const std::string& account, const std::string& digest) {
    warning w;
    w.reader = w.account = account;
    w.digest = digest;
    w.noted = now_;
    store_->warnings().note(w);
    store_->flush();
    const auto waiting = result_of(store_->warnings().waiting_for(account));
    EXPECT_TRUE(
        result_of(store_->warnings().keep(warning_mail{.account = account,
                                                       .uidl = digest,
                                                       .octets = "x",
                                                       .last = waiting.last})));
  }
  std::int64_t now_ = 0;
};

TEST_F(people_test, are_listed_busiest_first) {
  note(level::new_, taro, start);  // too old
  for (int i = 0; i < 3; ++i) note(level::new_, taro, now_ - i);
  note(level::forged, taro, now_ - day);
  note(level::forged, jiro, now_ - 29 * day);
  ASSERT_TRUE(store_->blocking().set_choice({.account = "kei%pop.example.jp",
                                             .methods = "A",
                                             .secret_word = "hanami"}));
  ASSERT_TRUE(store_->blocking().set_choice({.account = jiro, .methods = "B"}));
  tell(jiro, "told");
  warning waiting;
  waiting.reader = waiting.account = jiro;
  waiting.digest = "waits";
  waiting.noted = now_;
  store_->warnings().note(waiting);

  const auto page = ask(browser_->people({}));
  ASSERT_THAT(page.rows, SizeIs(3));
  EXPECT_FALSE(page.more);
  EXPECT_EQ(page.rows[0].account, taro);
  EXPECT_EQ(page.rows[0].mails, 4u);
  EXPECT_EQ(page.rows[0].forged, 1u);
  EXPECT_EQ(page.rows[0].warned, 0u);
  EXPECT_EQ(page.rows[0].last, now_);
  EXPECT_FALSE(page.rows[0].chosen);
  ASSERT_THAT(page.rows[0].recent, SizeIs(2));
  EXPECT_EQ(page.rows[0].recent[0].mails + page.rows[0].recent[1].mails, 5u);
  EXPECT_EQ(page.rows[1].account, jiro);
  EXPECT_EQ(page.rows[1].warned, 1u);
  ASSERT_TRUE(page.rows[1].chosen);
  EXPECT_EQ(page.rows[1].chosen->methods, "B");
  EXPECT_EQ(page.rows[2].account, "kei%pop.example.jp");
  EXPECT_EQ(page.rows[2].mails, 0u);
  EXPECT_EQ(page.rows[2].last, 0);
  ASSERT_TRUE(page.rows[2].chosen);
  EXPECT_EQ(page.rows[2].chosen->secret_word, "");

  const auto second = ask(browser_->people({.offset = 1, .limit = 1}));
  ASSERT_THAT(second.rows, SizeIs(1));
  EXPECT_EQ(second.rows[0].account, jiro);
  EXPECT_TRUE(second.more);

  const auto busiest = ask(browser_->busiest(now_ / day - 1, now_ / day + 1));
  ASSERT_THAT(busiest, SizeIs(1));
  EXPECT_EQ(busiest[0].account, taro);
  EXPECT_EQ(busiest[0].mails, 4u);
  EXPECT_EQ(busiest[0].forged, 1u);
}

// At 16:00 of UTC, when Tokyo has the next day already.
TEST_F(people_test, the_last_days_are_those_of_the_zone) {
  const mekiki::test::zone here(mekiki::test::tokyo);
  zone_ = time_zone::local();
  open();
  clock_.advance(std::chrono::hours(16));
  now_ += std::int64_t{16} * 3'600;
  const std::int64_t today = zone_.day_of(now_);
  ASSERT_EQ(today, now_ / day + 1);
  const std::int64_t begin = zone_.begin_of(today - 29);
  note(level::new_, taro, begin - 1);
  note(level::new_, taro, begin);
  note(level::forged, taro, zone_.begin_of(today));
  store_->flush();
  EXPECT_EQ(browser_->zone().day_of(now_), today);
  EXPECT_EQ(ask(browser_->people({})).rows.at(0).mails, 2u);
  const auto busiest = ask(browser_->busiest(today, today + 1));
  ASSERT_THAT(busiest, SizeIs(1));
  EXPECT_EQ(busiest[0].mails, 1u);
  const auto forged =
      ask(browser_->forged("", "example.jp", begin, zone_.begin_of(today + 1)));
  EXPECT_THAT(forged.names.days, ElementsAre(forged_day{today, 1}));
  EXPECT_EQ(forged.begins, today - 30);
}

TEST_F(people_test, sums_are_of_one_account_or_all) {
  note(level::new_, taro, now_);
  note(level::forged, jiro, now_);
  const std::int64_t today = now_ / day;
  const auto sums = [&](const std::string& account) {
    const day_sums all = ask(browser_->sums(account, today, today + 1));
    EXPECT_THAT(all.days, SizeIs(1));
    return std::pair(all.days.at(0).level.new_, all.days.at(0).level.forged);
  };
  EXPECT_EQ(sums(taro), std::pair(1UL, 0UL));
  EXPECT_EQ(sums(jiro), std::pair(0UL, 1UL));
  EXPECT_EQ(sums(""), std::pair(1UL, 1UL));
}

TEST_F(people_test, one_is_told_only_what_is_his) {
  note(level::forged, taro, now_);
  note(level::new_, jiro, now_ - 31 * day);
  note(level::new_, jiro, now_);
  ASSERT_TRUE(store_->blocking().set_choice(
      {.account = taro, .methods = "A", .secret_word = "hanami"}));
  for (const std::string& account : {taro, jiro, std::string()}) {
    kept_rule r;
    r.account = account;
    r.what.pattern = "*@example.jp";
    ASSERT_TRUE(store_->blocking().add_rule(r));
  }
  const auto accounts = [&](const std::string& asked) {
    names out;
    for (const kept_rule& r : ask(browser_->rules(asked)))
      out.push_back(r.account);
    return out;
  };
  EXPECT_THAT(accounts(taro), ElementsAre("", taro));
  EXPECT_THAT(accounts(jiro), ElementsAre("", jiro));
  EXPECT_THAT(accounts("%"), ElementsAre(""));
  EXPECT_THAT(accounts(""), ElementsAre("", jiro, taro));

  const auto own = ask(browser_->judged(jiro, now_ - 30 * day));
  ASSERT_THAT(own, SizeIs(1));
  EXPECT_EQ(own[0].what, level::new_);
  EXPECT_EQ(own[0].mails, 1u);

  const user_answer a = ask(browser_->user(taro));
  ASSERT_TRUE(a.chosen);
  EXPECT_EQ(a.chosen->secret_word, "hanami");
  EXPECT_THAT(a.recent, SizeIs(1));
  EXPECT_FALSE(ask(browser_->user(jiro)).chosen);
}

TEST_F(people_test, an_account_has_ten_tokens) {
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(
        store_->blocking().add_token(taro, "hash" + std::to_string(i), "page"));
    if (i % 2 == 1)
      clock_.advance(std::chrono::seconds(1));
  }
  ASSERT_TRUE(store_->blocking().add_token(jiro, "his", "code"));
  EXPECT_THAT(ask(browser_->access_of(taro)).tokens, SizeIs(10));
  EXPECT_THAT(ask(browser_->access_of(jiro)).tokens, SizeIs(1));
  EXPECT_EQ(ask(browser_->account_of_token("hash0")), "");
  EXPECT_EQ(ask(browser_->account_of_token("hash1")), "");
  EXPECT_EQ(ask(browser_->account_of_token("hash2")), taro);
  EXPECT_EQ(ask(browser_->account_of_token("hash11")), taro);
  EXPECT_EQ(ask(browser_->account_of_token("his")), jiro);
  EXPECT_EQ(ask(browser_->account_of_token("")), "");
  EXPECT_EQ(ask(browser_->account_of_token("hash%")), "");
  EXPECT_EQ(*store_->blocking().forget_tokens(taro, ""), 10);
  EXPECT_EQ(*store_->blocking().forget_tokens(taro, ""), 0);
  EXPECT_THAT(ask(browser_->access_of(taro)).tokens, IsEmpty());
  EXPECT_EQ(ask(browser_->account_of_token("his")), jiro);
}

TEST_F(people_test, a_token_is_listed_used_and_revoked_by_itself) {
  auto& change = store_->blocking();
  const std::string one = std::string(16, 'a') + std::string(48, '1');
  const std::string two = std::string(16, 'b') + std::string(48, '2');
  const std::string his = std::string(16, 'a') + std::string(48, '3');
  ASSERT_TRUE(change.add_token(taro, one, "page"));
  ASSERT_TRUE(change.add_token(jiro, his, "page"));
  clock_.advance(std::chrono::seconds(5));
  ASSERT_TRUE(change.add_token(taro, two, "code"));
  clock_.advance(std::chrono::seconds(5));
  ASSERT_TRUE(change.note_token(one));
  auto list = ask(browser_->access_of(taro)).tokens;
  ASSERT_THAT(list, SizeIs(2));
  EXPECT_EQ(list[0].mark, std::string(16, 'b'));
  EXPECT_EQ(list[0].way, "code");
  EXPECT_EQ(list[0].seen, 0);
  EXPECT_EQ(list[1].mark, std::string(16, 'a'));
  EXPECT_EQ(list[1].way, "page");
  EXPECT_EQ(list[1].seen, list[1].made + 10);
  // Of another account with the same digits nothing goes, nor by a pattern.
  EXPECT_EQ(*change.forget_tokens(taro, std::string(16, '%')), 0);
  EXPECT_EQ(*change.forget_tokens(taro, std::string(16, 'a')), 1);
  EXPECT_EQ(ask(browser_->account_of_token(one)), "");
  EXPECT_EQ(ask(browser_->account_of_token(two)), taro);
  EXPECT_EQ(ask(browser_->account_of_token(his)), jiro);
}

TEST_F(people_test, who_has_set_up_what_is_seen) {
  note(level::genuine, taro, now_);
  store_->flush();
  ASSERT_TRUE(store_->blocking().add_token("new%h.example", "hash", "code"));
  ASSERT_TRUE(store_->blocking().note_token("hash"));
  ASSERT_TRUE(store_->blocking().note_word_known("new%h.example"));
  ASSERT_TRUE(store_->blocking().note_word_known("new%h.example"));
  EXPECT_TRUE(ask(browser_->access_of("new%h.example")).knows_word);
  EXPECT_FALSE(ask(browser_->access_of(jiro)).knows_word);
  const auto page = ask(browser_->people({}));
  const auto found =
      std::ranges::find(page.rows, "new%h.example", &person::account);
  ASSERT_NE(found, page.rows.end());
  EXPECT_EQ(found->tokens, 1u);
  EXPECT_GT(found->addon_seen, 0);
  EXPECT_TRUE(found->knows_word);
  const auto other = std::ranges::find(page.rows, taro, &person::account);
  ASSERT_NE(other, page.rows.end());
  EXPECT_EQ(other->tokens, 0u);
  EXPECT_EQ(other->addon_seen, 0);
  EXPECT_FALSE(other->knows_word);
}

// ---------------------------------------------------------------- changes

TEST_F(dashboard_queries_test, a_change_is_done_and_its_failure_told) {
  const auto change = [&](dashboard_queries::change_work work) {
    return result_of(browser_->change(std::move(work)));
  };
  const auto done = change([this]() -> expected<std::int64_t, std::string> {
    kept_rule r;
    r.what.pattern = "*@example.jp";
    return store_->blocking().add_rule(r);
  });
  ASSERT_TRUE(done) << done.error();
  EXPECT_EQ(ask(browser_->rules("")).at(0).id, *done);
  const auto failed = change([]() -> expected<std::int64_t, std::string> {
    return unexpected(std::string("there is no room"));
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), "there is no room");
  const auto thrown = change([]() -> expected<std::int64_t, std::string> {
    throw std::runtime_error("oh");
  });
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error(), "oh");
}

TEST_F(dashboard_queries_test, no_page_waits_for_a_change) {
  store_->note(mail("a", start));
  std::promise<void> begun;
  std::promise<void> go_on;
  std::thread other([&] {
    const auto done = result_of(
        browser_->change([&]() -> expected<std::int64_t, std::string> {
          begun.set_value();
          go_on.get_future().wait();
          return 7;
        }));
    EXPECT_EQ(*done, 7);
  });
  begun.get_future().wait();
  EXPECT_THAT(ask(browser_->mails({}, "", 50)).mails, SizeIs(1));
  go_on.set_value();
  other.join();
}

TEST_F(dashboard_queries_test, no_page_waits_for_a_lock) {
  store_->note(mail("a", start));
  store_->flush();
  sqlite::database other(folder_.file(), sqlite::access::read_write,
                         std::chrono::seconds(5));
  const sqlite::transaction lock(other, sqlite::purpose::write);
  const auto page = result_of(browser_->mails({}, "", 50));
  ASSERT_TRUE(page);
  EXPECT_THAT(page->mails, SizeIs(1));
}

// --------------------------------------------------------- another file

TEST_F(dashboard_queries_test, a_file_that_was_removed_is_opened_anew) {
  store_->note(mail("a", start));
  EXPECT_THAT(ask(browser_->mails({}, "", 50)).mails, SizeIs(1));
  fs::remove(folder_.file());
  EXPECT_FALSE(result_of(browser_->mails({}, "", 50)));
  store_->note(mail("b", start));
  EXPECT_EQ(names_of(ask(browser_->mails({}, "", 50))), names{"b"});
}

// The log of the old one lies beside the new one.
TEST_F(dashboard_queries_test, a_file_that_was_replaced_is_opened_anew) {
  const fs::path aside = folder_.path() / "aside.db";
  store_->note(mail("old", start));
  browser_.reset();
  store_.reset();
  fs::copy_file(folder_.file(), aside);
  open();
  for (int i = 0; i < 100; ++i)
    store_->note(mail(std::to_string(i), start + i));
  EXPECT_THAT(ask(browser_->mails({}, "", 200)).mails, SizeIs(101));
  fs::rename(folder_.file(), folder_.path() / "moved.db");
  fs::rename(aside, folder_.file());
  EXPECT_FALSE(result_of(browser_->mails({}, "", 50)));
  store_->note(mail("new", start + 200));
  EXPECT_EQ(names_of(ask(browser_->mails({}, "", 50))), (names{"new", "old"}));
}

// ------------------------------------------------------------- what is new

class news_test : public dashboard_queries_test {
 protected:
  news_test() {
    noted_ = [this](const std::vector<mail_row>& mails) {
      const std::lock_guard lock(mutex_);
      for (const mail_row& m : mails) told_.push_back(m);
      if (throws_)
        throw std::runtime_error("nobody listens");
    };
    open();
  }
  std::vector<mail_row> told() {
    store_->flush();
    const std::lock_guard lock(mutex_);
    return std::exchange(told_, {});
  }

  std::mutex mutex_;
  std::vector<mail_row> told_;
  bool throws_ = false;
};

TEST_F(news_test, a_mail_is_told_once_it_is_kept) {
  texts_ = text_retention::of_forged;
  open();
  store_->note(mail("a", start));
  auto news = told();
  ASSERT_THAT(news, SizeIs(1));
  EXPECT_EQ(news[0].id, number("SELECT id FROM mail"));
  EXPECT_EQ(news[0].account, taro);
  EXPECT_EQ(news[0].result.what, level::new_);
  EXPECT_FALSE(news[0].subject);
  store_->note(mail("b", start, level::forged));
  news = told();
  ASSERT_THAT(news, SizeIs(1));
  EXPECT_EQ(news[0].subject, "b");
}

TEST_F(news_test, a_mail_that_is_fetched_again_is_no_news) {
  store_->note(mail("a", start));
  EXPECT_THAT(told(), SizeIs(1));
  store_->note(mail("a", start + 5));
  EXPECT_THAT(told(), IsEmpty());
  // Unless it is judged otherwise now, or is another account's.
  store_->note(mail("a", start + 6, level::forged));
  EXPECT_THAT(told(), SizeIs(1));
  mail_event other = mail("a", start + 7);
  other.account = jiro;
  store_->note(std::move(other));
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(news_test, a_second_judgement_is_news) {
  mail_event e = mail("a", start);
  leave_open(e, "a signature", {},
             {.said = {level::forged, verdict::reason("why")}});
  store_->note(std::move(e));
  EXPECT_THAT(told(), SizeIs(1));
  using outcome = second_judgement::outcome;
  const std::int64_t id = number("SELECT mail FROM pending");
  store_->note({.mail = id, .what = outcome::undecided, .due = start + 60});
  EXPECT_THAT(told(), IsEmpty());
  store_->note({.mail = id, .what = outcome::decided, .answer = if_fail});
  const auto news = told();
  ASSERT_THAT(news, SizeIs(1));
  EXPECT_EQ(news[0].id, id);
  EXPECT_EQ(news[0].result.what, level::forged);
}

TEST_F(news_test, of_a_flood_the_last_are_told) {
  recorder one(folder_.file(), texts_, std::uint64_t{1} << 30,
               std::chrono::seconds(5), time_zone::utc());
  {
    sqlite::transaction batch(one.db(), sqlite::purpose::write);
    for (int i = 0; i < 500; ++i)
      one.write(mail(std::to_string(i), start + i), "account:" + taro);
    // Once, where it comes twice.
    one.write(mail("450", start, level::forged), "account:" + taro);
    batch.commit();
  }
  const auto news = one.take_news();
  ASSERT_THAT(news, SizeIs(100));
  EXPECT_EQ(news.front(), number("SELECT id FROM mail WHERE digest = '400'"));
  EXPECT_EQ(news.back(), number("SELECT id FROM mail WHERE digest = '450'"));
  EXPECT_THAT(one.take_news(), IsEmpty());
}

TEST_F(news_test, what_happens_there_costs_no_mail) {
  throws_ = true;
  store_->note(mail("a", start));
  store_->note(mail("b", start));
  EXPECT_EQ(number("SELECT count(*) FROM mail"), 2);
  EXPECT_EQ(store_->lost().not_written, 0u);
}

// One that takes long, here by the number of our domains, holds up reports
// alone.
TEST_F(dashboard_queries_test, no_other_page_waits_for_reports) {
  const std::vector<std::string> ours(300'000, "own.example");
  std::vector<std::string> answered;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, browser_->sending("", {0, 30'000}, ours),
                        [&](const std::exception_ptr&, const auto&) {
                          answered.emplace_back("sending");
                        });
  boost::asio::co_spawn(io, browser_->people({}),
                        [&](const std::exception_ptr&, const auto& found) {
                          EXPECT_TRUE(found);
                          answered.emplace_back("people");
                        });
  io.run();
  EXPECT_THAT(answered, ElementsAre("people", "sending"));
}

TEST_F(dashboard_queries_test, reports_begin_with_the_first_of_our_domains) {
  auto kept = report_store::open(folder_.file(), {}, clock_);
  ASSERT_TRUE(kept);
  int id = 0;
  for (const std::string_view about :
       {"many.example", "many.example", "second.example", "first.example"}) {
    reports::aggregate_report a;
    a.org_name = "reporter.example";
    a.report_id = std::to_string(++id);
    a.policy.domain = about;
    a.records.emplace_back().source_ip = "192.0.2.1";
    ASSERT_TRUE((*kept)->put({.what = std::move(a), .warnings = {}},
                             {.is_proven = true, .author = "r.example"}));
  }
  const report_period always{0, 100'000};
  const auto first = [&](std::vector<std::string> ours) {
    return ask(browser_->sending("", always, std::move(ours))).domain;
  };
  EXPECT_EQ(first({}), "many.example");
  EXPECT_EQ(first({"none.example", "first.example", "second.example"}),
            "first.example");
  EXPECT_EQ(first({"none.example"}), "many.example");
  const auto other = ask(browser_->sending("second.example", always, {}));
  EXPECT_EQ(other.domain, "second.example");
  EXPECT_EQ(other.sent.days.size(), 1U);
}

}  // namespace
}  // namespace mekiki::store
