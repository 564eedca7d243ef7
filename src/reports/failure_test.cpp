#include "reports/failure.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "reports/test_read.hpp"

namespace mekiki::reports {
namespace {

std::string arf(std::string_view fields, std::string_view about,
                std::string_view about_type = "message/rfc822") {
  return fmt::format(
      "From: <abusedesk@example.com>\r\n"
      "Date: Thu, 8 Mar 2005 17:40:36 EDT\r\n"
      "Message-ID: <433689.81121.example@mta.mail.receiver.example>\r\n"
      "Content-Type: multipart/report; report-type=feedback-report;\r\n"
      " boundary=\"b\"\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nThis is a report.\r\n"
      "--b\r\nContent-Type: message/feedback-report\r\n\r\n{}\r\n"
      "--b\r\nContent-Type: {}\r\n\r\n{}\r\n--b--\r\n",
      fields, about_type, about);
}

failure_report read_one(const std::string& octets) {
  const auto found = read_all(octets);
  if (found.size() != 1 || !found.front().what) {
    ADD_FAILURE() << shown(found);
    return {};
  }
  return std::get<failure_report>(found.front().what->what);
}

// RFC 6591 appendix B.1, its field part.
constexpr std::string_view rfc6591_fields =
    "Feedback-Type: auth-failure\r\n"
    "User-Agent: Someisp!-Mail-Feedback/1.0\r\n"
    "Version: 1\r\n"
    "Original-Mail-From: anexample.reply@a.sender.example\r\n"
    "Original-Envelope-Id: o3F52gxO029144\r\n"
    "Authentication-Results: mta1011.mail.tp2.receiver.example;\r\n"
    " dkim=fail (bodyhash) header.d=sender.example\r\n"
    "Auth-Failure: bodyhash\r\n"
    "DKIM-Canonicalized-Body: VGhpcyBpcyBhIG1lc3NhZ2UgYm9keSB0\r\n"
    "DKIM-Domain: sender.example\r\n"
    "DKIM-Identity: @sender.example\r\n"
    "DKIM-Selector: testkey\r\n"
    "Arrival-Date: 8 Oct 2011 20:15:58 +0000 (GMT)\r\n"
    "Source-IP: 192.0.2.1\r\n"
    "Reported-Domain: a.sender.example\r\n"
    "Reported-URI: http://www.sender.example/\r\n";

TEST(failure, reads_the_example_of_rfc6591) {
  const std::string octets =
      arf(rfc6591_fields,
          "From: anexample.reply@a.sender.example\r\nSubject: hello\r\n");
  EXPECT_EQ(
      shown(read_all(octets)),
      "failure example.com 433689.81121.example@mta.mail.receiver.example "
      "a.sender.example 1318104958 1318104958: 1 records, 1 mails\n");
  const failure_report r = read_one(octets);
  EXPECT_EQ(r.feedback_type, "auth-failure");
  EXPECT_EQ(r.auth_failure, "bodyhash");
  EXPECT_EQ(r.source_ip, "192.0.2.1");
  EXPECT_EQ(r.header_from, "a.sender.example");
  EXPECT_EQ(r.original_mail_from, "anexample.reply@a.sender.example");
  ASSERT_EQ(r.dkim_results.size(), 1U);
  EXPECT_EQ(r.dkim_results[0].domain, "sender.example");
  EXPECT_EQ(r.dkim_results[0].result, "fail");
}

// RFC 9991 appendix A, without the signatures; its semicolons behind From and
// Message-Id are those of the RFC.
constexpr std::string_view rfc9991_example =
    "Received: from gen.example (gen.example [192.0.2.1])\r\n"
    "  by mail.consumer.example with ESMTPS\r\n"
    "  id 00000000005DC0DD.0000442E; Tue, 19 Jul 2022 07:57:50 +0200\r\n"
    "From: DMARC Filter <DMARC@gen.example>;\r\n"
    "To: dmarcfail@consumer.example\r\n"
    "Date: Tue, 19 Jul 2022 00:57:48 -0500 (CDT)\r\n"
    "Subject: FW: This is the original subject\r\n"
    "Mime-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=feedback-report;\r\n"
    "  boundary=\"=_mime_boundary_\"\r\n"
    "Message-Id: <20220719055748.4AE9D403CC@gen.example>;\r\n"
    "\r\n"
    "This is a MIME-formatted message.\r\n"
    "--=_mime_boundary_\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "This is an authentication failure report for an email message\r\n"
    "received from IP 192.0.2.2 on Tue, 19 Jul 2022 00:57:48 -0500.\r\n"
    "--=_mime_boundary_\r\n"
    "Content-Type: message/feedback-report\r\n"
    "Content-Transfer-Encoding: 7bit\r\n"
    "\r\n"
    "Feedback-Type: auth-failure\r\n"
    "Version: 1\r\n"
    "User-Agent: DMARC-Filter/1.2.3\r\n"
    "Auth-Failure: dmarc\r\n"
    "Authentication-Results: gen.example;\r\n"
    "  dmarc=fail header.from=consumer.example\r\n"
    "Identity-Alignment: dkim\r\n"
    "DKIM-Domain: consumer.example\r\n"
    "DKIM-Identity: @consumer.example\r\n"
    "DKIM-Selector: epsilon\r\n"
    "Original-Envelope-Id: 65E1A3F0A0\r\n"
    "Original-Mail-From: author=gen.example@forwarder.example\r\n"
    "Source-IP: 192.0.2.2\r\n"
    "Source-Port: 12345\r\n"
    "Reported-Domain: consumer.example\r\n"
    "\r\n"
    "--=_mime_boundary_\r\n"
    "Content-Type: message/rfc822; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 7bit\r\n"
    "\r\n"
    "From: Author <author@consumer.example>\r\n"
    "Subject: This is the original subject\r\n"
    "\r\n"
    "Words\r\n"
    "--=_mime_boundary_--\r\n";

TEST(failure, reads_the_example_of_rfc9991) {
  EXPECT_EQ(shown(read_all(rfc9991_example)),
            "failure gen.example 20220719055748.4AE9D403CC@gen.example "
            "consumer.example 1658210268 1658210268: 1 records, 1 mails "
            "[no-arrival]\n");
  const failure_report r = read_one(std::string(rfc9991_example));
  EXPECT_EQ(r.auth_failure, "dmarc");
  EXPECT_EQ(r.identity_alignment, "dkim");
  EXPECT_EQ(r.dmarc, "fail");
  EXPECT_EQ(r.source_ip, "192.0.2.2");
  EXPECT_EQ(r.user_agent, "DMARC-Filter/1.2.3");
  EXPECT_EQ(r.header_from, "consumer.example");
  EXPECT_EQ(r.original_mail_from, "author=gen.example@forwarder.example");
  ASSERT_EQ(r.dkim_results.size(), 1U);
  EXPECT_EQ(r.dkim_results[0].domain, "consumer.example");
  EXPECT_EQ(r.dkim_results[0].selector, "epsilon");
}

TEST(failure, reads_fields_in_many_shapes) {
  const struct {
    std::string_view fields;
    std::string_view source_ip, domain;
    std::uint64_t incidents;
    std::string_view faults;
  } rows[] = {
      {"Feedback-Type: abuse\r\nSource-IP: 192.0.2.1\r\n", "192.0.2.1",
       "author.example", 1, "no-arrival"},
      {"FEEDBACK-TYPE: Abuse\r\nsource-ip: [IPv6:2001:DB8::1]\r\n",
       "2001:db8::1", "author.example", 1, "no-arrival"},
      {"Feedback-Type: fraud\r\nSource-IP: ::ffff:192.0.2.1 (a.example)\r\n",
       "192.0.2.1", "author.example", 1, "no-arrival"},
      {"Feedback-Type: abuse\r\nSource-IP: a.example\r\n", "a.example",
       "author.example", 1, "address, no-arrival"},
      {"Feedback-Type: abuse\r\nIncidents: 12\r\n", "", "author.example", 12,
       "no-arrival"},
      {"Feedback-Type: abuse\r\nIncidents: many\r\n", "", "author.example", 1,
       "count, no-arrival"},
      {"Feedback-Type: abuse\r\nIncidents: 99999999999\r\n", "",
       "author.example", 1, "count, no-arrival"},
      {"Feedback-Type: abuse\r\nReported-Domain: Dom.example\r\n", "",
       "dom.example", 1, "no-arrival"},
      {"Feedback-Type: rude\r\n", "", "author.example", 1, "word, no-arrival"},
      {"", "", "author.example", 1, "word, no-arrival"},
      {"Feedback-Type: abuse\r\nReceived-Date: Thu, 8 Mar 2005 14:00:00 "
       "EDT\r\n",
       "", "author.example", 1, ""},
  };
  for (const auto& row : rows) {
    const std::string octets = arf(row.fields, "From: a@author.example\r\n");
    const failure_report r = read_one(octets);
    EXPECT_EQ(r.source_ip, row.source_ip) << row.fields;
    EXPECT_EQ(r.domain, row.domain) << row.fields;
    EXPECT_EQ(r.incidents, row.incidents) << row.fields;
    const std::string text = shown(read_all(octets));
    const std::size_t at = text.find(" [");
    EXPECT_EQ(at == std::string::npos
                  ? ""
                  : text.substr(at + 2, text.size() - at - 4),
              row.faults)
        << row.fields;
  }
}

TEST(failure, takes_what_the_mail_says_where_the_report_says_nothing) {
  const failure_report r = read_one(arf(
      "Feedback-Type: auth-failure\r\nReporting-MTA: dns; mx.example.net\r\n"
      "Authentication-Results: mx.example.net; dmarc=fail "
      "header.from=author.example; spf=softfail smtp.mailfrom=b@c.example; "
      "dkim=none\r\n"
      "Delivery-Result: reject\r\nOriginal-Rcpt-To: <taro@example.jp>\r\n",
      "", "text/rfc822-headers"));
  EXPECT_EQ(r.org_name, "mx.example.net");
  EXPECT_EQ(r.header_from, "author.example");
  EXPECT_EQ(r.domain, "author.example");
  EXPECT_EQ(r.dmarc, "fail");
  EXPECT_EQ(r.delivery_result, "reject");
  EXPECT_EQ(r.original_rcpt_to, "taro@example.jp");
  ASSERT_EQ(r.spf_results.size(), 1U);
  EXPECT_EQ(r.spf_results[0].domain, "c.example");
  EXPECT_EQ(r.spf_results[0].result, "softfail");
  EXPECT_EQ(r.spf_results[0].scope, "mfrom");
  // 17:40:36 EDT
  EXPECT_EQ(r.arrival, 1110318036);
}

}  // namespace
}  // namespace mekiki::reports
