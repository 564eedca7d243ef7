#include "verdict/mail_services.hpp"

#include <gtest/gtest.h>

namespace mekiki::verdict {
namespace {

TEST(mail_services, are_found_with_the_domains_below_them) {
  for (const char* domain :
       {"126.com", "gmail.com", "zoho.com", "d.vodafone.ne.jp", "a.ocn.ne.jp"})
    EXPECT_TRUE(is_mail_service(domain)) << domain;
  for (const char* domain : {"", "com", "ne.jp", "notgmail.com", "gmail.com.",
                             "gmail.com.example", "example.jp"})
    EXPECT_FALSE(is_mail_service(domain)) << domain;
}

TEST(mail_services, pair_with_an_address) {
  EXPECT_EQ(paired_address("Taro.Yamada@Gmail.COM", "gmail.com"),
            "taro.yamada@gmail.com");
  EXPECT_EQ(paired_address("", "gmail.com"), "");
  EXPECT_EQ(paired_address("taro@", ""), "");
}

}  // namespace
}  // namespace mekiki::verdict
