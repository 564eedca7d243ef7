#include "message/received.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::message {
namespace {

struct expected_read {
  std::string helo, reverse, address, by, protocol, id, for_path;
  transport with = transport::smtp;
  bool tls = false;
  bool authenticated = false;
};

struct row {
  const char* about;
  std::string value;
  expected_read expected;
};

// 2026-11-21 10:00:00 +0900, by GNU date
constexpr std::int64_t ten = 1795222800;

void check(const row& r) {
  SCOPED_TRACE(r.about);
  const auto read = parse_received(r.value);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->helo, r.expected.helo);
  EXPECT_EQ(read->reverse_name, r.expected.reverse);
  EXPECT_EQ(read->address ? format(*read->address) : "", r.expected.address);
  EXPECT_EQ(read->by, r.expected.by);
  EXPECT_EQ(read->protocol, r.expected.protocol);
  EXPECT_EQ(read->id, r.expected.id);
  EXPECT_EQ(read->for_path, r.expected.for_path);
  EXPECT_EQ(read->with, r.expected.with);
  EXPECT_EQ(read->tls, r.expected.tls);
  EXPECT_EQ(read->authenticated, r.expected.authenticated);
}

TEST(parse_received, rfc_examples) {
  // RFC 5322 A.4, RFC 5321 D.3
  check({"rfc5322-A.4",
         " from x.y.test by example.net via TCP with ESMTP id ABC12345 for "
         "<mary@example.net>;  21 Nov 1997 10:05:43 -0600",
         {"x.y.test", "", "", "example.net", "ESMTP", "ABC12345",
          "mary@example.net"}});
  check({"rfc5321-D.3",
         " from bar.com by foo.com ; Thu, 21 May 1998 05:33:29 -0700",
         {"bar.com", "", "", "foo.com", "", "", "", transport::unstated}});
  check(
      {"TCP-info of RFC 5321 4.4",
       " FROM mail.example.com (mail.example.com [IPv6:2001:db8::7])\r\n"
       "\tBY mx.example.jp VIA TCP WITH UTF8SMTPS ID x FOR <a@example.jp>; "
       "Sat, 21 Nov 2026 10:00:00 +0900",
       {"mail.example.com", "mail.example.com", "2001:db8::7", "mx.example.jp",
        "UTF8SMTPS", "x", "a@example.jp", transport::smtp, true}});
}

TEST(parse_received, formats_of_mail_servers) {
  const std::string date = "Sat, 21 Nov 2026 10:00:00 +0900";
  const row rows[] = {
      {"Postfix",
       " from mail.example.com (mail.example.com [203.0.113.9])\r\n"
       "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n"
       "\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\r\n"
       "\t(Client CN \"mail.example.com\", Issuer \"A [10.0.0.1] (x)\" (not "
       "verified))\r\n"
       "\tby mx.example.jp (Postfix) with ESMTPS id 4Xyz12\r\n"
       "\tfor <taro@example.jp>; " +
           date + " (JST)",
       {"mail.example.com", "mail.example.com", "203.0.113.9", "mx.example.jp",
        "ESMTPS", "4Xyz12", "taro@example.jp", transport::smtp, true}},
      {"Postfix, no reverse name, literal as HELO",
       " from [10.1.2.3] (unknown [IPv6:2001:db8::9])\r\n"
       "\tby mx.example.jp (Postfix) with SMTP id 1\r\n\tfor <a@b>; " +
           date,
       {"[10.1.2.3]", "", "2001:db8::9", "mx.example.jp", "SMTP", "1", "a@b"}},
      {"Postfix, login",
       " from pc (p1.example.net [203.0.113.9]) (Authenticated sender: taro)\r"
       "\n\tby mx.example.jp (Postfix) with ESMTPSA id 1; " +
           date,
       {"pc", "p1.example.net", "203.0.113.9", "mx.example.jp", "ESMTPSA", "1",
        "", transport::smtp, true, true}},
      {"Postfix, local",
       " by mx.example.jp (Postfix, from userid 1000) id 4X; " + date,
       {"", "", "", "mx.example.jp", "", "4X", "", transport::unstated}},
      {"amavis",
       " from mx.example.jp ([127.0.0.1]) by localhost (mx.example.jp "
       "[127.0.0.1])\r\n (amavisd-new, port 10024) with ESMTP id 9; " +
           date,
       {"mx.example.jp", "", "127.0.0.1", "localhost", "ESMTP", "9", ""}},
      {"Exim, name confirmed and equal to HELO",
       " from mail.example.com ([203.0.113.9])\r\n\tby mx.example.jp with "
       "esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.96)\r\n"
       "\t(envelope-from <\"a [10.0.0.1] (Exim \"@example.com>)\r\n\tid "
       "1abc-0001-2z\r\n\tfor taro@example.jp;\r\n\t" +
           date,
       {"mail.example.com", "mail.example.com", "203.0.113.9", "mx.example.jp",
        "esmtps", "1abc-0001-2z", "taro@example.jp", transport::smtp, true}},
      {"Exim, other HELO and port",
       " from mail.example.com ([203.0.113.9]:41234 helo=other.example "
       "ident=[10.0.0.1])\r\n\tby mx.example.jp with smtp (Exim 4.96)\r\n\tid "
       "1; " +
           date,
       {"other.example", "mail.example.com", "203.0.113.9", "mx.example.jp",
        "smtp", "1", ""}},
      {"Exim, no name",
       " from [203.0.113.9] (port=4321 helo=[10.0.0.1])\r\n\tby mx.example.jp "
       "with esmtpsa (TLS1.3) (Exim 4.96)\r\n\tid 1; " +
           date,
       {"[10.0.0.1]", "", "203.0.113.9", "mx.example.jp", "esmtpsa", "1", "",
        transport::smtp, true, true}},
      {"Exim, no name, HELO is the literal",
       " from [2001:db8::9]\r\n\tby mx.example.jp with esmtp (Exim 4.96)\r\n"
       "\tid 1; " +
           date,
       {"", "", "2001:db8::9", "mx.example.jp", "esmtp", "1", ""}},
      {"Exim, local",
       " from root by mx.example.jp with local (Exim 4.96)\r\n\tid 1; " + date,
       {"root", "", "", "mx.example.jp", "local", "1", "", transport::other}},
      {"Sendmail",
       " from mail.example.com (IDENT:root@mail.example.com [203.0.113.9] (may "
       "be forged))\r\n\t(authenticated bits=0)\r\n\tby mx.example.jp "
       "(8.17.1/8.17.1) with ESMTP id 1A2B\r\n\t(version=TLSv1.3 cipher=X "
       "bits=256 verify=NO)\r\n\tfor <taro@example.jp>; " +
           date,
       {"mail.example.com", "mail.example.com", "203.0.113.9", "mx.example.jp",
        "ESMTP", "1A2B", "taro@example.jp", transport::smtp, true, true}},
      {"Sendmail, no name",
       " from mail.example.com ([203.0.113.9])\r\n\tby mx.example.jp "
       "(8.17.1/8.17.1) with ESMTP id 1; " +
           date,
       {"mail.example.com", "", "203.0.113.9", "mx.example.jp", "ESMTP", "1",
        ""}},
      {"qmail",
       " from mail.example.com (HELO other.example) (203.0.113.9)\n  by "
       "mx.example.jp with SMTP; 21 Nov 2026 01:00:00 -0000",
       {"other.example", "mail.example.com", "203.0.113.9", "mx.example.jp",
        "SMTP", "", ""}},
      {"qmail, no name, ident",
       " from unknown (HELO 10.0.0.1) (root@203.0.113.9)\n  by mx.example.jp "
       "with ESMTPA; 21 Nov 2026 01:00:00 -0000",
       {"10.0.0.1", "", "203.0.113.9", "mx.example.jp", "ESMTPA", "", "",
        transport::smtp, false, true}},
      {"qmail-ldap",
       " from unknown (HELO x.example) ([203.0.113.9]) (envelope-sender "
       "<a@[10.0.0.1]>)\n by mx.example.jp (qmail-ldap-1.03) with SMTP\n for "
       "<a@example.jp>; 21 Nov 2026 01:00:00 -0000",
       {"x.example", "", "203.0.113.9", "mx.example.jp", "SMTP", "",
        "a@example.jp"}},
      {"Exchange",
       " from mail.example.com (203.0.113.9) by\r\n EX01.example.jp "
       "(10.152.8.151) with Microsoft SMTP Server (version=TLS1_3,\r\n "
       "cipher=X) id 15.20.1.2 via Frontend\r\n Transport; " +
           date,
       {"mail.example.com", "", "203.0.113.9", "EX01.example.jp",
        "Microsoft SMTP Server", "15.20.1.2", "", transport::smtp, true}},
      {"Exchange, within",
       " from EX01.example.jp ([fe80::a]) by EX01.example.jp\r\n "
       "([fe80::a%4]) with mapi id 15.20.1.2; " +
           date,
       {"EX01.example.jp", "", "fe80::a", "EX01.example.jp", "mapi",
        "15.20.1.2", "", transport::other}},
      {"Exchange, within, after quarantine",
       " from CH0P.prod.outlook.com (2001:db8::1) by\r\n CH0P.prod.outlook.com "
       "(2001:db8::1) with\r\n MailboxResubmission by AntispamTT id 54; " +
           date,
       {"CH0P.prod.outlook.com", "", "2001:db8::1", "CH0P.prod.outlook.com",
        "MailboxResubmission", "54", "", transport::other}},
      {"IIS",
       " from mail.example.com ([203.0.113.9]) by mx.example.jp with Microsoft "
       "SMTPSVC(6.0.3790.4675);\r\n\t " +
           date,
       {"mail.example.com", "", "203.0.113.9", "mx.example.jp",
        "Microsoft SMTPSVC", "", ""}},
      {"Google",
       " from mail.example.com (mail.example.com. [2001:db8::9])\r\n        by "
       "mx.google.com with ESMTPS id d9si1.1.2026.11.21\r\n        for "
       "<taro@example.jp>\r\n        (version=TLS1_3 cipher=X "
       "bits=256/256);\r\n        Fri, 20 Nov 2026 17:00:00 -0800 (PST)",
       {"mail.example.com", "mail.example.com", "2001:db8::9", "mx.google.com",
        "ESMTPS", "d9si1.1.2026.11.21", "taro@example.jp", transport::smtp,
        true}},
      {"Google, within",
       " by 2002:a05:7300:1::2 with SMTP id ab1csp1;\r\n        Fri, 20 Nov "
       "2026 17:00:00 -0800 (PST)",
       {"", "", "", "2002:a05:7300:1::2", "SMTP", "ab1csp1", ""}},
      {"Courier",
       " from mail.example.com (p9.example.com [::ffff:203.0.113.9])\r\n  "
       "(AUTH: LOGIN taro)\r\n  (TLS: TLSv1.3,256bits,X)\r\n  by mx.example.jp "
       "with ESMTPS; " +
           date + "\r\n  id 000000000001.000000.00",
       {"mail.example.com", "p9.example.com", "203.0.113.9", "mx.example.jp",
        "ESMTPS", "", "", transport::smtp, true, true}},
      {"OpenSMTPD",
       " from mail.example.com (<unknown> [203.0.113.9])\r\n\tby mx.example.jp "
       "(OpenSMTPD) with ESMTPS id 1a2b "
       "(TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)\r\n\tfor "
       "<taro@example.jp>;\r\n\t" +
           date,
       {"mail.example.com", "", "203.0.113.9", "mx.example.jp", "ESMTPS",
        "1a2b", "taro@example.jp", transport::smtp, true}},
      {"OpenSMTPD, local",
       " from localhost (localhost [local])\r\n\tby mx.example.jp (OpenSMTPD) "
       "with ESMTPA id 1; " +
           date,
       {"localhost", "localhost", "", "mx.example.jp", "ESMTPA", "1", "",
        transport::smtp, false, true}},
      {"Dovecot",
       " from mx.example.jp ([192.168.0.1])\r\n\tby store.example.jp with "
       "LMTP\r\n\tid abc\r\n\t(envelope-from <a@example.com>)\r\n\tfor "
       "<taro@example.jp>; " +
           date,
       {"mx.example.jp", "", "192.168.0.1", "store.example.jp", "LMTP", "abc",
        "taro@example.jp", transport::lmtp}},
      {"Cyrus",
       " from mx.example.jp ([unix socket])\r\n\t by store.example.jp (Cyrus "
       "3.6) with LMTPA;\r\n\t " +
           date,
       {"mx.example.jp", "", "", "store.example.jp", "LMTPA", "", "",
        transport::lmtp}},
      {"fetchmail",
       " from pop.example.com [203.0.113.5]\r\n\tby localhost with POP3 "
       "(fetchmail-6.4.37)\r\n\tfor <taro@localhost> (single-drop); " +
           date,
       {"", "", "203.0.113.5", "localhost", "POP3", "", "taro@localhost",
        transport::other}},
      {"mox",
       " from mail.example.com (mail.example.com [203.0.113.9])\r\n\tby "
       "mx.example.jp ([10.0.0.1]) via tcp with ESMTPS id A\r\n\t(TLS1.3 X) "
       "for <a@example.jp>;\r\n\t" +
           date,
       {"mail.example.com", "mail.example.com", "203.0.113.9", "mx.example.jp",
        "ESMTPS", "A", "a@example.jp", transport::smtp, true}},
      {"CommuniGate",
       " from h.example ([203.0.113.9] verified)\r\n  by mx.example.jp "
       "(CommuniGate Pro SMTP 5.0.9)\r\n  with ESMTPS id 2 for a@example.jp; " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp", "ESMTPS", "2",
        "a@example.jp", transport::smtp, true}},
      {"CommuniGate, no name",
       " from [203.0.113.9] (HELO h.example)\r\n  by mx.example.jp "
       "(CommuniGate Pro SMTP 4.0.6/D4)\r\n  with ESMTP-TLS id 4; " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp", "ESMTP-TLS", "4", "",
        transport::smtp, true}},
      {"MDaemon 5",
       " from h.example [203.0.113.9] by mx.example.jp [192.0.2.27] with SMTP "
       "(MDaemon.PRO.v5.0.6.R) for <a@example.jp>; " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp", "SMTP", "",
        "a@example.jp"}},
      {"MDaemon 19",
       " from h.example [(203.0.113.9)] by mx.example.jp (192.0.2.25) (MDaemon "
       "PRO v19.0.2) \r\n\twith ESMTP id 1.qqe; " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp", "ESMTP", "1.qqe", ""}},
      {"IMail",
       " from h.example [203.0.113.9] by mx.example.jp with ESMTP\r\n  "
       "(SMTPD32-8.00) id A66B; " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp", "ESMTP", "A66B", ""}},
      {"MailEnable",
       " from h.example ([203.0.113.9]) by mx.example.jp with MailEnable "
       "ESMTP;\r\n\t " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp", "MailEnable ESMTP", "",
        ""}},
      {"XMail",
       " from [10.0.0.1] (203.0.113.9:37788)\r\n\tby mx.example.jp with [XMail "
       "1.20 ESMTP Server]\r\n\tid <S2E584> for <a@example.jp> from "
       "<\"b c\"@example.com>;\r\n\t" +
           date,
       {"[10.0.0.1]", "", "203.0.113.9", "mx.example.jp",
        "[XMail 1.20 ESMTP Server]", "<S2E584>", "a@example.jp"}},
      {"no HELO, and the port within the brackets",
       " from ([203.0.113.9:33672]) by mx.example.jp with SMTP; " + date,
       {"", "", "203.0.113.9", "mx.example.jp", "SMTP", "", ""}},
      {"MXLogic",
       " from unknown [203.0.113.9] (EHLO h.example)\r\n        by "
       "mx.example.jp(mxl_mta-6.8.0-0)\r\n        with ESMTP id 8b "
       "(envelope-from <b@example.com>);\r\n        " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp", "ESMTP", "8b", ""}},
      {"MessageLabs, within: like what others write of HELO",
       " from [203.0.113.9] (using TLSv1.2 with cipher X (256 bits))\r\n by "
       "server-6.bemta-8.messagelabs.com id 1D/D8-28268; " +
           date,
       {"[203.0.113.9]", "", "", "server-6.bemta-8.messagelabs.com", "",
        "1D/D8-28268", "", transport::unstated}},
      {"MessageLabs",
       " from unknown (HELO h.example) (203.0.113.9)\r\n  by "
       "server-9.tower-179.messagelabs.com with DHE-RSA-AES256-SHA encrypted "
       "SMTP; " +
           date,
       {"h.example", "", "203.0.113.9", "server-9.tower-179.messagelabs.com",
        "DHE-RSA-AES256-SHA encrypted SMTP", "", "", transport::smtp, true}},
      {"Comcast",
       " from h.example ([203.0.113.9])\r\n\tby mx.example.jp with comcast\r\n"
       "\tid kf1; " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp", "comcast", "kf1", ""}},
      {"Zimbra",
       " from a.example.jp (LHLO\r\n a.example.jp) (203.0.113.9) by "
       "b.example.jp with LMTP; " +
           date,
       {"a.example.jp", "a.example.jp", "203.0.113.9", "b.example.jp", "LMTP",
        "", "", transport::lmtp}},
      {"Mimecast",
       " from h.example (r.example\r\n [203.0.113.9]) by mx.example.jp with "
       "ESMTP with STARTTLS\r\n (version=TLSv1.3, cipher=X) id us-mta-1; " +
           date,
       {"h.example", "r.example", "203.0.113.9", "mx.example.jp", "ESMTP",
        "us-mta-1", "", transport::smtp, true}},
      {"IronPort",
       " from unknown (HELO h.example) ([203.0.113.9])\r\n  by mx.example.jp "
       "with ESMTP/TLS/AES256-SHA256; " +
           date,
       {"h.example", "", "203.0.113.9", "mx.example.jp",
        "ESMTP/TLS/AES256-SHA256", "", "", transport::smtp, true}},
  };
  for (const row& r : rows) {
    check(r);
    EXPECT_EQ(parse_received(r.value)->time, ten) << r.about;
  }
}

// The client chooses among the words that a host has.
TEST(parse_received, protocol_words) {
  const struct {
    const char* word;
    transport with;
    bool tls = false;
    bool authenticated = false;
  } rows[] = {
      // RFC 3848
      {"SMTP", transport::smtp},
      {"ESMTP", transport::smtp},
      {"ESMTPS", transport::smtp, true},
      {"ESMTPA", transport::smtp, false, true},
      {"ESMTPSA", transport::smtp, true, true},
      {"LMTP", transport::lmtp},
      {"LMTPS", transport::lmtp, true},
      {"LMTPSA", transport::lmtp, true},
      // RFC 6531 4.3
      {"UTF8SMTP", transport::smtp},
      {"UTF8SMTPA", transport::smtp, false, true},
      {"UTF8SMTPS", transport::smtp, true},
      {"UTF8SMTPSA", transport::smtp, true, true},
      {"UTF8LMTP", transport::lmtp},
      {"UTF8LMTPS", transport::lmtp, true},
      // Exim's, qmail's with SMTPUTF8
      {"utf8smtp", transport::smtp},
      {"utf8esmtp", transport::smtp},
      {"utf8esmtps", transport::smtp, true},
      {"utf8esmtpa", transport::smtp, false, true},
      {"utf8esmtpsa", transport::smtp, true, true},
      {"UTF8ESMTPS", transport::smtp, true},
      // Exim's where TLS began with the connection
      {"smtps", transport::smtp, true},
      {"ssmtp", transport::smtp, true},
      {"essmtp", transport::smtp, true},
      {"essmtpa", transport::smtp, true, true},
      {"utf8essmtp", transport::smtp, true},
      {"utf8essmtpa", transport::smtp, true, true},
      {"asmtp", transport::smtp, false, true},
      {"SMTPSVC", transport::smtp},
      {"QMTP", transport::smtp},
      // of programs and customers of the host, or of nobody
      {"local", transport::other},
      {"local-smtp", transport::other},
      {"local-esmtpa", transport::other},
      {"BSMTP", transport::other},
      {"QMQP", transport::other},
      {"HTTP", transport::other},
      {"MMS", transport::other},
      {"UTF8", transport::other},
      {"E", transport::other},
      {"S", transport::other},
      {"SSSMTP", transport::other},
      {"ESMTPX", transport::other},
      {"ESMTPAS", transport::other},
      {"UTF8UTF8SMTP", transport::other},
      {"SMTPSVCA", transport::other},
  };
  for (const auto& r : rows) {
    SCOPED_TRACE(r.word);
    const std::string value =
        std::string(" from a ([203.0.113.9]) by mx with ") + r.word + "; x";
    const auto read = parse_received(value);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->with, r.with);
    EXPECT_EQ(read->tls, r.tls);
    EXPECT_EQ(read->authenticated, r.authenticated);
  }
}

// Where a client with a name greets by it, Exim writes no "helo=".
TEST(parse_received, exim_greeted_by_name) {
  const struct {
    const char* word;
    const char* helo;
  } rows[] = {{"esmtps", "a"},     {"utf8esmtps", "a"}, {"essmtp", "a"},
              {"utf8essmtp", "a"}, {"smtp", ""},        {"utf8smtp", ""},
              {"ssmtp", ""}};
  for (const auto& r : rows) {
    const std::string value =
        std::string(" from a ([203.0.113.9]) by mx with ") + r.word +
        " (Exim 4.96) id 1; x";
    EXPECT_EQ(parse_received(value)->helo, r.helo) << r.word;
  }
}

// What stands about the client's address is no word of the host's: qmail
// writes there what the client's identd says.
TEST(parse_received, who_logged_in) {
  const struct {
    const char* value;
    bool authenticated;
  } rows[] = {
      {" from a (HELO b) (Authenticated@203.0.113.9) by mx with SMTP; x",
       false},
      {" from a (HELO b) (AUTH:@203.0.113.9) by mx with SMTP; x", false},
      {" from a (EHLO b) (Authenticated sender: c@203.0.113.9) by mx with "
       "SMTP; x",
       false},
      {" from a (authenticated@203.0.113.9) by mx with SMTP; x", false},
      {" from a (authenticated@b [203.0.113.9]) by mx with SMTP; x", false},
      // by the host
      {" from a (b [203.0.113.9]) (AUTH: LOGIN c) by mx with esmtp; x", true},
      {" from a (b [203.0.113.9]) (Authenticated sender: c) by mx with ESMTP; "
       "x",
       true},
      {" from a (HELO b) (203.0.113.9) (authenticated) by mx with ESMTP; x",
       true},
      {" from a (HELO b) (c@203.0.113.9) by mx with ESMTPA; x", true},
  };
  for (const auto& r : rows) {
    const auto read = parse_received(r.value);
    ASSERT_TRUE(read) << r.value;
    EXPECT_EQ(read->authenticated, r.authenticated) << r.value;
    EXPECT_EQ(read->address ? format(*read->address) : "", "203.0.113.9")
        << r.value;
  }
}

TEST(parse_received, envelope_senders) {
  const struct {
    const char* value;
    const char* path;
  } rows[] = {
      {" from a ([203.0.113.9]) by mx with smtp (Exim 4) (envelope-from "
       "<\"b)\"@c>); x",
       "<\"b)\"@c>"},
      {" from a ([203.0.113.9]) by mx with SMTP; x (JST)\r\n\t(envelope-from "
       "b@c)",
       "b@c"},
      {" from a ([203.0.113.9]:1) by mx with [XMail 1.26 ESMTP Server] id 1 "
       "for <a@b> from <b@c>; x",
       "<b@c>"},
      {" from a (envelope-from <b@c>) ([203.0.113.9]) by mx with SMTP; x", ""},
      {" from a ([203.0.113.9]) by mx with SMTP (envelope-fromage b); x", ""},
  };
  for (const auto& r : rows) {
    const auto read = parse_received(r.value);
    ASSERT_TRUE(read) << r.value;
    EXPECT_EQ(read->envelope_from, r.path) << r.value;
  }
}

TEST(parse_received, within_a_host) {
  EXPECT_TRUE(parse_received(" with MailEnable Postoffice Connector; Sat, 21 "
                             "Nov 2026 10:00:00 +0900")
                  ->within_host);
  EXPECT_FALSE(parse_received(" from a with MailEnable Postoffice Connector; x")
                   ->within_host);
  EXPECT_TRUE(parse_received(" (qmail 1 invoked from network); 21 Nov 2026 "
                             "01:00:00 -0000")
                  ->within_host);
  for (const char* value :
       {" (qmail 1 invoked by uid 1000); 21 Nov 2026 01:00:00 -0000",
        " (qmail 1 invoked from network) by a; 21 Nov 2026 01:00:00 -0000",
        " from x (qmail 1 invoked from network); 21 Nov 2026 01:00:00 -0000",
        ""}) {
    EXPECT_FALSE(parse_received(value)->within_host) << value;
  }
}

// What a client wrote is never taken for the address, even where the receiving
// host copied it without care.
TEST(parse_received, the_client_cannot_write_the_address) {
  const struct {
    const char* value;
    const char* address;
  } rows[] = {
      {" from [10.0.0.1] by mx with ESMTP id 1; x", ""},
      {" from 10.0.0.1 by mx with ESMTP id 1; x", ""},
      {" from 10.0.0.1 (HELO x) by mx with SMTP; x", ""},
      {" from [10.0.0.1] (helo=x) by mx with ESMTP; x", ""},
      {" from [10.0.0.1] (helo=x) (Exim 4.9) by mx with ESMTP; x", ""},
      {" from [10.0.0.1] (x [203.0.113.9]) by mx (Exim 4.9); x", "203.0.113.9"},
      {" from a (HELO [10.0.0.1]) (203.0.113.9) by mx; x", "203.0.113.9"},
      {" from a (HELO b) by mx ([10.0.0.1]); x", ""},
      {" from a (b) (Client [10.0.0.1]) by mx; x", ""},
      {" from a (using TLS) (c [10.0.0.1]) by mx; x", ""},
      {" from a by mx (c [10.0.0.1]); x", ""},
      {" from a by mx for <[10.0.0.1]> ([10.0.0.1]); x", ""},
      // HELO made of several words and comments
      {" from a (b [10.0.0.1]) (c [203.0.113.9]) by mx; x", ""},
      {" from a (HELO b) (10.0.0.1) (203.0.113.9) by mx; x", ""},
      {" from a (HELO b) (10.0.0.1) (c [203.0.113.9]) by mx; x", ""},
      {" from a (HELO b) (c [10.0.0.1]) by mx; x", ""},
      {" from a id b (c [10.0.0.1]) (d [203.0.113.9]) by mx; x", ""},
      {" from a [10.0.0.1] (d [203.0.113.9]) by mx; x", ""},
      {" from a [10.0.0.1] by mx with ESMTP; x", ""},
      // forms that one server writes, where another server does not
      {" from a [(10.0.0.1)] by mx with ESMTP; x", ""},
      {" from [10.0.0.1] (HELO x) by mx with ESMTP; x", ""},
      {" from [10.0.0.1] (HELO x) (203.0.113.9) by mx (CommuniGate Pro SMTP); "
       "x",
       "203.0.113.9"},
      {" from a [10.0.0.1] [203.0.113.9] by mx (MDaemon PRO v5); x", ""},
      {" from a [10.0.0.1] (MDaemon) by mx with SMTP; x", ""},
      {" from a [10.0.0.1] (EHLO b) by mx (MDaemon PRO v5) with SMTP; x", ""},
      {" from [10.0.0.1] by x.messagelabs.com with SMTP; x", ""},
      {" from [10.0.0.1] by mx.example.jp id 1; x", ""},
      {" from a (10.0.0.1:b) by mx with SMTP; x", ""},
      {" from a from <b@c> ([203.0.113.9]) by mx with [XMail 1]; x", ""},
      // reverse names made of what looks like an address
      {" from a (10.0.0.1 [203.0.113.9]) by mx; x", "203.0.113.9"},
      {" from a ([10.0.0.1] [203.0.113.9]) by mx; x", ""},
      {" from a (x@10.0.0.1 [203.0.113.9]) by mx; x", "203.0.113.9"},
      {" from 10.0.0.1 (HELO b) (203.0.113.9) by mx; x", "203.0.113.9"},
      {" from a ([203.0.113.9] helo=b helo=c) by mx; x", ""},
      {" from a ([203.0.113.9] [10.0.0.1]) by mx; x", ""},
      {" from a (b [203.0.113.9, 10.0.0.1]) by mx; x", ""},
      // a quote is no reason to overlook where a comment ends
      {" from a (b [203.0.113.9]) (c \") by mx; x", "203.0.113.9"},
      {" from a (b [203.0.113.09]) by mx; x", ""},
      {" from a (b [IPv6:203.0.113.9]) by mx; x", "203.0.113.9"},
      {" from a (b [::ffff:203.0.113.9]) by mx; x", "203.0.113.9"},
  };
  for (const auto& r : rows) {
    const auto read = parse_received(r.value);
    EXPECT_EQ(read && read->address ? format(*read->address) : "", r.address)
        << r.value;
  }
}

// The recipient, as the client said it, hides nothing of what is before it.
TEST(parse_received, quoted_recipients) {
  const struct {
    const char* path;
    const char* read;  // null: the field cannot be read
  } rows[] = {
      {R"(<"taro+("@example.jp>)", R"("taro+("@example.jp)"},
      {R"(<"a b"@example.jp>)", R"("a b"@example.jp)"},
      {R"(<"a;b"@example.jp>)", R"("a;b"@example.jp)"},
      {R"(<"a"(b"@example.jp>)", R"("a"(b"@example.jp)"},
      {R"(<"(>)", nullptr},
      {R"(<"(" b>)", nullptr},
      {R"("("@example.jp)", nullptr},
  };
  for (const auto& r : rows) {
    const std::string value =
        std::string(
            " from a (b [203.0.113.9])\r\n\tby mx with ESMTP id 1\r\n"
            "\tfor ") +
        r.path + "; Sat, 21 Nov 2026 10:00:00 +0900";
    const auto read = parse_received(value);
    ASSERT_EQ(read.has_value(), r.read != nullptr) << value;
    if (!read)
      continue;
    EXPECT_EQ(read->for_path, r.read);
    EXPECT_TRUE(read->address);
    EXPECT_TRUE(read->time);
  }
  // Nobody but the host writes "for": HELO gains nothing by such a quote.
  const auto helo = parse_received(" from <\"a (b [203.0.113.9]) by mx; \">");
  EXPECT_FALSE(helo);
}

// RFC 5322 2.2.3: a fold is white space.
TEST(parse_received, folds_between_any_words) {
  const auto exchange = parse_received(
      " from a (203.0.113.9) by ex1\r\n (192.0.2.1) with Microsoft SMTP\r\n"
      " Server (version=TLS1_3) id 15.2; Mon, 16 Nov 2026 10:00:20 +0900");
  ASSERT_TRUE(exchange);
  EXPECT_EQ(exchange->with, transport::smtp);
  EXPECT_TRUE(exchange->address);
  const auto qmail = parse_received(
      " from unknown (HELO\r\n\tb.example) (203.0.113.9) by 0 with SMTP; x");
  ASSERT_TRUE(qmail);
  EXPECT_EQ(qmail->helo, "b.example");
  EXPECT_TRUE(qmail->address);
}

TEST(parse_received, exim_names_are_told_for_exim_alone) {
  const auto read = parse_received(" from a ([203.0.113.9] helo=b) by mx; x");
  EXPECT_TRUE(read->address);
  EXPECT_EQ(read->helo, "");
  EXPECT_EQ(read->reverse_name, "");
  const auto exim =
      parse_received(" from a ([203.0.113.9]) by mx with smtp (Exim 4.96); x");
  EXPECT_EQ(exim->helo, "");
  EXPECT_EQ(exim->reverse_name, "a");
}

// A client may write them; hosts copy them (Postfix 3.7 in RCPT).
TEST(parse_received, control_octets_hide_nothing) {
  for (const char c : {'\0', '\x01', '\x0b', '\x1b', '\x7f'}) {
    const std::string odd(1, c);
    for (const std::string& value : {
             " from a (b [203.0.113.9]) by real with ESMTP"
             " for <\"taro+" +
                 odd + "\"@example.jp>; x",
             " from a (b [203.0.113.9]) by real with ESMTP for <taro+" + odd +
                 "@example.jp>; x",
             " from a" + odd + " (b [203.0.113.9]) by real with ESMTP; x",
         }) {
      const auto read = parse_received(value);
      ASSERT_TRUE(read) << value;
      EXPECT_EQ(read->by, "real");
      EXPECT_EQ(read->reverse_name, "b");
      ASSERT_TRUE(read->address);
      EXPECT_EQ(format(*read->address), "203.0.113.9");
    }
  }
}

TEST(parse_received, says_nothing_where_it_is_not_certain) {
  const std::string rows[] = {
      // what follows HELO was written into it
      " from a by mx with LMTP (b [203.0.113.9]) by real with ESMTP; x",
      " from a by mx with LMTP; x; (b [203.0.113.9]) by real with ESMTP; x",
      " from a by mx with LMTP; (  (b [203.0.113.9]) by real; x",
      " from a by mx by real with ESMTP; x",
      " from a with LMTP (b [203.0.113.9]) by real with ESMTP; x",
      " from a b c (d [203.0.113.9]) by real; x",
      " from from a (d [203.0.113.9]) by real; x",
      " by real from a (d [203.0.113.9]); x",
      " from \"a (b [203.0.113.9]) by real; x",
      " from <a (b [203.0.113.9]) by real; x",
      " from a\\ (b [203.0.113.9]) by real; x",
      " from a) (b [203.0.113.9]) by real; x",
      " from a (b [203.0.113.9]\\) by real; x",
      " from a (",
      " from a (\\",
      " from a\rb (c [203.0.113.9]) by real; x",
      " from a (b [203.0.113.9]) by real; x" + std::string(8192, ' '),
      " from a (b [203.0.113.9]) by real" + std::string(4000, ';'),
  };
  for (const std::string& value : rows) {
    EXPECT_FALSE(parse_received(value)) << value.substr(0, 80);
  }
}

}  // namespace
}  // namespace mekiki::message
