#include "verdict/accused.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace mekiki::verdict {
namespace {

// Of several authors the warning names the one who is imitated.
TEST(accused_author, is_whom_the_reason_is_about) {
  judgement j;
  j.known.header = read_header_facts(message::parse_header(
      "From: Hanako <hanako@friend.example>, B <b@bank.example>\r\n"));
  const auto accused = [&](level what, reason why) {
    j.result = {what, std::move(why)};
    const shown_author a = accused_author(j);
    return a.display_name + " " + a.address + " " + a.domain;
  };
  const std::string first = "Hanako hanako@friend.example friend.example";
  const std::string bank = "B b@bank.example bank.example";
  const reason fails = reason("dmarc-fail").with("author", "bank.example");
  EXPECT_EQ(accused(level::forged, fails), bank);
  EXPECT_EQ(accused(level::unverified, reason("several-authors")), first);
  EXPECT_EQ(accused(level::forged,
                    reason("dmarc-fail").with("author", "friend.example")),
            first);
  // Another client may show him, who is no mailbox of From.
  EXPECT_EQ(accused(level::forged,
                    reason("dmarc-fail").with("author", "other.example")),
            " other.example other.example");
  j.known.findings = {{.what = finding::kind::own_address,
                       .seen = "b@bank.example",
                       .like = "bank.example",
                       .about = "bank.example"}};
  EXPECT_EQ(accused(level::forged, reason("own-address")
                                       .with("finding", "own-address")
                                       .with("seen", "b@bank.example")
                                       .with("like", "bank.example")),
            bank);
  j.known.header = {};
  EXPECT_EQ(accused(level::forged, fails), " bank.example bank.example");
}

}  // namespace
}  // namespace mekiki::verdict
