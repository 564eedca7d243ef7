#include "daemon/certificate_keeper.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "base/small_file.hpp"
#include "base/test_folder.hpp"
#include "daemon/state.hpp"

namespace mekiki::daemon {
namespace {

using std::chrono::hours;

TEST(certificate_keeper, renews_while_running) {
  const test::folder dir;
  const config::settings settings;
  manual_clock clock(std::chrono::system_clock::now());
  const auto own = own_certificates(settings, dir.path(), clock);
  ASSERT_TRUE(own) << own.error();
  const auto tls =
      std::move(*net::tls_context::make_server(own->chain, own->key));
  const auto text = [&] {
    return read_small_file(own->chain, 1 << 16).value_or("");
  };
  certificate_keeper keeper(settings, dir.path(), clock, *tls);

  const auto* const first = tls->native();
  EXPECT_FALSE(keeper.look().value_or(true));
  EXPECT_EQ(tls->native(), first);
  const std::string before = text();
  clock.advance(hours(24 * 370));
  EXPECT_TRUE(keeper.look().value_or(false));
  EXPECT_NE(tls->native(), first);
  EXPECT_NE(text(), before);
  EXPECT_FALSE(keeper.look().value_or(true));

  // As `mekiki cert --renew` does from outside.
  ASSERT_TRUE(net::forget_certificates(dir.path() / "tls"));
  ASSERT_TRUE(own_certificates(settings, dir.path(), clock));
  EXPECT_TRUE(keeper.look().value_or(false));
}

// A reload changes the settings it was given.
TEST(certificate_keeper, follows_a_reload) {
  const test::folder dir;
  config::settings settings;
  manual_clock clock(std::chrono::system_clock::now());
  const auto own = own_certificates(settings, dir.path(), clock);
  ASSERT_TRUE(own) << own.error();
  const auto tls =
      std::move(*net::tls_context::make_server(own->chain, own->key));
  certificate_keeper keeper(settings, dir.path(), clock, *tls);

  // One that the reload has read is no news.
  clock.advance(hours(24 * 370));
  ASSERT_TRUE(own_certificates(settings, dir.path(), clock));
  const auto read =
      std::move(*net::tls_context::make_server(own->chain, own->key));
  tls->take_from(*read);
  EXPECT_FALSE(keeper.look().value_or(true));

  // One of the settings is not replaced by ours.
  settings.tls.certificate = "chain.pem";
  clock.advance(hours(24 * 370));
  const auto* const before = tls->native();
  EXPECT_FALSE(keeper.look().value_or(true));
  EXPECT_EQ(tls->native(), before);

  // And ours again.
  settings.tls.certificate.clear();
  EXPECT_TRUE(keeper.look().value_or(false));
  EXPECT_FALSE(keeper.look().value_or(true));
}

}  // namespace
}  // namespace mekiki::daemon
