#include "mime/html_text.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

TEST(html_to_text, says_what_a_person_would_read) {
  struct html_row {
    std::string_view html, text;
  };
  constexpr html_row html[] = {
      {"a  b\r\n c", "a b c"},
      {"<p>a</p><p>b<br>c", "a\n\nb\nc"},
      {"<script>if (a<b) x('</p>')</script>a<style>p{}</STYLE >b", "ab"},
      {"<!-- <p>x</p> -->a<!doctype x>b", "ab"},
      {"<a href=\"http://a.example/?x=1&amp;y\">b</a>c",
       "b <http://a.example/?x=1&y> c"},
      {"<a href='http://a.example'>http://a.example</a>", "http://a.example"},
      {"<a href=http://a.example>b", "b <http://a.example> "},
      // Browsers take the first one.
      {"<a href=http://a.example href=http://b.example>b",
       "b <http://a.example> "},
      {"<a href=http://a.example/?a=1&lt=2&amp;b>c",
       "c <http://a.example/?a=1&lt=2&b> "},
      {"<img src=x alt='a &gt; b'>", "[a > b]"},
      {"&#12354;&#x3042;&lt;&nosuch;&#0;&#xd800;&amp",
       "ああ<&nosuch;&#0;&#xd800;&"},
      {"1 < 2 <3 <", "1 < 2 <3 <"},
      {"<pre>a\n  b</pre>", "a\n  b\n"},
      {"<td>a</td><td>b</td>", "a b "},
      {"<script>never ends", ""},
      {"<a href=\"never ends", "<never ends> "},
  };
  for (const html_row& r : html) EXPECT_EQ(html_to_text(r.html), r.text);
}

}  // namespace
}  // namespace mekiki::mime
