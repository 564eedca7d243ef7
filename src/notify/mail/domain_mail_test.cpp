#include "notify/mail/domain_mail.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::notify {
namespace {

using kind = domain_change::kind;
using ::testing::HasSubstr;
using ::testing::Not;

const domain_change spf{.what = kind::record,
                        .name = "SPF",
                        .was = "v=spf1 -all",
                        .is = "v=spf1 +all"};
const domain_change open{.what = kind::finding,
                         .name = "spf-allows-all",
                         .record = "example.jp TXT",
                         .facts = {"+all", "example.jp"}};

TEST(domain_mail, says_what_changed_and_what_to_do) {
  const own_mail mail =
      domain_mail({{"example.jp", "bad", {spf, open}}}, language::english);
  EXPECT_EQ(mail.subject, "[Mekiki] The mail records of example.jp are broken");
  EXPECT_THAT(mail.text, HasSubstr("(grade: broken)"));
  EXPECT_THAT(mail.text,
              HasSubstr("- SPF changed from v=spf1 -all to v=spf1 +all\n"));
  EXPECT_THAT(mail.text, HasSubstr("lets every host in the world send"));
  EXPECT_THAT(mail.text, HasSubstr("What to do: "));
}

// The sentences' own marks are read as such, and none that a stranger wrote.
TEST(domain_mail, has_the_marks_of_its_sentences) {
  const domain_change quoted{.what = kind::finding,
                             .name = "dmarc-report-uri",
                             .record = "_dmarc.example.jp TXT",
                             .facts = {"ruf", "x"}};
  for (const language in : {language::english, language::japanese}) {
    const std::string text =
        domain_mail({{"example.jp", "bad", {quoted, open}}}, in).text;
    EXPECT_THAT(text, Not(HasSubstr("?"))) << text;
    EXPECT_THAT(text, Not(HasSubstr(":\n- "))) << text;
  }
}

TEST(domain_mail, is_japanese_for_who_reads_that) {
  const own_mail mail =
      domain_mail({{"example.jp", "bad", {spf, open}}}, language::japanese);
  EXPECT_THAT(mail.subject, HasSubstr("不具合"));
  EXPECT_THAT(mail.text, HasSubstr("変わりました"));
  EXPECT_THAT(mail.text, HasSubstr("対処："));
  EXPECT_THAT(mail.text, Not(HasSubstr("changed")));
}

TEST(domain_mail, has_one_subject_for_many_domains) {
  const changed_domain changed{"a.example", "ok", {spf}};
  const changed_domain broken{"b.example", "bad", {open}};
  const auto subject = [](const std::vector<changed_domain>& of) {
    return domain_mail(of, language::english).subject;
  };
  EXPECT_EQ(subject({changed}),
            "[Mekiki] The mail records of a.example changed");
  EXPECT_EQ(subject({changed, changed}),
            "[Mekiki] The mail records of 2 of your domains changed");
  EXPECT_EQ(subject({changed, broken}),
            "[Mekiki] The mail records of b.example are broken");
  EXPECT_EQ(subject({broken, changed, broken}),
            "[Mekiki] The mail records of 2 of your domains are broken");
}

// What a record holds is written by whoever holds the zone.
TEST(domain_mail, shows_no_link_and_no_line_of_strangers) {
  domain_change evil = spf;
  evil.is = "v=spf1 exp=x\r\n\r\nSee https://evil.example/login " +
            std::string(5000, 'x');
  const own_mail mail =
      domain_mail({{"example.jp", "ok", {evil}}}, language::english);
  EXPECT_THAT(mail.text, Not(HasSubstr("https://evil")));
  EXPECT_THAT(mail.text, Not(HasSubstr("\nSee")));
  EXPECT_LT(mail.text.size(), 2500U);
}

TEST(domain_mail, is_not_longer_than_people_read) {
  const changed_domain much{"a.example", "ok",
                            std::vector<domain_change>(40, spf)};
  const own_mail mail =
      domain_mail(std::vector<changed_domain>(25, much), language::english);
  EXPECT_THAT(mail.text, HasSubstr("- and 10 more\n"));
  EXPECT_THAT(mail.text, HasSubstr("And 5 more domains."));
}

TEST(domain_change, has_words_of_its_kind) {
  for (const kind k : {kind::watched, kind::record, kind::finding, kind::mended,
                       kind::grade, kind::silent, kind::answers}) {
    EXPECT_EQ(parse_change_kind(to_string(k)), k);
    for (const language in : {language::english, language::japanese}) {
      domain_change c = open;
      c.what = k;
      EXPECT_FALSE(words_of(c, in).text.empty());
    }
  }
  EXPECT_FALSE(parse_change_kind("no such"));
  domain_change gone = open;
  gone.name = "a-finding-of-another-version";
  EXPECT_EQ(words_of(gone, language::english).text,
            "a-finding-of-another-version (example.jp TXT)");
}

TEST(domain_change, is_news_unless_it_only_informs) {
  domain_change c = open;
  EXPECT_TRUE(is_news(c));
  c.name = "spf-overlap";
  EXPECT_FALSE(is_news(c));
  EXPECT_TRUE(is_news(spf));
  EXPECT_TRUE(is_news({.what = kind::mended}));
  EXPECT_TRUE(is_news({.what = kind::silent}));
  EXPECT_FALSE(is_news({.what = kind::watched}));
  EXPECT_FALSE(is_news({.what = kind::grade}));
}

}  // namespace
}  // namespace mekiki::notify
