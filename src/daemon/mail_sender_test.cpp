// What needs no server; tests/e2e/test_submission.py has one.
#include "daemon/mail_sender.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.hpp"
#include "config/own_names.hpp"
#include "daemon/state.hpp"

namespace mekiki::daemon {
namespace {

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

TEST(mail_sender, none_without_a_smarthost) {
  const auto made = mail_sender::make(config::settings{}, noon);
  ASSERT_TRUE(made);
  EXPECT_EQ(*made, nullptr);
}

TEST(mail_sender, sends_nothing_after_it_was_stopped) {
  const test::folder folder;
  const auto key = crypto::private_key::generate(crypto::key_type::ed25519);
  ASSERT_TRUE(key);
  std::ofstream(folder.path() / "key.pem") << key->to_pem().reveal();
  const auto made = mail_sender::make(signing(folder.path() / "key.pem"), noon);
  ASSERT_TRUE(made) << made.error();
  ASSERT_TRUE(*made);
  EXPECT_TRUE((*made)->signs());
  (*made)->stop();
  const auto sent = (*made)->send("taro@example.jp", "From: a@b\r\n\r\n");
  ASSERT_FALSE(sent);
  EXPECT_FALSE(sent.error().permanent);
  EXPECT_EQ(sent.error().reason, "the sending was stopped");
}

TEST(mail_sender, a_mail_that_cannot_be_signed_never_can) {
  const test::folder folder;
  const auto key = crypto::private_key::generate(crypto::key_type::ed25519);
  ASSERT_TRUE(key);
  std::ofstream(folder.path() / "key.pem") << key->to_pem().reveal();
  const auto made = mail_sender::make(signing(folder.path() / "key.pem"), noon);
  ASSERT_TRUE(made) << made.error();
  const auto sent =
      (*made)->send("taro@example.jp", "Subject: no From\r\n\r\n");
  ASSERT_FALSE(sent);
  EXPECT_TRUE(sent.error().permanent);
  EXPECT_THAT(sent.error().reason,
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
      {"absent.pem", "cannot read the key"},
  };
  for (const auto& c : cases) {
    const auto made = mail_sender::make(signing(folder.path() / c.key), noon);
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
