// What needs no server; tests/e2e/test_submission.py has one.
#include "daemon/mail_sender.hpp"

#include <fstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.hpp"
#include "config/own_names.hpp"
#include "daemon/state.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::daemon {
namespace {

dns::zone_resolver nobody({});  // knows no host
const manual_clock noon(time_point(std::chrono::seconds(1709294400)));

config::settings signing(const std::filesystem::path& key) {
  config::settings c;
  c.smtp.host = "127.0.0.1";
  c.smtp.tls = net::submit_tls::clear;
  c.smtp.from = "mekiki@example.jp";
  c.smtp.dkim_domain = "example.jp";
  c.smtp.dkim_selector = "s1";
  c.smtp.dkim_key = key;
  return c;
}

net::submit_failure fails_to_send(const mail_sender& sender,
                                  std::string_view mail) {
  const net::submit_observer observe;
  net::submit_failure out;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, sender.send("taro@example.jp", mail, observe),
                        [&](const std::exception_ptr& error,
                            expected<void, net::submit_failure> sent) {
                          if (error)
                            std::rethrow_exception(error);
                          ASSERT_FALSE(sent);
                          out = sent.error();
                        });
  io.run();
  return out;
}

TEST(mail_sender, none_without_a_smarthost) {
  const auto made = mail_sender::make(config::settings{}, nobody, noon);
  ASSERT_TRUE(made);
  EXPECT_EQ(*made, nullptr);
}

TEST(mail_sender, a_mail_that_cannot_be_signed_never_can) {
  const test::folder folder;
  const auto key = crypto::private_key::generate(crypto::key_type::ed25519);
  ASSERT_TRUE(key);
  std::ofstream(folder.path() / "key.pem") << key->to_pem().reveal();
  const auto made =
      mail_sender::make(signing(folder.path() / "key.pem"), nobody, noon);
  ASSERT_TRUE(made) << made.error();
  EXPECT_TRUE((*made)->signs());
  const auto failure = fails_to_send(**made, "Subject: no From\r\n\r\n");
  EXPECT_TRUE(failure.permanent);
  EXPECT_THAT(failure.reason,
              testing::StartsWith("the mail cannot be signed: "));
}

TEST(mail_sender, what_is_wrong_is_told_at_start) {
  const test::folder folder;
  std::ofstream(folder.path() / "no-key.pem") << "no key";
  struct {
    std::string key;
    std::string expected;
  } const cases[] = {
      {"no-key.pem", "no-key.pem holds no private key"},
      {"absent.pem", "absent.pem: cannot be read: No such file"},
  };
  for (const auto& c : cases) {
    const auto made =
        mail_sender::make(signing(folder.path() / c.key), nobody, noon);
    ASSERT_FALSE(made) << c.key;
    EXPECT_THAT(made.error(), testing::HasSubstr(c.expected));
  }
}

TEST(mail_sender, who_our_own_mails_are_from) {
  struct {
    std::string authserv_id;
    std::string from;
    std::string expected;
  } const cases[] = {
      {"mx.example.jp", "", "mekiki@mx.example.jp"},
      {"mx.example.jp", "postmaster@example.jp", "postmaster@example.jp"},
      {"mx~1", "", "mekiki@" + config::host_name()},
      {"192.0.2.1", "", "mekiki@" + config::host_name()},
      {"", "", "mekiki@" + config::host_name()},
  };
  for (const auto& c : cases) {
    config::settings settings;
    settings.authserv_id = c.authserv_id;
    settings.smtp.from = c.from;
    EXPECT_EQ(config::own_address(settings), c.expected) << c.authserv_id;
  }
}

}  // namespace
}  // namespace mekiki::daemon
