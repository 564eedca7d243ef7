#include "auth/authres/trust.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::authres {
namespace {

TEST(is_trusted, table) {
  const struct {
    std::string id, rule;
    bool trusted;
  } rows[] = {
      {"mx.example.net", "mx.example.net", true},
      {"MX.example.NET.", "mx.example.net", true},
      {"mx.example.net", "MX.Example.Net", true},
      {"b\xc3\xbc"
       "cher.example",
       "xn--bcher-kva.example", true},
      {"mx_1", "mx_1", true},
      {"example.net", "mx.example.net", false},
      {"mx.example.net", "example.net", false},
      {"mx.example.net", "@example.net", true},
      {"example.net", "@example.net", true},
      {"evil-example.net", "@example.net", false},
      {"example.net.evil.test", "@example.net", false},
      {"", "", false},
      {"", "@", false},
      {"mx.example.net", "@", false},
      {"mx.example.net", "", false},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(is_trusted(r.id, {r.rule}), r.trusted) << r.id << " " << r.rule;
  }
  EXPECT_FALSE(is_trusted("mx.example.net", {}));
}

// Someone who has read this code writes fields of the provider's id.
TEST(trusted_fields, nothing_of_the_senders_counts) {
  const std::string mail =
      "Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=good\r\n"
      "X-Authentication-Results: mx.example.net; spf=pass\r\n"
      "Authentication-Results: other.example; spf=pass\r\n"
      "Authentication-Results: mx.example.net; spf=pass (\r\n"
      "AUTHENTICATION-RESULTS : MX.example.net; dkim=fail\r\n"
      "Received: from client by mx.example.net\r\n"
      "Authentication-Results: mx.example.net; dkim=pass\r\n"
      "\r\n";
  const auto header = message::parse_header(mail);
  const auto fields =
      trusted_fields(header, {.ids = {"mx.example.net"}, .end = 5});
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].index, 0U);
  EXPECT_EQ(fields[0].content.results.at(0).method, "spf");
  EXPECT_EQ(fields[1].index, 4U);
  EXPECT_EQ(fields[1].content.results.at(0).result, "fail");

  EXPECT_TRUE(
      trusted_fields(header, {.ids = {"mx.example.net"}, .end = 0}).empty());
  EXPECT_TRUE(trusted_fields(header, {}).empty());
  EXPECT_EQ(trusted_fields(header, {.ids = {"mx.example.net"}}).size(), 3U);
}

TEST(trusted_fields, first_without_id) {
  const std::string without = "Authentication-Results: dkim=pass (a)\r\n";
  const std::string with = "Authentication-Results: a; dkim=fail\r\n";
  const auto count = [](const std::string& mail, trust_rule rule) {
    rule.first_without_id = true;
    return trusted_fields(message::parse_header(mail), rule).size();
  };
  EXPECT_EQ(count(without, {}), 1U);
  EXPECT_EQ(count("Received: x\r\n" + without + without, {}), 1U);
  EXPECT_EQ(count(with + without, {}), 0U);
  EXPECT_EQ(count(with + without, {.ids = {"a"}}), 1U);
  EXPECT_EQ(count(without + with, {.ids = {"a"}}), 2U);
  EXPECT_EQ(count("Authentication-Results: (\r\n" + without, {}), 0U);
  EXPECT_EQ(count(without, {.end = 0}), 0U);
}

TEST(trusted_fields, ids_that_count_in_the_first_field) {
  const std::string own = "Authentication-Results: mx.a.example; dkim=pass\r\n";
  const std::string other = "Authentication-Results: b.example; dkim=pass\r\n";
  const std::string bare = "Authentication-Results: dkim=pass (a)\r\n";
  const auto count = [](const std::string& mail) {
    const trust_rule rule{.first_ids = {"@a.example"}};
    return trusted_fields(message::parse_header(mail), rule).size();
  };
  EXPECT_EQ(count(own), 1U);
  EXPECT_EQ(count("Received: x\r\n" + own + own), 1U);
  EXPECT_EQ(count(other + own), 0U);
  EXPECT_EQ(count(bare + own), 0U);
  EXPECT_EQ(count("Authentication-Results: (\r\n" + own), 0U);
  EXPECT_EQ(count("Authentication-Results: x.a.example.evil; dkim=pass\r\n"),
            0U);
}

}  // namespace
}  // namespace mekiki::authres
