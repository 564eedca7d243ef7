#include "mime/parts.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

std::string show(const multipart_view& m) {
  std::string out = m.clear ? "" : "unclear ";
  out += '[' + std::string(m.preamble) + ']';
  for (const std::string_view part : m.parts)
    out += '(' + std::string(part) + ')';
  return out + '[' + std::string(m.epilogue) + ']';
}

TEST(parts, are_split) {
  const struct {
    std::string_view body, expected;
  } rows[] = {
      // RFC 2046 5.1.1
      {"pre\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n\r\n--b--\r\nepi\r\n",
       "[pre](\r\none)(\r\ntwo\r\n)[epi\r\n]"},
      {"--b\r\n\r\none\r\n--b--", "[](\r\none)[]"},
      {"--b \t\r\n\r\none\r\n--b-- \r\n", "[](\r\none)[]"},
      {"--b\n\none\n--b--\n", "[](\none)[]"},
      {"--b\r\n--b--\r\n", "[]()[]"},
      {"-- b\r\nx--b\r\n--a\r\n--b\r\n\r\n--b--", "[-- b\r\nx--b\r\n--a]()[]"},
      // What clients read in different ways.
      {"--b\r\n\r\none\r\n", "unclear [][]"},
      {"--b\r\n\r\none\r\n--bx\r\n\r\ntwo\r\n--b--\r\n",
       "unclear [](\r\none\r\n--bx\r\n\r\ntwo)[]"},
      {"--b--\r\n--b\r\n\r\none\r\n--b--\r\n", "unclear [--b--](\r\none)[]"},
      {"--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
       "unclear [](\r\none)[--b\r\n\r\ntwo\r\n--b--\r\n]"},
      {"--b\r\n\r\none\r\n--b--x\r\n--b--", "unclear [](\r\none\r\n--b--x)[]"},
      {"", "unclear [][]"},
  };
  for (const auto& r : rows)
    EXPECT_EQ(show(split_parts(r.body, "b")), r.expected) << r.body;
  EXPECT_FALSE(split_parts("--\r\n\r\n----\r\n", "").clear);
}

TEST(parts, limit) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "--b\r\n\r\nx\r\n";
  EXPECT_EQ(split_parts(body + "--b--", "b").parts.size(), 1000);
  EXPECT_EQ(split_parts(body + "--b\r\n--b--", "b").parts.size(), 0);
}

}  // namespace
}  // namespace mekiki::mime
