// A mailbox with reports and its server, in memory; tests/e2e has real ones.
#include "daemon/report_fetcher.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "base/log.hpp"
#include "base/test_folder.hpp"
#include "daemon/metrics.hpp"
#include "dns/zone_resolver.hpp"
#include "net/test_stream.hpp"
#include "pop3/account.hpp"
#include "pop3/test_server.hpp"
#include "store/schema.hpp"

namespace mekiki::daemon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using after = config::report_mailbox::after_reading;

std::string xml(const std::string& id, int mails = 1) {
  return fmt::format(
      "<feedback><report_metadata><org_name>reporter.example</org_name>"
      "<report_id>{}</report_id><date_range><begin>1799971200</begin>"
      "<end>1800057599</end></date_range></report_metadata>"
      "<policy_published><domain>example.jp</domain><p>none</p>"
      "</policy_published><record><row><source_ip>192.0.2.1</source_ip>"
      "<count>{}</count><policy_evaluated><disposition>none</disposition>"
      "<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers>"
      "<header_from>example.jp</header_from></identifiers></record>"
      "</feedback>",
      id, mails);
}

std::string mail_with(const std::string& body) {
  return "From: r@reporter.example\r\nContent-Type: text/xml\r\n\r\n" + body +
         "\r\n";
}

constexpr std::string_view zone_text =
    R"({"_dmarc.slow.example": {"*": {"error": "TIMEOUT"}},
        "k._domainkey.slow.example": {"*": {"error": "TIMEOUT"}}})";

class fetching : public testing::Test {
 protected:
  fetching()
      : resolver_(std::move(*dns::parse_zone(zone_text))),
        tls_(std::move(*net::tls_context::make_client({}))) {
    static const bool silent = (log::start("off", log::format::text), true);
    static_cast<void>(silent);
    EXPECT_TRUE(store::prepare(file_));
    server_.ways.begins_with_tls = true;
    settings_.report_mailboxes = {
        {.account = "dmarc%pop.example.jp", .password_file = "p"}};
    settings_.domains.report_octets = 16 << 20;
    report_fetcher::passwords passwords;
    passwords.emplace("p", secret(std::string("secret")));
    fetcher_.use(std::move(passwords));
  }

  config::report_mailbox& box() { return settings_.report_mailboxes[0]; }
  std::string account() const {
    return pop3::account_id(
        *pop3::find_target("dmarc%pop.example.jp", pop3::client_leg::stls, {}));
  }

  /// The next look, an hour later. What the server heard of mails in it.
  std::vector<std::string> look() {
    time_.pass(std::chrono::hours(1));
    server_.heard.clear();
    bool is_done = false;
    boost::asio::co_spawn(time_.io(), fetcher_.look(),
                          [&is_done](const std::exception_ptr& error) {
                            is_done = true;
                            if (error)
                              std::rethrow_exception(error);
                          });
    time_.io().restart();
    while (!is_done) time_.io().run_one();
    time_.settle();
    std::vector<std::string> out;
    for (const std::string& command : server_.heard)
      if (command.starts_with("RETR") || command.starts_with("DELE"))
        out.push_back(command);
    return out;
  }

  std::unique_ptr<store::report_store> history() {
    return std::move(*store::report_store::open(file_, {}, time_));
  }
  std::int64_t kept() const {
    const store::sqlite::database db(file_, store::sqlite::access::read_only,
                                     std::chrono::seconds(1));
    return db.number("SELECT count(*) FROM report WHERE whole = 1");
  }
  std::string failure() const { return fetcher_.boxes().at(0).failure; }

  const test::folder folder_;
  const std::filesystem::path file_ = folder_.path() / "mekiki.db";
  net::test::simulated_time time_;
  pop3::test::server server_{time_};
  std::unique_ptr<dns::resolver> resolver_;
  std::unique_ptr<net::tls_context> tls_;
  config::settings settings_;
  const pop3::proxy_settings rules_;
  pop3::tls_memory seen_tls_{{}};
  pop3::host_memory hosts_{{}, time_};
  dkim::key_cache keys_;
  report_keeper keeper_{settings_, file_, *resolver_, time_};
  report_fetcher fetcher_{
      {.settings = settings_,
       .rules = [this]() -> const pop3::proxy_settings& { return rules_; },
       .upstream = {.resolver = *resolver_,
                    .tls = *tls_,
                    .seen_tls = seen_tls_,
                    .clock = time_,
                    .connect = [this](dns::resolver&, const net::address_rules&,
                                      const net::connect_request&)
                        -> boost::asio::awaitable<
                            expected<net::stream_ptr, net::connect_error>> {
                      net::test::memory_pair p(time_);
                      boost::asio::co_spawn(
                          time_.io(),
                          server_.serve(std::move(p.right.stream), *tls_),
                          [](const std::exception_ptr&) {});
                      co_return std::move(p.left.stream);
                    }},
       .hosts = hosts_,
       .verdict = {*resolver_, keys_, time_},
       .keeper = keeper_,
       .clock = time_}};
};

TEST_F(fetching, reads_each_mail_once_and_the_newest_first) {
  EXPECT_FALSE(fetcher_.boxes().at(0).fetched);
  server_.add(mail_with(xml("1")));
  server_.add("Subject: no report\r\n\r\nHello.\r\n");
  server_.add(mail_with(xml("2")));
  EXPECT_THAT(look(), ElementsAre("RETR 3", "RETR 2", "RETR 1"));
  EXPECT_EQ(kept(), 2);
  EXPECT_EQ(failure(), "");
  EXPECT_EQ(fetcher_.boxes().at(0).fetched,
            std::chrono::system_clock::to_time_t(time_.now()));
  server_.add(mail_with(xml("1")));
  EXPECT_THAT(look(), ElementsAre("RETR 4"));
  EXPECT_EQ(keeper_.counted().kept, 2U);
  EXPECT_EQ(keeper_.counted().known, 1U);
  EXPECT_EQ(fetcher_.counted().fetched, 2U);
  EXPECT_EQ(fetcher_.counted().unread, 1U);
  EXPECT_EQ(fetcher_.counted().deleted, 0U);
}

// Else a real report would be kept as unproven, for good, and its mail deleted.
TEST_F(fetching, a_mail_whose_author_the_dns_leaves_open_waits_for_it) {
  box().after = after::remove;
  server_.add(
      "DKIM-Signature: v=1; a=rsa-sha256; d=slow.example; s=k; h=from;\r\n"
      " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
      "From: r@slow.example\r\nContent-Type: text/xml\r\n\r\n" +
      xml("1") + "\r\n");
  server_.add(mail_with(xml("2")));
  EXPECT_THAT(look(), ElementsAre("RETR 2", "DELE 2", "RETR 1"));
  EXPECT_EQ(kept(), 1);
  EXPECT_THAT(look(), ElementsAre("RETR 1"));
  EXPECT_EQ(kept(), 1);
  // Newer mails come first, and it is not waited for without end.
  server_.add(mail_with(xml("3")));
  EXPECT_THAT(look(), ElementsAre("RETR 2", "DELE 2", "RETR 1"));
  for (int hour = 0; hour < 3 * 24; ++hour) look();
  EXPECT_EQ(kept(), 3);
}

TEST_F(fetching, is_counted) {
  const pop3::counters proxy;
  const delivery::counters mails;
  const dns::lookup_counts lookups;
  const auto value = [&](std::string_view name, std::size_t at) {
    for (const auto& family : metrics({.proxy = proxy,
                              .mails = mails,
                              .lookups = lookups,
                              .fetcher = &fetcher_,
                              .reports = &keeper_}))
      if (family.name == name)
        return family.metric.at(at).counter.value +
               family.metric.at(at).gauge.value;
    return -1.0;
  };
  EXPECT_EQ(value("mekiki_reports_total", 0), 0);
  EXPECT_EQ(value("mekiki_report_fetch_time_seconds", 0), 0);
  box().after = after::remove;
  server_.add(mail_with(xml("1")));
  server_.add("Subject: x\r\n\r\n");
  look();
  EXPECT_EQ(value("mekiki_reports_total", 0), 1);         // kept
  EXPECT_EQ(value("mekiki_report_fetches_total", 0), 1);  // ok
  EXPECT_EQ(value("mekiki_report_mails_total", 0), 1);    // unread
  EXPECT_EQ(value("mekiki_report_mails_total", 1), 1);    // deleted
  EXPECT_GT(value("mekiki_report_fetch_time_seconds", 0), 1.8e9);
}

TEST_F(fetching, looks_no_more_often_than_told) {
  box().every = std::chrono::hours(2);
  look();
  look();
  EXPECT_THAT(server_.heard, IsEmpty());
  look();
  EXPECT_THAT(server_.heard, testing::Not(IsEmpty()));
}

TEST_F(fetching, takes_a_part_of_a_backlog_at_a_time) {
  for (int i = 0; i < 2'003; ++i) server_.add("Subject: x\r\n\r\n");
  const auto first = look();
  EXPECT_EQ(first.size(), 2'000U);
  EXPECT_EQ(first.front(), "RETR 2003");
  EXPECT_THAT(look(), ElementsAre("RETR 3", "RETR 2", "RETR 1"));
  EXPECT_THAT(look(), IsEmpty());
}

// Of a mailbox of any size those are known that were read, by identifiers as
// long as they may be.
TEST_F(fetching, looks_at_the_newest_of_a_large_mailbox) {
  constexpr int all = 100'003;
  std::vector<std::string> uidls;
  for (int n = 1; n <= all; ++n) {
    server_.add("Subject: x\r\n\r\n");
    server_.mails.back().uidl = fmt::format("{:070}", n);
    uidls.push_back(server_.mails.back().uidl);
  }
  // Two are not known, and three more that are too old.
  const std::vector<std::string> read(uidls.begin() + 4, uidls.end() - 1);
  ASSERT_TRUE(history()->note_mails(account(), read, uidls));
  EXPECT_THAT(look(), ElementsAre("RETR 100003", "RETR 4"));
  EXPECT_EQ(failure(), "");
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(fetching, deletes_only_what_is_kept_whole) {
  box().after = after::remove;
  const std::string whole = xml("cut");
  const std::string begin(255, 'x');
  for (const std::string& body :
       {xml("1"), xml("1"), xml("1", 7), std::string("Hello."),
        whole.substr(0, whole.find("</feedback>")), xml(begin + "1"),
        xml(begin + "2")})
    server_.add(mail_with(body));
  // The newest first: 7 is no copy of 6, 2 and 1 say something else than 3.
  EXPECT_THAT(look(),
              ElementsAre("RETR 7", "DELE 7", "RETR 6", "DELE 6", "RETR 5",
                          "RETR 4", "RETR 3", "DELE 3", "RETR 2", "RETR 1"));
  EXPECT_EQ(kept(), 4);
  // What is left is not read again.
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(fetcher_.counted().deleted, 3U);
  // What was cut is left, the same whole is not.
  server_.add(mail_with(whole));
  EXPECT_THAT(look(), testing::Contains(HasSubstr("DELE")));
}

TEST_F(fetching, deletes_nothing_where_it_cannot_be_kept) {
  box().after = after::remove;
  server_.add(mail_with(xml("1")));
  std::filesystem::rename(file_, folder_.path() / "elsewhere");
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(failure(), HasSubstr("cannot be used"));
  EXPECT_EQ(health_of(fetcher_).failing, 1U);
  std::filesystem::rename(folder_.path() / "elsewhere", file_);
  EXPECT_THAT(look(), ElementsAre("RETR 1", "DELE 1"));
  EXPECT_EQ(health_of(fetcher_).failing, 0U);
  EXPECT_EQ(fetcher_.counted().failed, 1U);
}

// A mail at which the server breaks off is the last one from then on.
TEST_F(fetching, a_mail_that_cannot_be_had_holds_up_no_other) {
  server_.add(mail_with(xml("1")));
  server_.add(mail_with(xml("2")));
  server_.ways.reactions = {{.command = "RETR 2",
                             .after = 20,
                             .then = pop3::test::reaction::end::close}};
  EXPECT_THAT(look(), ElementsAre("RETR 2"));
  EXPECT_THAT(failure(), HasSubstr("broke off"));
  EXPECT_THAT(look(), ElementsAre("RETR 1", "RETR 2"));
  EXPECT_EQ(kept(), 1);
  EXPECT_THAT(look(), ElementsAre("RETR 2"));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(failure(), "");
}

TEST_F(fetching, without_uidls_mails_are_deleted_or_not_read) {
  server_.ways.reactions = {{.command = "UIDL", .say = "-ERR what?\r\n"}};
  server_.add(mail_with(xml("1")));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(failure(), HasSubstr("UIDL"));
  box().after = after::remove;
  EXPECT_THAT(look(), ElementsAre("RETR 1", "DELE 1"));
}

TEST_F(fetching, a_refused_login_is_a_failure) {
  server_.ways.reactions = {{.command = "PASS *", .say = "-ERR no\r\n"}};
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(failure(), testing::StartsWith("-ERR"));
  const report_health h = health_of(fetcher_);
  EXPECT_EQ(h.all, 1U);
  EXPECT_EQ(h.failing, 1U);
}

}  // namespace
}  // namespace mekiki::daemon
