#include "auth/authres/parse.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "message/header.hpp"

namespace mekiki::authres {
namespace {

using namespace std::string_literals;

/// One line for a whole field: "id/version|method/version=result(comment)
/// reason ptype.name=value|...", or the error and its offset.
std::string show(std::string_view value, parse_mode mode) {
  const auto field = parse(value, mode);
  if (!field) {
    return "error " + std::to_string(static_cast<int>(field.error().code)) +
           " at " + std::to_string(field.error().offset);
  }
  std::string out = field->authserv_id;
  if (field->version != 1)
    out += "/" + std::to_string(field->version);
  for (const reported_result& r : field->results) {
    out += "|" + r.method;
    if (r.version != 1)
      out += "/" + std::to_string(r.version);
    out += "=" + r.result;
    for (const std::string& c : r.comments) out += "(" + c + ")";
    if (!r.reason.empty())
      out += " " + r.reason;
    for (const property& p : r.properties)
      out += " " + p.ptype + "." + p.name + "=" + p.value;
  }
  return out;
}

std::string error(parse_errc e, std::size_t offset) {
  return "error " + std::to_string(static_cast<int>(e)) + " at " +
         std::to_string(offset);
}

TEST(parse, strict) {
  using enum parse_errc;
  const struct {
    std::string value, shown;
  } rows[] = {
      // RFC 8601 B.2 to B.7 are in the public suite.
      {" example.org 1; none", "example.org"},
      {" example.org 2 ; none (c)", "example.org/2"},
      {" \"a b\\\"c\"; none", "a b\"c"},
      {" a; m/2=r", "a|m/2=r"},
      {" a; M=R P.Q=V", "a|m=r p.q=V"},
      {" a; m=r reason=\"x; y\" p.q=z", "a|m=r x; y p.q=z"},
      {" a; m=r p.q=\"a b\"@c", "a|m=r p.q=a b@c"},
      {" a; m=r p.q=@c", "a|m=r p.q=@c"},
      {" a; m=r p.q=\xe5\xb1\xb1", "a|m=r p.q=\xe5\xb1\xb1"},
      {" a; m=r (x (y) \\) z)", "a|m=r(x (y) \\) z)"},
      {"\r\n a;\r\n\tm=r\r\n p.q=\"x\r\n y\"", "a|m=r p.q=x y"},
      {" a; none=r", "a|none=r"},

      {"", error(authserv_id, 0)},
      {" a", error(authserv_id, 2)},
      {" a b; none", error(authserv_id, 3)},
      {" a 12345; none", error(authserv_id, 8)},
      {" ; none", error(authserv_id, 1)},
      {" a;", error(method, 3)},
      {" a; none;", error(method, 8)},
      {" a; none/1", error(method, 10)},
      {" a; none; m=r", error(method, 8)},
      {" a; m=r;", error(method, 8)},
      {" a; m", error(method, 5)},
      {" a; m/=r", error(method, 6)},
      {" a; m=", error(method, 6)},
      {" a; m=r/", error(method, 7)},
      {" a; spf=hardfail", error(result, 16)},
      {" a; m=r q=z", error(property, 9)},
      {" a; m=r p.=z", error(property, 10)},
      {" a; m=r p.q=", error(property, 12)},
      {" a; m=r p.q=a@", error(property, 14)},
      {" a; m=r p.q=a@b@c", error(property, 17)},
      {" a; m=r p.q=/x", error(property, 12)},
      {" a; m=r p.q=x reason=y", error(property, 20)},
      {" a; m=r reason=;", error(reason, 15)},
      {" a; m=r p.q=\"x", error(quoted_string, 12)},
      {" a; m=r p.q=\"x\\", error(quoted_string, 12)},
      {" a; m=r p.q=\"\0\""s, error(quoted_string, 12)},
      {" a; m=r (x", error(comment, 8)},
      {" a; m=r x)", error(property, 9)},
      {" a; m\0=r"s, error(method, 5)},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(show(r.value, parse_mode::strict), r.shown) << r.value;
  }
}

TEST(parse, relaxed_takes_what_is_really_sent) {
  using enum parse_errc;
  const struct {
    std::string value, shown;
  } rows[] = {
      // Google
      {" mx.google.com;\r\n dkim=pass header.i=@example.com header.s=20230601"
       " header.b=/d5r+A=;\r\n spf=pass (google.com: domain of a@example.com"
       " designates 192.0.2.1 as permitted sender)"
       " smtp.mailfrom=a@example.com;\r\n dmarc=pass (p=NONE sp=NONE dis=NONE)"
       " header.from=example.com",
       "mx.google.com|dkim=pass header.i=@example.com header.s=20230601"
       " header.b=/d5r+A=|spf=pass(google.com: domain of a@example.com"
       " designates 192.0.2.1 as permitted sender)"
       " smtp.mailfrom=a@example.com|dmarc=pass(p=NONE sp=NONE dis=NONE)"
       " header.from=example.com"},
      // Exchange Online
      {" spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=example.com;"
       " dkim=none (message not signed)\r\n header.d=none;dmarc=bestguesspass"
       " action=none\r\n header.from=example.com;compauth=pass reason=109",
       "|spf=pass(sender IP is 192.0.2.1) smtp.mailfrom=example.com"
       "|dkim=none(message not signed) header.d=none|dmarc=bestguesspass"
       " .action=none header.from=example.com|compauth=pass 109"},
      {" dkim=none", "|dkim=none"},
      {" dkim=none; spf=pass", "|dkim=none|spf=pass"},
      {" dkim = none", "|dkim=none"},
      // Yahoo, in older days
      {" mta1.example.net  from=example.com; domainkeys=neutral (no sig);"
       "  from=example.com; dkim=pass (ok)",
       "mta1.example.net|domainkeys=neutral(no sig)|dkim=pass(ok)"},
      // Fastmail
      {" mx1.example.com;\r\n iprev=pass smtp.remote-ip=192.0.2.1 (a.b);\r\n"
       " x-me-sender=none",
       "mx1.example.com|iprev=pass(a.b) smtp.remote-ip=192.0.2.1"
       "|x-me-sender=none"},

      {"", ""},
      {" a", "a"},
      {" a;", "a"},
      {" ;m=r", "|m=r"},
      {" a; none; m=r", "a|m=r"},
      {" a;; m=r;", "a|m=r"},
      {" a; DKIM=Pass", "a|dkim=pass"},
      {" a; client-ip=192.0.2.1; m=r", "a|m=r"},
      {" a; \"x;y\" (z;) ; m=r", "a|m=r"},
      {" a; m=r p.q=x reason=y", "a|m=r y p.q=x"},
      {" a; m=r p.q=", "a|m=r p.q="},
      {" \"a=b\"; m=r", "a=b|m=r"},

      // Where an element ends must not be in doubt.
      {" a; m=r (x", error(comment, 8)},
      {" a; m=r p.q=\"x", error(quoted_string, 12)},
      {" a; x) \"; m=r", error(quoted_string, 7)},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(show(r.value, parse_mode::relaxed), r.shown) << r.value;
  }
}

TEST(parse, what_we_write_can_be_read) {
  const std::string odd = "a b;\"\\(@";
  const std::string field =
      format("mx.example.jp",
             {{"dkim",
               auth::result::pass,
               odd,
               {{"header", "d", "example.org"}, {"header", "i", odd}}},
              {"spf", auth::result::none, "", {}}});
  const auto header = message::parse_header(field);
  for (const parse_mode mode : {parse_mode::strict, parse_mode::relaxed}) {
    EXPECT_EQ(show(header.fields.at(0).value, mode),
              "mx.example.jp|dkim=pass a b;\"\\(@ header.d=example.org"
              " header.i=a b;\"\\(@|spf=none");
    EXPECT_EQ(
        show(message::parse_header(format("a", {})).fields.at(0).value, mode),
        "a");
  }
}

TEST(parse, limits) {
  const auto repeat = [](std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
  };
  for (const parse_mode mode : {parse_mode::strict, parse_mode::relaxed}) {
    EXPECT_TRUE(parse("a" + repeat(";m=r", 100), mode));
    EXPECT_FALSE(parse("a" + repeat(";m=r", 101), mode));
    EXPECT_FALSE(parse("a;m=r " + std::string(64 << 10, 'x'), mode));
    EXPECT_TRUE(parse("a;m=r" + repeat(" p.q=v", 50), mode));
    const auto comments = parse("a;m=r" + repeat(" (c)", 100), mode);
    ASSERT_TRUE(comments);
    EXPECT_EQ(comments->results.at(0).comments.size(), 20U);
    EXPECT_TRUE(
        parse("a;m=r " + repeat("(", 30'000) + repeat(")", 30'000), mode));
  }
  EXPECT_FALSE(parse("a;m=r" + repeat(" p.q=v", 51), parse_mode::strict));
}

}  // namespace
}  // namespace mekiki::authres
