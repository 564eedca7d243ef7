#include "store/find_text.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::store {
namespace {

const find_parts bank = {
    .code = "dmarc-fail",
    .host = "192.0.2.25",
    .author_domain = "hoshizora-bank.example",
    .author = "Info@Hoshizora-Bank.example",
    .subject = "=?UTF-8?B?6YqA6KGM44GL44KJ?= Your ACCOUNT 100%"};

bool finds(const std::string& typed, const find_parts& in = bank) {
  const auto words = read_search(typed);
  return words && is_found(find_text(in), *words, 0);
}

TEST(find_text, has_a_line_for_each_thing) {
  EXPECT_EQ(find_text(bank),
            "dmarc-fail\n192.0.2.25\ninfo@hoshizora-bank.example\n"
            "銀行から your account 100%");
}

TEST(find_text, is_found_by_parts_in_any_case) {
  for (const char* typed :
       {"hoshizora", "INFO@hoshi", "銀行", "銀", "行から", "account", "Your",
        "192.0.2.", "dmarc-fail", "  account  銀行 ", "ＡＣＣＯＵＮＴ",
        "銀行　your", "100%", "0%"})
    EXPECT_TRUE(finds(typed)) << typed;
}

// Signs of LIKE, GLOB and regular expressions, and of SQL, stand for
// themselves.
TEST(find_text, is_not_found_by_what_is_not_there) {
  for (const char* typed :
       {"nowhere", "銀河", "%%", "__", "ba_k", "ho%ra", ".*", "ho.hi", "[a-z]+",
        "**", "' OR '1'='1", "account 銀河", "dmarc", "mail-fail", "25 info@x"})
    EXPECT_FALSE(finds(typed)) << typed;
}

TEST(find_text, parts_do_not_reach_over_lines) {
  EXPECT_TRUE(finds("25\ninfo@"));  // two words
  EXPECT_FALSE(
      finds("b.example", {.author_domain = "b", .subject = "example"}));
}

TEST(find_text, folds_as_people_see_it) {
  const find_parts mail = {.author_domain = "example.jp",
                           .subject = "ﾊﾝｶｸ Straße CAFÉ ①"};
  for (const char* typed : {"ハンカク", "STRASSE", "café", "cafe\u0301", "1"})
    EXPECT_EQ(finds(typed, mail), std::string(typed) != "1") << typed;
}

TEST(find_text, a_domain_is_found_as_people_see_it) {
  const find_parts mail = {.author_domain = "mail.xn--wgv71a119e.jp"};
  EXPECT_TRUE(finds("日本語", mail));
  EXPECT_TRUE(finds("mail.日本語.jp", mail));
  EXPECT_TRUE(finds("xn--wgv71a119e", mail));
}

TEST(find_text, what_is_typed_is_bounded) {
  EXPECT_FALSE(read_search(""));
  EXPECT_FALSE(read_search(" \t\n"));
  EXPECT_FALSE(read_search("a"));
  EXPECT_TRUE(read_search("ab"));
  EXPECT_TRUE(read_search("a b"));
  EXPECT_TRUE(read_search("銀"));
  EXPECT_TRUE(read_search(std::string(200, 'x')));
  EXPECT_FALSE(read_search(std::string(201, 'x')));
  EXPECT_FALSE(read_search(std::string(1 << 20, 'x')));
  EXPECT_TRUE(read_search("1 2 3 4 5 6 7 8"));
  EXPECT_FALSE(read_search("1 2 3 4 5 6 7 8 9"));
}

TEST(find_text, the_longest_word_that_nothing_else_has_is_sought) {
  auto words = *read_search("bank 100%_\\x");
  EXPECT_EQ(sought_word(words, 0), "100%_\\x");
  EXPECT_EQ(sought_word(words, 2), "bank");
  EXPECT_EQ(sought_word(words, 3), "");
  words[1].codes = {"dmarc-fail"};
  EXPECT_EQ(sought_word(words, 0), "bank");
}

TEST(find_text, of_a_long_subject_the_beginning_counts) {
  std::string subject;
  for (int i = 0; i < 1'000; ++i) subject += "銀";
  const std::string text = find_text({.subject = subject});
  EXPECT_EQ(text.size(), 3 + most_found_subject);
  EXPECT_TRUE(text.ends_with("銀"));
}

TEST(find_text, loses_its_texts) {
  EXPECT_EQ(without_texts(find_text(bank), bank.author_domain),
            "dmarc-fail\n192.0.2.25\nhoshizora-bank.example\n");
  EXPECT_EQ(with_code(find_text(bank), "new-sender"),
            "new-sender\n192.0.2.25\ninfo@hoshizora-bank.example\n"
            "銀行から your account 100%");
}

TEST(find_text, a_part_is_without_texts_for_certain) {
  EXPECT_EQ(part_without_texts(find_text(bank)),
            "dmarc-fail\n192.0.2.25\nhoshizora-bank.example\n");
  EXPECT_EQ(part_without_texts("new\n\nexample.jp\n"), "new\n\nexample.jp\n");
  EXPECT_EQ(part_without_texts("new\n\n\"a@b\"@example.jp\nwords"),
            "new\n\nexample.jp\n");
  EXPECT_EQ(part_without_texts("new\n\na@例え.jp xn--r8jz45g.jp 例え.jp\nx"),
            "");
  EXPECT_EQ(part_without_texts("new\n\na b@example.jp\nx"), "");
  EXPECT_EQ(part_without_texts(""), "");
}

TEST(find_text, codes_and_accounts_count_as_words) {
  auto words = *read_search("bank なりすまし");
  const std::string text = find_text(bank);
  EXPECT_FALSE(is_found(text, words, 0));
  words[1].codes = {"look-alike", "dmarc-fail"};
  EXPECT_TRUE(is_found(text, words, 0));

  words = *read_search("taro hoshizora");
  EXPECT_EQ(words_in_account("Taro%pop.example.jp", words), 1U);
  EXPECT_FALSE(is_found(text, words, 0));
  EXPECT_TRUE(is_found(text, words, 1));
}

}  // namespace
}  // namespace mekiki::store
