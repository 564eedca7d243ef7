#include "pop3/own_mails.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

own_mails two_behind_three() {
  return {
      3, {{.uidl = "mekiki-a", .size = 100}, {.uidl = "mekiki-b", .size = 20}}};
}

TEST(own_mails, stand_behind_the_upstreams) {
  const own_mails own = two_behind_three();
  EXPECT_EQ(own.stat("+OK 3 1200"), "+OK 5 1320");
  EXPECT_EQ(own.list(), "4 100\r\n5 20\r\n");
  EXPECT_EQ(own.uidl(), "4 mekiki-a\r\n5 mekiki-b\r\n");
  for (const std::uint32_t others : {0U, 1U, 3U, 6U, 4294967295U})
    EXPECT_FALSE(own.has(others)) << others;
  EXPECT_TRUE(own.has(4));
  EXPECT_TRUE(own.has(5));
}

// RFC 1939 5
TEST(own_mails, a_deleted_one_keeps_its_number) {
  own_mails own = two_behind_three();
  EXPECT_TRUE(own.remove(4));
  EXPECT_FALSE(own.remove(4));
  EXPECT_FALSE(own.remove(3));
  EXPECT_TRUE(own.has(4));
  EXPECT_EQ(own.find(4), nullptr);
  ASSERT_NE(own.find(5), nullptr);
  EXPECT_EQ(own.find(5)->uidl, "mekiki-b");
  EXPECT_EQ(own.stat("+OK 3 1200"), "+OK 4 1220");
  EXPECT_EQ(own.list(), "5 20\r\n");
  EXPECT_THAT(own.removed(), ElementsAre("mekiki-a"));
  own.restore();
  EXPECT_NE(own.find(4), nullptr);
  EXPECT_THAT(own.removed(), IsEmpty());
}

TEST(own_mails, none) {
  const own_mails none;
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(none.has(0));
  EXPECT_FALSE(none.has(1));
  EXPECT_TRUE(none.is_upstreams("1 100"));
  EXPECT_EQ(none.list(), "");
}

// A mail that was not there at login would have a number of ours.
TEST(own_mails, lines_of_the_upstream) {
  const own_mails own = two_behind_three();
  EXPECT_TRUE(own.is_upstreams("3 1200"));
  for (const char* ours : {"4 1200", " 4 1200", "4\t1200", "4  a"})
    EXPECT_FALSE(own.is_upstreams(ours)) << ours;
  EXPECT_TRUE(own.is_upstreams("."));
  EXPECT_TRUE(own.is_upstreams("whatever"));
}

TEST(own_mails, answers_to_stat) {
  const struct {
    const char* status = "";
    std::optional<std::uint32_t> count;
    const char* ours = "";
  } rows[] = {
      {"+OK 2 320", 2, "+OK 3 420"},
      {"+OK 0 0", 0, "+OK 1 100"},
      {"+OK 2 9000000000 in sum", 2, "+OK 3 9000000100"},
      {"-ERR 2 320", std::nullopt, "-ERR 2 320"},
      {"+OK two mails", std::nullopt, "+OK two mails"},
      {"+OK  2   320", 2, "+OK 3 420"},
      {"+OK\t2\t320", 2, "+OK 3 420"},
      {"+OK, 2 messages (320 octets)", 2, "+OK 3 420"},
      {"+OK 2", 2, "+OK 3 100"},
      {"+OK 2 -1", 2, "+OK 3 100"},
      {"", std::nullopt, ""},
  };
  const own_mails own(2, {{.uidl = "mekiki-a", .size = 100}});
  for (const auto& row : rows) {
    EXPECT_EQ(count_of_stat(row.status), row.count) << row.status;
    EXPECT_EQ(own.stat(row.status), row.ours) << row.status;
  }
}

TEST(own_mails, head_of_a_mail) {
  constexpr std::string_view mail = "A: b\r\nC: d\r\n\r\none\r\ntwo\r\n";
  EXPECT_EQ(head_of(mail, 0), "A: b\r\nC: d\r\n\r\n");
  EXPECT_EQ(head_of(mail, 1), "A: b\r\nC: d\r\n\r\none\r\n");
  EXPECT_EQ(head_of(mail, 2), mail);
  EXPECT_EQ(head_of(mail, 99'999'999), mail);
  EXPECT_EQ(head_of("A: b\r\n", 3), "A: b\r\n");
}

}  // namespace
}  // namespace mekiki::pop3
