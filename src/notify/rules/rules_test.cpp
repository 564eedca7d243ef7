#include "notify/rules/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::notify {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr mail_client all[] = {mail_client::thunderbird, mail_client::claws,
                               mail_client::sylpheed,    mail_client::mutt,
                               mail_client::becky,       mail_client::outlook,
                               mail_client::sieve};

std::string everything(const client_rules& r) {
  std::string out = r.steps;
  for (const rule_file& f : r.files) out += f.text;
  return out;
}

TEST(rules, green_needs_the_secret) {
  for (const mail_client c : all) {
    for (const language l : {language::english, language::japanese}) {
      const std::string text = everything(
          make_rules(c, {.label_secret = "5ec2e7", .classic = false, .in = l}));
      for (const char* word : {"forged", "genuine", "altered", "new"}) {
        EXPECT_THAT(text, HasSubstr(std::string(word) + "-5ec2e7"));
      }
      EXPECT_THAT(text, Not(HasSubstr("unverified")));
      EXPECT_THAT(text, Not(HasSubstr("{}")));
    }
  }
}

TEST(rules, classic_needs_none) {
  for (const mail_client c : all) {
    const std::string text = everything(
        make_rules(c, {.label_secret = "5ec2e7", .classic = true, .in = {}}));
    EXPECT_THAT(text, Not(HasSubstr("5ec2e7")));
    EXPECT_THAT(text, Not(HasSubstr("genuine")));
    EXPECT_THAT(text, HasSubstr("fail"));
    EXPECT_THAT(text, HasSubstr("pass"));
  }
}

TEST(rules, mutt_compares_whole_lines) {
  const client_rules r = make_rules(
      mail_client::mutt, {.label_secret = {}, .classic = true, .in = {}});
  ASSERT_EQ(r.files.size(), 1U);
  EXPECT_EQ(r.files[0].text,
            "color index brightred default \"~h '^X-DKIM-Check: fail$'\"\n"
            "color index green default \"~h '^X-DKIM-Check: pass$'\"\n");
}

TEST(rules, thunderbird_compares_whole_values) {
  const client_rules r =
      make_rules(mail_client::thunderbird,
                 {.label_secret = "5ec2e7", .classic = false, .in = {}});
  ASSERT_EQ(r.files.size(), 2U);
  EXPECT_EQ(r.files[0].name, "msgFilterRules.dat");
  EXPECT_THAT(r.files[0].text,
              HasSubstr("name=\"Mekiki: forged\"\nenabled=\"yes\"\n"
                        "type=\"17\"\naction=\"AddTag\"\n"
                        "actionValue=\"mekiki-forged\"\n"
                        "condition=\"AND (\\\"x-mekiki-label\\\",is,"
                        "forged-5ec2e7)\"\n"));
  EXPECT_EQ(r.files[1].name, "user.js");
  EXPECT_THAT(r.files[1].text,
              HasSubstr("\"mailnews.tags.mekiki-forged.tag\""));
}

TEST(rules, names_of_clients) {
  for (const char* word : {"thunderbird", "claws", "sylpheed", "mutt", "becky",
                           "outlook", "sieve"}) {
    EXPECT_TRUE(parse_mail_client(word)) << word;
  }
  EXPECT_FALSE(parse_mail_client("mailx"));
}

}  // namespace
}  // namespace mekiki::notify
