#include "notify/mail/sending_mail.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::notify {
namespace {

using testing::HasSubstr;
using testing::Not;

reports::plan_sender sender(std::string name, std::uint64_t passed,
                            std::uint64_t failed) {
  return {.name = std::move(name), .passed = passed, .failed = failed};
}

TEST(sending_mail, tells_new_senders_and_a_jump) {
  domain_sending_news one{.domain = "example.jp"};
  one.news.fresh = {sender("seikyu.example", 0, 1'200),
                    sender("shop.example", 90, 0)};
  one.news.jump = reports::failing_jump{20'000, 900, 40};
  const own_mail mail = sending_mail({one}, language::english, {});
  EXPECT_EQ(mail.subject,
            "[Mekiki] DMARC reports: new senders as example.jp, and more mail "
            "fails");
  EXPECT_THAT(mail.text, HasSubstr("On 2024-10-04 900 mails failed; on a usual "
                                   "day there are 40."));
  EXPECT_THAT(mail.text, HasSubstr("Of its mails 0 passed DMARC and 1,200 "));
  EXPECT_THAT(mail.text, HasSubstr("Its 90 mails passed DMARC"));
  const own_mail japanese = sending_mail({one}, language::japanese, {});
  EXPECT_THAT(japanese.subject, HasSubstr("example.jp を名乗る新しい送信元"));
  EXPECT_THAT(japanese.text, HasSubstr("ふだんは 1 日 40 通"));
}

// What a stranger may have written.
TEST(sending_mail, says_nothing_in_strangers_words) {
  domain_sending_news one{.domain = "example.jp"};
  one.news.fresh = {sender("https://pay.example/\r\nBcc: a@b.example", 0, 50)};
  const own_mail mail = sending_mail({one}, language::english, {});
  EXPECT_EQ(mail.subject, "[Mekiki] DMARC reports: new senders as example.jp");
  EXPECT_THAT(mail.text, Not(HasSubstr("https://")));
  EXPECT_THAT(mail.text, Not(HasSubstr("\nBcc")));
}

TEST(sending_mail, is_bounded) {
  domain_sending_news one{.domain = "example.jp"};
  for (int i = 0; i < 500; ++i)
    one.news.fresh.push_back(sender("s" + std::to_string(i), 0, 50));
  const own_mail mail = sending_mail({one, one}, language::english, {});
  EXPECT_EQ(mail.subject,
            "[Mekiki] DMARC reports: news about 2 of your domains");
  EXPECT_THAT(mail.text, HasSubstr("And 490 more new senders."));
  EXPECT_LT(mail.text.size(), 5'000U);
}

}  // namespace
}  // namespace mekiki::notify
