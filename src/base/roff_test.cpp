#include "base/roff.hpp"

#include <gtest/gtest.h>

namespace mekiki {
namespace {

TEST(roff, text_stays_what_it_is) {
  const struct {
    const char* text;
    const char* expected;
  } table[] = {
      {"plain", "plain"},
      {"a `b-c` d", "a \\fBb\\-c\\fR d"},
      {".so /etc/passwd", "\\&.so /etc/passwd"},
      {"a\n'x", "a\n\\&\\(aqx"},
      {"\\fB", "\\efB"},
      {"open `end", "open \\fBend\\fR"},
  };
  for (const auto& t : table) EXPECT_EQ(roff(t.text), t.expected) << t.text;
}

}  // namespace
}  // namespace mekiki
