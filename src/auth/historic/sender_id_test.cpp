#include "auth/historic/sender_id.hpp"

#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/test_conformance.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::historic {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

template <class Result>
Result wait(boost::asio::awaitable<Result> task) {
  Result out;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, std::move(task),
                        [&](const std::exception_ptr& e, Result result) {
                          if (e)
                            std::rethrow_exception(e);
                          out = std::move(result);
                        });
  io.run();
  return out;
}

struct row {
  const char* name;
  std::vector<std::string> texts;
  const char* mfrom;  // the terms; or the code of why there are none
  const char* pra;
};

// RFC 4406 3.4 and 4.4.
const std::vector<row> rows{
    {"v=spf1 is for both", {"v=spf1 -all"}, " -all", " -all"},
    {"spf2.0 is preferred",
     {"v=spf1 +all", "spf2.0/mfrom,pra -all"},
     " -all",
     " -all"},
    {"one for each", {"spf2.0/mfrom a", "spf2.0/pra mx"}, " a", " mx"},
    {"v=spf1 does not count beside any spf2.0",
     {"v=spf1 +all", "spf2.0/mfrom a"},
     " a",
     "no_record"},
    {"two for a scope",
     {"spf2.0/mfrom a", "spf2.0/pra,mfrom mx"},
     "several_records",
     " mx"},
    {"other scopes", {"spf2.0/x-y,PRA a"}, "no_record", " a"},
    {"no terms", {"spf2.0/pra"}, "no_record", ""},
    {"not a version section",
     {"spf2.0 a", "spf2.0/ b", "spf2.0/pra, c", "spf2.0/,pra d", "spf2.1/pra e",
      "spf2.0/p@ra f", "v=spf1 g"},
     " g",
     " g"},
    {"nothing", {"hello"}, "no_record", "no_record"},
};

TEST(sender_id, selects_records) {
  const auto told = [](const spf::selection& s) {
    return std::string(s.code == spf::errc::allowed ? s.terms
                                                    : to_string(s.code));
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    EXPECT_EQ(told(select_mfrom(r.texts)), r.mfrom);
    EXPECT_EQ(told(select_pra(r.texts)), r.pra);
  }
}

TEST(sender_id, responsible_address) {
  const auto zone = dns::parse_zone(R"({
      "example.com": {"TXT": ["spf2.0/pra ip4:192.0.2.1 -all", "v=spf1 +all"]},
      "example.org": {"TXT": ["v=spf1 include:example.com -all"]}})");
  ASSERT_TRUE(zone) << zone.error();
  struct mail {
    const char* header;
    const char* ip;
    const char* result;
    const char* field;
  };
  const std::vector<mail> mails{
      {"From: ann@example.com\r\n", "192.0.2.1", "pass", "from"},
      {"From: ann@example.com\r\n", "192.0.2.2", "fail", "from"},
      // The included record is selected by the same scope.
      {"From: ann@example.org\r\n", "192.0.2.1", "pass", "from"},
      {"From: ann@example.org\r\n", "192.0.2.2", "fail", "from"},
      {"From: ann@example.net\r\n", "192.0.2.1", "none", "from"},
      {"From: ann@example.net\r\nSender: s@example.com\r\n", "192.0.2.1",
       "pass", "sender"},
      {"From: a@example.com, b@example.com\r\n", "192.0.2.1", "none", ""},
  };
  for (const mail& m : mails) {
    SCOPED_TRACE(m.header);
    const auto header = message::parse_header(m.header);
    spf::request asked;
    asked.ip = parse_ip_address(m.ip).value();
    asked.mail_from = "somebody@else.example";
    const spf::options how;
    const auto got = wait(check_sender_id(header, asked, **zone, how));
    EXPECT_EQ(to_string(got.status), m.result) << got.reason;
    EXPECT_EQ(got.field, m.field);
    EXPECT_FALSE(got.reason.empty());
  }
}

TEST(sender_id_data, rfc4406) {
  const fs::path root = conformance::folder("senderid-rfc4406");
  if (!fs::exists(root))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << root;
  const json::value m = conformance::manifest("senderid-rfc4406");
  const auto text = [](const json::value& v) {
    return std::string(v.as_string());
  };
  std::size_t run = 0;
  for (const json::value& c : m.at("cases").as_array()) {
    SCOPED_TRACE(text(c.at("id")));
    const auto zone = dns::load_zone(root / text(c.at("dns")));
    ASSERT_TRUE(zone) << zone.error();
    spf::request asked;
    asked.ip = parse_ip_address(text(c.at("ip"))).value();
    asked.helo = text(c.at("helo"));
    asked.mail_from = text(c.at("mailfrom"));
    ASSERT_EQ(text(c.at("scope")), "mfrom");
    const spf::options how;
    const auto got =
        wait(check_sender_id_host(asked, sender_id_scope::mfrom, **zone, how));
    EXPECT_EQ(to_string(got.status), text(c.at("expect").at("result")))
        << got.reason;
    ++run;
  }
  EXPECT_EQ(run, m.at("count").to_number<std::size_t>());
}

}  // namespace
}  // namespace mekiki::historic
