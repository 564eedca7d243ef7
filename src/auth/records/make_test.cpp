#include "auth/records/make.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/records/check.hpp"
#include "dns/overlay_resolver.hpp"
#include "dns/test_zone.hpp"

namespace mekiki::records {
namespace {

using dns::test::make_zone;
using dns::test::run;

std::vector<std::string> lines(const std::vector<zone_line>& records) {
  std::vector<std::string> out;
  out.reserve(records.size());
  for (const zone_line& line : records) {
    out.push_back(fmt::format("{} {} {}", line.name, dns::to_string(line.type),
                              line.data));
  }
  return out;
}

using strings = std::vector<std::string>;

TEST(sender_term, knows_who_may_be_meant) {
  const struct {
    std::string_view sender;
    std::string_view term;  // empty: refused
  } cases[] = {
      {"mx", "mx"},
      {"A", "a"},
      {"192.0.2.1", "ip4:192.0.2.1"},
      {"192.0.2.0/24", "ip4:192.0.2.0/24"},
      {"2001:db8::/32", "ip6:2001:db8::/32"},
      {"Google", "include:_spf.google.com"},
      {"out.example.jp", "a:out.example.jp"},
      {"include:_spf.example.net", "include:_spf.example.net"},
      {"a:out.example.jp/24", "a:out.example.jp/24"},
      {"exists:%{i}.x.example.jp", "exists:%{i}.x.example.jp"},
      {"", ""},
      {"all", ""},
      {"+all", ""},
      {"ptr:example.jp", ""},
      {"-ip4:192.0.2.1", ""},
      {"redirect=example.jp", ""},
      {"include:a.jp include:b.jp", ""},
      {"include:", ""},
      {"nobody", ""},
      {"192.0.2.300", ""},
      {"ip4:192.0.2.1\n", ""},
  };
  for (const auto& c : cases) {
    const auto term = sender_term(c.sender);
    EXPECT_EQ(term.has_value(), !c.term.empty()) << c.sender;
    if (term)
      EXPECT_EQ(*term, c.term);
  }
}

TEST(sender_term, takes_every_service) {
  for (const sending_service& s : sending_services())
    EXPECT_EQ(*sender_term(s.name), "include:" + std::string(s.record));
}

TEST(make_records, begin_with_a_policy_of_none) {
  EXPECT_EQ(lines(make_records({.domain = "example.jp",
                                .terms = {"mx", "include:_spf.example.net"},
                                .selector = "s1",
                                .key_record = "v=DKIM1; p=abc",
                                .report_address = "dmarc@example.jp"})),
            (strings{"example.jp TXT v=spf1 mx include:_spf.example.net ~all",
                     "s1._domainkey.example.jp TXT v=DKIM1; p=abc",
                     "_dmarc.example.jp TXT v=DMARC1; p=none; "
                     "rua=mailto:dmarc@example.jp"}));
}

// RFC 9990 4
TEST(make_records, ask_another_organization_to_agree) {
  EXPECT_EQ(lines(make_records({.domain = "mail.example.jp",
                                .terms = {},
                                .report_address = "r@reader.example",
                                .policy = dmarc::policy::reject}))
                .back(),
            "mail.example.jp._report._dmarc.reader.example TXT v=DMARC1");
  EXPECT_EQ(lines(make_records({.domain = "mail.example.jp",
                                .terms = {},
                                .report_address = "r@example.jp"}))
                .size(),
            2U);
}

domain_report check(dns::resolver& zone, const std::vector<zone_line>& made) {
  dns::overlay_resolver over(zone);
  for (const zone_line& line : made) {
    if (line.type == dns::record_type::mx)
      over.set_exchanges(line.name, {{0, ""}});
    else
      over.add_text(line.name, line.data);
  }
  return run(check_domain("example.jp", {}, over));
}

TEST(make_parked_records, leave_nothing_to_find) {
  const auto zone = make_zone(
      R"({"example.jp": {"A": ["192.0.2.80"], "TXT": ["v=spf1 +all", "x"],
                         "MX": [[1, "gone.example.jp"]]}})");
  const auto made = make_parked_records({.domain = "example.jp", .terms = {}});
  EXPECT_EQ(lines(made),
            (strings{"example.jp MX 0 .", "example.jp TXT v=spf1 -all",
                     "*._domainkey.example.jp TXT v=DKIM1; p=",
                     "_dmarc.example.jp TXT v=DMARC1; p=reject"}));
  const domain_report report = check(*zone, made);
  EXPECT_TRUE(report.findings.empty()) << to_string(report.findings.front().id);
}

std::optional<flat_spf> flat(std::string_view zone) {
  const auto resolver = make_zone(zone);
  return flatten(run(read_spf_tree("example.jp", *resolver)));
}

TEST(flatten, puts_addresses_in_place_of_names) {
  const auto out = flat(
      R"({"example.jp": {"TXT": ["v=spf1 mx a:h.jp/24 include:i.jp exists:%{i}.x.jp ip4:192.0.2.7 ~all"],
                         "MX": [[1, "h.jp"]]},
          "h.jp": {"A": ["192.0.2.9"], "AAAA": ["2001:db8::9"]},
          "i.jp": {"TXT": ["v=spf1 ip4:198.51.100.0/25 redirect=j.jp"]},
          "j.jp": {"TXT": ["v=spf1 ip6:2001:db8:1::/48 -all"]}})");
  ASSERT_TRUE(out);
  EXPECT_EQ(lines(flat_lines("example.jp", *out)),
            strings{"example.jp TXT v=spf1 ip4:192.0.2.9/24 "
                    "ip4:198.51.100.0/25 ip6:2001:db8::9 ip6:2001:db8:1::/48 "
                    "exists:%{i}.x.jp ~all"});
}

TEST(flatten, refuses_what_would_not_be_the_same) {
  EXPECT_FALSE(
      flat(R"({"example.jp": {"TXT": ["v=spf1 include:gone.jp ~all"]}})"));
  EXPECT_FALSE(flat(R"({"example.jp": {"TXT": ["v=spf1 a:gone.jp ~all"]}})"));
  // An include that takes an address out is kept.
  const auto out = flat(
      R"({"example.jp": {"TXT": ["v=spf1 include:i.jp ~all"]},
          "i.jp": {"TXT": ["v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all"]}})");
  ASSERT_TRUE(out);
  EXPECT_EQ(out->kept, strings{"include:i.jp"});
}

// RFC 7208 3.4: each part fits into one answer, and the parts hold everything.
TEST(flat_lines, are_cut_into_parts) {
  flat_spf many;
  for (unsigned i = 0; i < 200; ++i) {
    many.networks.push_back(
        {ip_address::v4({203, 0, 113, static_cast<std::uint8_t>(i)}), 32});
  }
  const auto made = flat_lines("example.jp", many);
  ASSERT_GT(made.size(), 8U);
  std::string zone = "{";
  for (const zone_line& line : made) {
    EXPECT_LE(line.data.size(), 450U);
    zone += fmt::format("{}\"{}\": {{\"TXT\": [\"{}\"]}}",
                        zone.size() == 1 ? "" : ", ", line.name, line.data);
  }
  const auto again = flat(zone + "}");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->networks.size(), 200U);
  EXPECT_TRUE(again->kept.empty());
}

}  // namespace
}  // namespace mekiki::records
