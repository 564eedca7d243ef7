#include "dns/system_files.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.hpp"

namespace mekiki::dns {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(system_files, servers_of_resolv_conf) {
  EXPECT_THAT(parse_resolv_conf("").servers, IsEmpty());
  EXPECT_THAT(parse_resolv_conf("# Generated\n"
                                "search lan example.jp\n"
                                "nameserver 192.0.2.1\n"
                                "nameserver\t2001:db8::53   # router\n"
                                ";nameserver 192.0.2.2\n"
                                "#nameserver 192.0.2.3\n"
                                " nameserver 192.0.2.4\n"
                                "nameserver\n"
                                "nameservers 192.0.2.5\n"
                                "nameserver dns.example.jp\n"
                                "nameserver fe80::1%eth0\r\n"
                                "nameserver 127.0.0.1@5353\n"
                                "nameserver 127.0.0.1@\n"
                                "nameserver 127.0.0.1@x\n"
                                "options edns0\n"
                                "nameserver 192.0.2.6")
                  .servers,
              ElementsAre("192.0.2.1", "2001:db8::53", "fe80::1%eth0",
                          "127.0.0.1@5353", "192.0.2.6"));
  std::string many;
  for (int i = 0; i < 20; ++i) many += "nameserver 192.0.2.1\n";
  EXPECT_EQ(parse_resolv_conf(many).servers.size(), 8u);
}

TEST(system_files, search_list_of_resolv_conf) {
  const struct {
    const char* text;
    std::vector<std::string> domains;
    std::size_t ndots;
  } rows[] = {
      {"", {}, 1},
      {"nameserver 192.0.2.1\n", {}, 1},
      {"search Corp.Example. lan\tb.example",
       {"corp.example", "lan", "b.example"},
       1},
      {"domain corp.example other.example\n", {"corp.example"}, 1},
      // The last line counts.
      {"search a.example b.example\ndomain c.example\n", {"c.example"}, 1},
      {"domain c.example\nsearch a.example b.example\r\n",
       {"a.example", "b.example"},
       1},
      {"search a.example\nsearch\n", {}, 1},
      {"search .\n", {}, 1},
      {"search a..b c.example\n", {"c.example"}, 1},
      {" search a.example\n;search b.example\n#domain c.example\n", {}, 1},
      {"searches a.example\n", {}, 1},
      {"search 1 2 3 4 5 6 7", {"1", "2", "3", "4", "5", "6"}, 1},
      {"options edns0 ndots:2 trust-ad\nsearch lan", {"lan"}, 2},
      {"options ndots:5\noptions ndots:3", {}, 3},
      {"options ndots:0", {}, 0},
      {"options ndots:99999999999999999999", {}, 15},
      {"options ndots:", {}, 0},
      {"#options ndots:4", {}, 1},
  };
  for (const auto& row : rows) {
    const search_list found = parse_resolv_conf(row.text).search;
    EXPECT_EQ(found.domains, row.domains) << row.text;
    EXPECT_EQ(found.ndots, row.ndots) << row.text;
  }
}

TEST(system_files, a_changed_file_is_noticed_once) {
  const mekiki::test::folder folder;
  const auto file = folder.path() / "resolv.conf";
  const auto write = [](const std::filesystem::path& to, const char* text) {
    std::ofstream(to) << text;
  };
  watched_file watched(file);
  EXPECT_FALSE(watched.has_changed());
  write(file, "nameserver 192.0.2.1\n");
  EXPECT_TRUE(watched.has_changed());
  EXPECT_FALSE(watched.has_changed());
  EXPECT_THAT(read_resolv_conf(file).servers, ElementsAre("192.0.2.1"));
  write(file, "nameserver 192.0.2.12\n");
  EXPECT_TRUE(watched.has_changed());
  // Replaced by one of the same size, as most programs do.
  write(folder.path() / "new", "nameserver 192.0.2.13\n");
  std::filesystem::rename(folder.path() / "new", file);
  EXPECT_TRUE(watched.has_changed());
  std::filesystem::remove(file);
  EXPECT_TRUE(watched.has_changed());
  EXPECT_FALSE(watched.has_changed());
  EXPECT_THAT(read_resolv_conf(file).servers, IsEmpty());
}

}  // namespace
}  // namespace mekiki::dns
