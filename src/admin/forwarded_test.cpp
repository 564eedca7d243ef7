#include "admin/forwarded.hpp"

#include <gtest/gtest.h>

namespace mekiki::admin {
namespace {

const std::vector<ip_network> ours =
    ip_networks({"127.0.0.1", "10.0.0.0/8", "::1", "2001:db8:1::/48"});

std::string find(std::string_view peer, std::optional<std::string> field) {
  const auto found = find_client(*parse_ip_address(peer), field, ours);
  return found ? format(*found) : "unreadable";
}

TEST(forwarded, the_last_that_is_no_proxy_counts) {
  struct {
    const char* peer;
    const char* field;
    const char* expected;
  } const cases[] = {
      {"127.0.0.1", "192.0.2.1", "192.0.2.1"},
      {"127.0.0.1", "192.0.2.1, 10.1.2.3", "192.0.2.1"},
      {"127.0.0.1", "192.0.2.1,10.1.2.3,127.0.0.1", "192.0.2.1"},
      {"::ffff:127.0.0.1", "192.0.2.1", "192.0.2.1"},
      {"2001:db8:1::5", "2001:db8:2::1", "2001:db8:2::1"},
      {"127.0.0.1", "10.7.7.7, 10.1.2.3", "10.7.7.7"},
      {"127.0.0.1", "::ffff:192.0.2.1, ::ffff:10.1.2.3", "192.0.2.1"},

      // Written by the client itself: to be somebody else, to be nobody, to be
      // one whom /metrics is for.
      {"127.0.0.1", "127.0.0.1, 192.0.2.1", "192.0.2.1"},
      {"127.0.0.1", "10.0.0.1, 198.51.100.1, 192.0.2.1", "192.0.2.1"},
      {"127.0.0.1", "rubbish, 192.0.2.1", "192.0.2.1"},
      {"127.0.0.1", ",,,\", 127.0.0.1\r\n 192.0.2.1, 192.0.2.1", "192.0.2.1"},
      {"127.0.0.1", "127.0.0.1, 192.0.2.1, 10.1.1.1", "192.0.2.1"},

      // Forms.
      {"127.0.0.1", "  192.0.2.1\t", "192.0.2.1"},
      {"127.0.0.1", "192.0.2.1:4711", "192.0.2.1"},
      {"127.0.0.1", "192.0.2.1, 10.1.1.1:80", "192.0.2.1"},
      {"127.0.0.1", "[2001:db8:2::1]", "2001:db8:2::1"},
      {"127.0.0.1", "[2001:db8:2::1]:4711", "2001:db8:2::1"},
      {"127.0.0.1", "2001:db8:2::1", "2001:db8:2::1"},
      {"127.0.0.1", "192.0.2.1,, ,", "192.0.2.1"},

      // What a proxy of ours itself says has to be an address.
      {"127.0.0.1", "", "unreadable"},
      {"127.0.0.1", " , ,", "unreadable"},
      {"127.0.0.1", "unknown", "unreadable"},
      {"127.0.0.1", "unix:", "unreadable"},
      {"127.0.0.1", "192.0.2.1, _hidden", "unreadable"},
      {"127.0.0.1", "192.0.2.1, _hidden, 10.1.1.1", "unreadable"},
      {"127.0.0.1", "192.0.2.1 198.51.100.1", "unreadable"},
      {"127.0.0.1", "192.0.2.1;198.51.100.1", "unreadable"},
      {"127.0.0.1", "192.0.2.256", "unreadable"},
      {"127.0.0.1", "192.0.2.01", "unreadable"},
      {"127.0.0.1", "192.0.2.1:", "unreadable"},
      {"127.0.0.1", "192.0.2.1:x", "unreadable"},
      {"127.0.0.1", "192.0.2.1:123456", "unreadable"},
      {"127.0.0.1", "192.0.2.1:1:2", "unreadable"},
      {"127.0.0.1", "192.0.2.0/24", "unreadable"},
      {"127.0.0.1", "[192.0.2.1]", "unreadable"},
      {"127.0.0.1", "[2001:db8:2::1", "unreadable"},
      {"127.0.0.1", "2001:db8:2::1]", "unreadable"},
      {"127.0.0.1", "[2001:db8:2::1]4711", "unreadable"},
      {"127.0.0.1", "[2001:db8:2::1]:", "unreadable"},
      {"127.0.0.1", "[]", "unreadable"},
      {"127.0.0.1", "[", "unreadable"},
      {"127.0.0.1", "fe80::1%eth0", "unreadable"},
      {"127.0.0.1", "\"192.0.2.1\"", "unreadable"},

      // From anybody else the field says nothing.
      {"192.0.2.9", "127.0.0.1", "192.0.2.9"},
      {"192.0.2.9", "rubbish", "192.0.2.9"},
      {"2001:db8:2::9", "192.0.2.1, 10.0.0.1", "2001:db8:2::9"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(find(c.peer, c.field), c.expected)
        << c.peer << " says \"" << c.field << '"';
  }
}

TEST(forwarded, a_proxy_may_ask_for_itself) {
  EXPECT_EQ(find("127.0.0.1", std::nullopt), "127.0.0.1");
  EXPECT_EQ(find("192.0.2.9", std::nullopt), "192.0.2.9");
}

TEST(forwarded, nobody_is_believed_without_a_list) {
  const ip_address peer = *parse_ip_address("127.0.0.1");
  EXPECT_EQ(find_client(peer, "192.0.2.1", {}), peer);
  EXPECT_EQ(find_client(peer, "rubbish", {}), peer);
}

// Only the last one is read; and all, where all are proxies.
TEST(forwarded, many_entries) {
  std::string strangers;
  std::string proxies = "192.0.2.77";
  for (int i = 0; i < 10'000; ++i) {
    strangers += "127.0.0.1, rubbish, ";
    proxies += ", 10.1.1.1";
  }
  EXPECT_EQ(find("127.0.0.1", strangers + "192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(find("127.0.0.1", proxies), "192.0.2.77");
  EXPECT_EQ(find("127.0.0.1", std::string(100'000, ',')), "unreadable");
}

}  // namespace
}  // namespace mekiki::admin
