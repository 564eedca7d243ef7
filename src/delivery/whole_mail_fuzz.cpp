// One whole mail, from its first octet to its last: it arrives, is judged,
// marked or rewritten, and goes out. What its sender can write never makes it
// look proven, since no key and no SPF record that could prove it is there.
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/dkim/key_cache.hpp"
#include "base/ascii.hpp"
#include "base/clock.hpp"
#include "base/fuzz_require.hpp"
#include "base/log.hpp"
#include "delivery/desk.hpp"
#include "delivery/outgoing_mail.hpp"
#include "dns/zone_resolver.hpp"
#include "notify/edit/test_client_reading.hpp"

using mekiki::fuzz::require;

namespace {

using namespace mekiki;
namespace asio = boost::asio;
using verdict::level;

// Keys that verify nothing that is not signed by them, a policy that refuses,
// and the hosts of a provider. All other names do not exist.
constexpr std::string_view zone = R"({
  "provider.example": {"MX": [[10, "mx.provider.example"]]},
  "mx.provider.example": {"A": ["198.51.100.1"]},
  "store.provider.example": {"A": ["198.51.100.2"]},
  "_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject"]},
  "bank.example": {"TXT": ["v=spf1 -all"], "MX": [[10, "mx.bank.example"]]},
  "s._domainkey.bank.example": {"TXT":
    ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]},
  "slow.example": {"*": {"error": "TIMEOUT"}},
  "_dmarc.slow.example": {"*": {"error": "TIMEOUT"}},
  "s._domainkey.slow.example": {"*": {"error": "TIMEOUT"}}})";

struct nobody final : delivery::wait_observer {
  asio::awaitable<bool> on_wait() override { co_return true; }
};

class post_office {
 public:
  post_office() {
    log::start("off", log::format::text);
    auto parsed = dns::parse_zone(zone);
    require(parsed.has_value(), "zone");
    zone_ = std::move(*parsed);
    delivery::settings settings;
    settings.notify.authserv_id = "mekiki.test";
    settings.spool.memory = 1'000;
    desk_.emplace(std::move(settings),
                  delivery::services{.verdict = {*zone_, keys_, clock_}});
    taro.from = {.account = "taro@provider.example",
                 .login = "taro@provider.example",
                 .upstream = "pop.provider.example"};
  }

  std::shared_ptr<delivery::arriving_mail> arrive(std::string_view octets,
                                                  std::size_t piece) {
    auto mail = desk_->begin(taro);
    for (std::size_t i = 0; i < octets.size(); i += piece)
      require(mail->take(octets.substr(i, piece)), "room");
    return mail;
  }

  delivery::judged_mail judge(
      const std::shared_ptr<delivery::arriving_mail>& mail) {
    std::optional<delivery::judged_mail> got;
    nobody observer;
    asio::co_spawn(io_, desk_->judge(mail, taro, observer),
                   [&](const std::exception_ptr& e,
                       std::optional<delivery::judged_mail> j) {
                     require(!e, "an exception");
                     got = std::move(j);
                   });
    io_.restart();
    io_.run();
    require(got.has_value(), "no judgement");
    return std::move(*got);
  }

  std::string send(delivery::arriving_mail& mail,
                   const delivery::judged_mail& j) {
    delivery::outgoing_mail out(mail, desk_->settings(), taro, std::nullopt);
    out.set_judged(j, desk_->random());
    std::string octets;
    while (!out.ended()) {
      const auto piece = out.read();
      require(piece.has_value(), "read");
      octets += *piece;
    }
    octets += out.finish();
    return octets;
  }

  delivery::recipient taro;

 private:
  asio::io_context io_{1};
  // Saturday, 21 November 2026
  manual_clock clock_{time_point(std::chrono::seconds(1'795'262'400))};
  dkim::key_cache keys_;
  std::unique_ptr<dns::resolver> zone_;
  std::optional<delivery::desk> desk_;
};

void check_fields(const std::string& out, level what) {
  for (const auto ends : {notify::reading::line_ends::crlf,
                          notify::reading::line_ends::crlf_or_lf,
                          notify::reading::line_ends::any}) {
    int checks = 0;
    int verdicts = 0;
    for (const auto& f : notify::reading::read_header(out, ends)) {
      if (f.name == "x-dkim-check") {
        ++checks;
        require(f.value.find("pass") == f.value.npos, "a check that passes");
      }
      if (f.name == "x-mekiki-verdict") {
        ++verdicts;
        require(f.value.find(to_string(what)) != f.value.npos, "the verdict");
      }
      require(f.name != "x-mozilla-keys", "a client's own field");
    }
    require(checks == 1 && verdicts == 1, "one field of ours each");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static post_office office;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  // Not by the size: a mail that grows keeps its choices.
  const unsigned choice = size == 0 ? 0 : data[0];
  office.taro.choice.methods.rewrite = choice % 3 == 0;
  office.taro.choice.subject_mark = choice % 3 == 1;

  const auto mail = office.arrive(octets, 1 + choice % 61);
  const delivery::judged_mail j = office.judge(mail);
  const level what = j.judgement.result.what;
  // Whoever writes a field of results above the border is the provider.
  const bool is_reported =
      ascii::to_lower(octets).find("authentication-results:") != octets.npos;
  require(what == level::unverified || what == level::forged ||
              (what == level::altered && is_reported),
          "proven by nothing");
  const auto whole = office.arrive(octets, octets.size() + 1);
  const delivery::judged_mail again = office.judge(whole);
  require(again.judgement.result.what == what &&
              again.judgement.digest == j.judgement.digest &&
              again.judgement.result.why.code == j.judgement.result.why.code,
          "as it came in pieces");

  const std::string out = office.send(*mail, j);
  check_fields(out, what);
  const std::size_t end = octets.find("\r\n\r\n");
  if (j.actions.rewrite || end == octets.npos)
    return 0;
  require(out.ends_with(octets.substr(end)), "the body");
  return 0;
}
