#include "base/ip_address.hpp"

#include <gtest/gtest.h>

namespace mekiki {
namespace {

TEST(ip_address, parses_and_formats) {
  // RFC 5952 4 has the canonical spellings.
  const struct {
    const char* text;
    const char* canonical;
  } cases[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"::", "::"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
  };
  for (const auto& c : cases) {
    const auto address = parse_ip_address(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(format(*address), c.canonical);
  }
}

TEST(ip_address, refuses_what_is_no_address) {
  for (const std::string_view text :
       {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "0192.0.2.1", "[::1]",
        "::1%eth0", "1:2:3:4:5:6:7:8:9", "pop.example.jp"}) {
    EXPECT_FALSE(parse_ip_address(text)) << text;
  }
  EXPECT_FALSE(parse_ip_address(std::string_view("192.0.2.1\0", 10)));
}

TEST(ip_address, unmaps) {
  EXPECT_EQ(parse_ip_address("::ffff:192.0.2.1")->unmapped(),
            *parse_ip_address("192.0.2.1"));
  EXPECT_EQ(parse_ip_address("2001:db8::1")->unmapped(),
            *parse_ip_address("2001:db8::1"));
}

TEST(ip_address, of_one_client_have_a_network) {
  const struct {
    const char* address;
    const char* network;
  } rows[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
      {"2001:db8:1:3::", "2001:db8:1:3::"},
      {"::1", "::"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(network_of_client(*parse_ip_address(row.address)),
              *parse_ip_address(row.network))
        << row.address;
  }
}

TEST(ip_network, contains) {
  const struct {
    const char* network;
    const char* address;
    bool inside;
  } cases[] = {
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.128", true},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "::1", false},
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.6", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
  };
  for (const auto& c : cases) {
    const auto network = parse_ip_network(c.network);
    ASSERT_TRUE(network) << c.network;
    EXPECT_EQ(network->contains(*parse_ip_address(c.address)), c.inside)
        << c.network << " " << c.address;
  }
}

TEST(ip_network, refuses_what_is_no_network) {
  for (const std::string_view text :
       {"192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "::/129", "::/0128", "/8",
        "192.0.2.0/1a"}) {
    EXPECT_FALSE(parse_ip_network(text)) << text;
  }
}

}  // namespace
}  // namespace mekiki
