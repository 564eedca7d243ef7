#include "pop3/mailbox.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

TEST(Mailbox, RemembersUniqueIds) {
  mailbox m;
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

TEST(Mailbox, PassesOverWhatIsNoUniqueId) {
  mailbox m;
  for (const std::string& line :
       {std::string(""), std::string("1"), std::string("x y"),
        std::string("0 a"), std::string("4000000000 a"),
        "1 " + std::string(71, 'a')}) {
    m.note_uidl(line);
  }
  EXPECT_EQ(m.uidl_of(1), "");
}

TEST(Mailbox, RemembersAMegabyteOfUniqueIds) {
  mailbox m;
  const std::string id(70, 'a');
  for (int i = 1; i <= 100'000; ++i) m.note_uidl(std::to_string(i) + " " + id);
  EXPECT_EQ(m.uidl_of(1), id);
  EXPECT_EQ(m.uidl_of(14'000), id);
  EXPECT_EQ(m.uidl_of(15'000), "");
}

}  // namespace
}  // namespace mekiki::pop3
