#include "notify/edit/subject.hpp"

#include <string>

#include <gtest/gtest.h>

#include "mime/encoded_word.hpp"
#include "notify/edit/inert.hpp"
#include "notify/words/texts.hpp"

namespace mekiki::notify {
namespace {

TEST(without_marks, removes_what_people_take_for_a_mark) {
  struct row {
    std::string_view subject, left;
  };
  constexpr row rows[] = {
      {"[SPOOFED?] a", "a"},
      {"Re: [spoofed ?]a", "Re: a"},
      {"(SPOOFED) a", "a"},
      {"［ＳＰＯＯＦＥＤ？］　a", "a"},
      {"[SP00FED?] a", "a"},
      {"[ЅРООFЕD?] a", "a"},  // Cyrillic
      {"[S\u200bPOOFED?] a", "a"},
      {"[なりすまし注意] a", "a"},
      {"【なりすまし 注意】a", "a"},
      {"[ﾅﾘｽﾏｼ注意] a", ""},  // katakana: another word
      {"[[SPOOFED?]] a", "[] a"},
      {"[SPO[SPOOFED?]OFED?] a", "a"},
      {"SPOOFED? a", ""},
      {"なりすまし注意のお知らせ", ""},
      {"[list] SPOOFED mail", ""},
      {"", ""},
  };
  for (const row& r : rows) {
    const auto got = without_marks(r.subject);
    EXPECT_EQ(got.value_or(""), r.left) << r.subject;
    EXPECT_EQ(got.has_value(), !r.left.empty()) << r.subject;
  }
}

TEST(edit_subjects, marks_each_and_changes_nothing_else) {
  struct row {
    std::string_view header, mark, expected;
  };
  constexpr row rows[] = {
      {"A: 1\r\nSubject: x\r\n", "", "A: 1\r\nSubject: x\r\n"},
      {"subject :x\r\n y\r\n", "[M]", "Subject: [M] x\r\n y\r\n"},
      {"Subject: a\nSubject: b\n", "[M]",
       "Subject: [M] a\r\nSubject: [M] b\r\n"},
      {"A: 1\r\n", "[M]", "A: 1\r\nSubject: [M]\r\n"},
      {"Subject:\r\n", "[M]", "Subject: [M]\r\n"},
      {"Subject: =?UTF-8?B?44GC?=\r\n", "[M]",
       "Subject: [M] =?UTF-8?B?44GC?=\r\n"},
      {"Subject: =?UTF-8?B?44GC?=\r\n", "[あ]",
       "Subject: =?UTF-8?B?W+OBgl0g?= =?UTF-8?B?44GC?=\r\n"},
      {"Subject: a\r\n", "[あ]", "Subject: =?UTF-8?B?W+OBgl0=?= a\r\n"},
      {"Sub\x01ject: [SPOOFED?] a\r\n", "", "Subject: a\r\n"},
      {"Subject: =?utf-8?q?=5BSPOO?= =?utf-8?q?FED=3F]_a?=\r\n", "",
       "Subject: a\r\n"},
  };
  for (const row& r : rows)
    EXPECT_EQ(edit_subjects(r.header, r.mark), r.expected) << r.header;
}

TEST(edit_subjects, folds_what_would_be_too_long) {
  const std::string out =
      edit_subjects("Subject: " + std::string(990, 'x') + "\r\n", "[あ]");
  EXPECT_EQ(out, "Subject: =?UTF-8?B?W+OBgl0=?=\r\n " + std::string(990, 'x') +
                     "\r\n");
}

TEST(encode_words, keep_to_seventy_five_octets) {
  for (std::size_t size = 1; size < 200; size += 7) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += i % 3 == 0 ? "a" : "あ𠮷";
    const std::string words = mime::encode_words(text);
    EXPECT_EQ(mime::decode_words(words), text);
    for (std::size_t at = 0; at < words.size();) {
      const std::size_t end = std::min(words.find("\r\n ", at), words.size());
      EXPECT_LE(end - at, 75);
      at = end + 3;
    }
  }
}

TEST(make_inert, leaves_no_link_and_no_number_unreadable) {
  struct row {
    std::string_view text, expected;
  };
  constexpr row rows[] = {
      {"http://a.example/b?c", "hxxp[:]//a[.]example/b?c"},
      {"HTTPS://a", "hxxps[:]//a"},
      {"ftp://a", "fxp[:]//a"},
      {"h\x1dttp:\x01//a\u202e.b", "hxxp[:]//a[.]b"},
      {"あ://a", "あ[:]//a"},
      {"http:/\\a", "hxxp[:]/\\a"},
      {"mailto:a@b.jp", "mailto[:]a[at]b[.]jp"},
      {"<a@b.jp> \"a＠b\"", "<a[at]b[.]jp> \"a[at]b\""},
      {"javascript:x", "javascript[:]x"},
      {"tel:0312345678", "tel[:]0312345678"},
      {"www.example.jp", "www[.]example[.]jp"},
      {"example.jpです。", "example[.]jpです。"},
      {"日本.jp", "日本[.]jp"},
      {"a．example", "a[.]example"},
      {"192.0.2.1", "192[.]0[.]2[.]1"},
      {"\\\\host\\share", "[\\\\]host\\share"},
      {"3.14, 2025.12.31 and 12:30.", "3.14, 2025.12.31 and 12:30."},
      {"1.2.example", "1[.]2[.]example"},
      {"Note: see above. End...", "Note: see above. End..."},
      {"a @ b", "a @ b"},
      {"", ""},
  };
  for (const row& r : rows) EXPECT_EQ(make_inert(r.text), r.expected);
}

TEST(quote, leaves_no_line_without_its_sign) {
  EXPECT_EQ(quote("a\nb\r\nc\rd\u2028e\x0c"
                  "f\u0085g"),
            "> a\r\n> b\r\n> c\r\n> d\r\n> e\r\n> f\r\n> g\r\n");
  EXPECT_EQ(quote("\n\n\na\n\n\n\nb"), "> a\r\n>\r\n> b\r\n");
  EXPECT_EQ(quote("a\u202e\x1b[1m\tb"), "> a[1m b\r\n");
  EXPECT_EQ(quote(std::string(73, 'x') + " yy"),
            "> " + std::string(73, 'x') + "\r\n> yy\r\n");
  std::string wide;
  for (int i = 0; i < 40; ++i) wide += "あ";
  EXPECT_EQ(quote(wide).find("\r\n"), 2 + 37 * 3);
}

TEST(texts, both_languages_have_all_placeholders) {
  const texts t;
  for (const std::string_view name : texts::names()) {
    for (const language in : {language::english, language::japanese}) {
      const std::string bare = t.fill(name, in);
      EXPECT_EQ(bare.find('{'), bare.npos) << name;
      for (const std::string_view p : texts::placeholders(name)) {
        const std::string filled = t.fill(name, in, {{p, "FILLED"}});
        EXPECT_NE(filled.find("FILLED"), filled.npos) << name << ' ' << p;
      }
    }
  }
}

}  // namespace
}  // namespace mekiki::notify
