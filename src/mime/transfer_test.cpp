#include "mime/transfer.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

using enum transfer_encoding;

struct row {
  std::string_view text;
  std::optional<std::string_view> strict;  // nothing: a decoder has to guess
  std::string_view lenient;
};

void expect(transfer_encoding encoding, const row& r) {
  const auto strict = decode(encoding, r.text);
  EXPECT_EQ(strict.has_value(), r.strict.has_value()) << r.text;
  if (strict && r.strict) {
    EXPECT_EQ(*strict, *r.strict) << r.text;
  }
  EXPECT_EQ(decode_leniently(encoding, r.text), r.lenient) << r.text;
}

TEST(transfer, quoted_printable) {
  // RFC 2045 6.7: the example first, then what its rules forbid.
  const row rows[] = {
      {"Now's the time =\r\nfor all folk to come=\r\n to the aid of their "
       "country.",
       "Now's the time for all folk to come to the aid of their country.",
       "Now's the time for all folk to come to the aid of their country."},
      {"=E3=81=82", "\u3042", "\u3042"},
      {"=e3=81=82", "\u3042", "\u3042"},
      {"a \t\r\nb", "a\r\nb", "a\r\nb"},
      {"a= \t\r\nb", "ab", "ab"},
      {"a\nb\n", "a\r\nb\r\n", "a\r\nb\r\n"},
      {"a=", "a", "a"},
      {"", "", ""},
      {"=Z", std::nullopt, "=Z"},
      {"=4", std::nullopt, "=4"},
      {"=4=\r\n1", std::nullopt, "=41"},
      {"==41", std::nullopt, "=A"},
      {"a=\r\r\nb", std::nullopt, "ab"},
      {"a\r\r\nb", std::nullopt, "a\r\nb"},
  };
  for (const row& r : rows) expect(quoted_printable, r);
}

TEST(transfer, base64) {
  // RFC 4648 10, then padding, line breaks and dirt.
  const row rows[] = {
      {"Zm9vYmFy", "foobar", "foobar"},
      {"Zm9vYg==", "foob", "foob"},
      {"Zm9v\r\nYmE=\r\n", "fooba", "fooba"},
      {"Zm9vYmE", "fooba", "fooba"},
      {"", "", ""},
      {"Zm9v!YmFy", std::nullopt, "foobar"},
      {"Zm9vY", std::nullopt, "foo"},
      // Whoever put two texts behind each other meant both.
      {"Zm8=Zm8=", std::nullopt, "fofo"},
      {"Zg==Zg==", std::nullopt, "ff"},
      {"====", std::nullopt, ""},
  };
  for (const row& r : rows) expect(base64, r);
}

TEST(transfer, identity) {
  expect(identity, {"=41\r\r\n", "=41\r\r\n", "=41\r\r\n"});
}

TEST(transfer, escapes) {
  EXPECT_EQ(decode_escapes("a%20b%2", '%'), "a b%2");
  EXPECT_EQ(decode_escapes("%%41%zz=41", '%'), "%A%zz=41");
  EXPECT_EQ(decode_escapes("=41%41", '='), "A%41");
}

TEST(transfer, quoted_printable_is_decoded_to_what_it_was) {
  const std::string texts[] = {
      "",
      "a\r\n",
      "a \r\n\t\r\n",
      "=\r\n",
      "\u3042\u3044",
      std::string(200, 'a') + "\r\n" + std::string(76, 'b') + " \r\n",
      std::string("\0\r\n", 3)};
  for (const std::string& text : texts) {
    const std::string encoded = encode_quoted_printable(text);
    EXPECT_EQ(decode(quoted_printable, encoded), text);
    for (std::size_t at = 0; at < encoded.size();)
      EXPECT_LE(next_line(encoded, at).size(), 76) << encoded;
  }
}

TEST(transfer, base64_is_the_same_wherever_it_is_cut) {
  for (const std::size_t size : {0, 1, 56, 57, 58, 114, 200}) {
    const std::string octets(size, '\xe3');
    const std::string whole = encode_base64(octets);
    EXPECT_EQ(decode(base64, whole), octets);
    for (std::size_t at = 0; at < whole.size();)
      EXPECT_LE(next_line(whole, at).size(), 76);
    for (std::size_t step = 1; step <= size; ++step) {
      std::string out;
      base64_encoder encoder;
      for (std::size_t at = 0; at < size; at += step)
        encoder.write(std::string_view(octets).substr(at, step), out);
      encoder.finish(out);
      ASSERT_EQ(out, whole) << size << ' ' << step;
    }
  }
}

TEST(transfer, line_ends) {
  EXPECT_EQ(to_crlf("a\nb\r\nc\rd"), "a\r\nb\r\ncd");
  std::size_t at = 0;
  const std::string_view text = "a\r\nb\n\r\r\nc\r";
  for (const std::string_view line : {"a", "b", "\r", "c\r"})
    EXPECT_EQ(next_line(text, at), line);
  EXPECT_EQ(at, text.size());
}

}  // namespace
}  // namespace mekiki::mime
