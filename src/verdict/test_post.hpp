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
  "slow.example": {"*": {"error": "TIMEOUT"}},
  "_dmarc.slow.example": {"*": {"error": "TIMEOUT"}},
  "s._domainkey.slow.example": {"*": {"error": "TIMEOUT"}}})";

class post {
 public:
  /// Sat, 21 Nov 2026 12:00:00 +0000
  static constexpr std::int64_t now = 1'795'262'400;

  post() {
    auto parsed = dns::parse_zone(post_zone);
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
  empty_history past_;
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
