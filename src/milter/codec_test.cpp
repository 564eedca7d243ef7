#include "milter/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/test_packets.hpp"

namespace mekiki::milter {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(packets, come_out_as_they_went_in_wherever_they_are_cut) {
  std::string all;
  write_packet(all, 'H', "mail.example.jp\0"s);
  write_packet(all, 'N');
  write_packet(all, 'B', "\r\n\0\xff"s);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    packet_reader reader;
    std::string seen;
    for (const auto& piece : {all.substr(0, cut), all.substr(cut)}) {
      reader.append(piece);
      for (auto p = reader.next(); p && *p; p = reader.next()) {
        seen += (*p)->what;
        seen += (*p)->data;
      }
    }
    EXPECT_EQ(seen, "Hmail.example.jp\0NB\r\n\0\xff"s);
  }
}

TEST(packets, of_a_length_that_no_mta_sends_are_refused) {
  const struct {
    std::string octets;
    std::string_view why;
  } cases[] = {
      {"\0\0\0\0"s, "without a command"},
      {"\xff\xff\xff\xff"s, "another protocol"},
      {"USER taro\r\n", "another protocol"},
      {"GET / HTTP/1.1\r\n", "another protocol"},
      {"\x00\x10\x00\x03"s, "another protocol"},  // an octet too many
  };
  for (const auto& c : cases) {
    packet_reader reader;
    reader.append(c.octets);
    const auto p = reader.next();
    ASSERT_FALSE(p) << c.octets;
    EXPECT_THAT(p.error(), HasSubstr(c.why));
  }
}

TEST(packets, of_a_large_body_do_not_keep_memory) {
  packet_reader reader;
  std::string all;
  write_packet(all, 'B', std::string(1 << 20, 'x'));
  reader.append(all);
  ASSERT_TRUE(*reader.next());
  reader.append("x");
  EXPECT_LT(reader.held(), std::size_t{256} << 10);
}

// The layouts are those of Sendmail 8.17's libmilter (engine.c).
TEST(packets, hold_what_their_layout_says) {
  const auto n = parse_negotiation("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"s);
  ASSERT_TRUE(n);
  EXPECT_EQ(n->version, 6u);
  EXPECT_EQ(n->actions, 0x1ffu);
  EXPECT_EQ(n->steps, 0x1fffffu);
  EXPECT_EQ(format(*n), "\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"s);

  const std::string v4 = "mx.example\0004\0\031192.0.2.1\0"s;
  const auto four = parse_connection(v4);
  ASSERT_TRUE(four);
  EXPECT_EQ(four->name, "mx.example");
  EXPECT_EQ(four->family, '4');
  EXPECT_EQ(four->address, "192.0.2.1");
  const auto unknown = parse_connection("localhost\0U"s);
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->family, 'U');

  const std::string listed = "M{auth_authen}\0taro\0i\0ABC\0"s;
  const auto macros = parse_macros(listed);
  ASSERT_TRUE(macros);
  EXPECT_EQ(macros->what, 'M');
  ASSERT_EQ(macros->macros.size(), 2u);
  EXPECT_EQ(macros->macros[0].name, "auth_authen");
  EXPECT_EQ(macros->macros[0].value, "taro");
  EXPECT_EQ(macros->macros[1].name, "i");

  std::string out;
  write_field(out, reply::change_header, 2, "X-DKIM-Check", "");
  EXPECT_EQ(out, "\0\0\0\x13m\0\0\0\2X-DKIM-Check\0\0"s);
}

TEST(packets, end_lines_in_another_way_than_the_wire) {
  EXPECT_EQ(with_crlf("a\n b\r\n c\rd\n"), "a\r\n b\r\n c\rd\r\n");
  EXPECT_EQ(with_lf("a\r\n b\n c\rd\r"), "a\n b\n c\rd\r");
}

TEST(packets, with_missing_parts_are_nothing) {
  EXPECT_FALSE(parse_negotiation("\0\0\0\6\0\0\0\0\0\0\0"s));
  EXPECT_FALSE(parse_texts("no end"));
  EXPECT_FALSE(parse_connection(""));
  EXPECT_FALSE(parse_connection("name"));
  EXPECT_FALSE(parse_connection("name\0"s));
  EXPECT_FALSE(parse_connection("name\0004"s));
  EXPECT_FALSE(parse_connection("name\0004\0\031192.0.2.1"s));
  EXPECT_FALSE(parse_macros(""));
  EXPECT_FALSE(parse_macros("Mi\0"s));
}

}  // namespace
}  // namespace mekiki::milter
