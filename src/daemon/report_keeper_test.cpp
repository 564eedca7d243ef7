#include "daemon/report_keeper.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.hpp"
#include "base/test_folder.hpp"
#include "dns/zone_resolver.hpp"
#include "store/schema.hpp"

namespace mekiki::daemon {
namespace {

using testing::HasSubstr;

std::string record(const std::string& address) {
  return fmt::format(
      "<record><row><source_ip>{}</source_ip><count>1</count>"
      "<policy_evaluated><disposition>none</disposition><dkim>pass</dkim>"
      "<spf>pass</spf></policy_evaluated></row><identifiers>"
      "<header_from>example.jp</header_from></identifiers></record>",
      address);
}

std::string xml(const std::string& id,
                const std::string& records = record("192.0.2.1")) {
  return fmt::format(
      "<feedback><report_metadata><org_name>reporter.example</org_name>"
      "<report_id>{}</report_id><date_range><begin>1799971200</begin>"
      "<end>1800057599</end></date_range></report_metadata>"
      "<policy_published><domain>example.jp</domain><p>none</p>"
      "</policy_published>{}</feedback>",
      id, records);
}

std::string mail_with(const std::string& body) {
  return "From: r@reporter.example\r\nContent-Type: text/xml\r\n\r\n" + body +
         "\r\n";
}

std::string forwarding(const std::string& mail) {
  return "From: someone@example.jp\r\nContent-Type: message/rfc822\r\n\r\n" +
         mail;
}

verdict::judgement proven() {
  verdict::judgement v;
  v.known.header.author_domain = "reporter.example";
  v.proven.author_is_clear = true;
  v.proven.is_proven = true;
  return v;
}

class report_keeper_test : public testing::Test {
 protected:
  report_keeper_test() : resolver_(std::move(*dns::parse_zone(zone))) {
    static const bool silent = (log::start("off", log::format::text), true);
    static_cast<void>(silent);
    EXPECT_TRUE(store::prepare(file_));
    settings_.domains.report_octets = 16 << 20;
  }

  static constexpr std::string_view zone = R"({
    "1.2.0.192.in-addr.arpa": {"PTR": ["out.esp.example"]},
    "out.esp.example": {"A": ["192.0.2.1"]},
    "2.2.0.192.in-addr.arpa": {"PTR": ["mail.example.jp"]},
    "mail.example.jp": {"A": ["198.51.100.1"]},
    "example.jp": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}})";

  template <class T>
  T run(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(work),
                          [&](const std::exception_ptr& error, T value) {
                            if (error)
                              std::rethrow_exception(error);
                            result = std::move(value);
                          });
    io_.restart();
    io_.run();
    return std::move(*result);
  }
  void run(boost::asio::awaitable<void> work) {
    boost::asio::co_spawn(io_, std::move(work),
                          [](const std::exception_ptr& error) {
                            if (error)
                              std::rethrow_exception(error);
                          });
    io_.restart();
    io_.run();
  }

  static std::shared_ptr<message::spool> spooled(const std::string& mail) {
    auto out = std::make_shared<message::spool>(message::spool_limits{});
    EXPECT_TRUE(out->append(mail));
    return out;
  }
  report_keeper::outcome keep(const std::string& mail,
                              const verdict::judgement& v = proven()) {
    return run(keeper_.keep(spooled(mail), v));
  }
  std::int64_t number(const std::string& sql) const {
    const store::sqlite::database db(file_, store::sqlite::access::read_only,
                                     std::chrono::seconds(1));
    return db.number(sql);
  }

  const test::folder folder_;
  const std::filesystem::path file_ = folder_.path() / "mekiki.db";
  boost::asio::io_context io_;
  const manual_clock clock_{time_point(std::chrono::seconds(1'800'100'000))};
  std::unique_ptr<dns::resolver> resolver_;
  config::settings settings_;
  report_keeper keeper_{settings_, file_, *resolver_, clock_};
};

TEST_F(report_keeper_test, keeps_what_is_proven_apart) {
  EXPECT_TRUE(keep(mail_with(xml("1"))).is_done());
  EXPECT_TRUE(keep(mail_with(xml("2")), {}).is_done());
  // The mail around it says nothing of whom it comes from.
  EXPECT_TRUE(keep(forwarding(mail_with(xml("3")))).is_done());
  const auto copy = keep(mail_with(xml("1")));
  EXPECT_TRUE(copy.is_done());
  EXPECT_EQ(copy.known, 1U);
  EXPECT_EQ(number("SELECT count(*) FROM report WHERE proven = 1 "
                   "AND author = 'reporter.example' AND number = '1'"),
            1);
  EXPECT_EQ(number("SELECT count(*) FROM report WHERE proven = 0"), 2);
  EXPECT_EQ(keeper_.counted().kept, 3U);
  EXPECT_EQ(keeper_.counted().known, 1U);
}

// What is not kept as a whole is not done with, though it is no failure of
// ours.
TEST_F(report_keeper_test, is_done_only_with_what_is_kept_whole) {
  const std::string whole =
      xml("cut", record("192.0.2.1") + record("192.0.2.2"));
  const auto cut = keep(mail_with(whole.substr(0, whole.rfind("<record>"))));
  EXPECT_EQ(cut.kept, 1U);
  EXPECT_FALSE(cut.is_done());
  EXPECT_FALSE(cut.is_ours);
  EXPECT_THAT(cut.failure, HasSubstr("missing"));
  EXPECT_TRUE(keep(mail_with(whole)).is_done());
  EXPECT_EQ(number("SELECT sum(records) FROM report"), 2);
  const auto other = keep(mail_with(xml("cut")));
  EXPECT_FALSE(other.is_done());
  EXPECT_FALSE(other.is_ours);
  EXPECT_THAT(other.failure, HasSubstr("something else"));
  const auto none = keep("Subject: x\r\n\r\nHello.\r\n");
  EXPECT_FALSE(none.is_done());
  EXPECT_EQ(number("SELECT count(*) FROM report"), 1);
}

TEST_F(report_keeper_test, a_failure_of_ours_is_tried_again) {
  std::filesystem::rename(file_, folder_.path() / "elsewhere");
  EXPECT_TRUE(keep(mail_with(xml("1"))).is_ours);
  std::filesystem::rename(folder_.path() / "elsewhere", file_);
  EXPECT_TRUE(keep(mail_with(xml("1"))).is_done());
  keeper_.stop();
  EXPECT_TRUE(keep(mail_with(xml("2"))).is_ours);
}

TEST_F(report_keeper_test, mails_that_wait_are_bounded) {
  EXPECT_FALSE(keeper_.has_room("a", report_keeper::most_mail + 1));
  const auto mail = spooled(mail_with(xml("1")));
  int waiting = 0;
  for (; keeper_.has_room("a", mail->size()) && waiting < 1'000; ++waiting) {
    boost::asio::co_spawn(io_, keeper_.keep_beside(mail, proven(), "a"),
                          [](const std::exception_ptr&) {});
  }
  EXPECT_EQ(waiting, 200);
  EXPECT_TRUE(keeper_.is_busy());
  io_.run();
  EXPECT_FALSE(keeper_.is_busy());
  EXPECT_TRUE(keeper_.has_room("a", mail->size()));
  EXPECT_EQ(keeper_.counted().known, 199U);
}

// A name that its owner made up leads elsewhere.
TEST_F(report_keeper_test, finds_names_that_lead_back) {
  settings_.domains.watch = {"example.jp"};
  keep(mail_with(xml("1", record("192.0.2.1") + record("192.0.2.2"))));
  run(keeper_.find_names());
  EXPECT_EQ(number("SELECT count(*) FROM report_source WHERE address = "
                   "'192.0.2.1' AND name = 'out.esp.example'"),
            1);
  EXPECT_EQ(number("SELECT count(*) FROM report_source WHERE address = "
                   "'192.0.2.2' AND name = ''"),
            1);
  EXPECT_EQ(number("SELECT count(*) FROM report_seen WHERE covered = "
                   "'ip4:192.0.2.1'"),
            1);
  EXPECT_EQ(number("SELECT count(*) FROM report_source WHERE due = 0"), 0);
}

}  // namespace
}  // namespace mekiki::daemon
