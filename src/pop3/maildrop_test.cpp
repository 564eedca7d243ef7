#include "pop3/maildrop.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

TEST(mailbox, remembers_unique_ids) {
  maildrop m;
  EXPECT_EQ(m.uidl_of(1), "");
  m.note_uidl("1 whqtswO00WBw418f9t5JxYwZ");
  m.note_uidl("3 QhdPYR:00WBw1Ph7x7");
  EXPECT_EQ(m.uidl_of(1), "whqtswO00WBw418f9t5JxYwZ");
  EXPECT_EQ(m.uidl_of(2), "");
  EXPECT_EQ(m.uidl_of(3), "QhdPYR:00WBw1Ph7x7");
  EXPECT_EQ(m.uidl_of(0), "");
  EXPECT_EQ(m.uidl_of(4), "");
  m.note_uidl("2 late");
  EXPECT_EQ(m.uidl_of(2), "late");
  EXPECT_EQ(m.uidl_of(3), "QhdPYR:00WBw1Ph7x7");
}

TEST(mailbox, reads_any_white_space) {
  maildrop m;
  for (const char* line :
       {"1 100", "2  200", "3\t300", " 4 400 ", "5 500 octets"})
    m.note(line);
  for (std::uint32_t number = 1; number <= 5; ++number)
    EXPECT_EQ(m.size_of(number), number * 100);
  m.note_one(6, "+OK  6 600 octets");
  EXPECT_EQ(m.size_of(6), 600u);
  m.note_one(7, "+OK 700");
  EXPECT_EQ(m.size_of(7), 700u);
  m.note_one(8, "+OK 9 messages (4800 octets)");
  m.note_one(9, "-ERR 9 900");
  EXPECT_EQ(m.size_of(8), std::nullopt);
  EXPECT_EQ(m.size_of(9), std::nullopt);

  m.note_uidl("1  aaa");
  m.note_uidl("2\tbbb \t");
  EXPECT_EQ(m.uidl_of(1), "aaa");
  EXPECT_EQ(m.uidl_of(2), "bbb");
}

TEST(mailbox, passes_over_what_is_no_unique_id) {
  maildrop m;
  for (const std::string& line :
       {std::string(""), std::string("1"), std::string("x y"),
        std::string("0 a"), std::string("4000000000 a"),
        "1 " + std::string(71, 'a')}) {
    m.note_uidl(line);
  }
  EXPECT_EQ(m.uidl_of(1), "");
}

TEST(mailbox, remembers_a_megabyte_of_unique_ids) {
  maildrop m;
  const std::string id(70, 'a');
  for (int i = 1; i <= 100'000; ++i) m.note_uidl(std::to_string(i) + " " + id);
  EXPECT_EQ(m.uidl_of(1), id);
  EXPECT_EQ(m.uidl_of(14'000), id);
  EXPECT_EQ(m.uidl_of(15'000), "");
}

}  // namespace
}  // namespace mekiki::pop3
