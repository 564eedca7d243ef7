#include "store/mail_event.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/dkim/errc.hpp"
#include "store/kept_facts.hpp"

namespace mekiki::store {
namespace {

using auth::result;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using verdict::finding;
using verdict::level;

constexpr std::int64_t day = 86'400;
constexpr std::int64_t now = 1'772'323'200 + 3'600;
constexpr std::int64_t came = now - 2 * day;

fetch here() {
  return {.account = "taro%pop.example.jp:995",
          .upstream = "pop.example.jp",
          .uidl = "uidl-1",
          .at = now};
}

dkim::signature_result signature(const std::string& domain, result status) {
  dkim::signature_result r;
  r.status = status;
  r.domain = domain;
  r.selector = "s1";
  r.signed_fields = {"from", "subject", "date", "reply-to", "content-type"};
  return r;
}

/// A mail of hanako@example.jp, signed, through a certain border.
verdict::judgement good_mail() {
  verdict::judgement v;
  v.result = {level::new_,
              verdict::reason("new-sender").with("author", "example.jp")};
  v.dkim_check = result::pass;
  v.digest = "abcd";
  verdict::facts& f = v.known;
  f.header.author = "hanako@example.jp";
  f.header.author_domain = "example.jp";
  f.header.display_name = "Hanako Yamada";
  f.header.subject = "hello";
  f.header.author_count = f.header.from_fields = 1;
  f.header.author_is_clear = true;
  f.header.shown = {1, 1, 1, 0, 0};
  f.found_border.emplace();
  f.found_border->status = verdict::border_status::found;
  f.found_border->time = came;
  f.dkim = {signature("example.jp", result::pass)};
  f.dmarc.status = result::pass;
  f.dmarc.asked = dmarc::policy::reject;
  f.dmarc.dkim_aligned = true;
  f.now = now;
  return v;
}

mail_event event(verdict::judgement v) {
  v.known.dmarc.author_domain = v.known.header.author_domain;
  v.known.policies = {v.known.dmarc};
  v.proven = verdict::evidence(v.known, {}).proven();
  return event_of(v, here());
}

using change = std::function<void(verdict::judgement&)>;

struct teaching {
  const char* name;
  change what;
  std::vector<std::string> signers;
  habit_day habit;
};

TEST(event_of, tells_what_teaches_and_what_does_not) {
  const std::vector<std::string> pair = {"example.jp"};
  const teaching table[] = {
      {"a proven mail", [](auto&) {}, pair, habit_day::proven},
      {"genuine as well", [](auto& v) { v.result.what = level::genuine; }, pair,
       habit_day::proven},
      {"no policy at all", [](auto& v) { v.known.dmarc = {}; }, pair,
       habit_day::proven},
      {"p=none", [](auto& v) { v.known.dmarc.asked = dmarc::policy::none; },
       pair, habit_day::proven},
      {"forged, though proven",
       [](auto& v) { v.result.what = level::forged; },
       {},
       habit_day::none},
      {"two authors of one domain",
       [](auto& v) { v.known.header.author_count = 2; }, pair,
       habit_day::proven},
      {"two From fields",
       [](auto& v) { v.known.header.from_fields = 2; },
       {},
       habit_day::none},
      {"an author that clients read differently",
       [](auto& v) { v.known.header.author_is_clear = false; },
       {},
       habit_day::none},
      {"a key in test mode",
       [](auto& v) { v.known.dkim[0].testing = true; },
       {},
       habit_day::proven},
      {"a partial l=",
       [](auto& v) { v.known.dkim[0].partial = true; },
       {},
       habit_day::proven},
      {"an unsigned subject",
       [](auto& v) {
         v.known.dkim[0].signed_fields = {"from", "date"};
       },
       {},
       habit_day::proven},
      {"a second Subject",
       [](auto& v) { v.known.header.shown[1] = 2; },
       {},
       habit_day::proven},
      {"a broken signature",
       [](auto& v) { v.known.dkim[0].status = result::fail; },
       {},
       habit_day::unproven},
      {"no signature",
       [](auto& v) { v.known.dkim.clear(); },
       {},
       habit_day::unproven},
      {"another's signature",
       [](auto& v) { v.known.dkim[0].domain = "attacker.example"; },
       {},
       habit_day::unproven},
      {"a signature that could not be decided",
       [](auto& v) { v.known.dkim[0].status = result::temperror; },
       {},
       habit_day::none},
      {"another's that could not",
       [](auto& v) {
         v.known.dkim[0] = signature("attacker.example", result::temperror);
       },
       {},
       habit_day::unproven},
      {"signed and changed on the way",
       [](auto& v) {
         v.known.dkim[0].status = result::fail;
         v.known.changed.emplace();
       },
       {},
       habit_day::none},
      {"no certain border: pairs, but no habit",
       [](auto& v) { v.known.found_border.reset(); }, pair, habit_day::none},
      {"a border by names that customers have",
       [](auto& v) { v.known.found_border->by_domain_only = true; }, pair,
       habit_day::none},
      {"a domain that looks like another",
       [](auto& v) {
         v.known.findings = {
             {finding::kind::one_edit, "example.jp", "exampel"}};
       },
       {},
       habit_day::proven},
      {"answers go elsewhere: no matter",
       [](auto& v) {
         v.known.findings = {
             {finding::kind::reply_elsewhere, "example.jp", "example.com"}};
       },
       pair, habit_day::proven},
      {"SPF through a certain border",
       [](auto& v) {
         v.known.dkim.clear();
         v.known.spf.source = verdict::spf_source::border;
         v.known.spf.path_known = true;
         v.known.spf.outcome.status = result::pass;
         v.known.spf.outcome.domain = "example.jp";
       },
       {"spf:example.jp"},
       habit_day::unproven},
      {"SPF that another host reports",
       [](auto& v) {
         v.known.dkim.clear();
         v.known.spf.source = verdict::spf_source::reported;
         v.known.spf.path_known = true;
         v.known.spf.outcome.status = result::pass;
         v.known.spf.outcome.domain = "example.jp";
       },
       {},
       habit_day::unproven},
      {"two signers, each once",
       [](auto& v) {
         v.known.dkim.push_back(signature("mail.example.jp", result::pass));
         v.known.dkim.push_back(signature("example.jp", result::pass));
       },
       {"example.jp", "mail.example.jp"},
       habit_day::proven},
  };
  for (const teaching& t : table) {
    SCOPED_TRACE(t.name);
    verdict::judgement v = good_mail();
    t.what(v);
    const mail_event e = event(v);
    EXPECT_EQ(e.signers, t.signers);
    EXPECT_EQ(e.habit, t.habit);
    if (t.signers.empty()) {
      EXPECT_EQ(e.display_name, "");
    }
  }
}

TEST(event_of, counts_at_the_time_of_a_border_that_proves) {
  const struct {
    const char* name;
    change what;
    std::int64_t counted;
  } table[] = {
      {"certain", [](auto&) {}, came},
      {"of the future",
       [](auto& v) { v.known.found_border->time = now + 400 * day; }, now},
      {"before 1970", [](auto& v) { v.known.found_border->time = -5; }, 0},
      {"without a time", [](auto& v) { v.known.found_border->time.reset(); },
       now},
      {"by domain only",
       [](auto& v) { v.known.found_border->by_domain_only = true; }, now},
      {"behind loopback",
       [](auto& v) { v.known.found_border->through_loopback = true; }, now},
      {"not found",
       [](auto& v) {
         v.known.found_border->status = verdict::border_status::unreadable;
       },
       now},
      // What the sender wrote below any border.
      {"a Received field alone",
       [](auto& v) {
         v.known.found_border.reset();
         v.known.received = now - 300 * day;
       },
       now},
  };
  for (const auto& t : table) {
    verdict::judgement v = good_mail();
    t.what(v);
    EXPECT_EQ(event(v).counted, t.counted) << t.name;
  }
}

TEST(event_of, tells_what_was_said_of_the_mail) {
  const verdict::judgement v = good_mail();
  const mail_event e = event(v);
  EXPECT_EQ(e.author_domain, "example.jp");
  EXPECT_EQ(e.dmarc, "pass");
  EXPECT_EQ(e.policy, "reject");
  EXPECT_EQ(e.dkim_check, "pass");
}

TEST(event_of, keeps_the_results_as_values) {
  verdict::judgement v = good_mail();
  v.results = {{.method = "dkim",
                .result = result::pass,
                .reason = "good; \"very\" \x1b",
                .properties = {{"header", "d", "example.jp"}}},
               {.method = "dkim-adsp", .own_word = "unknown"}};
  const std::vector<kept_result> expected = {
      {"dkim", "pass", "good; \"very\" ?", {{"header.d", "example.jp"}}},
      {"dkim-adsp", "unknown", "", {}}};
  EXPECT_EQ(event(v).checks, expected);
}

TEST(event_of, texts_are_kept_of_the_mails_that_the_setting_names) {
  const struct {
    text_retention which;
    level what;
    bool kept;
  } table[] = {
      {text_retention::of_none, level::new_, false},
      {text_retention::of_none, level::forged, false},
      {text_retention::of_forged, level::new_, false},
      {text_retention::of_forged, level::unverified, false},
      {text_retention::of_forged, level::forged, true},
      {text_retention::of_own, level::new_, true},
      {text_retention::of_own, level::forged, true},
      {text_retention::of_all, level::new_, true},
      {text_retention::of_all, level::forged, true},
  };
  for (const auto& t : table) {
    SCOPED_TRACE(to_string(t.what));
    verdict::judgement v = good_mail();
    v.result = {t.what, verdict::reason("why")
                            .with("author", "a@example.jp")
                            .with("seen", "hanako")
                            .with("list", "lists.example.jp")
                            .with("days", std::size_t{3})};
    mail_event e = event(v);
    EXPECT_EQ(e.header + e.story, "");
    e.checks = {{"spf", "pass", "", {{"smtp.mailfrom", "taro@example.com"}}}};
    e.header = "From: hanako@example.jp\r\n";
    e.story = "hanako@example.jp wrote\n";
    remove_texts_not_kept(e, t.which);
    ASSERT_THAT(e.checks, SizeIs(1));
    EXPECT_EQ(e.checks[0].properties[0].second,
              t.kept ? "taro@example.com" : "example.com");
    EXPECT_EQ(e.header, t.kept ? "From: hanako@example.jp\r\n" : "");
    EXPECT_EQ(e.story, t.kept ? "hanako@example.jp wrote\n" : "");
    EXPECT_EQ(e.author, t.kept ? "hanako@example.jp" : "");
    EXPECT_EQ(e.subject, t.kept ? "hello" : "");
    EXPECT_EQ(verdict::format(e.result.why),
              t.kept ? "why author=a@example.jp seen=hanako "
                       "list=lists.example.jp days=3"
                     : "why list=lists.example.jp days=3");
    EXPECT_EQ(e.author_domain, "example.jp");
  }
}

// A sentence that lost a fact would show "?" in its place.
TEST(event_of, what_sentences_need_is_kept) {
  for (const auto& [name, value] : {std::pair{"author", "example.jp"},
                                    {"signer", "example.jp"},
                                    {"list", "lists.example.jp"},
                                    {"forwarder", "example.jp"},
                                    {"provider", "example.jp"},
                                    {"domain", "example.jp"},
                                    {"reporter", "mx.example.jp"},
                                    {"days", "3"},
                                    {"proven", "10"},
                                    {"rule", "google-bulk-spf-and-dkim"},
                                    {"field", "reply-to"},
                                    {"cause", "deadline"}}) {
    verdict::reason why = verdict::reason("why").with(name, value);
    keep_domains(why);
    EXPECT_EQ(why.fact(name), value);
  }
}

TEST(event_of, what_is_kept_of_one_mail_is_bounded) {
  const auto lines = [](std::size_t octets, std::string_view line) {
    std::string text;
    while (text.size() < octets) text += line;
    return text;
  };
  mail_event e;
  e.header = lines(most_header, "From: hanako@example.jp\r\n");
  e.story = std::string(most_story, 'x');
  remove_texts_not_kept(e, text_retention::of_all);
  EXPECT_LE(e.header.size(), most_header);
  EXPECT_GT(e.header.size(), most_header - 40);
  EXPECT_TRUE(e.header.ends_with("\r\n"));
  EXPECT_EQ(e.story.size(), most_story);

  e.header = std::string(most_header - 1, 'x') + "\n";
  e.story = std::string(most_story + 1, 'x');
  remove_texts_not_kept(e, text_retention::of_all);
  EXPECT_EQ(e.header.size(), most_header);
  EXPECT_EQ(e.story, "");
}

TEST(event_of, remembers_keys_of_forged_mails_too) {
  verdict::judgement v = good_mail();
  v.result.what = level::forged;
  verdict::remembered_key key;
  key.name = "s1._domainkey.example.jp";
  key.text = "v=DKIM1; p=";
  key.revoked = true;
  v.keys = {key};
  key.text = std::string(5'000, 'x');
  v.keys.push_back(key);
  EXPECT_THAT(event(v).keys, SizeIs(1));
}

TEST(event_of, notes_who_proves_a_list) {
  verdict::judgement v = good_mail();
  v.known.header.list_id = "users.list.example.org";
  v.known.dkim.push_back(signature("list.example.org", result::pass));
  v.known.dkim.push_back(signature("attacker.example", result::pass));
  v.known.dkim.push_back(signature("org", result::pass));
  mail_event e = event(v);
  EXPECT_EQ(e.list_id, "users.list.example.org");
  EXPECT_THAT(e.list_signers, ElementsAre("list.example.org"));
  // The name of a list is the sender's to write.
  v.known.dkim = {signature("attacker.example", result::pass)};
  e = event(v);
  EXPECT_EQ(e.list_id, "");
  EXPECT_THAT(e.list_signers, IsEmpty());
}

/// Its provider added a footer to a mail that SPF proves.
verdict::judgement changed_mail() {
  verdict::judgement v = good_mail();
  v.result.what = level::new_;
  v.known.upstream = "pop.example.jp";
  v.known.dkim[0].status = result::fail;
  v.known.header.author_domain = "news.example.jp";
  v.known.spf.source = verdict::spf_source::border;
  v.known.spf.path_known = true;
  v.known.spf.outcome.status = result::pass;
  v.known.spf.outcome.domain = "news.example.jp";
  verdict::change& c = v.known.changed.emplace();
  c.addition_only = true;
  c.added.source = "provider:pop.example.jp";
  c.added.digest = "ef01";
  verdict::pair_record pair;
  pair.signer = "spf:news.example.jp";
  pair.passed = {3, 3, now - 20 * day, now - day};
  v.known.history.pairs = {pair};
  return v;
}

TEST(event_of, learns_additions_where_nobody_else_can_have_made_them) {
  const verdict::judgement v = changed_mail();
  EXPECT_TRUE(event(v).added);
  EXPECT_EQ(event(v).organization, "example.jp");

  const struct {
    const char* name;
    change what;
  } table[] = {
      {"SPF of another",
       [](auto& v) { v.known.spf.outcome.domain = "attacker.example"; }},
      {"SPF failed",
       [](auto& v) { v.known.spf.outcome.status = result::fail; }},
      {"a border that only accuses",
       [](auto& v) { v.known.found_border->through_loopback = true; }},
      {"another signer",
       [](auto& v) { v.known.dkim[0].domain = "attacker.example"; }},
      {"more than an addition",
       [](auto& v) { v.known.changed->addition_only = false; }},
      {"forged", [](auto& v) { v.result.what = level::forged; }},
      {"nothing added", [](auto& v) { v.known.changed->added.digest = ""; }},
      {"no such signature", [](auto& v) { v.known.changed->signature = 7; }},
      {"a list that is not proven",
       [](auto& v) {
         v.known.changed->added.source = "list:users.list.example.org";
       }},
  };
  for (const auto& t : table) {
    verdict::judgement other = v;
    t.what(other);
    EXPECT_FALSE(event(other).added) << t.name;
  }
}

TEST(event_of, sees_that_the_provider_changes_mail) {
  verdict::judgement v = changed_mail();
  EXPECT_TRUE(event(v).is_changed_inside);
  v.known.history.pairs.clear();
  EXPECT_FALSE(event(v).is_changed_inside) << "a stranger's mail says nothing";
}

TEST(event_of, sees_who_handed_it_over) {
  verdict::judgement v = good_mail();
  v.known.header.list_id = "users.list.example.org";
  v.known.dkim.push_back(signature("list.example.org", result::pass));
  v.known.dkim.push_back(signature("mailer.example.com", result::pass));
  v.known.spf.source = verdict::spf_source::border;
  v.known.spf.outcome.status = result::pass;
  v.known.spf.outcome.domain = "bounce.alumni.example.edu";
  EXPECT_THAT(event(v).lists, ElementsAre("list.example.org"));
  EXPECT_THAT(event(v).forwarders, ElementsAre("example.edu"));
  // Its author must be proven, and another.
  verdict::judgement other = v;
  other.known.dkim[0].status = result::fail;
  EXPECT_THAT(event(other).lists, IsEmpty());
  EXPECT_THAT(event(other).forwarders, IsEmpty());
  other.known.changed.emplace();
  EXPECT_THAT(event(other).lists, SizeIs(1)) << "by undoing";
  other = v;
  other.known.spf.outcome.domain = "bounce.example.jp";
  EXPECT_THAT(event(other).forwarders, IsEmpty());
}

// What is learned later is what would have been learned at once.
TEST(event_of, keeps_what_a_mail_may_come_to) {
  verdict::judgement v = good_mail();
  EXPECT_EQ(event(v).open, "");
  v.known.dkim = {signature("example.jp", result::temperror)};
  v.result = {level::unverified, verdict::reason("dkim-temperror")};
  dkim::pending_signature kept;
  kept.claims.domain = "example.jp";
  v.later.open.signatures = {{kept, {.first_author = true}}};
  v.later.cases = {0, 1, 1};
  verdict::possible_answer good{
      .said = {level::new_, verdict::reason("aligned-dkim")},
      .dkim_check = result::pass,
      .dmarc = result::pass};
  good.proven.signed_by_author = true;
  good.proven.signers = {"example.jp"};
  v.later.answers = {good,
                     {.said = {level::forged, verdict::reason("dmarc-fail")},
                      .dkim_check = result::fail,
                      .dmarc = result::fail}};
  mail_event e = event(v);
  ASSERT_THAT(e.pending, SizeIs(1));
  EXPECT_THAT(e.pending[0], testing::HasSubstr("d=example.jp;"));
  EXPECT_EQ(e.open, "open signature=f");
  EXPECT_THAT(e.cases, ElementsAre(0, 1, 1));
  ASSERT_THAT(e.answers, SizeIs(2));
  EXPECT_THAT(e.answers[0].signers, ElementsAre("example.jp"));
  EXPECT_EQ(e.answers[0].habit, habit_day::proven);
  EXPECT_EQ(e.answers[0].dkim_check, "pass");
  EXPECT_EQ(e.answers[1].said.what, level::forged);
  EXPECT_EQ(e.answers[1].habit, habit_day::none);

  v.known.findings = {{finding::kind::confusable, "example.jp", "examp1e.jp"}};
  v.proven.needs = verdict::acquaintance::by_rule;
  EXPECT_THAT(event(v).answers[0].signers, IsEmpty());
}

}  // namespace
}  // namespace mekiki::store
