// Users' choices, and how their mails were judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/store.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using auth::result;
using testing::ElementsAre;
using testing::IsEmpty;
using verdict::level;

const std::string taro = "taro%pop.example.jp:995";

class user_test : public testing::Test {
 protected:
  user_test() : clock_(at(start)) {
    auto opened = mekiki::store::open(
        folder_.file(), {.now = clock_, .deadline = std::chrono::seconds(60)});
    EXPECT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }

  user_answer ask(const std::string& account) {
    store_->flush();
    return result_of(store_->choice_of(account));
  }

  void note(level what, const char* dkim, std::int64_t when,
            const std::string& account = taro) {
    mail_event e = proven_mail("example.jp", when);
    e.account = account;
    e.result.what = what;
    e.dkim_check = dkim;
    store_->note(std::move(e));
  }

  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
};

kept_choice choice_of_taro() {
  return {.account = taro,
          .methods = "A,C",
          .language = "ja",
          .when = "altered",
          .secret_word = "花見",
          .subject_mark = true};
}

MATCHER_P3(is_count, what, dkim, mails, "") {
  return arg.what == what && arg.dkim_check == dkim &&
         arg.mails == static_cast<std::uint64_t>(mails);
}

TEST_F(user_test, nobody_has_chosen_at_first) {
  EXPECT_FALSE(ask(taro).chosen);
  EXPECT_THAT(ask(taro).recent, IsEmpty());
  EXPECT_THAT(*store_->blocking().choices(), IsEmpty());
  EXPECT_FALSE(*store_->blocking().find_choice(taro));
  EXPECT_FALSE(*store_->blocking().forget_choice(taro));
}

TEST_F(user_test, a_choice_is_kept_replaced_and_forgotten) {
  kept_choice c = choice_of_taro();
  ASSERT_TRUE(store_->blocking().set_choice(c));
  const user_answer a = ask(taro);
  ASSERT_TRUE(a.chosen);
  EXPECT_EQ(a.chosen->account, taro);
  EXPECT_EQ(a.chosen->methods, "A,C");
  EXPECT_EQ(a.chosen->language, "ja");
  EXPECT_EQ(a.chosen->when, "altered");
  EXPECT_EQ(a.chosen->secret_word, "花見");
  EXPECT_TRUE(a.chosen->subject_mark);
  EXPECT_EQ(a.chosen->updated, start);
  EXPECT_FALSE(ask("jiro%pop.example.jp").chosen);

  c.methods = "none";
  clock_.advance(std::chrono::seconds(5));
  ASSERT_TRUE(store_->blocking().set_choice(c));
  c.account = "jiro%pop.example.jp";
  ASSERT_TRUE(store_->blocking().set_choice(c));
  const auto all = store_->blocking().choices();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].account, "jiro%pop.example.jp");
  EXPECT_EQ((*all)[1].methods, "none");
  EXPECT_EQ((*all)[1].updated, start + 5);

  EXPECT_TRUE(*store_->blocking().forget_choice(taro));
  EXPECT_FALSE(ask(taro).chosen);
  EXPECT_TRUE(*store_->blocking().find_choice(c.account));
}

TEST_F(user_test, counts_the_last_mails_of_the_account) {
  for (int i = 0; i < 50; ++i) note(level::forged, "fail", start + i);
  for (int i = 0; i < 90; ++i) note(level::genuine, "pass", start + 100 + i);
  for (int i = 0; i < 5; ++i)
    note(level::forged, "none", start, "jiro%pop.example.jp");
  // The last hundred.
  EXPECT_THAT(ask(taro).recent,
              testing::UnorderedElementsAre(
                  is_count(level::forged, result::fail, 10),
                  is_count(level::genuine, result::pass, 90)));
  EXPECT_THAT(ask("jiro%pop.example.jp").recent,
              ElementsAre(is_count(level::forged, result::none, 5)));
}

TEST_F(user_test, counts_mails_since_a_day) {
  note(level::new_, "pass", start - 31 * day);
  note(level::new_, "pass", start - 29 * day);
  note(level::unverified, "none", start - day);
  store_->flush();
  EXPECT_THAT(*store_->blocking().judged(taro, start - 30 * day),
              testing::UnorderedElementsAre(
                  is_count(level::new_, result::pass, 1),
                  is_count(level::unverified, result::none, 1)));
}

}  // namespace
}  // namespace mekiki::store
