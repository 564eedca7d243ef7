#include "store/kept_results.hpp"

#include <gtest/gtest.h>

namespace mekiki::store {
namespace {

const std::vector<kept_result> all = {
    {"dkim",
     "pass",
     "the signature is \"good\"; a\\b",
     {{"header.d", "example.jp"}, {"header.i", "@example.jp"}}},
    {"arc", "none", "", {}},
    {"dkim-adsp", "nxdomain", "no such domain", {}},
};

TEST(kept_results, are_read_as_they_were_written) {
  EXPECT_EQ(decode_results(encode(all, 10'000)), all);
  EXPECT_EQ(encode({}, 10'000), "");
  EXPECT_TRUE(decode_results("").empty());
}

TEST(kept_results, that_do_not_fit_are_left_out_whole) {
  const std::string whole = encode(all, 10'000);
  for (std::size_t most = 0; most <= whole.size(); ++most) {
    const std::string text = encode(all, most);
    EXPECT_LE(text.size(), most);
    const auto read = decode_results(text);
    ASSERT_LE(read.size(), all.size());
    EXPECT_TRUE(std::equal(read.begin(), read.end(), all.begin()));
  }
  EXPECT_EQ(encode(all, whole.size()), whole);
}

TEST(kept_results, of_earlier_versions_are_read_too) {
  EXPECT_EQ(decode_results("mx.test; dkim=pass reason=\"the signature is "
                           "\\\"good\\\"; a\\\\b\" header.d=example.jp "
                           "header.i=@example.jp; arc=none; "
                           "dkim-adsp=nxdomain reason=\"no such domain\""),
            all);
}

TEST(kept_results, what_is_neither_has_none) {
  for (const char* text :
       {"[", "[}", "[1, null, []]", "{}", "\"", "x; y", "(", "[{\"method\":"})
    EXPECT_TRUE(decode_results(text).empty()) << text;
  const std::vector<kept_result> half = {{"dkim", "", "", {}}};
  EXPECT_EQ(decode_results(R"([{"method":"dkim","result":7,"reason":[],)"
                           R"("properties":{"a":1}}])"),
            half);
}

TEST(kept_results, lose_the_local_parts_of_addresses) {
  const std::string longest(320, 't');
  const struct {
    std::string value;
    const char* kept;
  } table[] = {
      {"example.net", "example.net"},
      {"sender@example.net", "example.net"},
      {"@mail.example.com", "@mail.example.com"},
      {"bounce+taro=example.jp@list.example", "list.example"},
      {"\"taro yamada\"@example.jp", "example.jp"},
      {"a@b@c@example.jp", "example.jp"},
      {"no key for taro@example.jp there", "example.jp there"},
      // The "@" was cut off: 320 octets are kept.
      {longest, ""},
      {"", ""},
      {"@", "@"},
  };
  for (const auto& t : table) {
    std::vector<kept_result> r = {
        {"spf", "pass", t.value, {{"smtp.mailfrom", t.value}}}};
    for (int times = 0; times < 2; ++times) {
      take_out_local_parts(r);
      EXPECT_EQ(r[0].reason, t.kept);
      EXPECT_EQ(r[0].properties[0].second, t.kept);
    }
  }
}

// What a sender wrote is told in printable ASCII, as in the field.
TEST(kept_results, hold_no_octets_that_a_display_obeys) {
  const std::vector<kept_result> kept = kept_results_of(
      {{.method = "dkim",
        .result = auth::result::fail,
        .reason = "\x1b[2J\xe2\x80\xae" + std::string(400, 'x'),
        .properties = {{"header", "d", std::string("a\0b\xff", 4)}}}});
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].result, "fail");
  EXPECT_EQ(kept[0].reason, "?[2J???" + std::string(313, 'x'));
  EXPECT_EQ(kept[0].properties[0].first, "header.d");
  EXPECT_EQ(kept[0].properties[0].second, "a?b?");
}

}  // namespace
}  // namespace mekiki::store
