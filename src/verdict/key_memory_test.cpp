#include "verdict/key_memory.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "dns/zone_resolver.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t monday = 20'000 * day;

class key_memory_test : public testing::Test {
 protected:
  std::unique_ptr<dns::zone_resolver> zone = std::move(*dns::parse_zone(R"({
    "here._domainkey.a.example": {"TXT": ["v=DKIM1; p=bmV3"]},
    "revoked._domainkey.a.example": {"TXT": ["v=DKIM1; p="]},
    "empty._domainkey.a.example": {"MX": [[1, "a.example"]]},
    "slow._domainkey.a.example": {"*": {"error": "TIMEOUT"}},
    "failing._domainkey.a.example": {"*": {"error": "SERVFAIL"}}})"));
  std::vector<remembered_key> keys;

  void remember(const std::string& selector, bool revoked = false) {
    keys.push_back({.name = selector + "._domainkey.a.example",
                    .text = "v=DKIM1; p=b2xk",
                    .first = monday,
                    .last = monday + 5 * day,
                    .revoked = revoked});
  }

  dns::answer_ptr ask(key_memory& m, const std::string& selector) {
    boost::asio::io_context io;
    auto future = boost::asio::co_spawn(
        io,
        m.resolve({selector + "._domainkey.a.example", dns::record_type::txt}),
        boost::asio::use_future);
    io.run();
    return future.get();
  }
};

TEST_F(key_memory_test, table) {
  const struct {
    const char* about;
    const char* selector;
    std::optional<std::int64_t> came;
    bool revoked;
    bool recalled;
  } rows[] = {
      {"in its time", "gone", monday + day, false, true},
      {"no text any more", "empty", monday + day, false, true},
      {"on the first second", "gone", monday, false, true},
      {"before it was seen", "gone", monday - 1, false, false},
      {"within two days", "gone", monday + 7 * day, false, true},
      {"after two days", "gone", monday + 7 * day + 1, false, false},
      {"no certain border", "gone", std::nullopt, false, false},
      {"revoked once", "gone", monday + day, true, false},
      {"revoked now", "revoked", monday + day, false, false},
      {"no answer", "slow", monday + day, false, false},
      {"servers fail", "failing", monday + day, false, false},
      {"still there", "here", monday + day, false, false},
  };
  for (const auto& r : rows) {
    SCOPED_TRACE(r.about);
    keys.clear();
    remember(r.selector, r.revoked);
    remember("other");
    key_memory m(*zone, keys, r.came);
    const dns::answer_ptr answer = ask(m, r.selector);
    const bool recalled =
        answer->texts == std::vector<std::string>{"v=DKIM1; p=b2xk"};
    EXPECT_EQ(recalled, r.recalled);
    EXPECT_EQ(m.used().size(), r.recalled ? 1U : 0U);
  }
}

TEST_F(key_memory_test, a_name_revoked_under_any_text_stays_revoked) {
  remember("gone");
  remember("gone", true);
  key_memory m(*zone, keys, monday + day);
  EXPECT_EQ(ask(m, "gone")->status, dns::status::nxdomain);
}

TEST_F(key_memory_test, notes_what_the_dns_says) {
  key_memory m(*zone, keys, monday);
  for (const char* selector : {"here", "revoked", "gone", "slow"}) {
    ask(m, selector);
  }
  ASSERT_EQ(m.seen().size(), 2U);
  EXPECT_EQ(m.seen()[0].name, "here._domainkey.a.example");
  EXPECT_EQ(m.seen()[0].text, "v=DKIM1; p=bmV3");
  EXPECT_FALSE(m.seen()[0].revoked);
  EXPECT_EQ(m.seen()[1].name, "revoked._domainkey.a.example");
  EXPECT_TRUE(m.seen()[1].revoked);
}

}  // namespace
}  // namespace mekiki::verdict
