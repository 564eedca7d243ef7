#include "store/answer_cache.hpp"

#include <gtest/gtest.h>

namespace mekiki::store {
namespace {

constexpr std::int64_t now = 1'800'000'000;
constexpr std::size_t room = std::size_t{1} << 20;

verdict::history_question question(const std::string& author = "a@example.jp") {
  return {.account = "taro%pop.example.jp",
          .upstream = "pop.example.jp",
          .author = author,
          .author_domain = "example.jp",
          .key_names = {"s._domainkey.example.jp"}};
}

read_answer answer(const std::string& signer, std::uint32_t commits) {
  read_answer a;
  a.answer.available = true;
  a.answer.pairs = {{.signer = signer}};
  a.commits = commits;
  return a;
}

std::string found(answer_cache& c, const verdict::history_question& q,
                  std::uint32_t commits = 7, std::int64_t at = now,
                  const std::string& scope = "account:taro") {
  const auto a = c.find(q, scope, commits, at);
  return a && !a->pairs.empty() ? a->pairs[0].signer : "";
}

void put(answer_cache& c, const verdict::history_question& q,
         const read_answer& a) {
  c.put(q, "account:taro", a, now, c.generation());
}

TEST(answer_cache, answers_until_the_database_changes) {
  answer_cache c(room);
  EXPECT_EQ(found(c, question()), "");
  put(c, question(), answer("one", 7));
  EXPECT_EQ(found(c, question()), "one");
  EXPECT_EQ(found(c, question(), 8), "");
  put(c, question(), answer("two", 8));
  EXPECT_EQ(found(c, question(), 8), "two");
  EXPECT_EQ(found(c, question()), "");
}

TEST(answer_cache, a_rule_that_ends_counts_a_minute_longer_at_most) {
  answer_cache c(room);
  put(c, question(), answer("one", 7));
  EXPECT_EQ(found(c, question(), 7, now + 60), "");
}

TEST(answer_cache, each_part_of_the_question_counts) {
  answer_cache c(room);
  put(c, question(), answer("one", 7));
  EXPECT_EQ(found(c, question("b@example.jp")), "one") << "the same domain";
  EXPECT_EQ(found(c, question(), 7, now, "account:jiro"), "");
  const auto changed = [](auto change) {
    auto q = question();
    change(q);
    return q;
  };
  EXPECT_EQ(found(c, changed([](auto& q) { q.account = "jiro%x"; })), "");
  EXPECT_EQ(found(c, changed([](auto& q) { q.author_domain = "x.jp"; })), "");
  EXPECT_EQ(found(c, changed([](auto& q) { q.list_id = "l.jp"; })), "");
  EXPECT_EQ(found(c, changed([](auto& q) { q.key_names = {"s", "t"}; })), "");
  EXPECT_EQ(found(c, changed([](auto& q) { q.key_names.clear(); })), "");
}

TEST(answer_cache, parts_cannot_be_mistaken_for_each_other) {
  answer_cache c(room);
  auto one = question();
  one.list_id = "a";
  one.key_names = {"b", "c"};
  auto other = question();
  other.list_id = "a1:b";
  other.key_names = {"c"};
  put(c, one, answer("one", 7));
  EXPECT_EQ(found(c, other), "");
}

TEST(answer_cache, where_authors_differ_each_has_his_own) {
  answer_cache c(room);
  read_answer a = answer("of a", 7);
  a.is_of_address = true;
  put(c, question("a@example.jp"), a);
  EXPECT_EQ(found(c, question("a@example.jp")), "of a");
  EXPECT_EQ(found(c, question("b@example.jp")), "");
  read_answer b = answer("of b", 7);
  b.is_of_address = true;
  put(c, question("b@example.jp"), b);
  EXPECT_EQ(found(c, question("a@example.jp")), "of a");
  EXPECT_EQ(found(c, question("b@example.jp")), "of b");
}

TEST(answer_cache, keeps_nothing_that_is_uncertain) {
  answer_cache c(room);
  read_answer late = answer("late", 7);
  late.answer.available = false;
  put(c, question(), late);
  read_answer unknown = answer("unknown", 7);
  unknown.commits.reset();
  put(c, question(), unknown);
  const std::uint64_t before = c.generation();
  c.clear();
  c.put(question(), "account:taro", answer("old", 7), now, before);
  EXPECT_EQ(found(c, question()), "");
}

TEST(answer_cache, is_bounded) {
  answer_cache c(room);
  auto q = question();
  read_answer big = answer(std::string(10'000, 'x'), 7);
  for (int i = 0; i < 1'000; ++i) {
    q.author_domain = std::to_string(i) + ".example";
    put(c, q, big);
    ASSERT_LE(c.octets(), room);
    ASSERT_NE(found(c, q), "") << "the newest is there";
  }
  answer_cache small(100'000);
  read_answer of_address = answer("x", 7);
  of_address.is_of_address = true;
  put(small, question(std::string(200'000, 'a') + "@example.jp"), of_address);
  EXPECT_EQ(small.octets(), 0u) << "what senders write counts, too";
  answer_cache none(0);
  put(none, q, big);
  EXPECT_EQ(found(none, q), "");
}

}  // namespace
}  // namespace mekiki::store
