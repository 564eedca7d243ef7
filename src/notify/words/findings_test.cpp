#include "notify/words/findings.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/small_file.hpp"
#include "base/test_paths.hpp"

namespace mekiki::notify {
namespace {

using records::finding;
using records::finding_id;

std::set<char> facts_of(std::string_view text, std::string_view remedy) {
  std::set<char> out;
  for (const std::string_view pattern : {text, remedy}) {
    for (std::size_t at = pattern.find('{'); at != std::string_view::npos;
         at = pattern.find('{', at + 1)) {
      EXPECT_EQ(pattern.substr(at + 2, 1), "}") << pattern;
      out.insert(pattern[at + 1]);
    }
  }
  return out;
}

bool is_japanese(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) > 0x7f; });
}

TEST(finding_words, name_the_same_facts_in_both_languages) {
  for (std::size_t i = 0; i < records::finding_count; ++i) {
    const finding_pattern& p = pattern_of(static_cast<finding_id>(i));
    EXPECT_EQ(facts_of(p.text, {}), facts_of(p.japanese_text, {})) << p.text;
    EXPECT_EQ(facts_of({}, p.remedy), facts_of({}, p.japanese_remedy))
        << p.text;
    EXPECT_TRUE(p.text.ends_with('.')) << p.text;
    EXPECT_FALSE(p.remedy.empty()) << p.text;
    EXPECT_TRUE(is_japanese(p.japanese_text)) << p.text;
    EXPECT_TRUE(is_japanese(p.japanese_remedy)) << p.text;
  }
}

TEST(finding_words, hold_the_facts) {
  const finding f{finding_id::spf_syntax,
                  "example.jp TXT",
                  {"ip4:x", "the record holds something that is no address"},
                  {}};
  EXPECT_EQ(words_of(f, language::english).text,
            "The SPF record cannot be read at \"ip4:x\": the record holds "
            "something that is no address. One such error makes all of it void "
            "(RFC 7208 4.6).");
  const std::string japanese = words_of(f, language::japanese).text;
  EXPECT_NE(japanese.find("ip4:x"), std::string::npos);
  EXPECT_EQ(japanese.find("the record"), std::string::npos) << japanese;
}

// docs/domain.md lists all of them, with their levels, in both languages.
TEST(finding_words, are_documented) {
  for (const std::string_view page : {"domain.md", "domain.ja.md"}) {
    const auto text = read_small_file(
        std::filesystem::path(test_paths::testdata) / "../docs" / page,
        1 << 20);
    ASSERT_TRUE(text);
    for (std::size_t i = 0; i < records::finding_count; ++i) {
      const auto id = static_cast<finding_id>(i);
      const std::string row = fmt::format("| `{}` | {} |", to_string(id),
                                          to_string(records::level_of(id)));
      EXPECT_NE(text->find(row), std::string::npos) << page << ": " << row;
    }
  }
}

}  // namespace
}  // namespace mekiki::notify
