#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/dashboard_queries.hpp"
#include "store/feedback_rows.hpp"
#include "store/test_store.hpp"

namespace mekiki::store {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using word = feedback::word;
using verdict::level;

class feedback_test : public testing::Test {
 protected:
  static constexpr std::int64_t now = 1'000'000'000;

  feedback_test() {
    auto opened = open(folder_.file(), {.now = clock_});
    store_ = std::move(*opened);
    auto queries = open_dashboard_queries(folder_.file(), {.now = clock_});
    queries_ = std::move(*queries);
  }

  /// Its number.
  std::int64_t note(level what, const std::string& account) {
    mail_event e;
    e.account = account;
    e.upstream = "pop.example.jp";
    e.digest = std::to_string(++mails_);
    e.fetched = now;
    e.result.what = what;
    store_->note(std::move(e));
    store_->flush();
    return mails_;
  }

  bool say(std::int64_t mail, const std::string& account,
           std::optional<word> said) {
    const auto done = store_->blocking().say_about(mail, account, said);
    EXPECT_TRUE(done);
    return *done;
  }
  bool answer(std::int64_t mail, feedback::reply answer) {
    return *store_->blocking().answer_report(mail, answer);
  }
  std::vector<reported_mail> reports(const std::string& account) {
    return *test::result_of(queries_->reports(account));
  }
  std::optional<feedback> of(std::int64_t mail) {
    return (*test::result_of(queries_->mail(mail, "", shown_texts::of_all)))
        ->said;
  }

  const test::folder folder_;
  const manual_clock clock_{at_unix_seconds(now)};
  std::unique_ptr<store> store_;
  std::unique_ptr<dashboard_queries> queries_;
  std::int64_t mails_ = 0;
};

constexpr const char* taro = "taro%pop.example.jp";
constexpr const char* ken = "ken%pop.example.jp";

TEST_F(feedback_test, words_fit_the_verdict) {
  const std::int64_t forged = note(level::forged, taro);
  const std::int64_t open = note(level::unverified, taro);
  EXPECT_FALSE(say(forged, taro, word::report));
  EXPECT_TRUE(say(forged, taro, word::agree));
  EXPECT_TRUE(say(forged, taro, word::mistake)) << "in place of the other";
  EXPECT_EQ(of(forged)->said, word::mistake);
  EXPECT_FALSE(say(open, taro, word::mistake));
  EXPECT_FALSE(say(open, taro, word::agree));
  EXPECT_TRUE(say(open, taro, word::report));
  EXPECT_FALSE(say(99, taro, word::report));
}

TEST_F(feedback_test, is_about_one_s_own_mails) {
  const std::int64_t mail = note(level::unverified, taro);
  EXPECT_FALSE(say(mail, ken, word::report));
  EXPECT_TRUE(say(mail, taro, word::report));
  EXPECT_THAT(reports(ken), IsEmpty());
  ASSERT_THAT(reports(taro), SizeIs(1));
  ASSERT_THAT(reports(""), SizeIs(1));
  EXPECT_EQ(reports("")[0].mail.account, taro);
  EXPECT_FALSE(say(mail, ken, std::nullopt));
  EXPECT_TRUE(say(mail, taro, std::nullopt));
  EXPECT_FALSE(of(mail)) << "taken back";
  EXPECT_THAT(reports(""), IsEmpty());
}

TEST_F(feedback_test, an_answer_stays_and_comes_last) {
  const std::int64_t first = note(level::unverified, taro);
  const std::int64_t second = note(level::forged, taro);
  const std::int64_t third = note(level::forged, taro);
  EXPECT_FALSE(answer(first, feedback::reply::good)) << "nobody asked";
  EXPECT_TRUE(say(first, taro, word::report));
  EXPECT_TRUE(say(second, taro, word::mistake));
  EXPECT_TRUE(say(third, taro, word::agree));
  EXPECT_FALSE(answer(third, feedback::reply::good)) << "that asks nothing";
  EXPECT_TRUE(answer(first, feedback::reply::forged));
  EXPECT_EQ(of(first)->answer, feedback::reply::forged);
  EXPECT_EQ(of(first)->answered, now);
  EXPECT_FALSE(say(first, taro, std::nullopt));
  const auto all = reports("");
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].mail.id, second);
  EXPECT_EQ(all[1].mail.id, first);
}

}  // namespace
}  // namespace mekiki::store
