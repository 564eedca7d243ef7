#include "verdict/border.hpp"

#include <string>

#include <gtest/gtest.h>

#include "verdict/facts.hpp"

namespace mekiki::verdict {
namespace {

std::vector<ip_address> addresses(std::initializer_list<const char*> texts) {
  std::vector<ip_address> out;
  for (const char* text : texts) out.push_back(*parse_ip_address(text));
  return out;
}

const std::string received = "Received: ";
const std::string date = ";\r\n\tSat, 21 Nov 2026 10:00:00 +0900\r\n";

// 2026-11-21 10:00:00 +0900, by GNU date
constexpr std::int64_t ten = 1795222800;

// Where the sender connects.
const std::string entry =
    "Received: from mail.example.com (out.example.com [203.0.113.9])\r\n"
    "\tby mx.example.jp (Postfix) with ESMTPS id 1" +
    date;
const std::string mx_to_store =
    "Received: from mx.example.jp (mx.example.jp [192.0.2.1])\r\n"
    "\tby store.example.jp (Postfix) with ESMTP id 2" +
    date;
const std::string filter_to_store =
    "Received: from filter.example.jp (filter.example.jp [192.0.2.7])\r\n"
    "\tby store.example.jp (Postfix) with ESMTP id 3" +
    date;
const std::string loopback =
    "Received: from localhost (localhost [127.0.0.1])\r\n"
    "\tby mx.example.jp (Postfix) with ESMTP id 4" +
    date;
const std::string amavis =
    "Received: from mx.example.jp ([127.0.0.1])\r\n"
    "\tby localhost (mx.example.jp [127.0.0.1]) (amavisd-new, port 10024)\r\n"
    "\twith ESMTP id 5" +
    date;
const std::string into_filter =
    "Received: from mail.example.com (out.example.com [203.0.113.9])\r\n"
    "\tby filter.example.jp (Postfix) with ESMTPS id 6" +
    date;
// What an attacker would like us to read: a bank's own host.
const std::string forged =
    "Received: from mail.bank.example (mail.bank.example [198.51.100.5])\r\n"
    "\tby mx.example.jp (Postfix) with ESMTPS id 7" +
    date;

provider example_jp() {
  provider p;
  p.networks = {*parse_ip_network("198.51.100.64/26")};
  p.mx_hosts = {"mx.example.jp", "mx2.example.jp"};
  p.upstream = "pop.example.jp";
  p.domains = {"example.jp"};
  return p;
}

std::vector<resolved_name> zone() {
  return {
      {"mx.example.jp", addresses({"192.0.2.1", "2001:db8::1"})},
      {"mx2.example.jp", addresses({"192.0.2.2"})},
      {"pop.example.jp", addresses({"192.0.2.3"})},
      {"filter.example.jp", addresses({"192.0.2.7"})},
      {"sv1.example.jp", addresses({"192.0.2.1"})},
      {"p9.example.jp", addresses({"203.0.113.200"})},
  };
}

border find(const std::string& header, const provider& p = example_jp(),
            const std::vector<resolved_name>& names = zone()) {
  return find_border(trace_of(message::parse_header(header + "\r\n")), p,
                     names);
}

std::string short_answer(const border& b) {
  std::string out(to_string(b.status));
  if (b.field)
    out += ' ' + std::to_string(*b.field);
  if (b.status == border_status::found)
    out += ' ' + format(b.client);
  return out;
}

std::string replaced(std::string text, std::string_view from,
                     std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

struct row {
  const char* about;
  std::string header;
  const char* answer;
};

void check(const row& r) {
  EXPECT_EQ(short_answer(find(r.header)), r.answer) << r.about;
}

TEST(find_border, walks_through_the_provider) {
  const row rows[] = {
      {"the first field", entry, "found 0 203.0.113.9"},
      {"from the MX host", mx_to_store + entry, "found 1 203.0.113.9"},
      {"over IPv6, mapped, tagged",
       replaced(mx_to_store, "192.0.2.1", "IPv6:2001:db8::1") + entry,
       "found 1 203.0.113.9"},
      {"the MX host, though its reverse name is another",
       replaced(mx_to_store, "(mx.example.jp", "(unknown") + entry,
       "found 1 203.0.113.9"},
      {"backup MX", replaced(mx_to_store, "192.0.2.1", "192.0.2.2") + entry,
       "found 1 203.0.113.9"},
      {"a confirmed name of the domain", filter_to_store + into_filter,
       "found 1 203.0.113.9"},
      {"a filter on the same host", loopback + amavis + entry,
       "found 2 203.0.113.9"},
      {"a listed network",
       replaced(filter_to_store, "192.0.2.7", "198.51.100.70") + entry,
       "found 1 203.0.113.9"},
      {"a listed network of another company",
       replaced(filter_to_store, "filter.example.jp [192.0.2.7]",
                "unknown [198.51.100.70]") +
           replaced(entry, "by mx.example.jp", "by in1.filters.example"),
       "found 1 203.0.113.9"},
      {"the same behind a filter of the host",
       loopback +
           replaced(filter_to_store, "filter.example.jp [192.0.2.7]",
                    "unknown [198.51.100.70]") +
           replaced(entry, "by mx.example.jp", "by in1.filters.example"),
       "found 2 203.0.113.9"},
      {"a private network, not at the MX host",
       replaced(mx_to_store, "192.0.2.1", "10.0.0.1") + entry,
       "found 1 203.0.113.9"},
      {"LMTP over a socket",
       received +
           "from mx.example.jp ([unix socket])\r\n\tby mx.example.jp "
           "(Cyrus) with LMTPA" +
           date + entry,
       "found 1 203.0.113.9"},
      {"Dovecot's LMTP over a socket",
       received + "from mx.example.jp\r\n\tby mx.example.jp with LMTP id 1" +
           date + entry,
       "found 1 203.0.113.9"},
      {"qmail",
       received + "(qmail 2 invoked from network)" + date + received +
           "from unknown (HELO mail.example.com) (203.0.113.9)\r\n  by "
           "mx.example.jp with SMTP" +
           date,
       "found 1 203.0.113.9"},
      {"Google",
       received + "by 2002:a05:7300:1::2 with SMTP id a" + date + received +
           "from mail.example.com (mail.example.com. [203.0.113.9])\r\n by "
           "mx.example.jp with ESMTPS id b for <taro@example.jp>" +
           date,
       "found 1 203.0.113.9"},
      {"Exchange",
       received +
           "from EX01.example.jp ([fe80::a]) by EX02.example.jp "
           "([fe80::b%4]) with mapi id 15" +
           date + received +
           "from mail.example.com (203.0.113.9) by EX01.example.jp (10.0.0.5) "
           "with Microsoft SMTP Server id 15" +
           date,
       "found 1 203.0.113.9"},
      {"other fields between",
       "X-A: b\r\n" + mx_to_store + "X-Received: x\r\n" + entry,
       "found 3 203.0.113.9"},
      {"no field", "From: a@example.com\r\n", "no-outside-hop"},
      {"inside only", mx_to_store, "no-outside-hop 0"},
  };
  for (const row& r : rows) check(r);
}

// Its client may be a host of the provider that no name gives away. Where an
// MX host wrote the field, it does not matter what stands below.
TEST(find_border,
     no_host_is_one_for_strangers_by_its_name_where_an_own_follows) {
  const std::string inner =
      received +
      "from gw7 (unknown [203.0.113.7])\r\n\tby store.example.jp (Postfix) "
      "with ESMTP id 8" +
      date;
  const row rows[] = {
      {"nothing follows", inner, "found 0 203.0.113.7"},
      {"somebody else's host", inner + replaced(entry, "mx.example.jp", "a.b"),
       "found 0 203.0.113.7"},
      {"an own host", inner + entry, "no-door 0"},
      {"one of a like name",
       replaced(inner, "store.example.jp", "pop") +
           replaced(entry, "mx.example.jp", "pop"),
       "no-door 0"},
      {"at an MX host", entry + forged, "found 0 203.0.113.9"},
  };
  for (const row& r : rows) check(r);
}

TEST(find_border, says_why_strangers_reach_its_host) {
  const std::string listed =
      replaced(filter_to_store, "192.0.2.7", "198.51.100.70");
  const struct {
    const char* about;
    std::string header;
    entry_reason door;
  } rows[] = {
      {"no border", mx_to_store, entry_reason::none},
      {"an MX host", entry, entry_reason::mx_host},
      {"behind a listed network",
       listed + replaced(entry, "by mx.example.jp", "by in1.filters.example"),
       entry_reason::network},
      {"below the domain", into_filter, entry_reason::domain},
  };
  for (const auto& r : rows) EXPECT_EQ(find(r.header).door, r.door) << r.about;
  provider p = example_jp();
  p.domains.clear();
  EXPECT_EQ(find(into_filter, p).door, entry_reason::upstream);
}

TEST(find_border, says_where_its_facts_come_from) {
  const border b = find("Return-Path: <a@example.com>\r\n" + mx_to_store +
                        entry + "Return-Path: <b@bank.example>\r\n");
  EXPECT_EQ(b.status, border_status::found);
  EXPECT_EQ(b.field, 2u);
  EXPECT_EQ(format(b.client), "203.0.113.9");
  EXPECT_EQ(b.helo, "mail.example.com");
  EXPECT_EQ(b.reverse_name, "out.example.com");
  EXPECT_EQ(b.by, "mx.example.jp");
  EXPECT_EQ(b.door, entry_reason::mx_host);
  EXPECT_TRUE(b.tls);
  EXPECT_EQ(b.time, ten);
  EXPECT_EQ(b.mail_from, "a@example.com");
  EXPECT_EQ(b.mail_from_field, 0u);
  EXPECT_FALSE(b.by_domain_only);
  EXPECT_TRUE(find(filter_to_store + into_filter).by_domain_only);
}

TEST(find_border, return_path_counts_above_the_border_only) {
  const std::string a = "Return-Path: <a@example.com>\r\n";
  const struct {
    std::string header;
    std::optional<std::string> mail_from;
  } rows[] = {
      {a + entry, "a@example.com"},
      {mx_to_store + a + entry, "a@example.com"},
      {a + mx_to_store + a + entry, "a@example.com"},
      {"Return-Path: <>\r\n" + entry, ""},
      {"Return-Path:\r\n <\"a b\"@example.com> \r\n" + entry,
       "\"a b\"@example.com"},
      {entry + a, std::nullopt},
      {entry, std::nullopt},
      {a + "Return-Path: <b@example.com>\r\n" + entry, std::nullopt},
      {a + "Return-Path: x\r\n" + entry, std::nullopt},
      {"Return-Path: a@example.com\r\n" + entry, "a@example.com"},
      {"Return-Path: <MAILER-DAEMON>\r\n" + entry, ""},
      {"Return-Path: <MAILER-DAEMON@example.jp>\r\n" + entry, ""},
      {"Return-Path: <mailer-daemon@store.example.jp>\r\n" + entry, ""},
      {"Return-Path: <MAILER-DAEMON@example.com>\r\n" + entry,
       "MAILER-DAEMON@example.com"},
      {"Return-Path: <MAILER-DAEMON@example.jp.example.com>\r\n" + entry,
       "MAILER-DAEMON@example.jp.example.com"},
      {"Return-Path: <MAILER-DAEMON@x@example.jp>\r\n" + entry, "@example.jp"},
      {"Return-Path: <taro@example.jp>\r\n" + entry, "taro@example.jp"},
      {"Return-Path: <a@example.com> <b@example.com>\r\n" + entry,
       "a@example.com"},
      {"Return-Path: <" + std::string(1001, 'a') + ">\r\n" + entry, "@"},
      {"Return-Path: <root>\r\n" + entry, "@"},
      {"Return-Path: not known\r\n" + entry, std::nullopt},
      {"Return-Path: <a\1b@example.com>\r\n" + entry, "@example.com"},
  };
  for (const auto& r : rows) {
    const border b = find(r.header);
    EXPECT_EQ(b.status, border_status::found) << r.header;
    EXPECT_EQ(b.mail_from, r.mail_from) << r.header;
    EXPECT_EQ(b.mail_from_field.has_value(), r.mail_from.has_value());
  }
}

// The built-in table. What Microsoft's hosts write, in short.
provider microsoft() {
  provider p;
  p.mx_hosts = {"jp.mail.protection.outlook.com"};
  p.upstream = "outlook.office365.com";
  p.domains = {"office365.com", "outlook.com"};
  p.known = known_providers(p.mx_hosts);
  p.mail_only = true;
  return p;
}

std::string by_table(const std::string& header) {
  return short_answer(
      find(header, microsoft(),
           {{"jp.mail.protection.outlook.com", addresses({"192.0.2.1"})},
            {"outlook.office365.com", addresses({"192.0.2.2"})}}));
}

TEST(find_border, the_table_knows_the_hosts_of_providers) {
  const std::string mailbox =
      received +
      "from ST1.prod.outlook.com (::1) by\r\n ST2.prod.outlook.com with HTTPS" +
      date;
  const std::string store =
      received +
      "from FE1.PROD.OUTLOOK.COM (2603:1096:4:140::23) by\r\n "
      "ST1.prod.outlook.com (2603:10b6::10) with Microsoft SMTP Server id 1" +
      date;
  const std::string frontend =
      received +
      "from MX1.prod.protection.outlook.com (2603:1096:4:140:cafe::b4)\r\n by "
      "FE1.outlook.office365.com (2603:1096::23) with Microsoft SMTP Server id "
      "1 via Frontend Transport" +
      date;
  const std::string door =
      received +
      "from mail.example.com (203.0.113.9) by\r\n "
      "MX1.mail.protection.outlook.com (10.167.8.40) with Microsoft SMTP "
      "Server id 1" +
      date;
  const std::string inner = mailbox + store + frontend;
  const row rows[] = {
      {"all of it", inner + door, "found 3 203.0.113.9"},
      {"without the mailbox's hop", store + frontend + door,
       "found 2 203.0.113.9"},
      {"the door alone", door + forged, "found 0 203.0.113.9"},
      // A machine that was rented in the same networks, and another tenant.
      {"a machine of the provider's cloud",
       inner +
           replaced(replaced(door, "203.0.113.9", "2603:1000::9"),
                    "from mail.example.com", "from MX1.prod.outlook.com") +
           door,
       "provider-or-customer 3"},
      {"another customer's mail",
       inner + replaced(door, "203.0.113.9", "2a01:111:f403::1") + forged,
       "provider-or-customer 3"},
      {"the provider's MX host as client",
       inner + replaced(door, "203.0.113.9", "192.0.2.1") + forged,
       "provider-or-customer 3"},
      {"a customer's machine at a store, with its own name",
       mailbox +
           replaced(store, "from FE1.PROD.OUTLOOK.COM", "from a.example.com") +
           door,
       "no-door 1"},
      {"a stranger at a store",
       mailbox + replaced(store, "2603:1096:4:140::23", "203.0.113.66") + door,
       "no-door 1"},
      {"another host wrote the next field",
       mailbox + store +
           replaced(frontend, "by FE1.outlook", "by FE2.outlook") + door,
       "broken-chain 2"},
      {"a client with such a name, at a host that is no store",
       replaced(store, "by\r\n ST1.prod.outlook.com",
                "by\r\n mail.sender.example") +
           door,
       "no-door 0"},
  };
  for (const row& r : rows) EXPECT_EQ(by_table(r.header), r.answer) << r.about;
  const border b =
      find(inner + door, microsoft(),
           {{"jp.mail.protection.outlook.com", addresses({"192.0.2.1"})},
            {"outlook.office365.com", addresses({"192.0.2.2"})}});
  EXPECT_EQ(b.table, "Microsoft 365");
  EXPECT_EQ(b.door, entry_reason::table);
  EXPECT_FALSE(b.through_loopback);
  ASSERT_EQ(b.inside.size(), 3u);
  EXPECT_EQ(b.inside[2].why, inside_by::table);
}

TEST(find_border, hosts_that_only_the_gateways_own_reach) {
  provider p;
  p.mx_hosts = {"cluster1.eu.messagelabs.com"};
  p.domains = {"messagelabs.com"};
  p.known = known_providers(p.mx_hosts);
  const std::vector<resolved_name> names = {
      {"cluster1.eu.messagelabs.com", addresses({"192.0.2.1"})}};
  const std::string relay =
      received + "from [192.0.2.9] by server-1.bemta-5.messagelabs.com id 1" +
      date + received + "(qmail 1 invoked from network)" + date;
  const std::string tower =
      received +
      "from unknown (HELO mail.example.com) (203.0.113.9)\r\n  by "
      "server-9.tower-1.messagelabs.com with X encrypted SMTP" +
      date;
  EXPECT_EQ(short_answer(find(relay + tower, p, names)), "found 2 203.0.113.9");
  EXPECT_EQ(short_answer(find(tower + relay + forged, p, names)),
            "found 0 203.0.113.9");
}

// Names that no DNS has.
TEST(find_border, hosts_of_one_site_follow_each_other) {
  const auto hop_by = [](std::string_view client, std::string_view by) {
    return received + "from " + std::string(client) + "\r\n\tby " +
           std::string(by) + " with LMTP id 1" + date;
  };
  EXPECT_EQ(
      short_answer(find(hop_by("store.internal (store.a.internal [10.0.0.5])",
                               "slot1.internal") +
                        hop_by("mx1 ([10.0.0.6])", "store.internal") + entry)),
      "found 2 203.0.113.9");
  EXPECT_EQ(
      short_answer(find(hop_by("a (a.customer.example [10.0.0.5])",
                               "relay.customer.example") +
                        replaced(entry, "by mx.example.jp", "by a.internal"))),
      "broken-chain 1");
}

TEST(find_border, says_why_a_field_counted) {
  const border b =
      find(received + "(qmail 2 invoked from network)" + date + loopback +
           amavis + replaced(filter_to_store, "192.0.2.7", "198.51.100.70") +
           mx_to_store + filter_to_store + into_filter);
  std::vector<inside_by> why;
  why.reserve(b.inside.size());
  for (const inside_hop& h : b.inside) why.push_back(h.why);
  EXPECT_EQ(why, (std::vector{inside_by::same_host, inside_by::loopback,
                              inside_by::loopback, inside_by::network,
                              inside_by::mx_host, inside_by::name}));
}

TEST(find_border, the_providers_own_fields_tell_the_envelope) {
  const std::string path = "Return-Path: <a@example.com>\r\n";
  const std::string spf =
      "Received-SPF: pass client-ip=203.0.113.9; "
      "envelope-from=s@example.com\r\n";
  const std::string results =
      "Authentication-Results: mx.example.jp;\r\n spf=pass "
      "smtp.mailfrom=example.com\r\n";
  const std::string exim = replaced(
      entry, "with ESMTPS id 1",
      "with esmtps (Exim 4.96)\r\n (envelope-from <e@example.com>) id 1");
  const std::string sendmail = replaced(
      entry, "+0900", "+0900 (JST)\r\n\t(envelope-from \"e)\"@example.com)");
  const std::string other =
      "Received-SPF: pass client-ip=203.0.113.8; "
      "envelope-from=o@example.com\r\n";
  const struct {
    std::string header, told;
    std::optional<std::string> mail_from;
  } rows[] = {
      {path + spf + results + exim, "found 3 203.0.113.9", "a@example.com"},
      {results + spf + exim, "found 2 203.0.113.9", "@example.com"},
      {spf + exim, "found 1 203.0.113.9", "s@example.com"},
      {results + exim, "found 1 203.0.113.9", "@example.com"},
      {exim, "found 0 203.0.113.9", "e@example.com"},
      {sendmail, "found 0 203.0.113.9", "\"e)\"@example.com"},
      {path + "Return-Path: <b@example.com>\r\n" + spf + entry,
       "found 3 203.0.113.9", "s@example.com"},
      {"Return-Path: x\r\n" + spf + entry, "found 2 203.0.113.9",
       "s@example.com"},
      {entry + spf + results, "found 0 203.0.113.9", std::nullopt},
      // The wrong hop, or none that the provider means.
      {other + exim, "contradicted 1", std::nullopt},
      {path + other + spf + entry, "contradicted 3", std::nullopt},
      {"X-Originating-IP: [203.0.113.8]\r\n" + entry, "contradicted 1",
       std::nullopt},
      {entry + other, "found 0 203.0.113.9", std::nullopt},
      // The client wrote more of the field than a path.
      {"Received-SPF: pass envelope-from=a; client-ip=203.0.113.8;@a.example; "
       "client-ip=203.0.113.9\r\n" +
           exim,
       "found 1 203.0.113.9", "e@example.com"},
  };
  for (const auto& r : rows) {
    const border b = find(r.header);
    EXPECT_EQ(short_answer(b), r.told) << r.header;
    EXPECT_EQ(b.mail_from, r.mail_from) << r.header;
  }
}

TEST(find_border, the_senders_words_in_the_providers_field_excuse_nobody) {
  const std::string injected =
      "Received-SPF: Fail (mx.example.jp: domain of \"a) client-ip=1.2.3.4 "
      "(((\"@evil.example does not designate 203.0.113.9 as permitted "
      "sender)\r\n client-ip=203.0.113.9; helo=x;\r\n";
  const border b = find(injected + entry);
  EXPECT_EQ(short_answer(b), "found 1 203.0.113.9");
  EXPECT_TRUE(b.is_doubted);
  EXPECT_TRUE(can_accuse(b));
  EXPECT_FALSE(can_prove(b));
}

// Someone who sends a mail tries to have another host taken for its client.
TEST(find_border, attacks) {
  const std::string attacker = replaced(entry, "203.0.113.9", "203.0.113.66");
  const auto helo = [&](std::string_view name) {
    return replaced(attacker, "mail.example.com", name);
  };
  const row rows[] = {
      {"a field below that claims to be the provider's", attacker + forged,
       "found 0 203.0.113.66"},
      {"a whole chain below",
       attacker + mx_to_store + loopback + amavis + forged,
       "found 0 203.0.113.66"},
      {"a private hop injected below",
       attacker + replaced(mx_to_store, "192.0.2.1", "10.0.0.1") + forged,
       "found 0 203.0.113.66"},
      {"an LMTP hop injected below",
       attacker + received + "from a by mx.example.jp with LMTP id 1" + date +
           forged,
       "found 0 203.0.113.66"},
      {"unreadable fields below", attacker + received + "from (((\r\n" + forged,
       "found 0 203.0.113.66"},
      {"HELO is an inside host", helo("mx.example.jp") + forged,
       "found 0 203.0.113.66"},
      {"HELO is an inside address", helo("[192.0.2.1]") + forged,
       "found 0 203.0.113.66"},
      {"HELO is loopback", helo("localhost") + forged, "found 0 203.0.113.66"},
      {"HELO is a listed address", helo("[198.51.100.70]") + forged,
       "found 0 203.0.113.66"},
      {"reverse name of an inside host, not confirmed",
       replaced(attacker, "(out.example.com", "(mx.example.jp") + forged,
       "found 0 203.0.113.66"},
      {"reverse name of a filter, not confirmed",
       replaced(attacker, "(out.example.com", "(filter.example.jp") + forged,
       "found 0 203.0.113.66"},
      {"reverse name that looks like an address",
       replaced(attacker, "(out.example.com", "(127.0.0.1") + forged,
       "found 0 203.0.113.66"},
      {"reverse name that ends alike",
       replaced(attacker, "(out.example.com", "(evilexample.jp") + forged,
       "found 0 203.0.113.66"},
      {"a customer of the provider with a confirmed name",
       replaced(replaced(attacker, "(out.example.com", "(p9.example.jp"),
                "203.0.113.66", "203.0.113.200") +
           forged,
       "provider-or-customer 0"},
      {"a customer, where one host is MX and upstream",
       replaced(
           replaced(replaced(attacker, "(out.example.com", "(p9.example.jp"),
                    "203.0.113.66", "203.0.113.200"),
           "by mx.example.jp", "by sv1.example.jp") +
           forged,
       "provider-or-customer 0"},
      {"a customer who logged in",
       replaced(replaced(into_filter, "(out.example.com [203.0.113.9]",
                         "(p9.example.jp [203.0.113.200]"),
                "ESMTPS", "ESMTPSA") +
           forged,
       "submitted 0"},
      {"a user who logged in from elsewhere",
       replaced(attacker, "ESMTPS", "ESMTPSA") + forged, "submitted 0"},
      {"a user in the office who logged in",
       replaced(replaced(into_filter, "203.0.113.9", "10.0.0.9"), "ESMTPS",
                "ESMTPSA") +
           forged,
       "submitted 0"},
      {"a program of a user on the provider's host",
       received + "by mx.example.jp (Postfix, from userid 1000) id 1" + date +
           forged,
       "local-program 0"},
      {"a program of a user, qmail",
       received + "(qmail 1 invoked by uid 1000)" + date + forged,
       "local-program 0"},
      {"webmail of the provider",
       received + "by 10.157.14.6 with HTTP" + date + forged,
       "local-program 0"},
      {"the host that hides its clients",
       received + "by smtp.example.jp with ESMTP id 1" + date + forged,
       "local-program 0"},
      {"the MX host sees an address translator",
       replaced(attacker, "203.0.113.66", "172.17.0.1") + forged,
       "unusable-address 0"},
      {"another host sees an address translator",
       replaced(into_filter, "203.0.113.9", "172.17.0.1") + received +
           "from pc (unknown [198.51.100.5]) by mail.sender.example with "
           "ESMTP id 1" +
           date,
       "broken-chain 1"},
      {"a field below that names nobody",
       replaced(mx_to_store, "192.0.2.1", "10.0.0.1") + received +
           "from a (a [198.51.100.5]) with ESMTP id 1" + date,
       "broken-chain 1"},
      {"a mail server that says localhost is behind the MX host",
       replaced(mx_to_store, "192.0.2.1", "10.0.0.1") + received +
           "from a (a [198.51.100.5]) by localhost with ESMTP id 1" + date,
       "broken-chain 1"},
      {"the border's field lacks the address",
       received + "from mail.example.com by mx.example.jp with ESMTP id 1" +
           date + forged,
       "no-address 0"},
      {"the border's field has two addresses",
       received +
           "from a (b [192.0.2.1]) (c [203.0.113.66])\r\n\tby "
           "mx.example.jp with ESMTP id 1" +
           date + forged,
       "no-address 0"},
      {"HELO of several words and clauses",
       received +
           "from a by mx.example.jp with LMTP id 1 (c [203.0.113.66])\r\n"
           "\tby mx.example.jp with ESMTP id 1" +
           date + forged,
       "unreadable 0"},
      {"fetched from another mailbox",
       received +
           "from pop.example.com [203.0.113.5]\r\n\tby localhost with POP3 "
           "(fetchmail-6.4.37)" +
           date + forged,
       "not-smtp 0"},
      {"webmail", replaced(attacker, "ESMTPS", "HTTP") + forged, "not-smtp 0"},
      {"an address nobody has",
       replaced(attacker, "203.0.113.66", "224.0.0.1") + forged,
       "unusable-address 0"},
      {"a control octet in the field",
       replaced(attacker, "id 1", "id \x01") + forged, "found 0 203.0.113.66"},
  };
  for (const row& r : rows) check(r);
}

TEST(find_border, forged_fields_below_change_nothing) {
  const border expected = find(mx_to_store + entry);
  for (const std::string& below :
       {entry, mx_to_store, filter_to_store, loopback, amavis, into_filter,
        forged, std::string("Return-Path: <x@bank.example>\r\n"),
        std::string("Received: (((\r\n"), std::string("Received:\r\n")}) {
    std::string many;
    many += mx_to_store;
    many += entry;
    for (int i = 0; i < 40; ++i) many += below;
    const border b = find(many);
    EXPECT_EQ(short_answer(b), short_answer(expected)) << below;
    EXPECT_EQ(b.helo, expected.helo);
    EXPECT_EQ(b.mail_from, expected.mail_from);
    EXPECT_EQ(b.time, expected.time);
  }
}

TEST(find_border, does_not_guess_without_the_dns) {
  const std::vector<resolved_name> silent = {{"mx.example.jp", {}, false},
                                             {"mx2.example.jp", {}, true},
                                             {"pop.example.jp", {}, true}};
  const provider p = example_jp();
  EXPECT_EQ(short_answer(find(entry, p, silent)), "dns-unavailable 0");
  EXPECT_EQ(short_answer(find(entry, p, {})), "dns-unavailable 0");
  // The name of the filter was not asked for.
  EXPECT_EQ(short_answer(find(filter_to_store + entry, p,
                              {{"mx.example.jp", {}, true},
                               {"mx2.example.jp", {}, true},
                               {"pop.example.jp", {}, true}})),
            "dns-unavailable 0");
  // Whether the upstream is an MX host is not known.
  EXPECT_EQ(short_answer(find(
                replaced(replaced(filter_to_store, "192.0.2.7", "10.0.0.1"),
                         "by store.example.jp", "by pop.example.jp") +
                    entry,
                p,
                {{"mx.example.jp", {}, false},
                 {"pop.example.jp", addresses({"192.0.2.3"})}})),
            "unusable-address 0");
  // A listed network needs no name, and without names nothing is asked.
  provider listed;
  listed.networks = {*parse_ip_network("192.0.2.0/24")};
  EXPECT_EQ(short_answer(find(mx_to_store + entry, listed, {})),
            "found 1 203.0.113.9");
}

TEST(names_to_confirm, asks_only_what_may_matter) {
  const provider p = example_jp();
  const auto names = [&](const std::string& header) {
    return names_to_confirm(trace_of(message::parse_header(header + "\r\n")),
                            p);
  };
  using list = std::vector<std::string>;
  const list hosts = {"mx.example.jp", "mx2.example.jp", "pop.example.jp"};
  list with_filter = hosts;
  with_filter.push_back("filter.example.jp");
  EXPECT_EQ(names(entry), hosts);
  EXPECT_EQ(names(filter_to_store + entry), with_filter);
  EXPECT_EQ(names(loopback + amavis), list());
  EXPECT_EQ(names(""), list());

  std::string many;
  for (int i = 0; i < 100; ++i) {
    many += replaced(filter_to_store, "(filter", "(f" + std::to_string(i));
  }
  EXPECT_EQ(names(many).size(), 20u);
}

// All that follows it may be the sender's, who would name slow hosts.
TEST(names_to_confirm, asks_who_recorded_the_first_public_client_only) {
  const std::string first =
      replaced(entry, "mx.example.jp", "in1.host.example");
  const std::string below =
      replaced(entry, "mx.example.jp", "in2.host.example");
  const std::vector<std::string> expected = {
      "mx.example.jp", "mx2.example.jp", "pop.example.jp", "in1.host.example"};
  EXPECT_EQ(
      names_to_confirm(trace_of(message::parse_header(first + below + "\r\n")),
                       example_jp()),
      expected);
}

TEST(find_border, needs_a_host_that_strangers_reach) {
  const std::string of_other =
      replaced(entry, "mx.example.jp", "in1.host.example");
  EXPECT_EQ(short_answer(find(of_other)), "no-door 0");
  // Not even behind a host that is the provider's by address.
  EXPECT_EQ(short_answer(find(mx_to_store + of_other)), "no-door 1");
  auto names = zone();
  names.push_back({"in1.host.example", addresses({"192.0.2.1"})});
  EXPECT_EQ(short_answer(find(of_other, example_jp(), names)),
            "found 0 203.0.113.9");
  // No answer is no evidence.
  names.back() = {"in1.host.example", {}, false};
  EXPECT_EQ(short_answer(find(of_other, example_jp(), names)), "no-door 0");
  EXPECT_EQ(short_answer(find(replaced(entry, "by mx.example.jp", "by mx9"))),
            "no-door 0");
}

// As where the MX hosts lie in another domain than the host fetched from.
TEST(find_border, takes_no_host_of_any_domain_of_the_provider_for_outside) {
  provider p = example_jp();
  p.domains = {"example.jp", "example.net"};
  auto names = zone();
  names.push_back({"relay.example.net", addresses({"203.0.113.40"})});
  const std::string relayed = replaced(entry, "out.example.com [203.0.113.9",
                                       "relay.example.net [203.0.113.40");
  EXPECT_EQ(short_answer(find(relayed, p, names)), "provider-or-customer 0");
  names.back().addresses = addresses({"203.0.113.41"});
  EXPECT_EQ(short_answer(find(relayed, p, names)), "found 0 203.0.113.40");
}

TEST(find_border, proves_nothing_behind_a_loopback_hop) {
  EXPECT_FALSE(find(mx_to_store + entry).through_loopback);
  const std::string v6 = replaced(loopback, "127.0.0.1", "IPv6:::1");
  const std::string lmtp = replaced(loopback, "ESMTP", "LMTP");
  provider mail_only = example_jp();
  mail_only.mail_only = true;
  const std::string headers[] = {loopback + entry, v6 + entry, lmtp + entry,
                                 loopback + amavis + entry,
                                 mx_to_store + loopback + entry};
  for (const std::string& header : headers) {
    const border b = find(header);
    EXPECT_EQ(b.status, border_status::found) << header;
    EXPECT_TRUE(b.through_loopback) << header;
    EXPECT_FALSE(find(header, mail_only).through_loopback) << header;
  }
  // What came to the host by HTTP is no mail that a filter hands on.
  EXPECT_EQ(short_answer(find(replaced(v6, "ESMTP", "HTTPS") + entry)),
            "local-program 0");
}

TEST(find_border, looks_at_no_more_than_thirty_hops) {
  std::string header;
  for (int i = 0; i < 29; ++i) header += loopback;
  EXPECT_EQ(short_answer(find(header + entry)), "found 29 203.0.113.9");
  header += loopback;
  EXPECT_EQ(short_answer(find(header)), "no-outside-hop 29");
  EXPECT_EQ(short_answer(find(header + entry)), "too-many-hops 29");
}

}  // namespace
}  // namespace mekiki::verdict
