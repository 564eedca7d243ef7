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
  EXPECT_THAT(parse_resolv_conf(""), IsEmpty());
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
                                "nameserver 192.0.2.6"),
              ElementsAre("192.0.2.1", "2001:db8::53", "fe80::1%eth0",
                          "127.0.0.1@5353", "192.0.2.6"));
  std::string many;
  for (int i = 0; i < 20; ++i) many += "nameserver 192.0.2.1\n";
  EXPECT_EQ(parse_resolv_conf(many).size(), 8u);
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
  EXPECT_THAT(read_resolv_conf(file), ElementsAre("192.0.2.1"));
  write(file, "nameserver 192.0.2.12\n");
  EXPECT_TRUE(watched.has_changed());
  // Replaced by one of the same size, as most programs do.
  write(folder.path() / "new", "nameserver 192.0.2.13\n");
  std::filesystem::rename(folder.path() / "new", file);
  EXPECT_TRUE(watched.has_changed());
  std::filesystem::remove(file);
  EXPECT_TRUE(watched.has_changed());
  EXPECT_FALSE(watched.has_changed());
  EXPECT_THAT(read_resolv_conf(file), IsEmpty());
}

}  // namespace
}  // namespace mekiki::dns
