#include "mime/content.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

std::string show(const content& c) {
  constexpr std::string_view encodings[] = {"", " qp", " base64"};
  std::string out = c.clear ? "" : "unclear ";
  out += c.type;
  if (!c.charset.empty())
    out += " charset " + c.charset;
  if (!c.boundary.empty())
    out += " boundary '" + c.boundary + "'";
  out += encodings[static_cast<std::size_t>(c.encoding)];
  if (!c.name.empty())
    out += " name '" + c.name + "'";
  out += c.is_attachment ? " attachment" : "";
  out += c.is_file ? " file" : "";
  return out;
}

struct row {
  std::string_view header, expected;
};

// RFC 2045 5, then what clients read in different ways.
constexpr row types[] = {
    {"", "text/plain"},
    {"Content-Type: text/plain; charset=us-ascii",
     "text/plain charset us-ascii"},
    {"Content-Type: TEXT/Html ; Charset=\"UTF-8\" ;",
     "text/html charset utf-8"},
    {"Content-Type: multipart/mixed;\r\n boundary=\"b c\"",
     "multipart/mixed boundary 'b c'"},
    {"Content-Type: text/plain; format=flowed; x=\"a;b\"", "text/plain"},
    {"Content-Type: text/plain; name=a.txt", "text/plain name 'a.txt' file"},
    {"Content-Type: text/plain; name*=utf-8''a%2Etxt",
     "text/plain name 'a.txt' file"},
    {"Content-Type: text/plain (a comment)", "unclear text/plain"},
    {"Content-Type: text/plain; charset=utf-8 x",
     "unclear text/plain charset utf-8 x"},
    {"Content-Type: text/plain charset=utf-8", "unclear text/plain"},
    {"Content-Type: text/plain; charset=utf-8; charset=iso-8859-1",
     "unclear text/plain charset utf-8"},
    {"Content-Type: text/plain; charset*=utf-8''x",
     "unclear text/plain charset x"},
    {"Content-Type: text/plain; charset", "unclear text/plain"},
    {"Content-Type: text/plain; charset=", "unclear text/plain"},
    {"Content-Type: text/plain;; charset=a", "unclear text/plain charset a"},
    {"Content-Type: text/plain; charset=a;;", "unclear text/plain charset a"},
    {"Content-Type: text/plain; x=\"a\\\"b\"", "unclear text/plain"},
    {"Content-Type: text/plain; x=\"a", "unclear text/plain"},
    {"Content-Type: text/plain; x=\"a\" charset=b",
     "unclear text/plain charset b"},
    {"Content-Type: text", "unclear text/plain"},
    {"Content-Type: text/", "unclear text/"},
    {"Content-Type: ", "unclear text/plain"},
    {"Content-Type: multipart/mixed", "unclear multipart/mixed"},
    {"Content-Type: text/plain; boundary=a", "unclear text/plain boundary 'a'"},
    {"Content-Type: multipart/mixed; boundary=\"a \"",
     "unclear multipart/mixed boundary 'a '"},
    {"Content-Type: multipart/mixed; boundary=a; boundary=b",
     "unclear multipart/mixed boundary 'a'"},
    {"Content-Type: multipart/mixed; boundary*0=a; boundary*1=b",
     "unclear multipart/mixed boundary 'ab'"},
    {"Content-Type: text/html\r\nContent-Type: text/plain",
     "unclear text/html"},
    {"Content-Type: text/plain\r\nContent-Type : text/html",
     "unclear text/plain"},
    {"X: y\rContent-Type: text/html", "unclear text/plain"},
};

constexpr row others[] = {
    {"Content-Transfer-Encoding: 7bit", "text/plain"},
    {"Content-Transfer-Encoding: Quoted-Printable", "text/plain qp"},
    {"Content-Transfer-Encoding:  base64 ", "text/plain base64"},
    {"Content-Transfer-Encoding: base64 (x)", "unclear text/plain base64"},
    {"Content-Transfer-Encoding: base64; x", "unclear text/plain base64"},
    {"Content-Transfer-Encoding: x-uuencode", "unclear text/plain"},
    {"Content-Type: multipart/mixed; boundary=a\r\n"
     "Content-Transfer-Encoding: base64",
     "unclear multipart/mixed boundary 'a' base64"},
    {"Content-Type: multipart/mixed; boundary=a\r\n"
     "Content-Transfer-Encoding: 8bit",
     "multipart/mixed boundary 'a'"},
    {"Content-Disposition: inline", "text/plain"},
    {"Content-Disposition: attachment", "text/plain attachment file"},
    {"Content-Disposition: x-other", "text/plain file"},
    {"Content-Disposition: ", "text/plain file"},
    {"Content-Disposition: inline; filename=\"a b.txt\"",
     "text/plain name 'a b.txt' file"},
    {"Content-Disposition: inline; filename=\"\"", "text/plain file"},
    {"Content-Type: text/plain; name=a\r\n"
     "Content-Disposition: attachment; filename=b",
     "text/plain name 'b' attachment file"},
    {"Content-Disposition: inline; charset=utf-7", "unclear text/plain"},
    {"Content-Disposition: a/b", "unclear text/plain file"},
    // RFC 2231 4.1, and encoded words where none belong.
    {"Content-Type: a/b; name*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
     " name*1*=%2A%2A%2Afun%2A%2A%2A%20; name*2=\"isn't it!\"",
     "a/b name 'This is even more ***fun*** isn't it!' file"},
    {"Content-Type: a/b; name=\"=?utf-8?Q?=E3=81=82?=\"",
     "a/b name '\u3042' file"},
    {"Content-Type: a/b; name*=utf-8''a%0D%0Ab%E2%80%AE",
     "a/b name 'a  b?' file"},
};

TEST(content, type) {
  for (const row& r : types)
    EXPECT_EQ(show(read_content(
                  message::parse_header(std::string(r.header) + "\r\n"))),
              r.expected)
        << r.header;
}

TEST(content, encoding_and_disposition) {
  for (const row& r : others)
    EXPECT_EQ(show(read_content(
                  message::parse_header(std::string(r.header) + "\r\n"))),
              r.expected)
        << r.header;
}

TEST(content, limits) {
  std::string field = "Content-Type: text/plain";
  for (int i = 0; i < 100; ++i) field += "; a=b";
  EXPECT_TRUE(read_content(message::parse_header(field + "\r\n")).clear);
  const content c =
      read_content(message::parse_header(field + "; charset=utf-8\r\n"));
  EXPECT_FALSE(c.clear);
  EXPECT_EQ(c.charset, "");

  const std::string name(1000, 'n');
  EXPECT_EQ(read_content(message::parse_header(
                             "Content-Type: a/b; name=" + name + "\r\n"))
                .name.size(),
            100);
  const std::string boundary(71, 'b');
  EXPECT_FALSE(read_content(message::parse_header(
                                "Content-Type: multipart/mixed; boundary=" +
                                boundary + "\r\n"))
                   .clear);
}

}  // namespace
}  // namespace mekiki::mime
