#include "daemon/domain_watch.hpp"

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/small_file.hpp"
#include "base/test_folder.hpp"
#include "dns/test_zone.hpp"

namespace mekiki::daemon {
namespace {

using dns::test::make_zone;
using dns::test::run;
using severity = domain_event::severity;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view good_zone =
    R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
        "_dmarc.example.jp": {"TXT": ["v=DMARC1; p=reject"]}})";
constexpr std::string_view open_zone =
    R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 +all"]},
        "_dmarc.example.jp": {"TXT":
            ["v=DMARC1; p=reject; rua=mailto:r@reader.example"]},
        "reader.example": {"MX": [[1, "mx.reader.example"]]},
        "example.jp._report._dmarc.reader.example": {"TXT": ["v=DMARC1"]}})";
constexpr std::string_view silent_zone =
    R"({"example.jp": {"*": {"error": "TIMEOUT"}}})";

records::domain_report report_of(std::string_view text) {
  const auto zone = make_zone(text);
  return run(records::check_domain("example.jp", {}, *zone));
}

std::vector<std::string> texts(const std::vector<domain_event>& events) {
  std::vector<std::string> out;
  for (const domain_event& e : events) out.push_back(e.text);
  return out;
}

TEST(compare, tells_what_broke_and_what_was_mended) {
  const records::domain_report good = report_of(good_zone);
  const records::domain_report open = report_of(open_zone);
  const seen_domain was_good = remember(good);
  const seen_domain was_open = remember(open);

  EXPECT_THAT(texts(compare(nullptr, good)),
              ElementsAre("domain example.jp: watched from now on; grade ok"));
  EXPECT_THAT(compare(&was_good, good), IsEmpty());
  EXPECT_THAT(compare(&was_open, open), IsEmpty());
  const auto broke = compare(&was_good, open);
  EXPECT_THAT(
      texts(broke),
      ElementsAre(
          "domain example.jp: DMARC changed from v=DMARC1; p=reject to "
          "v=DMARC1; p=reject; rua=mailto:r@reader.example",
          "domain example.jp: SPF changed from v=spf1 -all to v=spf1 +all",
          "domain example.jp: spf-allows-all (example.jp TXT): The term +all "
          "in the record of example.jp lets every host in the world send as "
          "this domain.",
          "domain example.jp: grade bad, was ok"));
  EXPECT_EQ(broke[2].how, severity::error);
  EXPECT_THAT(
      texts(compare(&was_open, good)),
      Contains("domain example.jp: mended: spf-allows-all example.jp TXT"));
}

TEST(compare, says_nothing_of_records_that_were_not_answered) {
  const seen_domain before = remember(report_of(good_zone));
  const auto events = compare(&before, report_of(silent_zone));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front().how, severity::warning);
}

TEST(seen_domains, are_read_as_they_were_written) {
  const seen_domains all{{"example.jp", remember(report_of(open_zone))},
                         {"other.example", {}}};
  const auto again = parse_seen_domains(format(all));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, all);
  for (const std::string_view wrong :
       {"", "[]", "{\"a\": 1}", "{\"a\": {}}",
        R"({"a": {"grade": 1, "records": {}, "findings": []}})",
        R"({"a": {"grade": "ok", "records": {"b": 1}, "findings": []}})",
        R"({"a": {"grade": "ok", "records": {}, "findings": [1]}})"})
    EXPECT_FALSE(parse_seen_domains(wrong)) << wrong;
}

/// Answers from a zone that can be changed, and counts.
class changing_resolver final : public dns::resolver {
 public:
  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    ++asked;
    return zone->resolve(std::move(q));
  }

  std::unique_ptr<dns::zone_resolver> zone;
  std::size_t asked = 0;
};

boost::asio::awaitable<bool> look(domain_watch* watch) {
  co_await watch->look();
  co_return true;
}

class domain_watch_test : public ::testing::Test {
 protected:
  domain_watch_test() { settings_.domains.watch = {"example.jp"}; }

  /// How many questions a look asks.
  std::size_t look_with(domain_watch& watch, std::string_view zone) {
    resolver_.zone = make_zone(zone);
    resolver_.asked = 0;
    run(look(&watch));
    return resolver_.asked;
  }
  seen_domains kept() const {
    const auto text = read_small_file(folder_.path() / "domains", 1 << 20);
    if (!text)
      return {};
    const auto seen = parse_seen_domains(*text);
    return seen ? *seen : seen_domains();
  }

  const mekiki::test::folder folder_;
  config::settings settings_;
  changing_resolver resolver_;
  manual_clock clock_{time_point{}};
};

TEST_F(domain_watch_test, looks_once_a_day) {
  domain_watch watch(settings_, folder_.path(), resolver_, clock_);
  EXPECT_GT(look_with(watch, good_zone), 0U);
  EXPECT_EQ(look_with(watch, open_zone), 0U);
  clock_.advance(std::chrono::hours(23));
  EXPECT_EQ(look_with(watch, open_zone), 0U);
  EXPECT_EQ(kept().at("example.jp").grade, "ok");
  clock_.advance(std::chrono::hours(1));
  EXPECT_GT(look_with(watch, open_zone), 0U);
  EXPECT_EQ(kept().at("example.jp").grade, "bad");
}

TEST_F(domain_watch_test, looks_again_in_an_hour_where_nobody_answers) {
  domain_watch watch(settings_, folder_.path(), resolver_, clock_);
  look_with(watch, good_zone);
  clock_.advance(std::chrono::hours(24));
  EXPECT_GT(look_with(watch, silent_zone), 0U);
  EXPECT_EQ(kept().at("example.jp").grade, "ok");
  clock_.advance(std::chrono::hours(1));
  EXPECT_GT(look_with(watch, silent_zone), 0U);
}

TEST_F(domain_watch_test, knows_after_a_restart_what_it_has_seen) {
  {
    domain_watch watch(settings_, folder_.path(), resolver_, clock_);
    look_with(watch, open_zone);
  }
  const seen_domains before = kept();
  EXPECT_EQ(before.at("example.jp").grade, "bad");
  domain_watch again(settings_, folder_.path(), resolver_, clock_);
  EXPECT_GT(look_with(again, good_zone), 0U);
  EXPECT_EQ(kept().at("example.jp").grade, "ok");
}

TEST_F(domain_watch_test, asks_nothing_without_domains) {
  settings_.domains.watch.clear();
  domain_watch watch(settings_, folder_.path(), resolver_, clock_);
  EXPECT_EQ(look_with(watch, good_zone), 0U);
  EXPECT_THAT(kept(), IsEmpty());
}

}  // namespace
}  // namespace mekiki::daemon
