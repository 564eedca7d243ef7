#include "notify/edit/label_guard.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "mime/encoded_word.hpp"

namespace mekiki::notify {
namespace {

const labels known{"0123456789abcdef", "fedcba9876543210"};
const std::string value = known.current;

std::string guarded(std::string header, std::size_t piece = 1'000'000) {
  label_guard guard(known);
  for (std::size_t at = 0; at < header.size(); at += piece) {
    guard.write(
        std::span(header).subspan(at, std::min(piece, header.size() - at)));
  }
  return header;
}

std::string lower(std::string_view text) { return ascii::to_lower(text); }

/// As a client shows a header: line ends removed, encoded words decoded.
std::string shown(std::string header) {
  std::erase_if(header, [](char c) { return c == '\r' || c == '\n'; });
  return lower(mime::decode_words(header));
}

bool has_word(const std::string& header) {
  for (const std::string& text : {lower(header), shown(header)}) {
    for (const std::string& word :
         {known.current, known.previous, std::string("x-dkim-check:")}) {
      if (text.find(word) != text.npos)
        return true;
    }
  }
  return false;
}

std::string q_word(std::string_view text) {
  std::string out = "=?utf-8?Q?";
  for (const char c : text)
    out += fmt::format("={:02X}", static_cast<unsigned char>(c));
  return out + "?=";
}

std::string b_word(std::string_view text, std::string_view charset = "utf-8") {
  return fmt::format("=?{}?b?{}?=", charset, base64_encode(text));
}

std::string with_nuls(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += '\0';
    out += c;
  }
  return out;
}

const std::string label = "X-Mekiki-Label: genuine-" + value;

TEST(label_guard, breaks_every_writing_of_a_value) {
  const std::string half = value.substr(0, 7);
  const std::string rest = value.substr(7);
  const std::string attacks[] = {
      label,
      "x" + value + "x",
      "GENUINE-0123456789ABCDEF",
      known.previous,
      value + value + known.previous,
      "X-DKIM-Check: pass",
      "x-dkim-CHECK: pass",
      "a\r\n X-DKIM-Check: pass",
      "a\r\nY-X-DKIM-Check: pass",
      "a\nY-X-DKIM-Check: pass",
      "a\rY-X-DKIM-Check: pass",
      q_word(label),
      "=?utf-8?Q?" + label + "?=",
      "=?utf-8?q?0123456789abcde=66?=",
      "=?utf-8?q?=300123456789abcdef?=",
      b_word(label),
      b_word("X-DKIM-Check: pass"),
      b_word("a" + value),
      b_word("aa" + value),
      b_word("aaa" + value),
      q_word(half) + " " + q_word(rest),
      b_word(half) + "\r\n " + b_word(rest),
      b_word(value.substr(0, 1)) + b_word(value.substr(1, 1)) + "\r\n\t" +
          b_word(value.substr(2, 3)) + " " + q_word(value.substr(5)),
      half + b_word(rest),
      b_word(half) + rest,
      half + "=?utf-8?Q?" + rest + "?=",
      "=?utf-8?Q?" + half + "?= =?utf-8?B?" + base64_encode(rest) + "?=",
      "=?a?=?utf-8?Q?x?=" + q_word(value),
      "=?=?=?=?=?" + q_word(value),
      "=?a?B?AAAA?= " + b_word(value),
      "=?utf-8*ja?Q?" + value + "?=",
      half + "\r" + rest,
      half + "\r\n " + rest,
      half + std::string(1, '\0') + rest,
      // An octet that is changed is not the first of another one.
      "0123456789abcde0123456789abcdef",
      "=?utf-8?Q?0123456789abcdef=3D?==?utf-8?Q?0123456789abcdef?=",
  };
  for (const std::string& text : attacks) {
    const std::string header = "Subject: " + text + "\r\nTo: x\r\n";
    ASSERT_TRUE(text.find('\0') != text.npos || text.find('\r') != text.npos ||
                has_word(header))
        << header;
    const std::string out = guarded(header);
    EXPECT_FALSE(has_word(out)) << out;
    EXPECT_NE(out, header);
    EXPECT_EQ(out.size(), header.size());
    for (const std::size_t piece : {1, 2, 3, 7})
      EXPECT_EQ(guarded(header, piece), out);
  }
  const std::string wide = b_word(with_nuls(value), "utf-16be");
  EXPECT_NE(guarded("Subject: " + wide), "Subject: " + wide);
}

TEST(label_guard, changes_one_octet_in_place) {
  EXPECT_EQ(guarded("Subject: " + label + "!\r\n"),
            "Subject: X-Mekiki-Label: genuine-0123456789abcde-!\r\n");
  EXPECT_EQ(guarded("Subject: X-DKIM-Check: pass\r\n"),
            "Subject: X-DKIM-Check- pass\r\n");
  // Its colon stays, so it is a field still.
  EXPECT_EQ(guarded("A-X-DKIM-Check: pass\r\n"), "A-X-DKIM-Chec-: pass\r\n");
}

TEST(label_guard, what_follows_in_an_encoded_word_can_still_be_read) {
  const std::string text = "12" + value + " \u76ee\u5229\u304d";
  for (const std::string before : {"", "1", "12"}) {
    const std::string out = guarded("Subject: " + b_word(before + text));
    const std::string seen = mime::decode_words(out);
    EXPECT_TRUE(seen.ends_with(" \u76ee\u5229\u304d")) << seen;
    EXPECT_EQ(seen.find(value), seen.npos) << seen;
    EXPECT_NE(seen.find(value.substr(0, 14)), seen.npos) << seen;
  }
}

TEST(label_guard, leaves_everything_else) {
  const std::string texts[] = {
      "Subject: 0123456789abcde\r\nX: f\r\n",
      "Subject: 01234567 89abcdef\r\n",
      "Subject: =?utf-8?Q?01234567_89abcdef?=\r\n",
      "Subject: 0123456789abcde=?utf-8?Q?g?=\r\n",
      "Subject: =?utf-8?B?" + base64_encode("\u76ee\u5229\u304d") + "?=\r\n",
      "X-DKIM: check\r\n",
      "X-DKIM-Checks: yes\r\nX: X-DKIM-Check\r\nX-DKIM-Checking: no\r\n",
      "\r\nSubject: " + label + "\r\n",
      "To: x\r\n\r\n" + label + "\r\n" + q_word(value),
      "To: x\r\n\r\r\n\r\n" + label,
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(guarded(text), text);
    EXPECT_EQ(guarded(text, 1), text);
  }
  // An empty line that not all clients take for the header's end.
  EXPECT_NE(guarded("To: x\n\n" + label), "To: x\n\n" + label);
  label_guard nothing({});
  std::string text = label;
  nothing.write(text);
  EXPECT_EQ(text, label);
}

// Pieces of words, of delimiters and of encodings, in any order.
TEST(label_guard, no_mixture_gets_through) {
  std::mt19937 random(1);
  const auto pick = [&](std::size_t below) { return random() % below; };
  const std::string noise[] = {"=?",    "?=",   "?",  "=",      " ",
                               "\r\n ", "=?a?", "Q?", "=?b?B?", "=?u?q?",
                               "_",     "x",    "=3", "M",      "?B?"};
  int found = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string header = "Subject: ";
    for (std::size_t n = pick(3); n > 0; --n)
      header += noise[pick(std::size(noise))];
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t length = std::min(value.size() - at, 1 + pick(9));
      const std::string piece = value.substr(at, length);
      at += length;
      switch (pick(5)) {
        case 0:
          header += q_word(piece);
          break;
        case 1:
          header += b_word(piece);
          break;
        case 2:
          header += "=?u?q?" + piece + "?=";
          break;
        case 3:
          header += "=?utf-8?B?" + base64_encode(piece) + "?= ";
          break;
        default:
          header += piece;
      }
      if (pick(8) == 0)
        header += noise[pick(std::size(noise))];
    }
    found += has_word(header) ? 1 : 0;
    const std::string out = guarded(header);
    ASSERT_FALSE(has_word(out)) << header << '\n' << out;
    ASSERT_EQ(out.size(), header.size());
  }
  EXPECT_GT(found, 5'000);
}

}  // namespace
}  // namespace mekiki::notify
