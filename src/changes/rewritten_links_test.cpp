// The formats as their vendors' gateways write them; keys, names and addresses
// are invented.
#include "changes/rewritten_links.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::changes {
namespace {

std::string read(const std::string& text) {
  const auto link = read_rewritten_link(text);
  return link ? link->url + " " + text.substr(link->size) : "nothing";
}

const std::string v2_tail = "&d=DwIBaQ&c=a-_b&r=c&m=d&s=e&e=";
const std::string safe_tail =
    "&data=04%7C01%7Ca%40b.example&sdata=x%3D&reserved=0";

TEST(read_rewritten_link, proofpoint_v2) {
  const std::string front = "https://urldefense.proofpoint.com/v2/url?u=";
  EXPECT_EQ(
      read(front + "http-3A__a.example_x-3Fy-3D1-26z-5F" + v2_tail + " b"),
      "http://a.example/x?y=1&z_  b");
  EXPECT_EQ(read(front + "https-3A__a-2Db.example" + v2_tail),
            "https://a-b.example ");
  // A percent sign is written twice.
  EXPECT_EQ(read(front + "https-3A__a.example_-2520" + v2_tail),
            "https://a.example/%20 ");
}

TEST(read_rewritten_link, proofpoint_v3) {
  const std::string front = "https://urldefense.com/v3/__";
  const std::string tail = "!!Abc_1-2!xYz_-9$";
  EXPECT_EQ(read(front + "https://a.example/x__;" + tail + " b"),
            "https://a.example/x  b");
  // One octet, and two in one run.
  EXPECT_EQ(read(front + "https://a.example/*news__;Iw" + tail),
            "https://a.example/#news ");
  EXPECT_EQ(read(front + "https://a.example/mart**Anez__;JSU" + tail),
            "https://a.example/mart%%nez ");
  EXPECT_EQ(read(front + "https://a.example/**B*__;Kyorfg" + tail),
            "https://a.example/+*+~ ");
  EXPECT_EQ(read(front + "https:/a.example/__;" + tail), "https://a.example/ ");
  EXPECT_EQ(read("https://urldefense.us/v3/__http://a.example__;" + tail),
            "http://a.example ");
  EXPECT_EQ(read(front + "https://a.example/**__;Kys" + tail), "nothing");
  EXPECT_EQ(read(front + "https://a.example/x__;" + tail + "?u=b"),
            "https://a.example/x ?u=b");
}

TEST(read_rewritten_link, others) {
  EXPECT_EQ(read("https://nam02.safelinks.protection.outlook.com/?url=http%3A"
                 "%2F%2Fa.example%2F&amp;data=02%7C01%7C&amp;sdata=a%2Bb"
                 "&amp;reserved=0&gt;"),
            "http://a.example/ &gt;");
  // Colons and the like need not be encoded.
  EXPECT_EQ(read("https://nam02.safelinks.protection.outlook.com/?url=https:"
                 "%2F%2Fa.example%2F~b" +
                 safe_tail + "."),
            "https://a.example/~b .");
  EXPECT_EQ(read("https://linkprotect.cudasvc.com/url?a=http://a.example&c=E,1,"
                 "a_-,,&typo=0)"),
            "http://a.example )");
  EXPECT_EQ(read("https://cas5-0-urlprotect.trendmicro.com:443/wis/clicktime/"
                 "v1/query?url=https%3a%2f%2fa.example&umid=8BD227FD-48D1"
                 "&auth=18337470-647e"),
            "https://a.example ");
  // The gateway made a link of a word.
  EXPECT_EQ(read("https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fa.example"
                 "&c=E,1,a&typo=1&ancr_add=1"),
            "nothing");
  EXPECT_EQ(read(""), "nothing");
  EXPECT_EQ(read("https://"), "nothing");
  EXPECT_EQ(read("https://a.example/"), "nothing");
}

// What is put back is signed and not shown: no words may hide there.
TEST(restore_links, hides_no_words) {
  const std::string front =
      "https://nam02.safelinks.protection.outlook.com/?url=";
  for (const char* url :
       {"http%3A%2F%2F%E6%9C%AC", "http%3A%2F%2Fnot.", "http%3A%2F%2Fnot",
        "http%3A%2F%2F1.2", "http%3A%2F%2Fa.example%2F%E3%81%AB",
        "http%3A%2F%2Fuser%40a.example", "http%3A%2F%2Fa..example",
        "http%3A%2F%2F", "ftp%3A%2F%2Fa.example"})
    EXPECT_EQ(read(front + url + safe_tail), "nothing") << url;
  mime::content html;
  html.type = "text/html";
  for (const char* url :
       {"http%3A%2F%2Fa.example%2F--", "http%3A%2F%2Fa.example%2F%27"}) {
    const std::string text = "<p>" + (front + url + safe_tail) + "</p>\r\n";
    const auto restored = restore_links(text, html, {});
    EXPECT_TRUE(!restored || restored->body == text) << url;
  }
  const std::string good =
      front + "http%3A%2F%2Fxn--wgv71a.example%2Fa-b" + safe_tail;
  EXPECT_TRUE(restore_links("<p>" + good + "</p>\r\n", html, {}));
}

TEST(restore_links, changes_texts_only) {
  mime::content kind;
  const std::string text =
      "x https://linkprotect.cudasvc.com/url?a=https%3A%2F%2Fa.example%2F"
      "&c=E&typo=1\r\n";
  ASSERT_TRUE(restore_links(text, kind, {}));
  EXPECT_EQ(restore_links(text, kind, {})->body, "x https://a.example/\r\n");
  EXPECT_FALSE(restore_links("x https://a.example/\r\n", kind, {}));
  kind.type = "image/svg";
  EXPECT_FALSE(restore_links(text, kind, {}));

  std::string nested = text;
  for (int depth = 1; depth <= 5; ++depth) {
    std::string b(1, static_cast<char>('a' + depth));
    std::string inner =
        depth == 1 ? "Content-Type: text/plain\r\n\r\n"
                   : "Content-Type: multipart/mixed; boundary=" +
                         std::string(1, static_cast<char>('a' + depth - 1)) +
                         "\r\n\r\n";
    nested = "--" + b + "\r\n" + inner + nested + "\r\n--" + b + "--\r\n";
    mime::content mixed;
    mixed.type = "multipart/mixed";
    mixed.boundary = b;
    EXPECT_EQ(restore_links(nested, mixed, {}).has_value(), depth <= 4)
        << nested;
  }
}

TEST(further_guesses, only_what_makes_a_difference) {
  EXPECT_EQ(further_guesses({}).size(), 0);
  restored_links first;
  first.has_ampersand = true;
  EXPECT_EQ(further_guesses(first).size(), 2);
  first.has_scheme = first.has_space = first.has_slash = true;
  EXPECT_EQ(further_guesses(first).size(), 35);
}

}  // namespace
}  // namespace mekiki::changes
