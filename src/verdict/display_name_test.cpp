#include "verdict/display_name.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mime/encoded_word.hpp"

namespace mekiki::verdict {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// --- keys ---

TEST(name_key, is_one_for_all_ways_to_write_a_name) {
  const std::vector<std::vector<const char*>> same = {
      {"Taro Yamada", "Yamada Taro", "YAMADA Taro", "Yamada, Taro",
       "taro  yamada", "Taro Yamada (Example Corp.)", "[Example] Taro Yamada",
       "Ｔａｒｏ Ｙａｍａｄａ", "Tаro Yаmada", "T\u200baro Yamada",
       "=?utf-8?Q?Taro_Yamada?=", "Mr. Taro Yamada", "'Taro Yamada'"},
      {"山田太郎", "山田 太郎", "山田　太郎", "山田太郎様", "山田 太郎 さん",
       "山田太郎（営業部）", "=?ISO-2022-JP?B?GyRCOzNFRBsoQiAbJEJCQE86GyhC?="},
      {"山田商事", "株式会社山田商事", "（株）山田商事", "㈱山田商事",
       "山田商事株式会社", "山田商事サポートセンター"},
      {"Example Shop Japan", "Example Japan", "Example Japan Inc.",
       "Japan Example Support Team"},
      {"ジョン・スミス", "ジョン スミス", "ｼﾞｮﾝ･ｽﾐｽ"},
      {"Patrick O'Brien", "Patrick O’Brien", "Patrick OBrien"},
      {"contoso1td traders", "Contosoltd Traders"},
  };
  for (const auto& row : same) {
    EXPECT_NE(name_key(row[0]), "") << row[0];
    for (const char* name : row)
      EXPECT_EQ(name_key(name), name_key(row[0])) << name;
  }
}

TEST(name_key, differs_for_other_names) {
  const char* const different[] = {
      "Taro Yamada", "Jiro Yamada",   "Taro Yamada Sato",
      "山田太郎",    "山田次郎",      "山田商事",
      "山本商事",    "Example Japan", "Example Asia"};
  for (const char* a : different) {
    for (const char* b : different) {
      if (a != b) {
        EXPECT_NE(name_key(a), name_key(b)) << a << ", " << b;
      }
    }
  }
}

TEST(name_key, is_empty_for_names_of_nobody) {
  for (const char* name : {"",
                           " ",
                           "Michael",
                           "Jun",
                           "佐藤",
                           "田中一",
                           "info",
                           "Support",
                           "Customer Support Team",
                           "no-reply",
                           "The Newsletter",
                           "お知らせ",
                           "サポートセンター",
                           "カスタマーサービス",
                           "運営事務局",
                           "人事部",
                           "配信専用",
                           "株式会社",
                           "山田様",
                           "Li Na",
                           "Bob Lee",
                           "Dr. Sato",
                           "2026 10 31",
                           "!!!",
                           "()",
                           "12345678",
                           "\u200b\u200b"})
    EXPECT_EQ(name_key(name), "") << name;
}

TEST(name_key, takes_any_length) {
  std::string name;
  for (int i = 0; i < 100'000; ++i) name += "(a ";
  EXPECT_LE(name_key(name).size(), 2 * mime::most_of_header_text);
}

TEST(name_mark, is_keyed_blake2b) {
  // By hashlib: blake2b(key, key=blake2b(salt)), 32 octets each.
  EXPECT_EQ(name_mark("tarou yamada", "salt"), "9c5d4a92eff2b9de");
  EXPECT_NE(name_mark("tarou yamada", "pepper"), "9c5d4a92eff2b9de");
  EXPECT_EQ(name_mark("", "salt"), "");
}

// --- claims ---

std::vector<std::string> claims(std::string_view name) {
  std::vector<std::string> out;
  for (const named_domain& c : claims_in(name))
    out.push_back((c.is_address ? "address " : "host ") + c.domain);
  return out;
}

TEST(claims_in, are_addresses_and_hosts) {
  EXPECT_THAT(claims("ceo@example.jp"), ElementsAre("address example.jp"));
  EXPECT_THAT(claims("CEO <CEO@Example.JP>"),
              ElementsAre("address example.jp"));
  EXPECT_THAT(claims("'taro.yamada+x@mail.example.co.jp' via List"),
              ElementsAre("address mail.example.co.jp"));
  EXPECT_THAT(claims("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ"),
              ElementsAre("address example.jp"));
  EXPECT_THAT(claims("ceo@exam\u200bple.jp"),
              ElementsAre("address example.jp"));
  EXPECT_THAT(claims("ceo@exam\x7fple.jp, ceo@exam\u0085ple.jp"),
              ElementsAre("address example.jp", "address example.jp"));
  EXPECT_THAT(claims("山田（taro@example.jp）より"),
              ElementsAre("address example.jp"));
  EXPECT_THAT(claims("ceo@example.jpより"), ElementsAre("address example.jp"));
  EXPECT_THAT(claims("ceo@日本語.jp"),
              ElementsAre("address xn--wgv71a119e.jp"));
  EXPECT_THAT(claims("Example.co.jp"), ElementsAre("host example.co.jp"));
  EXPECT_THAT(claims("News (www.example.com)."),
              ElementsAre("host www.example.com"));
  EXPECT_THAT(claims("@taro.example"), ElementsAre("host taro.example"));
  EXPECT_THAT(claims("a@b.test, c@d.test"),
              ElementsAre("address b.test", "address d.test"));
}

// A reader sees where a host begins and ends, though it touches other letters.
TEST(claims_in, touch_letters_of_other_scripts) {
  for (const char* name :
       {"株式会社bank.example様", "ご連絡bank.exampleより",
        "サポーターbank.example", "か\u309Abank.example", "Банкbank.example",
        "ธนาคารbank.exampleค่ะ", "은행bank.example은행", "公式.bank.example",
        "公式-bank.example-公式", "bank.exampleの本店"})
    EXPECT_THAT(claims(name), testing::Contains("host bank.example")) << name;
  EXPECT_THAT(
      claims("公式bank.exampleとwingtips.testより"),
      testing::IsSupersetOf({"host bank.example", "host wingtips.test"}));
  EXPECT_THAT(claims("連絡はceo@公式bank.exampleへ"),
              testing::Contains("host bank.example"));
  EXPECT_THAT(claims("VISA日本語.jpより"),
              testing::Contains("host xn--wgv71a119e.jp"));
  EXPECT_THAT(claims("公式bank.みんな"),
              testing::Contains("host bank.xn--q9jyb4c"));
  // Digits go with Latin, and Latin has more letters than ASCII.
  for (const char* name :
       {"第24bank.example", "24bank.example", "mybank.example",
        "my-bank.example", "ökobank.example", "bank.examples", "bänk.example",
        "日本bank.example.test"})
    EXPECT_THAT(claims(name),
                testing::Not(testing::Contains("host bank.example")))
        << name;
}

TEST(claims_in, stand_beside_signs) {
  for (const char* name : {"Support_bank.example",    "bank.example_Support",
                           "_bank.example",           "Login&bank.example",
                           "Service+bank.example",    "100%bank.example",
                           "Support＿＿bank.example", "Support＋bank.example",
                           "Support=bank.example",    "x/bank.example/y",
                           "Support~bank.example",    "#bank.example",
                           "a_b+c%d&bank.example&e",  "Support--bank.example",
                           "bank.example--Support",   "bank.example-24",
                           "bank.example2026",        "bank.example@",
                           "bank.example@x",          "Support_bank.example@@",
                           "公式_bank.example_様"})
    EXPECT_THAT(claims(name), testing::Contains("host bank.example")) << name;
  // But what a local part holds is none.
  for (const char* name :
       {"taro+bank.example@adatum.test", "taro=40bank.example@adatum.test",
        "bounce+taro=bank.example@adatum.test", "bank.example@adatum.test",
        "bank.example_taro@adatum.test", "a%bank.example@adatum.test"})
    EXPECT_THAT(claims(name), testing::Each(testing::HasSubstr(" adatum.test")))
        << name;
}

TEST(claims_in, are_parts_where_only_the_eye_sees_them) {
  const auto parts = [](std::string_view name) {
    std::vector<std::string> out;
    for (const named_domain& c : claims_in(name)) {
      if (c.is_part)
        out.push_back(c.domain + " within " + c.within);
    }
    return out;
  };
  EXPECT_THAT(parts("日本bank.example"),
              ElementsAre("bank.example within xn--bank-f79hm9d.example"));
  EXPECT_THAT(parts("bank.example2026"), ElementsAre("bank.example within "));
  EXPECT_THAT(parts("bank.exampleより"), IsEmpty());
  EXPECT_THAT(parts("Support_bank.example"), IsEmpty());
}

TEST(claims_in, are_not_what_only_has_dots_or_an_at_sign) {
  for (const char* name :
       {"", "Taro Yamada", "Dr. Sato", "T. S. Yamada", "Sato Ltd.",
        "Taro @ Example", "50@home", "Version 1.2", "10.0.0.1", "a..b",
        "taro@example", "taro@.jp", "...", "@", "e.V.", "Jazz Night @ Blue",
        "A.B"})
    EXPECT_THAT(claims(name), IsEmpty()) << name;
}

TEST(claims_in, are_those_of_the_first_2048_octets) {
  std::string name;
  for (int i = 0; i < 10'000; ++i) name += "a.test ";
  EXPECT_EQ(claims_in(name).size(), 2048u / 7 + 1);
  EXPECT_TRUE(claims_in(std::string(2048, ' ') + "a.test").empty());
}

TEST(deceives_by_direction, where_letters_turn) {
  for (const char* name :
       {"\u202Epj.elpmaxe\u202C", "Taro \u202Eadamay", "a\u202D\u05D0\u202C"})
    EXPECT_TRUE(deceives_by_direction(name)) << name;
}

TEST(deceives_by_direction, not_where_such_characters_are_ordinary) {
  for (const char* name :
       {"Taro Yamada", "山田太郎", "Taro\u200BYamada", "Taro\uFEFFYamada",
        "\uFEFFTaro Yamada", "Taro\u200B Yamada", "Taro Yamada\u200B",
        "\u202ATaro Yamada\u202C", "\u202D+81 90 1234 5678\u202C",
        "\u200Eדוד כהן\u200F", "محمد علي", "می\u200Cخواهم", "क्\u200Dष",
        "\U0001F468\u200D\U0001F469 Family", "\u2764\uFE0F Shop",
        "Donau\u00ADdampf", "\u2068Taro\u2069", "1\uFE0F\u20E3 Shop",
        "山\u200B田"})
    EXPECT_FALSE(deceives_by_direction(name)) << name;
}

TEST(mixed_words, where_a_word_only_looks_latin) {
  for (const char* name : {"Pаypal", "Exаmple Shop", "Μicrosοft", "αlpha"})
    EXPECT_EQ(mixed_words(name).size(), 1u) << name;
}

TEST(mixed_words, not_where_scripts_stand_beside_each_other) {
  for (const char* name :
       {"Toyota Тойота", "Wi-Fi-роутер", "α-Bank", "βテスト", "楽しいShop",
        "ＡＢＣ株式会社", "Ωmega ж", "ΔT測定", "Müller", "Łódź", "김Kim",
        "Юлия", "Расе", "Ａmazing", "µTorrent", "x²"})
    EXPECT_THAT(mixed_words(name), IsEmpty()) << name;
}

TEST(without_symbols, leaves_letters_and_punctuation) {
  EXPECT_EQ(without_symbols("①bank.example™ ℡x"), " bank.example   x");
  for (const char* name :
       {"（株）ｂａｎｋ．ｅｘａｍｐｌｅ", "a@b.test, 'c'_d-e",
        "サポーター・山田々", "ªº", "Müller", "a+b=c~d|e"})
    EXPECT_EQ(without_symbols(name), name);
}

TEST(has_stray_invisible, where_no_language_puts_it) {
  for (const char* text :
       {"ab\u200Bc", "\uFEFFabc", "a\u200Cb", "a\u200Db", "\u200Dשלום",
        "a\uFE0Fb", "ab\u00ADc", "ק\u200Dש", "a\u2060b"})
    EXPECT_TRUE(has_stray_invisible(text)) << text;
  // Persian, Hindi, a heart, a family, a Japanese name with its glyph.
  for (const char* text :
       {"abc", "می\u200Cخواهم", "शर्\u200Dमा", "क्\u200Cष", "❤\uFE0F",
        "👨\u200D👩\u200D👧", "❤\uFE0F\u200D🔥", "葛\U000E0100城"})
    EXPECT_FALSE(has_stray_invisible(text)) << text;
}

}  // namespace
}  // namespace mekiki::verdict
