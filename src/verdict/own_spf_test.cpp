#include "verdict/own_spf.hpp"

#include <exception>
#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "dns/zone_resolver.hpp"

namespace mekiki::verdict {
namespace {

namespace asio = boost::asio;

class counting final : public dns::resolver {
 public:
  explicit counting(dns::resolver& from) : from_(from) {}
  void prefetch(const dns::question& q) override { from_.prefetch(q); }
  asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    ++questions;
    dns::answer_ptr answer = co_await from_.resolve(std::move(q));
    co_return answer;
  }
  std::size_t questions = 0;

 private:
  dns::resolver& from_;
};

struct result {
  own_spf said = own_spf::unknown;
  std::size_t questions = 0;
};

result ask(const std::string& record, const char* client,
           std::vector<std::string> domains = {"provider.example"}) {
  const auto zone = std::move(
      *dns::parse_zone(R"({"provider.example": {"TXT": [")" + record + R"("],
          "MX": [[10, "mx.provider.example"]], "A": ["198.51.100.9"]},
        "mx.provider.example": {"A": ["198.51.100.1"],
                                "AAAA": ["2001:db8::1"]},
        "relay.other.example": {"A": ["198.51.100.3"]},
        "spf.provider.example": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]},
        "bad.provider.example": {"TXT": ["v=spf1 ip4:nonsense"]},
        "loop.provider.example":
          {"TXT": ["v=spf1 include:loop.provider.example"]},
        "spf.other.example": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]},
        "slow.provider.example": {"*": {"error": "TIMEOUT"}},
        "broken.example": {"*": {"error": "SERVFAIL"}},
        "second.example": {"TXT": ["v=spf1 ip4:203.0.113.5"]}})"));
  counting resolver(*zone);
  result out;
  asio::io_context io;
  asio::co_spawn(
      io, ask_own_spf(std::move(domains), *parse_ip_address(client), resolver),
      [&](const std::exception_ptr& error, own_spf said) {
        EXPECT_EQ(error, nullptr);
        out.said = said;
      });
  io.run();
  out.questions = resolver.questions;
  return out;
}

TEST(own_spf, terms) {
  const struct {
    const char* record;
    const char* client;
    own_spf said;
  } rows[] = {
      {"v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.7", own_spf::allows},
      {"v=spf1 ip4:192.0.2.0/24 -all", "::ffff:192.0.2.7", own_spf::allows},
      {"v=spf1 ip4:192.0.2.0/24 -all", "198.51.100.7", own_spf::silent},
      {"v=spf1 ip6:2001:db8::/32", "2001:db8::7", own_spf::allows},
      {"v=spf1 a", "198.51.100.9", own_spf::allows},
      {"v=spf1 a/24", "198.51.100.77", own_spf::allows},
      {"v=spf1 a:relay.other.example", "198.51.100.3", own_spf::allows},
      {"v=spf1 mx", "198.51.100.1", own_spf::allows},
      {"v=spf1 mx", "2001:db8::1", own_spf::allows},
      {"v=spf1 mx", "2001:db8::2", own_spf::silent},
      {"v=spf1 include:spf.provider.example", "192.0.2.7", own_spf::allows},
      {"v=spf1 redirect=spf.provider.example", "192.0.2.7", own_spf::allows},
      // What is no statement about own hosts.
      {"v=spf1 +all", "192.0.2.7", own_spf::silent},
      {"v=spf1 ?all", "192.0.2.7", own_spf::silent},
      {"v=spf1 ?ip4:192.0.2.7", "192.0.2.7", own_spf::silent},
      {"v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24", "192.0.2.7", own_spf::silent},
      {"v=spf1 ip4:192.0.0.0/7", "192.0.2.7", own_spf::silent},
      {"v=spf1 a/0", "192.0.2.7", own_spf::silent},
      {"v=spf1 exists:provider.example", "192.0.2.7", own_spf::silent},
      {"v=spf1 a:%{d}", "198.51.100.9", own_spf::silent},
      // Behind others' names their customers are strangers.
      {"v=spf1 include:spf.other.example", "192.0.2.7", own_spf::silent},
      {"v=spf1 redirect=spf.other.example", "192.0.2.7", own_spf::silent},
      {"v=spf1 include:bad.provider.example", "192.0.2.7", own_spf::silent},
      {"v=spf1 include:no.provider.example ip4:192.0.2.7", "192.0.2.7",
       own_spf::allows},
      {"v=spf1 nonsense ip4:192.0.2.7", "192.0.2.7", own_spf::silent},
      {"no record", "192.0.2.7", own_spf::silent},
      // The DNS does not answer.
      {"v=spf1 a:slow.provider.example -all", "192.0.2.7", own_spf::unknown},
      {"v=spf1 a:slow.provider.example ip4:192.0.2.7", "192.0.2.7",
       own_spf::allows},
  };
  for (const auto& r : rows)
    EXPECT_EQ(ask(r.record, r.client).said, r.said) << r.record << r.client;
}

TEST(own_spf, domains) {
  const char* record = "v=spf1 ip4:192.0.2.7";
  EXPECT_EQ(ask(record, "203.0.113.5", {}).said, own_spf::silent);
  EXPECT_EQ(
      ask(record, "203.0.113.5", {"provider.example", "second.example"}).said,
      own_spf::allows);
  EXPECT_EQ(ask(record, "192.0.2.7", {"broken.example"}).said,
            own_spf::unknown);
  EXPECT_EQ(
      ask(record, "192.0.2.7", {"broken.example", "provider.example"}).said,
      own_spf::allows);
}

TEST(own_spf, questions_are_few_and_bounded) {
  EXPECT_EQ(ask("v=spf1 ip4:192.0.2.0/24 -all", "203.0.113.9").questions, 1U);
  std::string record = "v=spf1";
  for (int i = 0; i < 100; ++i)
    record += " a:h" + std::to_string(i) + ".provider.example";
  EXPECT_LE(ask(record, "203.0.113.9").questions, 30U);
  const result loop =
      ask("v=spf1 include:loop.provider.example", "203.0.113.9");
  EXPECT_EQ(loop.said, own_spf::silent);
  EXPECT_LE(loop.questions, 10U);
}

}  // namespace
}  // namespace mekiki::verdict
