// A provider, a bank that refuses what it did not send, and whoever writes
// there: whole mails are judged, with the DNS of a fixed zone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/dkim/key_cache.hpp"
#include "base/clock.hpp"
#include "dns/zone_resolver.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::verdict::test {

/// The bank's host is 192.0.2.1 and its key that of testdata/dkim; the
/// attacker's host is 192.0.2.9 and his key that of RFC 8463 A.2.
inline constexpr const char* post_zone = R"({
  "provider.example": {"MX": [[10, "mx.provider.example"]]},
  "mx.provider.example": {"A": ["198.51.100.1"]},
  "pop.provider.example": {"A": ["198.51.100.2"]},
  "bank.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"],
                   "MX": [[10, "mail.bank.example"]]},
  "_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject"]},
  "mail.bank.example": {"A": ["192.0.2.1"],
                        "TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
  "s._domainkey.bank.example": {"TXT":
    ["v=DKIM1; k=ed25519; p=2SOu3rgKVMItrVNJNbwE+s0+ACPpkUvq1Ij9aOH3WAo="]},
  "lame.bank.example": {"*": {"error": "TIMEOUT"}},
  "s._domainkey.lame.bank.example": {"*": {"error": "TIMEOUT"}},
  "made.up._domainkey.bank.example": {"*": {"error": "TIMEOUT"}},
  "1.2.0.192.in-addr.arpa": {"PTR": ["mail.bank.example"]},
  "evil.example": {"TXT": ["v=spf1 ip4:192.0.2.9 -all"]},
  "mail.evil.example": {"A": ["192.0.2.9"],
                        "TXT": ["v=spf1 ip4:192.0.2.9 -all"]},
  "_dmarc.evil.example": {"TXT": ["v=DMARC1; p=none"]},
  "brisbane._domainkey.evil.example": {"TXT":
    ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]},
  "9.2.0.192.in-addr.arpa": {"PTR": ["mail.evil.example"]},
  "s._domainkey.gw.example": {"TXT":
    ["v=DKIM1; k=ed25519; p=2SOu3rgKVMItrVNJNbwE+s0+ACPpkUvq1Ij9aOH3WAo="]},
  "s._domainkey.lists.example": {"TXT":
    ["v=DKIM1; k=ed25519; p=2SOu3rgKVMItrVNJNbwE+s0+ACPpkUvq1Ij9aOH3WAo="]},
  "slow.example": {"*": {"error": "TIMEOUT"}},
  "_dmarc.slow.example": {"*": {"error": "TIMEOUT"}},
  "s._domainkey.slow.example": {"*": {"error": "TIMEOUT"}}})";

/// A record that takes more questions than a mail may ask.
inline std::string greedy_names() {
  std::string record = "v=spf1";
  std::string out;
  for (const char i : std::string_view("0123456789")) {
    const std::string name = std::string("m") + i + ".greedy.example";
    record += " mx:" + name;
    std::string hosts;
    for (const char j : std::string_view("0123456789")) {
      const std::string host = std::string("h") + j + '.' + name;
      hosts += (j == '0' ? "[10, \"" : ", [10, \"") + host + "\"]";
      out += ", \"" + host + R"(": {"A": ["203.0.113.7"]})";
    }
    out += ", \"" + name + R"(": {"MX": [)" + hosts + "]}";
  }
  return out + R"(, "greedy.example": {"TXT": [")" + record + R"( -all"]})";
}

/// Of somebody who trusts a forwarder and a list.
class trusting_history final : public history {
 public:
  boost::asio::awaitable<history_answer> ask(history_question /*q*/) override {
    history_answer out;
    out.rules = {{.what = rule::kind::forwarder, .pattern = "gw.example"},
                 {.what = rule::kind::list, .pattern = "dev.lists.example"}};
    co_return out;
  }
  boost::asio::awaitable<addition_answer> ask(addition a) override {
    return none_.ask(std::move(a));
  }
  boost::asio::awaitable<std::vector<border_view>> ask(
      border_question q) override {
    return none_.ask(std::move(q));
  }

 private:
  empty_history none_;
};

class post {
 public:
  /// Sat, 21 Nov 2026 12:00:00 +0000
  static constexpr std::int64_t now = 1'795'262'400;

  post() {
    std::string zone = post_zone;
    zone.insert(zone.rfind('}'), greedy_names());
    auto parsed = dns::parse_zone(zone);
    if (!parsed)
      throw std::runtime_error("the zone");
    zone_ = std::move(*parsed);
  }

  judgement judge(std::string_view mail) {
    kept again(mail);
    evaluation e(limits_,
                 {.resolver = *zone_,
                  .keys = keys_,
                  .clock = clock_,
                  .history = &past_,
                  .watched = &watched_},
                 {.account = "taro@provider.example%pop.provider.example:995",
                  .login = "taro@provider.example",
                  .upstream = "pop.provider.example"});
    e.write(mail);
    std::optional<judgement> out;
    boost::asio::co_spawn(io_, e.finish(&again),
                          [&](const std::exception_ptr& error, judgement got) {
                            if (error)
                              std::rethrow_exception(error);
                            out = std::move(got);
                          });
    io_.restart();
    io_.run();
    return std::move(*out);
  }

 private:
  struct kept final : octet_source {
    explicit kept(std::string_view m) : mail(m) {}
    std::size_t size() const override { return mail.size(); }
    std::optional<std::string> read() override { return std::string(mail); }
    std::string_view mail;
  };

  boost::asio::io_context io_{1};
  manual_clock clock_{time_point(std::chrono::seconds(now))};
  dkim::key_cache keys_;
  std::unique_ptr<dns::resolver> zone_;
  settings limits_;
  trusting_history past_;
  correspondents watched_;
};

/// Written by the host that took the mail from outside; what is below is the
/// sender's.
inline std::string border_fields(std::string_view path, std::string_view helo,
                                 std::string_view client,
                                 std::string_view recipient) {
  std::string out = "Return-Path: ";
  out.append(path).append("\r\nReceived: from ").append(helo);
  out.append(" (unknown [").append(client);
  out.append("])\r\n\tby mx.provider.example (Postfix) with ESMTPS id 2\r\n");
  out.append("\tfor ").append(recipient);
  out.append("; Sat, 21 Nov 2026 11:59:30 +0000\r\n");
  return out;
}

}  // namespace mekiki::verdict::test
