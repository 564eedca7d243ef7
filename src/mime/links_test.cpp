#include "mime/links.hpp"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

TEST(links, are_what_clients_make_links_of) {
  const struct {
    std::string_view text, expected;
  } rows[] = {
      {"see http://A.Example/x?y=b.c", "a.example"},
      {"https:\\\\intranet\\x", "intranet"},
      {"taro@a.example, a.example.", "a.example"},
      {"www.a.example", "www.a.example"},
      {"1.2 e.g. v2.0", ""},
      {"http://1.2.3.4/", "1.2.3.4"},
      {"http://a%2Eexample", "a.example"},
      {"http://a\u3002example", "a.example"},
      {"http://user@a.example", "a.example user"},
      {"http://\u3042.example", "xn--l8j.example"},
      {"a.example\u3078", "a.example"},
      {"xn--a.xn--b", "xn--a.xn--b"},
      {"", ""},
      {"http://...", ""},
      {"hxxp[:]//a", ""},
      {"[x]//a.example", "a.example"},
      {"@-", ""},
      {"www.\u0437\u043b\u043e\u0439.example", "www.xn--g1aefm.example"},
      // The path of a URL names no host, its query may.
      {"http://a.example/majordomo-info.html", "a.example"},
      {"http://a.example/x,b.example", "a.example b.example"},
      {"http://a.example/wa.exe?to=b.example", "a.example b.example"},
      // but for a URL within it, and only a URL has a path.
      {"http://a.example/x/http://b.example", "a.example b.example"},
      {"https://a.example/=HTTPS://b.example/c.example", "a.example b.example"},
      {"https://a.example//b.example", "a.example"},
      {"//a.example/http://b.example", "a.example b.example"},
      {"//a.example/b.example", "a.example b.example"},
      {"x//a.example/https://b.example/", "a.example b.example"},
      {"x://a.example/b.example", "a.example b.example"},
      {"xhttp://a.example/b.example", "a.example b.example"},
      {"http:/ //a.example/b.example", "a.example b.example"},
      {"\\\\a.example\\b.example", "a.example b.example"},
      {"http://a/b.example", "a b.example"},
      {"\u3042http://a.example/b.html", "a.example"},
  };
  for (const auto& r : rows) {
    link_list links(64);
    links.add_all(r.text);
    EXPECT_TRUE(links.is_complete());
    std::string got;
    for (const std::string& link : links.take())
      got += (got.empty() ? "" : " ") + link;
    EXPECT_EQ(got, r.expected) << r.text;
  }
}

TEST(links, of_words_need_a_top_level_domain) {
  link_list links(64, [](std::string_view label) { return label == "jp"; });
  links.add_all("readme.html Node.js a.JP http://b.html c@d.js");
  EXPECT_THAT(links.take(), testing::ElementsAre("a.jp", "b.html", "d.js"));
}

TEST(links_without_host, are_no_longer_than_a_host) {
  for (const std::string& text :
       {std::string("tel:") + std::string(100'000, 'x'),
        "x@[" + std::string(100'000, '1'), "0" + std::string(100'000, '3')}) {
    for (const std::string& link : links_without_host(text, 65))
      EXPECT_LE(link.size(), 253U);
    EXPECT_TRUE(leads_without_host(text));
  }
}

TEST(links, limits) {
  link_list links(2);
  links.add_all("a.example b.example a.example");
  EXPECT_TRUE(links.is_complete());
  links.add_all("c.example");
  EXPECT_FALSE(links.is_complete());
  EXPECT_THAT(links.take(), testing::ElementsAre("a.example", "b.example"));

  link_list long_one(2);
  long_one.add_all("@" + std::string(1000, 'a'));
  EXPECT_EQ(long_one.take().at(0).size(), 253);
}

TEST(leads_without_host, by_schemes_and_numbers) {
  for (const char* text :
       {"call 03-1234-5678", "(03) 1234.567", "０３ー１２３４ー５６７８",
        "0312345678", "2125551234", "+8131234", "tel:110", "Skype:taro?call",
        "javascript:x()", "＋81 3 1234 5678", "ms-settings:x", "web+pay:x",
        // no dates
        "03-2026-11-30", "2026-11-30-1234", "2026-11-30 123 4567", "2026-13-30",
        "2026-11.3012", "1026-11-30", "30.11.2026 123-4567", "1998-2026-1",
        "1998-12345",
        // hosts that have no name
        "https://[2001:db8::1]/", "http://x@[2001:db8::1]/",
        "http://[192.0.2.9]/", "mailto:x@[192.0.2.9]", "tel://+81-3-1234-5678",
        "whatsapp://?phone=1", "intent://#x", "javascript://(x)",
        "://(03)1234-5678", "file:///x",
        // no longer within a URL
        "http://a.example|03-1234-5678", "https://a.example/;tel:+81",
        "(http://a.example)tel:+81", "https 03-1234-5678",
        "https://a.example/ 03-1234-5678", "https://a.example/　03-1234-5678",
        // within no URL
        "//a.example/03-1234-5678", "x://a.example/03-1234-5678",
        "https://a.example/x://b.example/03-1234-5678",
        // no times
        "10:00-12:00 03-1234-5678", "10:00 123 4567", "25:00-1234-5678",
        "12:34-5678-9012", "10:0312345678",
        // not what they are called
        "ISSN 03-1234-5678", "ISSN 1234-5678-90", "ISSN 0120123456",
        "xISSN 1234-5678", "ISBN 03-1234-5678", "ISBN 0312345678",
        "ISBN 978-3-16-148410-1", "ISBN 978-3-16-148410-0-1", "〒03-1234-5678",
        "〒100-0001-2345", "〒100-0001 03-1234-5678", "100-0001",
        "550e8400-e29b-41d4-a716-446655440000 03-1234-5678",
        "03-1234-5678-550e8400-e29b-41d4-a716-446655440000",
        "0312345678-e29b-41d4-a716-446655440000"})
    EXPECT_TRUE(leads_without_host(text)) << text;
  for (const char* text :
       {"", "Sent on by the alumni office.", "Undokai mailing list",
        "https://lists.ml.example/undokai", "mailto:a@b.example", "123456",
        "Room 12, 3rd floor, 4567", "Note: none", "10:30",
        "lists.ml.example:8080", "ＭＬ：運動会", "[dev:00123]",
        "[dev:announce]", "note:this", "Mail No. 1234567", "20261130",
        "[Ticket#2026113012345678]", "http:// and so on",
        // dates
        "2026-11-30", "2026-1-2,", "30.11.2026", "Sent 2026.11.30 10:30",
        "11-30-2026", "2026-11-30T12:34:56Z", "2026-11-30 - 2026-12-31",
        "(c) 1998-2026", "1999, 2001-2026",
        "https://lists.ml.example/archives/2026/11/1234567?id=89012345",
        "https://a.example/https://b.example/03-1234-5678",
        // times
        "10:00-12:00 2026-11-30", "2026-11-30 10:00 - 2026-12-01 12:00",
        "9:30 - 10:30", "23:59:59 2026-11-30",
        // ISO 3297, 2108, RFC 9562, and Japan's postal code
        "ISSN 0028-0836", "ISSN: 2434-561X", "e-ISSN 1234-5678",
        "ＩＳＳＮ１２３４－５６７８", "ISBN 978-3-16-148410-0",
        "ISBN-13: 9783161484100", "ISBN 0-306-40615-2", "ISBN-10 080442957X",
        "〒100-0001", "〒 100-0001 東京都千代田区1-1-1",
        "id 550e8400-e29b-41d4-a716-446655440000.",
        "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"})
    EXPECT_FALSE(leads_without_host(text)) << text;
}

}  // namespace
}  // namespace mekiki::mime
