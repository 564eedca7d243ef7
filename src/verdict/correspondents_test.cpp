#include "verdict/correspondents.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verdict/display_name.hpp"

namespace mekiki::verdict {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::string mark(std::string_view name) {
  return name_mark(name_key(name), "salt");
}

std::vector<std::pair<std::string, std::int64_t>> users(const correspondents& c,
                                                        std::string_view name) {
  std::vector<std::pair<std::string, std::int64_t>> out;
  for (const correspondents::name_user& u : c.users_of_name(name_key(name)))
    out.emplace_back(u.domain, u.steady_since);
  return out;
}

TEST(correspondents, know_registered_domains) {
  const correspondents c(
      {"mail.example.co.jp", "example.co.jp", "a.github.io"});
  EXPECT_TRUE(c.has("example.co.jp"));
  EXPECT_TRUE(c.has("a.github.io"));
  EXPECT_FALSE(c.has("mail.example.co.jp"));
  EXPECT_FALSE(c.has("b.github.io"));
  EXPECT_FALSE(correspondents().has("example.co.jp"));
}

// What is found by looking things up is what comparing with each would find.
TEST(correspondents, leave_no_candidate_out) {
  std::vector<std::string> known;
  for (int i = 0; i < 2'000; ++i) {
    std::string label;
    for (int n = i * 7919 + 12'345; n != 0; n /= 21)
      label += std::string("abcdefghiklmnoprstuvy")[n % 21] + std::string("ai");
    known.push_back(label + (i % 2 == 0 ? ".co.jp" : ".com"));
  }
  const correspondents c(known);
  std::vector<domain_shape> shapes;
  shapes.reserve(known.size());
  for (const std::string& k : known) shapes.push_back(shape_of(k));

  std::size_t found = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const std::string& k = known[i * 19];
    std::string other = k;
    other[2] = 'q';
    std::string turned = k;
    std::swap(turned[1], turned[2]);
    const std::string label = k.substr(0, k.find('.'));
    for (const std::string& seen :
         {other, turned, label + ".net", label + "-login.net",
          k + ".attacker.test", "x-" + label + ".test"}) {
      const domain_shape shape = shape_of(seen);
      std::vector<std::string_view> by_each;
      for (const domain_shape& s : shapes) {
        if (compare(shape, s))
          by_each.push_back(s.domain);
      }
      const std::vector<std::string_view> candidates = c.candidates(shape);
      for (const std::string_view domain : by_each)
        EXPECT_THAT(candidates, testing::Contains(domain)) << seen;
      EXPECT_LE(candidates.size(), by_each.size() + 8) << seen;
      found += by_each.size();
    }
  }
  EXPECT_GT(found, 300u);
}

TEST(correspondents, give_a_bounded_number_of_candidates) {
  std::vector<std::string> known;
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b)
      known.push_back(std::string("wingtips.") + a + b + "z");
  }
  EXPECT_LE(correspondents(known).candidates(shape_of("wingtips.com")).size(),
            64u);
}

TEST(correspondents, know_names_by_their_marks) {
  const correspondents c({"example.jp"}, "salt",
                         {{mark("Taro Yamada"), "mail.example.jp"},
                          {mark("Taro Yamada"), "example.jp"},
                          {mark("Taro Yamada"), "contoso.test"},
                          {mark("山田太郎"), "example.jp"},
                          {"not a mark", "example.jp"},
                          {"", "example.jp"}});
  EXPECT_THAT(users(c, "yamada, taro"),
              ElementsAre(Pair("contoso.test", 0), Pair("example.jp", 0)));
  EXPECT_THAT(users(c, "山田 太郎"), ElementsAre(Pair("example.jp", 0)));
  EXPECT_THAT(users(c, "Jiro Yamada"), IsEmpty());
  EXPECT_THAT(users(c, ""), IsEmpty());
}

TEST(correspondents, name_those_first_who_are_steady_for_longest) {
  std::vector<correspondents::named> names;
  for (char first = 'a'; first <= 't'; ++first)
    names.push_back({mark("Taro Yamada"), std::string(1, first) + ".test"});
  names.push_back({mark("Taro Yamada"), "v.test", 300});
  names.push_back({mark("Taro Yamada"), "mail.v.test", 100});
  names.push_back({mark("Taro Yamada"), "w.test", 200});
  const correspondents c({}, "salt", names);
  EXPECT_THAT(users(c, "Taro Yamada"), SizeIs(16));
  EXPECT_THAT(users(c, "Taro Yamada"), Contains(Pair("v.test", 100)));
  EXPECT_THAT(users(c, "Taro Yamada")[1], Pair("w.test", 200));
}

TEST(correspondents, know_no_name_of_another_salt) {
  const correspondents c({"example.jp"}, "pepper",
                         {{mark("Taro Yamada"), "example.jp"}});
  EXPECT_THAT(users(c, "Taro Yamada"), IsEmpty());
}

TEST(correspondents, take_any_octets) {
  const correspondents c(
      {"", ".", "..", "\xff", "xn--", std::string(1000, 'a')}, "",
      {{"0123456789abcdef", ""}});
  for (const char* seen : {"", ".", "\xff", "xn--"})
    EXPECT_LE(c.candidates(shape_of(seen)).size(), 64u);
}

}  // namespace
}  // namespace mekiki::verdict
