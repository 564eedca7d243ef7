#include "daemon/domain_pages.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.hpp"
#include "base/unix_time.hpp"
#include "dns/test_zone.hpp"

namespace mekiki::daemon {
namespace {

namespace json = boost::json;
using dns::test::make_zone;
using dns::test::run;
using notify::language;

constexpr std::int64_t start = 1'800'000'000;

boost::asio::awaitable<bool> look(domain_watch* watch) {
  co_await watch->look();
  co_return true;
}

class domain_pages_test : public ::testing::Test {
 protected:
  domain_pages_test() {
    settings_.domains.watch = {"b.example", "a.example", "silent.example",
                               "c.example"};
  }

  /// After a look at that zone.
  const domain_watch& after(std::string_view zone) {
    zone_ = make_zone(zone);
    watch_ = std::make_unique<domain_watch>(
        settings_, folder_.path(), *zone_, clock_, past_source(),
        [](boost::asio::awaitable<void>) {});
    run(look(watch_.get()));
    return *watch_;
  }

  const mekiki::test::folder folder_;
  config::settings settings_;
  manual_clock clock_{at_unix_seconds(start)};
  std::unique_ptr<dns::zone_resolver> zone_;
  std::unique_ptr<domain_watch> watch_;
};

constexpr std::string_view zone =
    R"({"a.example": {"TXT": ["v=spf1 include:gone.example +all"]},
        "b.example": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
        "_dmarc.b.example": {"TXT": ["v=DMARC1; p=reject"]},
        "silent.example": {"*": {"error": "TIMEOUT"}},
        "_dmarc.silent.example": {"*": {"error": "TIMEOUT"}},
        "c.example": {"MX": [[0, "."]]}})";

std::string text(const json::value& v) { return json::serialize(v); }

TEST_F(domain_pages_test, have_a_row_for_each_domain) {
  const json::array rows = domain_rows(after(zone), language::english);
  ASSERT_EQ(rows.size(), 4U);
  const json::object& parked = rows[0].as_object();
  EXPECT_EQ(parked.at("domain"), "b.example");
  EXPECT_EQ(parked.at("grade"), "ok");
  EXPECT_EQ(parked.at("policy"), "reject");
  EXPECT_EQ(parked.at("parked"), true);
  EXPECT_EQ(parked.at("parked_lines"), json::array());
  EXPECT_EQ(parked.at("checked"), start);
  EXPECT_EQ(parked.at("silent_since"), nullptr);
  // It names hosts that send: lines for no mail would stop theirs.
  const json::object& open = rows[1].as_object();
  EXPECT_EQ(open.at("grade"), "bad");
  EXPECT_EQ(open.at("parked"), false);
  EXPECT_EQ(open.at("parked_lines"), json::array());
  EXPECT_GE(open.at("bad").to_number<int>(), 2);
  const json::object& silent = rows[2].as_object();
  EXPECT_EQ(silent.at("grade"), nullptr);
  EXPECT_EQ(silent.at("silent_since"), start);
  EXPECT_EQ(silent.at("parked_lines"), json::array());
  // It takes none, and nothing says that it sends none.
  EXPECT_EQ(rows[3].as_object().at("parked_lines").as_array().size(), 4U);
}

// The line of a table has room for one.
TEST_F(domain_pages_test, tell_the_gravest_of_the_last_changes) {
  settings_.domains.watch = {"b.example"};
  after(R"({"b.example": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
            "_dmarc.b.example": {"TXT": ["v=DMARC1; p=reject"]}})");
  clock_.advance(std::chrono::hours(24));
  const json::array rows = domain_rows(
      after(R"({"b.example": {"MX": [[0, "."]], "TXT": ["v=spf1 +all"]},
                "_dmarc.b.example": {"TXT": ["v=DMARC1; p=reject; sp=none"]}})"),
      language::english);
  const json::object& last = rows[0].at("last_change").as_object();
  EXPECT_EQ(last.at("name"), "spf-allows-all");
  EXPECT_EQ(last.at("level"), "bad");
}

TEST_F(domain_pages_test, have_all_of_one_in_the_reader_s_language) {
  const domain_watch& watch = after(zone);
  EXPECT_FALSE(domain_page(watch, "stranger.example", language::english));
  const auto english = domain_page(watch, "a.example", language::english);
  const auto japanese = domain_page(watch, "a.example", language::japanese);
  ASSERT_TRUE(english && japanese);
  const json::array& terms = english->at("report")
                                 .as_object()
                                 .at("spf")
                                 .as_object()
                                 .at("terms")
                                 .as_array();
  const json::value& note = terms.at(0).as_object().at("note");
  const std::string said = text(japanese->at("report"));
  EXPECT_EQ(said.find(text(note)), std::string::npos) << text(note);
  EXPECT_THAT(text(japanese->at("changes")),
              ::testing::HasSubstr("監視します"));
}

TEST_F(domain_pages_test, keep_of_a_flood_of_terms_what_people_read) {
  std::string networks;
  for (int i = 0; i < 500; ++i)
    networks += " ip4:192.0.2." + std::to_string(i % 256);
  const auto page = domain_page(
      after(R"({"a.example": {"TXT": ["v=spf1 include:evil.example -all"]},
                "evil.example": {"TXT": ["v=spf1)" +
            networks + R"( -all"]}})"),
      "a.example", language::english);
  ASSERT_TRUE(page);
  const json::object& evil = page->at("report")
                                 .as_object()
                                 .at("spf")
                                 .as_object()
                                 .at("terms")
                                 .as_array()
                                 .at(0)
                                 .as_object();
  EXPECT_EQ(evil.at("terms").as_array().size(), 60U);
  EXPECT_EQ(evil.at("more").to_number<int>(), 441);
}

TEST_F(domain_pages_test, health_counts_each_domain_once) {
  const domain_health health = health_of(after(zone), start);
  EXPECT_EQ(health.all, 4U);
  EXPECT_EQ(health.bad, 2U);
  EXPECT_EQ(health.silent, 0U);
  EXPECT_EQ(health.changed, 0U);

  clock_.advance(std::chrono::hours(25));
  const std::int64_t later = start + 25 * hour_seconds;
  const domain_watch& watch = after(
      R"({"a.example": {"TXT": ["v=spf1 include:gone.example +all"]},
          "b.example": {"MX": [[0, "."]], "TXT": ["v=spf1 ~all"]},
          "_dmarc.b.example": {"TXT": ["v=DMARC1; p=reject"]},
          "silent.example": {"*": {"error": "TIMEOUT"}},
          "_dmarc.silent.example": {"*": {"error": "TIMEOUT"}}})");
  EXPECT_EQ(health_of(watch, later).bad, 2U);
  EXPECT_EQ(health_of(watch, later).silent, 1U);
  EXPECT_EQ(health_of(watch, later).changed, 1U);
  EXPECT_EQ(health_of(watch, later + day_seconds).changed, 0U);
}

}  // namespace
}  // namespace mekiki::daemon
