#include "mime/html.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

std::string show(std::string_view html) {
  html_tokenizer tokens(html);
  std::string out;
  while (const auto t = tokens.next()) {
    out += t->clear ? "" : "!";
    switch (t->what) {
      case html_token::kind::text:
        out += "text(" + std::string(t->text) + ")";
        break;
      case html_token::kind::comment:
        out += "comment(" + std::string(t->text) + ")";
        break;
      case html_token::kind::declaration:
        out += "declaration";
        break;
      case html_token::kind::open:
      case html_token::kind::close:
        out += t->what == html_token::kind::open ? "open(" : "close(";
        out += t->name;
        for (const html_attribute& a : t->attributes)
          out += " " + a.name + "=" + std::string(a.value);
        out += t->is_self_closing ? "/)" : ")";
        break;
    }
  }
  return out;
}

TEST(html, tokens) {
  const struct {
    std::string_view html, expected;
  } rows[] = {
      {"a<b>c</b>", "text(a)open(b)text(c)close(b)"},
      {"<BR/><br /><Hr>", "open(br/)open(br/)open(hr)"},
      {"<a HREF=\"x y\" b='c' d=e f>", "open(a href=x y b=c d=e f=)"},
      {"<a b = \"c\"d=e>", "open(a b=c d=e)"},
      {"<a href=http://a/>b", "open(a href=http://a/)text(b)"},
      {"<a b=\">\">", "open(a b=>)"},
      {"<!-- a<b> -->c", "comment( a<b> )text(c)"},
      {"<!doctype html><?x?>", "declarationdeclaration"},
      {"</p >", "close(p)"},
      // What is not all there, or more than that.
      {"1 < 2", "text(1 )!text(<)text( 2)"},
      {"<", "!text(<)"},
      {"<3", "!text(<)text(3)"},
      {"<!-- a", "!comment( a)"},
      {"<!a", "!declaration"},
      {"<a b=\"c", "!open(a b=c)"},
      {"<a b=c", "!open(a b=c)"},
      {"<a", "!open(a)"},
      {"<a / b>", "!open(a b=)"},
      {"<a//>", "!open(a/)"},
      {"</>", "close()"},
      {"<a =\"b\">", "open(a =\"b\"=)"},
      {"", ""},
  };
  for (const auto& r : rows) EXPECT_EQ(show(r.html), r.expected) << r.html;
}

TEST(html, content_that_is_no_markup) {
  html_tokenizer tokens("<script>a<b></p></SCRIPT x>c");
  EXPECT_EQ(tokens.next()->name, "script");
  tokens.skip_content("script");
  EXPECT_EQ(tokens.next()->text, "c");
  EXPECT_FALSE(tokens.next());
}

TEST(html, references) {
  const struct {
    std::string_view text, expected;
    bool clear = true;
  } rows[] = {
      {"a &amp; b&lt;", "a & b<"},
      {"&#12354;&#x3042;&#X3042;", "\u3042\u3042\u3042"},
      {"&#00000000065;", "A"},
      {"&copy 2026", "\u00a9 2026"},
      {"?a=1&b=2", "?a=1&b=2"},
      {"&&amp;&", "&&&"},
      {"&period;", "&period;", false},
      {"&AMP;", "&AMP;", false},
      {"&CounterClockwiseContourIntegral;", "&CounterClockwiseContourIntegral;",
       false},
      {"&;", "&;", false},
      {"&#65", "A", false},
      {"&#", "&#", false},
      {"&#;", "&#;", false},
      {"&#x;", "&#x;", false},
      {"&#0;", "&#0;", false},
      {"&#xd800;", "&#xd800;", false},
      {"&#1114112;", "&#1114112;", false},
      {"&#4294967361;", "&#4294967361;", false},
      {"&#6x;", "&#6x;", false},
  };
  for (const auto& r : rows) {
    const decoded_references got = decode_references(r.text);
    EXPECT_EQ(got.text, r.expected) << r.text;
    EXPECT_EQ(got.clear, r.clear) << r.text;
  }
  EXPECT_EQ(decode_references("?a=1&lt=2&copy=3").text, "?a=1<=2\u00a9=3");
  EXPECT_EQ(decode_references("?a=1&lt=2&copy;=3", true).text,
            "?a=1&lt=2\u00a9=3");
}

TEST(escape_markup, is_undone_by_its_reader) {
  const std::string text = "a & b < c > \"d\" 'e' &amp; \u00a9";
  EXPECT_EQ(escape_markup(text),
            "a &amp; b &lt; c &gt; &quot;d&quot; 'e' &amp;amp; \u00a9");
  EXPECT_EQ(decode_references(escape_markup(text)).text, text);
}

}  // namespace
}  // namespace mekiki::mime
