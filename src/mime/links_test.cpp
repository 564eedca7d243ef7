#include "mime/links.hpp"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

TEST(links, are_what_clients_make_links_of) {
  const struct {
    std::string_view text, expected;
  } rows[] = {
      {"see http://A.Example/x?y=b.c", "a.example"},
      {"https:\\\\intranet\\x", "intranet"},
      {"taro@a.example, a.example.", "a.example"},
      {"www.a.example", "www.a.example"},
      {"1.2 e.g. v2.0", ""},
      {"http://1.2.3.4/", "1.2.3.4"},
      {"http://a%2Eexample", "a.example"},
      {"http://a\u3002example", "a.example"},
      {"http://user@a.example", "a.example user"},
      {"http://\u3042.example", "xn--l8j.example"},
      {"a.example\u3078", "a.example"},
      {"xn--a.xn--b", "xn--a.xn--b"},
      {"", ""},
      {"http://...", ""},
      {"hxxp[:]//a", ""},
      {"[x]//a.example", "a.example"},
      {"@-", ""},
  };
  for (const auto& r : rows) {
    link_list links(64);
    links.add_all(r.text);
    EXPECT_TRUE(links.is_complete());
    std::string got;
    for (const std::string& link : links.take())
      got += (got.empty() ? "" : " ") + link;
    EXPECT_EQ(got, r.expected) << r.text;
  }
}

TEST(links, limits) {
  link_list links(2);
  links.add_all("a.example b.example a.example");
  EXPECT_TRUE(links.is_complete());
  links.add_all("c.example");
  EXPECT_FALSE(links.is_complete());
  EXPECT_THAT(links.take(), testing::ElementsAre("a.example", "b.example"));

  link_list long_one(2);
  long_one.add_all("@" + std::string(1000, 'a'));
  EXPECT_EQ(long_one.take().at(0).size(), 253);
}

TEST(leads_without_host, by_schemes_and_numbers) {
  for (const char* text :
       {"call 03-1234-5678", "(03) 1234.567", "０３ー１２３４ー５６７８",
        "1234567", "tel:110", "Skype:taro?call", "javascript:x()",
        "＋81 3 1234 5678", "03-2026-11-30", "2026-11-30-1234",
        "2026-11-30 123 4567", "2026-11-30 12 345", "2026-13-30",
        "2026-11.3012", "1026-11-30", "30.11.2026 1234567", "https 1234567",
        "https://lists.ml.example/ 03-1234-5678",
        "https://lists.ml.example/　03-1234-5678"})
    EXPECT_TRUE(leads_without_host(text)) << text;
  for (const char* text :
       {"", "Sent on by the alumni office.", "Undokai mailing list",
        "https://lists.ml.example/undokai", "mailto:a@b.example", "123456",
        "Room 12, 3rd floor, 4567", "Note: none", "10:30",
        "lists.ml.example:8080", "ＭＬ：運動会", "2026-11-30", "2026-1-2,",
        "30.11.2026", "Sent 2026.11.30 10:30", "11-30-2026",
        "https://lists.ml.example/archives/2026/11/1234567?id=89012345"})
    EXPECT_FALSE(leads_without_host(text)) << text;
}

}  // namespace
}  // namespace mekiki::mime
