#include "mime/encoded_word.hpp"

#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "mime/transfer.hpp"

namespace mekiki::mime {
namespace {

struct written_name {
  const char* what;
  std::string written;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const written_name& n) {
  return out << n.what;
}

// The octets in other charsets were written by Python's codecs.
const written_name written[] = {
    {"plain", "Taro Yamada", "Taro Yamada"},
    {"RFC 2047 8, one word", "=?ISO-8859-1?Q?a?=", "a"},
    {"RFC 2047 8, beside text", "=?ISO-8859-1?Q?a?= b", "a b"},
    {"RFC 2047 8, two words", "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
    {"RFC 2047 8, two spaces", "=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"},
    {"RFC 2047 8, folded", "=?ISO-8859-1?Q?a?=\r\n =?ISO-8859-1?Q?b?=", "ab"},
    {"RFC 2047 8, a space within", "=?ISO-8859-1?Q?a_b?=", "a b"},
    {"RFC 2047 8, a space between",
     "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
    {"RFC 2047 8, Keld",
     "=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld Jørn Simonsen"},
    {"RFC 2231 5, language", "=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"},
    {"UTF-8", "=?UTF-8?B?5bGx55SwIOWkqumDjg==?=", "山田 太郎"},
    {"ISO-2022-JP",
     "=?ISO-2022-JP?B?GyRCOzNFRBsoQiAbJEJCQE86GyhC?=", "山田 太郎"},
    {"Shift_JIS", "=?Shift_JIS?B?jlKTYyCRvphZ?=", "山田 太郎"},
    {"EUC-JP", "=?EUC-JP?B?u7PFxCDCwM+6?=", "山田 太郎"},
    {"letters of Windows", "=?Windows-31J?B?7uCLtIdA?=", "髙橋①"},
    {"Latin 1", "=?iso-8859-1?B?TfxsbGVy?=", "Müller"},
    {"KOI8-R", "=?KOI8-R?B?4MzJ0Q==?=", "Юлия"},
    {"GB2312", "=?gb2312?B?1cXOsA==?=", "张伟"},
    {"EUC-KR", "=?euc-kr?B?sei5zrz2?=", "김민수"},
    {"small letters", "=?utf-8?b?5bGx55Sw?=", "山田"},
    {"a character split", "=?utf-8?B?5bGx5w==?= =?utf-8?B?lLA=?=", "山田"},
    {"no padding", "=?utf-8?B?5bGx55SwIOWkqumDjg?=", "山田 太郎"},
    {"other octets in base64", "=?utf-8?B?5bGx!55Sw?=", "山田"},
    {"spaces in Q", "=?utf-8?Q?a b=C3=A9?=", "a bé"},
    {"without a space before", "Dr.=?utf-8?Q?=C3=A9?=", "Dr.é"},
    {"never encoded, UTF-8", "山田 太郎", "山田 太郎"},
    {"never encoded, ISO-2022-JP", "\x1b$B;3ED\x1b(B", "山田"},
    {"never encoded, Shift_JIS", "\x95\\\x8e\xa6 \x83\\", "表示 ソ"},
    {"never encoded, Latin 1", "M\xfcller", "Müller"},
    {"never encoded, ISO-2022-JP with =? in it", "\x1b$B=?@>\x1b(B", "戎西"},
    {"ISO-2022-JP, two words",
     "=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= =?ISO-2022-JP?B?GyRCQkBPOhsoQg==?=",
     "山田太郎"},
    {"ISO-2022-JP, shifted on into the next word",
     "=?ISO-2022-JP?B?GyRCOzNF?= =?ISO-2022-JP?B?RBsoQg==?=", "山田"},
    {"ISO-2022-JP, not back to ASCII, and the next is whole",
     "=?ISO-2022-JP?B?GyRCOzNFRA==?= =?ISO-2022-JP?Q?taro@example.jp?=",
     "山田taro@example.jp"},
    {"ISO-2022-JP, an empty shift",
     "=?ISO-2022-JP?B?GyRCOzMbKEIbJEJFRBsoQg==?=", "山田"},
    {"Shift_JIS, a character split",
     "=?Shift_JIS?B?jlKT?= =?Shift_JIS?B?Yw==?=", "山田"},
    {"unknown charset", "=?x-nobodys?Q?a=FCb?=", "a\uFFFDb"},
    {"a path for a charset", "=?../../etc/x?Q?ab?=", "ab"},
    {"options for a charset", "=?ISO-2022,locale=ja,version=9?Q?ab?=", "ab"},
    {"padding within base64", "=?utf-8?B?YQ==Yg==?=", "ab"},
    {"no encoding", "=?utf-8?? =?utf-8?Q?a?=", "=?utf-8?? a"},
    {"a word in a word", "=?a?=?utf-8?Q?b?=", "=?a?b"},
    {"unknown encoding", "=?utf-8?X?ab?=", "=?utf-8?X?ab?="},
    {"never closed", "=?utf-8?Q?ab", "=?utf-8?Q?ab"},
    {"nothing in it",
     "=?utf-8?Q?"
     "?=",
     ""},
    {"line breaks encoded", "=?utf-8?Q?a=0D=0Ab=00c?=", "a  b c"},
    {"empty", "", ""},
};

class names : public testing::TestWithParam<written_name> {};

TEST_P(names, are_read_as_clients_read_them) {
  EXPECT_EQ(decode_words(GetParam().written), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(decode_words, names, testing::ValuesIn(written));

TEST(decode_words, looks_at_two_thousand_octets) {
  EXPECT_EQ(decode_words(std::string(1 << 20, 'a')).size(),
            most_of_header_text);
}

TEST(encode_text, writes_words_only_where_it_must) {
  const struct {
    std::string text, expected;
  } rows[] = {
      {"", ""},
      {"Hi [you] = ?", "Hi [you] = ?"},
      {std::string(60, 'a'), std::string(60, 'a')},
      {"a\r\nBcc: b", "a  Bcc: b"},
      {"\u3042", "=?UTF-8?B?44GC?="},
      {"a =? b", "=?UTF-8?B?YSA9PyBi?="},
      {"a\tb", "=?UTF-8?B?YQli?="},
      {"a\n\u3042", "=?UTF-8?B?YSDjgYI=?="},
  };
  for (const auto& r : rows) EXPECT_EQ(encode_text(r.text), r.expected);
  // RFC 2047 2: lines of at most 76 octets, the name of the field included,
  // and no character in two words.
  std::string text(61, 'a');
  for (int i = 0; i < 50; ++i) text += "\u3042";
  const std::string words = "Subject: " + encode_text(text);
  for (std::size_t at = 0; at < words.size();)
    EXPECT_LE(next_line(words, at).size(), 76);
  EXPECT_EQ(decode_words(words), "Subject: " + text);
}

TEST(decode_words, leaves_controls_out_where_that_is_asked_for) {
  const std::string text = "=?utf-8?Q?a=00b=7Fc=0Fd=0B=0Ce=09f=0Dg?=";
  EXPECT_EQ(decode_words(text), "a b c d  e f g");
  EXPECT_EQ(decode_words(text, 100, controls::nothing), "abcde f g");
}

}  // namespace
}  // namespace mekiki::mime
