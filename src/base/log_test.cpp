#include "base/log.hpp"

#include <gtest/gtest.h>

namespace mekiki::log {
namespace {

TEST(log, an_event_can_be_read_back) {
  struct {
    const char* name;
    std::string_view text;
    const char* as_text;
    const char* as_json;
  } const cases[] = {
      {"plain", "taro%pop.example.jp",
       R"(mail number=7 uidl="taro%pop.example.jp")",
       R"("message":"mail","number":7,"uidl":"taro%pop.example.jp")"},
      {"empty", "", R"(mail number=7 uidl="")",
       R"("message":"mail","number":7,"uidl":"")"},
      {"ends its quotes", R"(a" level="x)",
       R"(mail number=7 uidl="a\x22 level=\x22x")",
       R"("message":"mail","number":7,"uidl":"a\" level=\"x")"},
      {"escapes", R"(\x22\)", R"(mail number=7 uidl="\x5cx22\x5c")",
       R"("message":"mail","number":7,"uidl":"\\x22\\")"},
      {"another line", "a\r\nb\x7f\x1b[31m",
       R"(mail number=7 uidl="a\x0d\x0ab\x7f\x1b[31m")",
       R"("message":"mail","number":7,"uidl":"a\u000d\u000ab\u007f\u001b[31m")"},
      {"NUL", std::string_view("a\0b", 3), R"(mail number=7 uidl="a\x00b")",
       R"("message":"mail","number":7,"uidl":"a\u0000b")"},
      {"UTF-8", "\u65e5\u672c", "mail number=7 uidl=\"\u65e5\u672c\"",
       "\"message\":\"mail\",\"number\":7,\"uidl\":\"\u65e5\u672c\""},
      {"not UTF-8", "\xff\xe6\x97", "mail number=7 uidl=\"\xff\xe6\x97\"",
       R"("message":"mail","number":7,"uidl":"\ufffd\ufffd\ufffd")"},
  };
  for (const auto& c : cases) {
    const fact facts[] = {{"number", std::uint64_t{7}}, {"uidl", c.text}};
    EXPECT_EQ(format_event(format::text, "mail", facts), c.as_text) << c.name;
    EXPECT_EQ(format_event(format::json, "mail", facts), c.as_json) << c.name;
  }
}

TEST(log, facts_are_whole_and_quoted_texts_are_cut) {
  const std::string text(50'000, 'x');
  const fact facts[] = {{"text", text}};
  EXPECT_EQ(format_event(format::text, "mail", facts),
            "mail text=\"" + text + "\"");
  EXPECT_EQ(log::quoted(text), "\"" + text.substr(0, 200) + "\"...");
  EXPECT_EQ(log::quoted("a\"\n"), "\"a\\x22\\x0a\"");
}

}  // namespace
}  // namespace mekiki::log
