#include "admin/autoconfig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::admin {
namespace {

using testing::HasSubstr;

client_setup example() {
  return {.domain = "example.jp",
          .incoming = "mail.example.jp",
          .port = {},
          .server = "pop.example.jp",
          .outgoing = "smtp.example.jp"};
}

constexpr incoming_door pop3s{.port = 995, .is_tls = true};

TEST(autoconfig, names_us_and_the_providers_outgoing_server) {
  EXPECT_EQ(autoconfig(example(), pop3s),
            R"(<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="example.jp">
    <domain>example.jp</domain>
    <displayName>example.jp</displayName>
    <displayShortName>example.jp</displayShortName>
    <incomingServer type="pop3">
      <hostname>mail.example.jp</hostname>
      <port>995</port>
      <socketType>SSL</socketType>
      <username>%EMAILADDRESS%%pop.example.jp</username>
      <authentication>password-cleartext</authentication>
    </incomingServer>
    <outgoingServer type="smtp">
      <hostname>smtp.example.jp</hostname>
      <port>465</port>
      <socketType>SSL</socketType>
      <username>%EMAILADDRESS%</username>
      <authentication>password-cleartext</authentication>
    </outgoingServer>
  </emailProvider>
</clientConfig>
)");
}

TEST(autoconfig, other_ways) {
  client_setup s = example();
  s.server = "";
  s.outgoing_port = 587;
  s.outgoing_tls = net::submit_tls::starttls;
  s.outgoing_local_part = true;
  const std::string text = autoconfig(s, {.port = 1110, .is_tls = false});
  EXPECT_THAT(text, HasSubstr("<port>1110</port>\n"
                              "      <socketType>STARTTLS</socketType>\n"
                              "      <username>%EMAILADDRESS%</username>"));
  EXPECT_THAT(text, HasSubstr("<port>587</port>\n"
                              "      <socketType>STARTTLS</socketType>\n"
                              "      <username>%EMAILLOCALPART%</username>"));
  s.outgoing_tls = net::submit_tls::clear;
  s.server = "2001:db8::1";
  EXPECT_THAT(autoconfig(s, pop3s), HasSubstr("%EMAILADDRESS%%[2001:db8::1]<"));
  EXPECT_THAT(autoconfig(s, pop3s), HasSubstr("<socketType>plain<"));
}

TEST(autodiscover, is_for_one_address) {
  const std::string text = autodiscover(example(), pop3s, "o&taro@example.jp");
  EXPECT_THAT(text, HasSubstr("<Type>POP3</Type>\n"
                              "        <Server>mail.example.jp</Server>\n"
                              "        <Port>995</Port>\n"
                              "        <LoginName>o&amp;taro@example.jp%pop."
                              "example.jp</LoginName>"));
  EXPECT_THAT(text, HasSubstr("<Type>SMTP</Type>\n"
                              "        <Server>smtp.example.jp</Server>\n"
                              "        <Port>465</Port>\n"
                              "        <LoginName>o&amp;taro@example.jp</"));
  client_setup s = example();
  s.outgoing_local_part = true;
  EXPECT_THAT(autodiscover(s, pop3s, "taro@example.jp"),
              HasSubstr("<LoginName>taro</LoginName>"));
}

TEST(autodiscover, the_asked_address_is_written_plainly) {
  struct {
    const char* body;
    const char* expected;
  } const cases[] = {
      {"<Request><EMailAddress>taro@example.jp</EMailAddress></Request>",
       "taro@example.jp"},
      {"<EMailAddress>\r\n taro@example.jp </EMailAddress>", "taro@example.jp"},
      {"<EMailAddress>a@b.example</EMailAddress><EMailAddress>c@d.example"
       "</EMailAddress>",
       "a@b.example"},
      {"", "none"},
      {"<EMailAddress>", "none"},
      {"<EMailAddress></EMailAddress>", "none"},
      {"</EMailAddress><EMailAddress>taro@example.jp", "none"},
      {"<EMailAddress>taro</EMailAddress>", "none"},
      {"<EMailAddress>a@b@example.jp</EMailAddress>", "none"},
      {"<EMailAddress>ta ro@example.jp</EMailAddress>", "none"},
      {"<EMailAddress>taro@example.jp<x/></EMailAddress>", "none"},
      {"<EMailAddress>&lt;taro@example.jp</EMailAddress>", "none"},
      {"<EMailAddress>&#x74;aro@example.jp</EMailAddress>", "none"},
      {"<EMailAddress>t\xe5@example.jp</EMailAddress>", "none"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(find_asked_address(c.body).value_or("none"), c.expected)
        << c.body;
}

TEST(find_setup, by_address_or_host) {
  client_setup other = example();
  other.domain = "other.example";
  const std::vector<client_setup> both{example(), other};
  const std::vector<client_setup> one{example()};
  const auto find = [](const auto& all, const char* address, const char* host) {
    const client_setup* s = find_setup(all, address, host);
    return s == nullptr ? "none" : s->domain;
  };
  EXPECT_EQ(find(both, "taro@example.jp", ""), "example.jp");
  EXPECT_EQ(find(both, "taro@OTHER.example", "autoconfig.example.jp"),
            "other.example");
  EXPECT_EQ(find(one, "taro@third.example", "autoconfig.example.jp"), "none");
  EXPECT_EQ(find(one, "taro@sub.example.jp", ""), "none");
  EXPECT_EQ(find(one, "example.jp", ""), "none");
  EXPECT_EQ(find(both, "", "autoconfig.other.example"), "other.example");
  EXPECT_EQ(find(both, "", "other.example"), "other.example");
  EXPECT_EQ(find(both, "", "mail.example.jp"), "none");
  EXPECT_EQ(find(one, "", "mail.example.jp"), "example.jp");
  EXPECT_EQ(find(std::vector<client_setup>{}, "", "example.jp"), "none");
}

}  // namespace
}  // namespace mekiki::admin
