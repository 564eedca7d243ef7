// What the link finder calls a link is none any more in a text made inert.
#include "notify/edit/inert.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "mime/links.hpp"
#include "mime/unicode.hpp"

namespace mekiki::notify {
namespace {

/// The hosts that `text` leads to, with a space behind each.
std::string hosts_of(std::string_view text) {
  mime::link_list links(1000);
  links.add_all(text);
  links.add_all(mime::unicode::fold(text));
  std::string out;
  for (const std::string& host : links.take()) out += host + " ";
  return out;
}

TEST(make_inert, leaves_no_host) {
  for (const char* text : {"http://intranet/x",
                           "//intranet/x",
                           "see //a.example",
                           "\\\\host\\share",
                           "/\\host",
                           "\\/host",
                           "///host",
                           "file:\\\\host",
                           "\u3042:\\\\host",
                           "http:///host",
                           "@host",
                           "see @host",
                           "taro@host",
                           "a.example",
                           "a..example",
                           "1.2.example",
                           "http://\u3042.example",
                           "a\uff0eexample",
                           "taro\uff20host",
                           "\uff0f\uff0fhost",
                           "a\u2024example",
                           "a\ufe52example",
                           "taro\ufe6bhost",
                           "//\u00a0",
                           "@\u3000",
                           "http\ufe55//host",
                           "http\uff1a\uff0f\uff0fhost"}) {
    EXPECT_NE(hosts_of(text), "") << text;
    const std::string inert = make_inert(text);
    EXPECT_EQ(hosts_of(inert), "") << text << " became " << inert;
    EXPECT_FALSE(mime::leads_without_host(inert)) << inert;
  }
  for (const char* text : {"mailto:a", "tel:x", "javascript:x", "Skype:taro"}) {
    EXPECT_TRUE(mime::leads_without_host(text) || hosts_of(text).empty());
    EXPECT_FALSE(mime::leads_without_host(make_inert(text))) << text;
  }
}

TEST(make_inert, leaves_alone_what_leads_nowhere) {
  for (const char* text :
       {"and / or", "// a comment", "a @ b", "3.14", "12:30", "x// y", "a/b/c",
        "a\\b", "@", "//", "Note: see above. End..."})
    EXPECT_EQ(make_inert(text), text);
}

TEST(make_inert, leaves_no_host_in_any_mixture) {
  const std::vector<std::string> pieces = {
      "a", "b2",  "1",  ".", "..", "@",      ":",      "/", "//",     "\\",
      " ", "com", "]",  "[", "-",  "\uff0e", "\uff20", "_", "\u3042", "%2E",
      "h", "ttp", "\n", ",", "\t", "\uff0f", "\uff1a", "<", ">",      "xn--a"};
  std::mt19937 random(1);
  std::size_t with_hosts = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int k = 0; k < 8; ++k) text += pieces[random() % pieces.size()];
    with_hosts += hosts_of(text).empty() ? 0 : 1;
    const std::string inert = make_inert(text);
    ASSERT_EQ(hosts_of(inert), "") << text << " became " << inert;
  }
  EXPECT_GT(with_hosts, 1000U);
}

}  // namespace
}  // namespace mekiki::notify
