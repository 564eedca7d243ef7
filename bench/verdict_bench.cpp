// What all checks together cost one mail whose answers are cached: header and
// body read, DKIM, border, SPF with an include, DMARC by the tree walk, look
// alikes, ARC, decision; and the same mail with DKIM alone.
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/sign.hpp"
#include "auth/dkim/verify.hpp"
#include "crypto/private_key.hpp"
#include "dns/zone_resolver.hpp"
#include "message/header.hpp"
#include "support/seal.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/evaluate.hpp"

namespace {

using namespace mekiki;
namespace asio = boost::asio;

// Sat, 21 Nov 2026 12:00:00 +0000
constexpr std::int64_t now_seconds = 1'795'262'400;

constexpr std::string_view trace =
    "Return-Path: <hanako@mail.sender.example>\r\n"
    "Received: from mx.provider.example (mx.provider.example "
    "[198.51.100.1])\r\n"
    "\tby store.provider.example with LMTP id 1;"
    " Sat, 21 Nov 2026 11:59:31 +0000\r\n"
    "Received: from out.sender.example (out.sender.example [192.0.2.1])\r\n"
    "\tby mx.provider.example (Postfix) with ESMTPS id 2\r\n"
    "\tfor <taro@provider.example>; Sat, 21 Nov 2026 11:59:30 +0000\r\n";

struct world {
  std::string unsigned_mail;
  std::string plain;   // one signature
  std::string sealed;  // and an ARC set
  std::unique_ptr<dns::zone_resolver> zone;

  explicit world(crypto::key_type type) {
    const auto key = std::move(*crypto::private_key::generate(type));
    unsigned_mail =
        "From: Hanako <hanako@sender.example>\r\n"
        "To: Taro <taro@provider.example>\r\n"
        "Subject: Hello\r\n"
        "Date: Sat, 21 Nov 2026 11:59:00 +0000\r\n"
        "Message-ID: <1@sender.example>\r\n\r\n";
    while (unsigned_mail.size() < 8 << 10) {
      unsigned_mail +=
          "The quick brown fox jumps over the lazy dog.  Then it sleeps\r\n";
    }
    const std::string signed_mail =
        *dkim::sign(unsigned_mail, "sender.example", "sel", key) +
        unsigned_mail;
    sealed = std::string(trace) +
             *arc::seal(signed_mail, auth::result::none,
                        "list.example; dkim=pass header.d=sender.example",
                        "sender.example", "sel", key) +
             signed_mail;
    plain = std::string(trace) + signed_mail;
    zone = std::move(*dns::parse_zone(fmt::format(
        R"({{"provider.example": {{"MX": [[10, "mx.provider.example"]]}},
             "mx.provider.example": {{"A": ["198.51.100.1"]}},
             "pop.provider.example": {{"A": ["198.51.100.2"]}},
             "mail.sender.example": {{"TXT":
                 ["v=spf1 include:_spf.sender.example -all"]}},
             "_spf.sender.example": {{"TXT":
                 ["v=spf1 ip4:203.0.113.0/24 ip4:192.0.2.0/24 -all"]}},
             "_dmarc.sender.example": {{"TXT": ["v=DMARC1; p=reject"]}},
             "sel._domainkey.sender.example": {{"TXT": ["{}"]}}}})",
        dkim::format_key_record(key))));
  }
};

const world& rsa() {
  static const world w(crypto::key_type::rsa);
  return w;
}

template <class T>
T run(asio::io_context& io, asio::awaitable<T> work) {
  std::optional<T> out;
  asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& e, T got) {
    if (e)
      std::rethrow_exception(e);
    out = std::move(got);
  });
  io.restart();
  io.run();
  return std::move(*out);
}

void all_checks(benchmark::State& state, std::string_view mail,
                std::string_view expected) {
  asio::io_context io(1);
  const manual_clock clock{time_point(std::chrono::seconds(now_seconds))};
  dkim::key_cache keys;
  const verdict::settings settings;
  const verdict::correspondents watched(
      {"example.jp", "sample-bank.example", "hanako.example"});
  for (auto _ : state) {
    verdict::services with{.resolver = *rsa().zone,
                           .keys = keys,
                           .clock = clock,
                           .watched = &watched};
    verdict::evaluation e(settings, with,
                          {.account = "taro@provider.example",
                           .login = "taro@provider.example",
                           .upstream = "pop.provider.example"});
    e.write(mail);
    const auto v = run(io, e.finish());
    if (verdict::format(v.result.why).find(expected) == std::string::npos)
      throw std::runtime_error(verdict::format(v.result.why));
  }
}

void dkim_alone(benchmark::State& state) {
  asio::io_context io(1);
  dkim::key_cache keys;
  const std::string_view mail = rsa().plain;
  const time_point now{std::chrono::seconds(now_seconds)};
  for (auto _ : state) {
    const auto header = message::parse_header(mail);
    dkim::verifier v(header, {});
    v.body(mail.substr(header.body));
    const auto results = run(io, v.finish(*rsa().zone, keys, now));
    if (results.front().status != auth::result::pass)
      throw std::runtime_error("does not verify");
  }
}

void all_of_a_signed_mail(benchmark::State& s) {
  all_checks(s, rsa().plain, "aligned-dkim");
}
void all_of_a_sealed_mail(benchmark::State& s) {
  all_checks(s, rsa().sealed, "aligned-dkim");
}
void all_of_an_unsigned_mail(benchmark::State& s) {
  static const std::string mail = std::string(trace) + rsa().unsigned_mail;
  all_checks(s, mail, "");
}

BENCHMARK(dkim_alone)->Unit(benchmark::kMicrosecond);
BENCHMARK(all_of_a_signed_mail)->Unit(benchmark::kMicrosecond);
BENCHMARK(all_of_a_sealed_mail)->Unit(benchmark::kMicrosecond);
BENCHMARK(all_of_an_unsigned_mail)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
