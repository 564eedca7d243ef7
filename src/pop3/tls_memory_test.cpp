#include "pop3/tls_memory.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

/// So that none has more than its part.
std::string client(std::size_t host) {
  return std::to_string(host / tls_memory::most_of_client);
}

// Whoever may talk to us can name hosts without end, and needs no password.
TEST(tls_memory, has_room_for_what_matters) {
  tls_memory seen({});
  for (std::size_t i = 0; i < tls_memory::most_hosts; ++i)
    seen.remember(std::to_string(i) + ".example.jp", false, client(i));
  seen.remember("one-more.example.jp", false, "other");
  EXPECT_FALSE(seen.has("one-more.example.jp"));
  seen.remember("clear.example.jp", true, "other");
  EXPECT_TRUE(seen.has("clear.example.jp"));
  EXPECT_TRUE(seen.has("0.example.jp"));
}

// A certificate for *.evil.example gives hosts without end.
TEST(tls_memory, one_client_leaves_room_for_others) {
  tls_memory seen({});
  for (std::size_t i = 0; i < 2 * tls_memory::most_of_client; ++i) {
    const std::string host = std::to_string(i) + ".evil.example";
    seen.remember(host, false, "192.0.2.1");
    seen.remember_port(host, 1995, "192.0.2.1");
    EXPECT_EQ(seen.has(host), i < tls_memory::most_of_client);
    EXPECT_EQ(seen.begins_with_tls(host, 1995), i < tls_memory::most_of_client);
  }
  // What is there already costs nothing, and what matters is remembered.
  seen.remember("0.evil.example", false, "192.0.2.1");
  seen.remember("clear.example.jp", true, "192.0.2.1");
  EXPECT_TRUE(seen.has("clear.example.jp"));
  for (std::size_t i = 0; i < tls_memory::most_of_client; ++i)
    seen.remember(std::to_string(i) + ".example.jp", false, "192.0.2.2");
  seen.remember_port("pop.example.jp", 1995, "192.0.2.2");
  EXPECT_TRUE(seen.has("0.example.jp"));
  EXPECT_TRUE(
      seen.has(std::to_string(tls_memory::most_of_client - 1) + ".example.jp"));
  EXPECT_TRUE(seen.begins_with_tls("pop.example.jp", 1995));
}

TEST(tls_memory, knows_ports_that_begin_with_tls) {
  tls_memory seen({});
  seen.remember_port("pop.example.jp", 21995, "a");
  EXPECT_TRUE(seen.begins_with_tls("pop.example.jp", 21995));
  EXPECT_FALSE(seen.begins_with_tls("pop.example.jp", 1110));
  EXPECT_FALSE(seen.begins_with_tls("example.jp", 21995));
  EXPECT_FALSE(seen.has("pop.example.jp"));
  seen.forget_port("pop.example.jp", 21995);
  EXPECT_FALSE(seen.begins_with_tls("pop.example.jp", 21995));
  for (std::size_t i = 0; i <= tls_memory::most_hosts; ++i)
    seen.remember_port(std::to_string(i) + ".example.jp", 1995, client(i));
  EXPECT_TRUE(seen.begins_with_tls("0.example.jp", 1995));
  EXPECT_FALSE(seen.begins_with_tls(
      std::to_string(tls_memory::most_hosts) + ".example.jp", 1995));
}

}  // namespace
}  // namespace mekiki::pop3
