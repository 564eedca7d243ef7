#include "dns/zone_resolver.hpp"

#include <filesystem>
#include <sstream>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_conformance.hpp"

namespace mekiki::dns {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

answer_ptr ask(resolver& r, std::string name, record_type type) {
  boost::asio::io_context io;
  question q{std::move(name), type};
  auto future = boost::asio::co_spawn(io, r.resolve(std::move(q)),
                                      boost::asio::use_future);
  io.run();
  return future.get();
}

// "success x y", "nxdomain", ...: an answer in one line.
std::string summary(const answer& a) {
  static constexpr const char* words[] = {"success",  "no_data",  "nxdomain",
                                          "timeout",  "servfail", "bogus",
                                          "malformed"};
  std::string out = words[static_cast<int>(a.status)];
  for (const auto& text : a.texts) out += " " + text;
  for (const auto& name : a.names) out += " " + name;
  for (const auto& address : a.addresses) out += " " + format(address);
  for (const auto& mx : a.exchanges) {
    out += fmt::format(" {}:{}", mx.preference, mx.host);
  }
  return out;
}

std::unique_ptr<zone_resolver> zone_of(std::string_view json) {
  auto zone = parse_zone(json);
  EXPECT_TRUE(zone) << zone.error();
  return std::move(*zone);
}

TEST(zone_resolver, answers) {
  const auto zone = zone_of(R"({
    "sel._domainkey.example.jp": {"TXT": ["v=DKIM1; p=..."]},
    "Example.JP.": {"MX": [[10, "MX.example.jp."], [0, "."]],
                    "TXT": [["v=spf1 ", "mx -all"], "second", []],
                    "A": ["192.0.2.1", "192.0.2.2"],
                    "AAAA": ["2001:db8::1"], "SPF": ["ignored"], "PTR": []},
    "1.2.0.192.in-addr.arpa": {"PTR": ["Host.Example.jp."]},
    "www.example.jp": {"CNAME": ["example.jp"]},
    "www2.example.jp": {"CNAME": ["WWW.example.jp."], "TXT": ["own"]},
    "gone.example.jp": {"CNAME": ["nowhere.example.jp"]},
    "up.example.jp": {"CNAME": ["_domainkey.example.jp"]},
    "loop1.example": {"CNAME": ["loop2.example"]},
    "loop2.example": {"CNAME": ["loop1.example"]},
    "slow.example": {"*": {"error": "TIMEOUT"}, "A": ["192.0.2.3"]},
    "to-slow.example": {"CNAME": ["slow.example"]},
    "odd.example": {"A": {"error": "SERVFAIL"}, "AAAA": {"error": "NXDOMAIN"},
                    "MX": {"error": "NODATA"}, "TXT": {"error": "TIMEOUT"},
                    "CNAME": {"error": "SERVFAIL"}},
    "bytes.example": {"TXT": ["\u00e9\u0080\u00ff", "é", "日"]},
    "a b%c.example": {"A": ["192.0.2.4"]}
  })");
  const struct {
    std::string name;
    record_type type;
    std::string expected;
  } cases[] = {
      {"sel._domainkey.example.jp", record_type::txt, "success v=DKIM1; p=..."},
      {"sel._domainkey.example.jp", record_type::a, "no_data"},
      {"example.jp", record_type::mx, "success 10:mx.example.jp 0:"},
      {"example.jp", record_type::txt, "success v=spf1 mx -all second "},
      {"example.jp", record_type::a, "success 192.0.2.1 192.0.2.2"},
      {"example.jp", record_type::aaaa, "success 2001:db8::1"},
      {"example.jp", record_type::ptr, "no_data"},
      {"example.jp", record_type::cname, "no_data"},
      {"1.2.0.192.in-addr.arpa", record_type::ptr, "success host.example.jp"},
      {"www.example.jp", record_type::a, "success 192.0.2.1 192.0.2.2"},
      {"www.example.jp", record_type::ptr, "no_data"},
      {"www.example.jp", record_type::cname, "success example.jp"},
      {"www2.example.jp", record_type::aaaa, "success 2001:db8::1"},
      {"www2.example.jp", record_type::txt, "success own"},
      {"gone.example.jp", record_type::a, "nxdomain"},
      {"up.example.jp", record_type::a, "no_data"},
      {"loop1.example", record_type::a, "servfail"},
      {"loop1.example", record_type::cname, "success loop2.example"},
      {"slow.example", record_type::txt, "timeout"},
      {"slow.example", record_type::a, "success 192.0.2.3"},
      {"to-slow.example", record_type::mx, "timeout"},
      {"odd.example", record_type::a, "servfail"},
      {"odd.example", record_type::aaaa, "nxdomain"},
      {"odd.example", record_type::mx, "no_data"},
      {"odd.example", record_type::txt, "timeout"},
      {"odd.example", record_type::ptr, "servfail"},
      {"bytes.example", record_type::txt, "success \xe9\x80\xff \xe9 日"},
      {"a b%c.example", record_type::a, "success 192.0.2.4"},
      // Names between others exist (RFC 8020).
      {"_domainkey.example.jp", record_type::txt, "no_data"},
      {"jp", record_type::txt, "no_data"},
      {"nowhere.example.jp", record_type::txt, "nxdomain"},
      {"le.jp", record_type::a, "nxdomain"},
      {"", record_type::a, "malformed"},
      {"a..example.jp", record_type::a, "malformed"},
      {std::string(64, 'a') + ".jp", record_type::a, "malformed"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(summary(*ask(*zone, c.name, c.type)), c.expected)
        << c.name << ' ' << to_string(c.type);
  }
}

TEST(zone_resolver, cname_chain_has_a_limit) {
  std::string json = "{";
  for (int i = 0; i < 12; ++i) {
    json += fmt::format(R"("c{}.example": {{"CNAME": ["c{}.example"]}},)", i,
                        i + 1);
  }
  json += R"("c12.example": {"A": ["192.0.2.1"]}})";
  const auto zone = zone_of(json);
  EXPECT_EQ(summary(*ask(*zone, "c2.example", record_type::a)),
            "success 192.0.2.1");
  EXPECT_EQ(summary(*ask(*zone, "c1.example", record_type::a)), "servfail");
}

TEST(zone_resolver, answers_are_shared_and_made_once) {
  const auto zone = zone_of(R"({"a.example": {"TXT": ["x"]}})");
  const answer_ptr one = ask(*zone, "a.example", record_type::txt);
  EXPECT_EQ(one, ask(*zone, "a.example", record_type::txt));
  EXPECT_GT(one->ttl.count(), 0);
}

TEST(zone_resolver, errors_name_the_place) {
  const struct {
    const char* json;
    const char* expected;
  } cases[] = {
      {"", "line 1, column 1: incomplete"},
      {"{\n  \"a\": }", "line 2, column 8: syntax error"},
      {"{} x", "line 1, column 4: extra data"},
      {"{\"a\": \"\xff\"}", "line 1, column 8"},
      {"[]", "expected an object of names"},
      {R"({"a..b": {}})", "\"a..b\": not a domain name"},
      {R"({"": {}})", "\"\": not a domain name"},
      {R"({"a": {}, "A.": {}})", "\"A.\": the name is there twice"},
      {R"({"a": []})", "\"a\": expected an object of types"},
      {R"({"a": {"Txt": []}})",
       "\"a\": type \"Txt\": expected A, AAAA, CNAME, MX, PTR, TXT or *"},
      {R"({"a": {"TXT": "x"}})", "\"a\": type TXT: expected a list, or an"},
      {R"({"a": {"TXT": ["x", 1]}})", "type TXT: record 2: expected a string"},
      {R"({"a": {"TXT": [["x", 1]]}})", "record 1: expected a list of strings"},
      {R"({"a": {"A": ["2001:db8::1"]}})", "expected an IPv4 address"},
      {R"({"a": {"A": ["192.0.2.256"]}})", "expected an IPv4 address"},
      {R"({"a": {"AAAA": ["192.0.2.1"]}})", "expected an IPv6 address"},
      {R"({"a": {"PTR": [1]}})", "record 1: expected a string"},
      {R"({"a": {"MX": ["mx"]}})", "expected [preference 0 to 65535, host]"},
      {R"({"a": {"MX": [[65536, "mx"]]}})", "expected [preference"},
      {R"({"a": {"MX": [[-1, "mx"]]}})", "expected [preference"},
      {R"({"a": {"MX": [["10", "mx"]]}})", "expected [preference"},
      {R"({"a": {"CNAME": ["b", "c"]}})", "expected one name at most"},
      {R"({"a": {"A": {"error": "OOPS"}}})", "one of TIMEOUT, SERVFAIL"},
      {R"({"a": {"A": {}}})", "one of TIMEOUT, SERVFAIL"},
      {R"({"a": {"*": ["x"]}})", "\"a\": type *: expected an error"},
  };
  for (const auto& c : cases) {
    const auto zone = parse_zone(c.json);
    ASSERT_FALSE(zone) << c.json;
    EXPECT_THAT(zone.error(), HasSubstr(c.expected)) << c.json;
  }
  EXPECT_FALSE(parse_zone(std::string(100'000, '[')));
}

TEST(zone_resolver, file_errors_name_the_file) {
  const auto absent = load_zone("/nonexistent/zone.json");
  ASSERT_FALSE(absent);
  EXPECT_EQ(
      absent.error(),
      "/nonexistent/zone.json: cannot be read: No such file or directory");
  const auto folder = load_zone("/");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error(), HasSubstr("/: "));
}

TEST(zone_resolver, every_zone_of_the_conformance_data_loads) {
  const std::filesystem::path folder = conformance::folder();
  if (!std::filesystem::is_directory(folder)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << folder;
  }
  int zones = 0;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(folder)) {
    const std::filesystem::path& path = file.path();
    if (path.extension() != ".json" ||
        path.string().find("dns") == std::string::npos ||
        path.filename() == "MANIFEST.json") {
      continue;
    }
    const auto zone = load_zone(path);
    EXPECT_TRUE(zone) << zone.error();
    ++zones;
  }
  EXPECT_GT(zones, 100);
}

}  // namespace
}  // namespace mekiki::dns
