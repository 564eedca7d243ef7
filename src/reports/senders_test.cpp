#include "reports/senders.hpp"

#include <algorithm>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::reports {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr const char* own = "example.jp";

source mails(const std::string& address, std::uint64_t all,
             std::uint64_t passed) {
  source s;
  s.address = address;
  s.mails = all;
  s.passed = passed;
  s.dkim = passed;
  s.first = 100;
  s.last = 200;
  return s;
}

TEST(senders, are_named_by_what_others_verified) {
  const struct {
    const char* name;    // reverse
    const char* signer;  // that passed
    const char* sender;  // for which SPF passed
    const char* address;
    const char* group;
    bool is_service;
  } table[] = {
      {"mail-a1.google.com", "", "", "192.0.2.1", "Google", true},
      {"", "em1.sendgrid.net", "", "192.0.2.1", "SendGrid", true},
      {"", "", "b.amazonses.com", "192.0.2.1", "Amazon SES", true},
      // Whoever reports chooses what he says of a signer.
      {"vps.host.example", "amazonses.com", "", "192.0.2.1", "host.example",
       false},
      {"out.invoice.co.jp", "", "", "192.0.2.1", "invoice.co.jp", false},
      {"", "", "b.invoice.co.jp", "192.0.2.1", "invoice.co.jp", false},
      // Our own signature says nothing of who hands the mail over.
      {"", "example.jp", "mail.example.jp", "192.0.2.77", "192.0.2.0/24",
       false},
      {"mx.example.jp", "example.jp", "", "192.0.2.1", "example.jp", false},
      {"", "", "", "2001:db8:1:2::3", "2001:db8:1::/48", false},
      {"", "", "", "", "", false},
      // Not at the end of a label.
      {"notgoogle.com", "", "", "192.0.2.1", "notgoogle.com", false},
      {"google.com.forger.example", "", "", "192.0.2.1", "forger.example",
       false},
  };
  for (const auto& row : table) {
    source s;
    s.address = row.address;
    s.name = row.name;
    s.signer = row.signer;
    s.sender = row.sender;
    const group_name g = group_of(s, own);
    EXPECT_EQ(g.name, row.group) << row.name << row.signer << row.sender;
    EXPECT_EQ(g.is_service, row.is_service) << row.group;
  }
}

TEST(senders, have_one_next_step) {
  const auto step_of = [](source s) {
    return group({std::move(s)}, own).at(0).step;
  };
  EXPECT_EQ(step_of(mails("192.0.2.1", 10, 10)), next_step::none);
  EXPECT_EQ(step_of(mails("192.0.2.1", 10, 6)), next_step::some_fail);
  EXPECT_EQ(step_of(mails("192.0.2.1", 10, 0)), next_step::yours_or_forged);

  source forwarded = mails("192.0.2.1", 10, 0);
  forwarded.forwarded = 8;
  EXPECT_EQ(step_of(forwarded), next_step::forwards);

  // However much of it passes by DKIM.
  source mostly = mails("192.0.2.1", 10, 6);
  mostly.forwarded = 3;
  EXPECT_EQ(step_of(mostly), next_step::forwards);

  source service = mails("192.0.2.1", 10, 0);
  service.signer = "sendgrid.net";
  EXPECT_EQ(step_of(service), next_step::sign);

  source covered = mails("192.0.2.1", 10, 0);
  covered.covered = "include:spf.example.net";
  EXPECT_EQ(step_of(covered), next_step::return_path);

  source own_path = mails("192.0.2.1", 10, 1);
  EXPECT_EQ(step_of(own_path), next_step::some_fail);
}

TEST(senders, are_summed_and_the_largest_stands_first) {
  source a = mails("192.0.2.1", 10, 5);
  source b = mails("192.0.2.9", 30, 0);
  b.first = 50;
  b.last = 300;
  source c = mails("203.0.113.1", 1'000, 1'000);
  const auto groups = group({a, b, c}, own);
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].name, "203.0.113.0/24");
  EXPECT_EQ(groups[1].mails, 40u);
  EXPECT_EQ(groups[1].failed(), 35u);
  EXPECT_EQ(groups[1].first, 50);
  EXPECT_EQ(groups[1].last, 300);
  EXPECT_EQ(groups[1].sources.at(0).address, "192.0.2.9");
}

TEST(senders, services_are_known_by_whole_labels) {
  EXPECT_EQ(service_of("sendgrid.net"), "SendGrid");
  EXPECT_EQ(service_of("o1.em.sendgrid.net"), "SendGrid");
  EXPECT_EQ(service_of("xsendgrid.net"), "");
  EXPECT_EQ(service_of(""), "");
}

}  // namespace
}  // namespace mekiki::reports
