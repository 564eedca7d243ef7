#include "mime/charset.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

TEST(read_text, knows_the_charset_better_than_its_label) {
  struct charset_row {
    std::string_view octets, label, text;
  };
  constexpr charset_row charsets[] = {
      {"abc", "", "abc"},
      {"\xe3\x81\x82", "utf-8", "あ"},
      {"\xe3\x81\x82", "iso-8859-1", "あ"},
      {"\x1b$B$\"\x1b(B", "utf-8", "あ"},
      {"\x1b$B$\"\x1b(B", "iso-2022-jp", "あ"},
      {"\x82\xa0\x82\xa2\x88\xc0", "shift_jis", "あい安"},
      {"\x82\xa0\x82\xa2\x88\xc0", "utf-8", "あい安"},
      {"\xa4\xa2\xa4\xa4\xb0\xc2", "", "あい安"},
      {"\xa4\xa2\xa4\xa4\xb0\xc2", "no-such-charset", "あい安"},
      {"\xfc"
       "ber",
       "iso-8859-1", "über"},
      {"\xe3\x81\x82\xff", "utf-8", "あ\xef\xbf\xbd"},
      {"a\xef\xbf\xbd\xef\xbf\xbd", "", "a\xef\xbf\xbd\xef\xbf\xbd"},
      {"+AGEA-", "utf-7", "a"},
  };
  for (const charset_row& r : charsets)
    EXPECT_EQ(read_text(r.octets, r.label), r.text) << r.label;
}

}  // namespace
}  // namespace mekiki::mime
