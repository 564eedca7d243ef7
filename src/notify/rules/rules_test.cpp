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

rule_options with_labels(language l = {}) {
  return {.label_values = {"5ec2e7", "01d5ec"},
          .tag_value = "7a9",
          .classic = false,
          .in = l};
}

TEST(rules, green_needs_a_value) {
  for (const mail_client c : all) {
    for (const language l : {language::english, language::japanese}) {
      const std::string text = everything(make_rules(c, with_labels(l)));
      for (const char* word : {"forged", "genuine", "altered", "new"}) {
        EXPECT_THAT(text, HasSubstr(std::string(word) + "-5ec2e7"));
        EXPECT_THAT(text, HasSubstr(std::string(word) + "-01d5ec"));
      }
      EXPECT_THAT(text, Not(HasSubstr("unverified")));
      EXPECT_THAT(text, Not(HasSubstr("{}")));
    }
  }
}

TEST(rules, classic_needs_none) {
  for (const mail_client c : all) {
    const std::string text =
        everything(make_rules(c, {.label_values = {"5ec2e7"},
                                  .tag_value = "7a9",
                                  .classic = true,
                                  .in = {}}));
    EXPECT_THAT(text, Not(HasSubstr("5ec2e7")));
    EXPECT_THAT(text, Not(HasSubstr("genuine")));
    EXPECT_THAT(text, HasSubstr("fail"));
    EXPECT_THAT(text, HasSubstr("pass"));
  }
}

TEST(rules, mutt_compares_whole_lines) {
  const client_rules r = make_rules(
      mail_client::mutt,
      {.label_values = {}, .tag_value = {}, .classic = true, .in = {}});
  ASSERT_EQ(r.files.size(), 1U);
  EXPECT_EQ(r.files[0].text,
            "color index brightred default \"~h '^X-DKIM-Check: fail$'\"\n"
            "color index green default \"~h '^X-DKIM-Check: pass$'\"\n");
}

TEST(rules, thunderbird_compares_whole_values) {
  const client_rules r = make_rules(mail_client::thunderbird, with_labels());
  ASSERT_EQ(r.files.size(), 2U);
  EXPECT_EQ(r.files[0].name, "msgFilterRules.dat");
  EXPECT_THAT(r.files[0].text,
              HasSubstr("name=\"Mekiki: forged\"\nenabled=\"yes\"\n"
                        "type=\"17\"\naction=\"AddTag\"\n"
                        "actionValue=\"mekiki-forged-7a9\"\n"
                        "condition=\"OR (\\\"x-mekiki-label\\\",is,"
                        "forged-5ec2e7) OR (\\\"x-mekiki-label\\\",is,"
                        "forged-01d5ec)\"\n"));
  EXPECT_EQ(r.files[1].name, "user.js");
  EXPECT_THAT(r.files[1].text,
              HasSubstr("\"mailnews.tags.mekiki-forged-7a9.tag\""));
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
