#include "admin/http.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::admin {
namespace {

using event = request_reader::event;
using testing::HasSubstr;

/// Requests as "METHOD path?query host body +" ("+": the client goes on), and
/// "=status" where nothing more can be read, "..." where more is needed.
std::vector<std::string> read(std::string_view octets, std::size_t cut_at,
                              request_limits limits = {}) {
  request_reader reader(limits);
  std::vector<std::string> got;
  for (const std::string_view piece :
       {octets.substr(0, cut_at), octets.substr(cut_at)}) {
    reader.append(piece);
    for (;;) {
      request r;
      const event e = reader.next(r);
      if (e == event::failed) {
        got.push_back("=" + std::to_string(reader.status()));
        return got;
      }
      if (e == event::need_more)
        break;
      got.push_back(r.method + " " + r.path +
                    (r.query.empty() ? "" : "?" + r.query) + " " +
                    r.host.value_or("-") +
                    (r.body.empty() ? "" : " " + std::string(r.body.c_str())) +
                    (r.keep_alive ? " +" : ""));
    }
  }
  if (reader.is_within_request())
    got.emplace_back("...");
  return got;
}

TEST(request_reader, fields_of_proxies_are_one) {
  const auto forwarded = [](std::string_view fields) {
    request_reader reader;
    reader.append("GET / HTTP/1.1\r\nHost: a\r\n");
    reader.append(std::string(fields) + "\r\n");
    request r;
    EXPECT_EQ(reader.next(r), event::request);
    return r.forwarded_for;
  };
  EXPECT_EQ(forwarded(""), std::nullopt);
  EXPECT_EQ(forwarded("X-Forwarded-For:\r\n"), "");
  EXPECT_EQ(forwarded("X-Forwarded-For: a , b\r\n"), "a , b");
  EXPECT_EQ(forwarded("X-Forwarded-For: a\r\nCookie: x=y\r\n"
                      "x-forwarded-FOR:  b, c \r\nX-Forwarded-For: d\r\n"),
            "a,b, c,d");
  EXPECT_EQ(forwarded("X-Forwarded-Fo: a\r\n"), std::nullopt);
}

TEST(request_reader, reads_requests_and_refuses_the_rest) {
  const std::string long_field(9000, 'x');
  const std::string long_body(16'385, 'x');
  struct {
    const char* name;
    std::string octets;
    std::vector<std::string> expected;
  } const cases[] = {
      {"plain",
       "GET /metrics HTTP/1.1\r\nHost: localhost:8110\r\n\r\n",
       {"GET /metrics localhost +"}},
      {"query",
       "GET /a?b=c?d HTTP/1.1\r\nHost: a\r\n\r\n",
       {"GET /a?b=c?d a +"}},
      {"nothing is decoded",
       "GET /%2e%2e/a/../b HTTP/1.1\r\nHost: a\r\n\r\n",
       {"GET /%2e%2e/a/../b a +"}},
      {"host in capitals",
       "GET / HTTP/1.1\r\nhOST:   LocalHost  \r\n\r\n",
       {"GET / localhost +"}},
      {"IPv6", "GET / HTTP/1.1\r\nHost: [::1]:8110\r\n\r\n", {"GET / ::1 +"}},
      {"host without a port's digits",
       "GET / HTTP/1.1\r\nHost: a:\r\n\r\n",
       {"GET / a +"}},
      {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", {"GET /  +"}},
      {"absolute form",
       "GET http://A:1/b?c HTTP/1.1\r\nHost: x\r\n\r\n",
       {"GET /b?c a +"}},
      {"absolute form without a path",
       "GET http://a HTTP/1.1\r\nHost: x\r\n\r\n",
       {"GET / a +"}},
      {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", {"OPTIONS * a +"}},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", {"GET / -"}},
      {"HTTP/1.0 that would stay",
       "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       {"GET / -"}},
      {"close",
       "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
       {"GET / a"}},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", {"BREW / a +"}},
      {"pipelined",
       "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: "
       "a\r\n\r\nGET",
       {"GET /1 a +", "GET /2 a +", "..."}},
      {"body",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz",
       {"POST / a xyz"}},
      {"empty body",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
       {"POST / a +"}},
      {"chunks",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
       "2\r\nxy\r\n1;q=1\r\nz\r\n0\r\nT: t\r\n\r\n",
       {"POST / a xyz"}},
      {"part", "GET / HTTP/1.1\r\nHost: a\r\n", {"..."}},
      {"part of a body",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxy",
       {"..."}},
      {"nothing", "", {}},

      {"no host", "GET / HTTP/1.1\r\n\r\n", {"=400"}},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", {"=400"}},
      {"no such host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", {"=400"}},
      {"user in host", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", {"=400"}},
      {"no such port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", {"=400"}},
      {"IPv6 without its end",
       "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
       {"=400"}},
      {"something behind IPv6",
       "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n",
       {"=400"}},
      {"brackets alone", "GET / HTTP/1.1\r\nHost: [\r\n\r\n", {"=400"}},
      {"authority form", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", {"=400"}},
      {"another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", {"=400"}},
      {"no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", {"=400"}},
      {"bare LF", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", {"=400"}},
      {"bare LF at once", "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", {"=505"}},
      {"NUL", std::string("GET /\0 HTTP/1.1\r\n\r\n", 19), {"=400"}},
      {"space before the colon",
       "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
       {"=400"}},
      {"TLS",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
       {"=400"}},
      {"POP3", "USER taro\r\nPASS x\r\n\r\n", {"=400"}},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {"=505"}},
      {"both lengths",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       {"=400"}},
      {"two lengths",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
       "Content-Length: 4\r\n\r\nxyz",
       {"=400"}},
      {"length below zero",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
       {"=400"}},
      {"huge length",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n"
       "\r\n",
       {"=400"}},
      {"coding but chunked",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
       {"=501"}},
      {"expects to be told",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
       "Expect: 100-continue\r\n\r\n",
       {"=417"}},
      {"long field",
       "GET / HTTP/1.1\r\nHost: a\r\nX: " + long_field + "\r\n\r\n",
       {"=431"}},
      {"long target",
       "GET /" + long_field + " HTTP/1.1\r\nHost: a\r\n\r\n",
       {"=431"}},
      {"endless target", "GET /" + long_field, {"=431"}},
      {"endless field", "GET / HTTP/1.1\r\nX: " + long_field, {"=431"}},
      {"long body",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n" +
           long_body,
       {"=413"}},
      {"long chunk",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
       "chunked\r\n\r\n4001\r\n" +
           long_body + "\r\n0\r\n\r\n",
       {"=413"}},
      {"endless chunk header",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
           long_field,
       {"=431"}},
      {"endless trailer",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\nT: " +
           long_field,
       {"=431"}},
      {"good, then bad",
       "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\nGET /",
       {"GET / a +", "=400"}},
  };
  for (const auto& c : cases) {
    // Long ones near their ends alone, as all of them would take too long.
    const std::size_t step = c.octets.size() > 1000 ? 997 : 1;
    std::size_t cut = 0;
    while (cut < c.octets.size() && read(c.octets, cut) == c.expected)
      cut += step;
    cut = std::min(cut, c.octets.size());
    EXPECT_EQ(read(c.octets, cut), c.expected) << c.name << " cut at " << cut;
  }
}

// However they come: to the parser alone, a header has no end whose pieces end
// just after the next field's beginning.
TEST(request_reader, fields_have_a_limit_together) {
  for (const std::string_view piece : {"X: y\r\n", " y\r\nX:", "y\r\nX: "}) {
    request_reader reader;
    reader.append("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nX:");
    std::size_t octets = 0;
    request r;
    while (reader.next(r) == event::need_more && octets < 100'000) {
      reader.append(piece);
      octets += piece.size();
    }
    EXPECT_EQ(reader.status(), 431U) << piece;
    EXPECT_LE(octets, 8192U) << piece;
  }
}

TEST(request_reader, keeps_the_fields_that_pages_look_at) {
  const struct {
    std::string_view fields;
    std::string_view seen;  // "=400": refused
  } cases[] = {
      {"", "|||||"},
      {"Cookie: a=b; c=d\r\nORIGIN: http://a\r\n", "a=b; c=d|http://a||||"},
      {"Content-Type: application/json\r\nX-Mekiki-CSRF: t\r\n"
       "Authorization: Bearer x\r\n",
       "||application/json|Bearer x|t|"},
      {"Accept-Encoding: br, gzip;q=0.5\r\n", "|||||gzip"},
      {"Accept-Encoding: GZIP\r\n", "|||||gzip"},
      {"Accept-Encoding: gzip;q=0\r\n", "|||||"},
      {"Accept-Encoding: gzipped, xgzip\r\n", "|||||"},
      {"Cookie: a=b\r\nCookie: c=d\r\n", "=400"},
      {"Origin: a\r\nOrigin: a\r\n", "=400"},
      {"X-Mekiki-CSRF: a\r\nX-Mekiki-CSRF: b\r\n", "=400"},
      {"Authorization: a\r\nAuthorization: b\r\n", "=400"},
      {"Content-Type: a\r\nContent-Type: b\r\n", "=400"},
  };
  for (const auto& c : cases) {
    request_reader reader;
    reader.append("GET / HTTP/1.1\r\nHost: a:81\r\n");
    reader.append(c.fields);
    reader.append("\r\n");
    request r;
    std::string seen = "=" + std::to_string(400);
    if (reader.next(r) == event::request) {
      seen = r.cookie + "|" + r.origin + "|" + r.content_type + "|" +
             r.authorization + "|" + r.csrf + "|" +
             (r.takes_gzip ? "gzip" : "");
      EXPECT_EQ(r.authority, "a:81");
    } else {
      EXPECT_EQ(reader.status(), 400U);
    }
    EXPECT_EQ(seen, c.seen) << c.fields;
  }
}

TEST(request_reader, takes_octets_one_by_one) {
  const std::string_view octets =
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\nxyz";
  request_reader reader;
  std::vector<std::string> paths;
  for (const char& octet : octets) {
    reader.append({&octet, 1});
    request r;
    if (reader.next(r) == event::request)
      paths.push_back(r.path + std::string(r.body.c_str()));
  }
  EXPECT_THAT(paths, testing::ElementsAre("/1", "/2xyz"));
  EXPECT_FALSE(reader.is_within_request());
}

TEST(response, is_written_as_a_browser_must_not_misread_it) {
  const response r{.body = "ok\n", .fields = {{"Allow", "GET, HEAD"}}};
  const time_point now{std::chrono::seconds(784111777)};  // RFC 9110 5.6.7
  EXPECT_EQ(format(r, body_part::sent, connection::stays, now),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 3\r\n"
            "Content-Security-Policy: default-src 'none'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "X-Frame-Options: DENY\r\n"
            "Referrer-Policy: no-referrer\r\n"
            "Cross-Origin-Resource-Policy: same-origin\r\n"
            "Allow: GET, HEAD\r\n"
            "\r\n"
            "ok\n");
  const std::string head =
      format(r, body_part::left_out, connection::closes, now);
  EXPECT_THAT(head, HasSubstr("\r\nContent-Length: 3\r\n"));
  EXPECT_TRUE(head.ends_with("\r\nConnection: close\r\n\r\n")) << head;
}

}  // namespace
}  // namespace mekiki::admin
