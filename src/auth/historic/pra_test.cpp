#include "auth/historic/pra.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::historic {
namespace {

struct row {
  const char* name;
  const char* header;
  const char* field;  // "" if there is nobody
  const char* address;
};

// RFC 4407 2, step by step. No public suite of the algorithm is known.
const std::vector<row> rows{
    {"from alone", "From: Ann <ann@example.com>\r\n", "from",
     "ann@example.com"},
    {"sender before from",
     "From: ann@example.com\r\nSender: list@example.org\r\n", "sender",
     "list@example.org"},
    {"several authors need a sender",
     "From: ann@example.com, bob@example.com\r\nSender: ann@example.com\r\n",
     "sender", "ann@example.com"},
    {"several authors and no sender",
     "From: ann@example.com, bob@example.com\r\n", "", ""},
    {"two froms", "From: ann@example.com\r\nFrom: bob@example.com\r\n", "", ""},
    {"two senders",
     "Sender: a@example.com\r\nSender: b@example.com\r\n"
     "From: ann@example.com\r\n",
     "", ""},
    {"an empty sender is not there",
     "Sender: \r\n \t\r\nFrom: ann@example.com\r\n", "from", "ann@example.com"},
    {"a second sender that is empty",
     "Sender: a@example.com\r\nSender: \r\nFrom: ann@example.com\r\n", "sender",
     "a@example.com"},
    {"resent-from before sender",
     "Resent-From: bob@example.org\r\nSender: a@example.com\r\n"
     "From: ann@example.com\r\n",
     "resent-from", "bob@example.org"},
    {"the topmost resent-from",
     "Resent-From: top@example.org\r\nResent-From: old@example.org\r\n"
     "From: ann@example.com\r\n",
     "resent-from", "top@example.org"},
    {"resent-sender before resent-from",
     "Resent-From: bob@example.org\r\nResent-Sender: s@example.org\r\n"
     "From: ann@example.com\r\n",
     "resent-sender", "s@example.org"},
    {"resent-sender above resent-from and received",
     "Resent-Sender: s@example.org\r\nReceived: by x\r\n"
     "Resent-From: bob@example.org\r\n",
     "resent-sender", "s@example.org"},
    {"resent-sender of an older block",
     "Resent-From: bob@example.org\r\nReceived: by x\r\n"
     "Resent-Sender: s@example.org\r\nFrom: ann@example.com\r\n",
     "resent-from", "bob@example.org"},
    {"the same with return-path",
     "Resent-From: bob@example.org\r\nReturn-Path: <x@example.org>\r\n"
     "Resent-Sender: s@example.org\r\nFrom: ann@example.com\r\n",
     "resent-from", "bob@example.org"},
    {"an empty resent-from is not there",
     "Resent-From: \r\nReceived: by x\r\nResent-Sender: s@example.org\r\n",
     "resent-sender", "s@example.org"},
    {"names in any case", "fRoM: ann@example.com\r\n", "from",
     "ann@example.com"},
    // Step 5: what is selected must be one mailbox; nobody else steps in.
    {"resent-sender with two",
     "Resent-Sender: a@example.org, b@example.org\r\n"
     "From: ann@example.com\r\n",
     "", ""},
    {"no domain", "From: ann\r\n", "", ""},
    {"a literal is no domain name", "From: ann@[192.0.2.1]\r\n", "", ""},
    {"hopelessly malformed", "From: <ann@example.com\r\n", "", ""},
    {"nothing at all", "Subject: x\r\n", "", ""},
};

TEST(pra, table) {
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    const auto header = message::parse_header(r.header);
    const auto found = find_responsible(header);
    EXPECT_EQ(found ? found->field : "", r.field);
    EXPECT_EQ(found ? found->mailbox.address() : "", r.address);
  }
}

// A header that goes on behind what is read could name somebody else.
TEST(pra, header_too_long) {
  const std::string octets = "From: ann@example.com\r\nSubject: x\r\n";
  EXPECT_TRUE(find_responsible(message::parse_header(octets)));
  EXPECT_FALSE(find_responsible(message::parse_header(octets, {.fields = 1})));
}

}  // namespace
}  // namespace mekiki::historic
