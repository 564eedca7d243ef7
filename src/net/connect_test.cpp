#include "net/connect.hpp"

#include <cstring>
#include <sched.h>
#include <thread>
#include <unistd.h>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "dns/zone_resolver.hpp"
#include "net/listen.hpp"
#include "net/test_pair.hpp"

namespace mekiki::net {
namespace {

namespace asio = boost::asio;

using test::ample;
using testing::HasSubstr;

TEST(address_rules, is_public) {
  const struct {
    const char* address;
    bool expected;
  } cases[] = {
      {"8.8.8.8", true},
      {"203.0.112.255", true},
      {"203.0.114.0", true},
      {"0.0.0.0", false},
      {"0.1.2.3", false},
      {"10.0.0.1", false},
      {"9.255.255.255", true},
      {"11.0.0.0", true},
      {"100.63.255.255", true},
      {"100.64.0.1", false},
      {"100.127.255.255", false},
      {"100.128.0.0", true},
      {"127.0.0.1", false},
      {"127.255.255.255", false},
      {"169.254.169.254", false},
      {"172.15.255.255", true},
      {"172.16.0.1", false},
      {"172.31.255.255", false},
      {"172.32.0.0", true},
      {"192.0.0.8", false},
      {"192.0.2.1", false},
      {"192.88.99.1", false},
      {"192.168.1.1", false},
      {"198.18.0.1", false},
      {"198.19.255.255", false},
      {"198.20.0.0", true},
      {"198.51.100.1", false},
      {"203.0.113.1", false},
      {"224.0.0.1", false},
      {"239.255.255.255", false},
      {"240.0.0.1", false},
      {"255.255.255.255", false},
      {"2606:4700::1111", true},
      {"2001:200::1", true},
      {"2001:4860:4860::8888", true},
      {"::", false},
      {"::1", false},
      {"::8.8.8.8", false},      // IPv4-compatible, withdrawn
      {"::ffff:8.8.8.8", true},  // mapped
      {"::ffff:127.0.0.1", false},
      {"::ffff:10.0.0.1", false},
      {"64:ff9b::8.8.8.8", true},  // NAT64
      {"64:ff9b::10.0.0.1", false},
      {"64:ff9b::7f00:1", false},
      {"64:ff9b:1::8.8.8.8", false},  // NAT64 of local use
      {"100::1", false},              // discard only
      {"2001::1", false},             // Teredo
      {"2001:0:4136:e378:8000:63bf:3fff:fdd2", false},
      {"2001:2::1", false},   // benchmarking
      {"2001:20::1", false},  // ORCHID
      {"2001:db8::1", false},
      {"2002:808:808::1", true},  // 6to4 of 8.8.8.8
      {"2002:a00:1::1", false},   // 6to4 of 10.0.0.1
      {"2002:7f00:1::", false},
      {"3fff:fff::1", false},
      {"5f00::1", false},
      {"fc00::1", false},
      {"fdff::1", false},
      {"fe80::1", false},
      {"fec0::1", false},
      {"ff02::1", false},
      {"4000::1", false},  // not handed out
  };
  for (const auto& c : cases) {
    const auto address = parse_ip_address(c.address);
    ASSERT_TRUE(address) << c.address;
    EXPECT_EQ(is_public(*address), c.expected) << c.address;
  }
}

TEST(address_rules, is_loopback) {
  const struct {
    const char* address;
    bool expected;
  } cases[] = {
      {"127.0.0.1", true},
      {"127.255.255.255", true},
      {"::1", true},
      {"::ffff:7f00:1", true},
      {"126.255.255.255", false},
      {"128.0.0.0", false},
      {"0.0.0.0", false},
      {"::", false},
      {"::2", false},
      {"::ffff:c000:201", false},
  };
  for (const auto& c : cases) {
    const auto address = parse_ip_address(c.address);
    ASSERT_TRUE(address) << c.address;
    EXPECT_EQ(is_loopback(*address), c.expected) << c.address;
  }
}

TEST(address_rules, allows) {
  address_rules rules;
  EXPECT_TRUE(rules.allows_port(110));
  EXPECT_TRUE(rules.allows_port(995));
  EXPECT_TRUE(rules.allows_port(1024));
  EXPECT_TRUE(rules.allows_port(65535));
  EXPECT_FALSE(rules.allows_port(25));
  EXPECT_FALSE(rules.allows_port(0));
  EXPECT_FALSE(rules.allows_port(1023));
  rules.high_ports = false;
  EXPECT_FALSE(rules.allows_port(1024));

  EXPECT_TRUE(rules.allows(*parse_ip_address("8.8.8.8")));
  EXPECT_FALSE(rules.allows(*parse_ip_address("10.1.2.3")));
  rules.allowed = {*parse_ip_network("10.1.0.0/16"),
                   *parse_ip_network("fd00::/8")};
  EXPECT_TRUE(rules.allows(*parse_ip_address("10.1.2.3")));
  EXPECT_TRUE(rules.allows(*parse_ip_address("::ffff:10.1.2.3")));
  EXPECT_FALSE(rules.allows(*parse_ip_address("10.2.2.3")));
  EXPECT_TRUE(rules.allows(*parse_ip_address("fd00::1")));
  EXPECT_FALSE(rules.allows(*parse_ip_address("fe80::1")));
}

// What connecting says, in one word.
std::string word(connect_errc code) {
  static constexpr const char* words[] = {
      "bad_name",   "port_refused", "address_refused", "self",     "not_found",
      "dns_failed", "refused",      "unreachable",     "timed_out"};
  return words[static_cast<int>(code)];
}

// A zone on a machine with a search list.
struct searching final : dns::resolver {
  dns::search_list list;
  std::unique_ptr<dns::zone_resolver> zone;

  void prefetch(const dns::question& q) override { zone->prefetch(q); }
  asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    dns::answer_ptr a = co_await zone->resolve(std::move(q));
    co_return a;
  }
  dns::search_list search() const override { return list; }
};

struct short_name {
  const char* host;
  std::size_t ndots;
  const char* outcome;
};

class connecting : public testing::Test {
 protected:
  connecting() {
    auto bound = listener::bind(io, {*parse_ip_address("127.0.0.1"), 0}, 10,
                                &connecting::greet);
    if (!bound)
      throw std::runtime_error(bound.error());
    server = std::move(*bound);
    port = server->local().port;
    names.zone = std::move(*dns::parse_zone(R"({
      "good.example": {"A": ["127.0.0.1"]},
      "second.example": {"A": ["127.0.0.2", "127.0.0.1"]},
      "xn--wgv71a119e.jp": {"A": ["127.0.0.1"]},
      "both.example": {"AAAA": ["::1"], "A": ["127.0.0.1"]},
      "private.example": {"A": ["10.0.0.1", "192.168.0.1"]},
      "mapped.example": {"AAAA": ["::ffff:10.0.0.1"]},
      "empty.example": {"TXT": ["x"]},
      "slow.example": {"*": {"error": "TIMEOUT"}},
      "half.example": {"A": ["127.0.0.1"], "AAAA": {"error": "SERVFAIL"}},
      "any.example": {"A": ["0.0.0.0"]},
      "here": {"A": ["127.0.0.1"]},
      "here.corp.example": {"A": ["10.0.0.1"]},
      "mail.corp.example": {"A": ["127.0.0.1"]},
      "xn--wgv71a119e.corp.example": {"A": ["127.0.0.1"]},
      "mail.east.corp.example": {"A": ["127.0.0.1"]},
      "text.corp.example": {"TXT": ["x"]},
      "text.lan": {"A": ["127.0.0.1"]},
      "unasked": {"*": {"error": "SERVFAIL"}},
      "unasked.lan": {"A": ["127.0.0.1"]},
      "unsure.corp.example": {"*": {"error": "SERVFAIL"}},
      "inside.corp.example": {"A": ["10.0.0.1"]}
    })"));
    rules.allowed = {*parse_ip_network("127.0.0.0/8")};
  }

  static asio::awaitable<void> greet(stream_ptr s) {
    const std::error_code error = co_await s->write("+OK\r\n", ample);
    EXPECT_FALSE(error);
    s->close();
  }

  asio::awaitable<void> connect_once(std::string host, std::uint16_t to) {
    connect_request request;
    request.host = std::move(host);
    request.port = to;
    request.timeout = ample;
    const auto result = co_await connect(names, rules, request);
    if (result) {
      outcome = co_await test::read_octets(**result, 5);
      (*result)->close();
    } else {
      outcome = word(result.error().code);
      detail = result.error().detail;
    }
  }

  asio::awaitable<void> run(std::string host, std::uint16_t to) {
    co_await connect_once(std::move(host), to);
    server->stop();
  }

  asio::awaitable<void> run_all(std::vector<short_name> rows) {
    for (const short_name& row : rows) {
      names.list = {.domains = {"corp.example", "lan"}, .ndots = row.ndots};
      co_await connect_once(row.host, port);
      EXPECT_EQ(outcome, row.outcome) << row.host << ", " << row.ndots;
    }
    server->stop();
  }

  std::string connect_to(std::string host, std::uint16_t to) {
    test::spawn(io, run(std::move(host), to));
    io.run();
    return outcome;
  }

  /// With a server on all addresses of the calling thread's network.
  std::string fetch_there(const char* host) {
    io.restart();
    auto bound = listener::bind(io, {*parse_ip_address("0.0.0.0"), 0}, 10,
                                &connecting::greet);
    if (!bound)
      return bound.error();
    server = std::move(*bound);
    return connect_to(host, server->local().port);
  }

  asio::io_context io;
  std::unique_ptr<listener> server;
  std::uint16_t port = 0;
  searching names;
  address_rules rules;
  std::string outcome;
  std::string detail;
};

/// In the network of the calling thread.
bool give_loopback_an_address(const char* address, const char* mask) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  sockaddr_in in{};
  in.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &in.sin_addr);
  std::memcpy(&request.ifr_addr, &in, sizeof in);
  bool good = ::ioctl(fd, SIOCSIFADDR, &request) == 0;
  ::inet_pton(AF_INET, mask, &in.sin_addr);
  std::memcpy(&request.ifr_netmask, &in, sizeof in);
  good = good && ::ioctl(fd, SIOCSIFNETMASK, &request) == 0;
  request.ifr_flags = IFF_UP;
  good = good && ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  ::close(fd);
  return good;
}

struct connect_case {
  const char* host;
  const char* outcome;
  const char* detail;
};

class connect_table : public connecting,
                      public testing::WithParamInterface<connect_case> {};

TEST_P(connect_table, outcome) {
  const connect_case& c = GetParam();
  EXPECT_EQ(connect_to(c.host, port), c.outcome);
  EXPECT_THAT(detail, HasSubstr(c.detail));
}

INSTANTIATE_TEST_SUITE_P(
    hosts, connect_table,
    testing::Values(
        connect_case{"127.0.0.1", "+OK\r\n", ""},
        connect_case{"::ffff:127.0.0.1", "+OK\r\n", ""},
        connect_case{"Good.Example.", "+OK\r\n", ""},
        connect_case{"second.example", "+OK\r\n", ""},
        connect_case{"日本語.jp", "+OK\r\n", ""},
        connect_case{"both.example", "+OK\r\n", ""},
        connect_case{"half.example", "+OK\r\n", ""},
        connect_case{"10.0.0.1", "address_refused",
                     "connections to 10.0.0.1 are not allowed here"},
        connect_case{"::1", "address_refused", "connections to ::1 are not"},
        connect_case{"private.example", "address_refused", "192.168.0.1"},
        connect_case{"mapped.example", "address_refused", "to 10.0.0.1 are"},
        connect_case{"any.example", "address_refused", "0.0.0.0"},
        connect_case{"nowhere.example", "not_found",
                     "the host nowhere.example does not exist"},
        connect_case{"empty.example", "not_found",
                     "the host empty.example has no address"},
        connect_case{"slow.example", "dns_failed", "no answer in time"},
        connect_case{"", "bad_name", "\"\" is not the name of a host"},
        connect_case{"127.1", "bad_name", "127.1"},
        connect_case{"a b", "bad_name", "a b"},
        connect_case{"a\r\nb", "bad_name", "a\\x0d\\x0ab"},
        connect_case{"a_b.example", "bad_name", ""},
        connect_case{"[::1]", "bad_name", ""}));

TEST_F(connecting, ports_are_judged_first) {
  EXPECT_EQ(connect_to("slow.example", 25), "port_refused");
  EXPECT_EQ(detail, "connections to port 25 are not allowed here");
}

TEST_F(connecting, a_closed_port_refuses) {
  // Bound but not listening: nobody else can take the port meanwhile.
  asio::ip::tcp::socket bound(
      io, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::uint16_t closed = bound.local_endpoint().port();
  EXPECT_EQ(connect_to("good.example", closed), "refused");
  EXPECT_THAT(detail, HasSubstr("refused the connection"));
}

TEST_F(connecting, short_names_are_looked_for_below_the_search_list) {
  const std::vector<short_name> rows = {
      {"mail", 1, "+OK\r\n"},
      {"MAIL", 1, "+OK\r\n"},
      {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 1, "+OK\r\n"},
      {"text", 1, "+OK\r\n"},     // the first domain has no address of it
      {"unasked", 1, "+OK\r\n"},  // refused without a domain
      {"here", 1, "+OK\r\n"},     // as it is first
      {"nowhere", 1, "not_found"},
      {"unsure", 1, "dns_failed"},
      {"inside", 1, "address_refused"},
      // Complete names.
      {"mail.", 1, "not_found"},
      {"mail.east", 1, "not_found"},
      {"mail", 0, "not_found"},
      {"mail.east", 2, "+OK\r\n"},
      {"mail.east.", 2, "not_found"},
      {"good.example", 2, "+OK\r\n"},
  };
  test::spawn(io, run_all(rows));
  io.run();
}

TEST_F(connecting, without_a_search_list_a_name_is_complete) {
  EXPECT_EQ(connect_to("mail", port), "not_found");
  EXPECT_THAT(detail, HasSubstr("the host mail does not exist"));
}

TEST_F(connecting, ourselves_are_refused) {
  rules.own = {{*parse_ip_address("127.0.0.1"), port}};
  EXPECT_EQ(connect_to("good.example", port), "self");
  EXPECT_THAT(detail, HasSubstr("is this proxy itself"));
}

TEST_F(connecting, ourselves_on_every_address_are_refused) {
  rules.own = {{*parse_ip_address("::"), port}};
  EXPECT_EQ(connect_to("127.0.0.1", port), "self");
}

TEST_F(connecting, the_unspecified_address_is_ourselves) {
  rules.allowed = {*parse_ip_network("0.0.0.0/0")};
  rules.own = {{*parse_ip_address("127.0.0.1"), port}};
  EXPECT_EQ(connect_to("any.example", port), "self");
}

// What a firewall hides from others must not be reached through us. In a
// network of this thread's own, 8.7.6.5 is the machine's address.
TEST_F(connecting, a_public_address_of_this_machine_is_refused) {
  bool may = true;
  std::thread([&] {
    may = ::unshare(CLONE_NEWNET) == 0 &&
          give_loopback_an_address("8.7.6.5", "255.255.255.255");
    if (!may)
      return;
    EXPECT_EQ(fetch_there("8.7.6.5"), "address_refused");
    EXPECT_THAT(detail, HasSubstr("8.7.6.5 is this machine itself"));
    EXPECT_EQ(fetch_there("::ffff:8.7.6.5"), "address_refused");
    EXPECT_EQ(fetch_there("64:ff9b::8.7.6.5"), "address_refused");
    EXPECT_EQ(fetch_there("8.7.6.6"), "unreachable");
    rules.allowed = {*parse_ip_network("8.7.6.5/32")};
    EXPECT_EQ(fetch_there("8.7.6.5"), "+OK\r\n");
  }).join();
  if (!may)
    GTEST_SKIP() << "a network of its own needs CAP_SYS_ADMIN";
}

// A load balancer hands on what is for its own addresses: routes lead them to
// this machine, whose interfaces do not have them.
TEST_F(connecting, an_address_that_routes_lead_to_this_machine_is_refused) {
  bool may = true;
  std::thread([&] {
    may = ::unshare(CLONE_NEWNET) == 0 &&
          give_loopback_an_address("8.7.6.5", "255.255.255.0");
    if (!may)
      return;
    EXPECT_EQ(fetch_there("8.7.6.77"), "address_refused");
    EXPECT_THAT(detail, HasSubstr("8.7.6.77 is this machine itself"));
    EXPECT_EQ(fetch_there("2002:807:64d::1"), "address_refused");
    EXPECT_EQ(fetch_there("8.7.7.77"), "unreachable");
    rules.allowed = {*parse_ip_network("8.7.6.77/32")};
    EXPECT_EQ(fetch_there("8.7.6.77"), "+OK\r\n");
    EXPECT_EQ(fetch_there("8.7.6.78"), "address_refused");
  }).join();
  if (!may)
    GTEST_SKIP() << "a network of its own needs CAP_SYS_ADMIN";
}

TEST(address_rules, innermost) {
  const auto inner = [](const char* text) {
    return format(innermost(*parse_ip_address(text)));
  };
  EXPECT_EQ(inner("::ffff:8.7.6.5"), "8.7.6.5");
  EXPECT_EQ(inner("64:ff9b::8.7.6.5"), "8.7.6.5");
  EXPECT_EQ(inner("2002:807:605::1"), "8.7.6.5");
  EXPECT_EQ(inner("8.7.6.5"), "8.7.6.5");
  EXPECT_EQ(inner("2606:4700::1111"), "2606:4700::1111");
}

TEST_F(connecting, another_port_of_ours_is_not_ourselves) {
  rules.own = {{*parse_ip_address("127.0.0.1"), 1}};
  EXPECT_EQ(connect_to("good.example", port), "+OK\r\n");
}

}  // namespace
}  // namespace mekiki::net
