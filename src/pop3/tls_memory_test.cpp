#include "pop3/tls_memory.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

// Whoever may talk to us can name hosts without end, and needs no password.
TEST(tls_memory, has_room_for_what_matters) {
  tls_memory seen({});
  for (std::size_t i = 0; i < tls_memory::most_hosts; ++i)
    seen.remember(std::to_string(i) + ".example.jp", false);
  seen.remember("one-more.example.jp", false);
  EXPECT_FALSE(seen.has("one-more.example.jp"));
  seen.remember("clear.example.jp", true);
  EXPECT_TRUE(seen.has("clear.example.jp"));
  EXPECT_TRUE(seen.has("0.example.jp"));
}

TEST(tls_memory, knows_ports_that_begin_with_tls) {
  tls_memory seen({});
  seen.remember_port("pop.example.jp", 21995);
  EXPECT_TRUE(seen.begins_with_tls("pop.example.jp", 21995));
  EXPECT_FALSE(seen.begins_with_tls("pop.example.jp", 1110));
  EXPECT_FALSE(seen.begins_with_tls("example.jp", 21995));
  EXPECT_FALSE(seen.has("pop.example.jp"));
  seen.forget_port("pop.example.jp", 21995);
  EXPECT_FALSE(seen.begins_with_tls("pop.example.jp", 21995));
  for (std::size_t i = 0; i <= tls_memory::most_hosts; ++i)
    seen.remember_port(std::to_string(i) + ".example.jp", 1995);
  EXPECT_TRUE(seen.begins_with_tls("0.example.jp", 1995));
  EXPECT_FALSE(seen.begins_with_tls(
      std::to_string(tls_memory::most_hosts) + ".example.jp", 1995));
}

}  // namespace
}  // namespace mekiki::pop3
