#include "verdict/known_provider.hpp"

#include <gtest/gtest.h>

#include "base/ip_address.hpp"
#include "base/split.hpp"
#include "dns/name.hpp"

namespace mekiki::verdict {
namespace {

TEST(known_provider, lists) {
  const struct {
    const char* list;
    const char* name;
    bool is_listed;
  } rows[] = {
      {"mx.example.jp", "mx.example.jp", true},
      {"mx.example.jp", "a.mx.example.jp", false},
      {"a.example mx*.example.jp", "mx12.example.jp", true},
      {"mx*.example.jp", "mx.example.jp", true},
      {"mx*.example.jp", "mx1.evil.example.jp", false},
      {"mx*.example.jp", "mx1.example.jp.evil", false},
      {"s-*.t-*.example.jp", "s-1.t-2.example.jp", true},
      {"s-*.t-*.example.jp", "s-1.u-2.example.jp", false},
      {".example.jp", "a.b.example.jp", true},
      {".example.jp", "example.jp", false},
      {".example.jp", "evilexample.jp", false},
      {"", "", false},
      {"", "a", false},
  };
  for (const auto& r : rows)
    EXPECT_EQ(is_listed(r.list, r.name), r.is_listed) << r.list << r.name;
}

TEST(known_provider, the_account_s_mx_hosts_select) {
  EXPECT_TRUE(known_providers({}).empty());
  EXPECT_TRUE(known_providers({"mx.example.jp"}).empty());
  // A host that somebody else may name.
  EXPECT_TRUE(
      known_providers({"mail.protection.outlook.com.evil.example"}).empty());
  const auto found = known_providers(
      {"mx.example.jp", "example-jp.mail.protection.outlook.com"});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->name, "Microsoft 365");
  EXPECT_FALSE(found[0]->source.empty());
  EXPECT_EQ(found[0]->checked.size(), 10u);
  for (const std::string_view network : split(found[0]->networks, ' '))
    EXPECT_TRUE(parse_ip_network(network)) << network;
  EXPECT_EQ(dns::normalize(found[0]->spf), found[0]->spf);
}

}  // namespace
}  // namespace mekiki::verdict
