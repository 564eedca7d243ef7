#include "pop3/codec.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace mekiki::pop3 {
namespace {

using namespace std::string_literals;

// ---------------------------------------------------------------- lines

struct read_lines {
  std::vector<std::string> lines;  // "<too long>" for event::too_long
};

read_lines read_in_pieces(const std::string& octets, std::size_t cut,
                          std::size_t limit) {
  line_buffer buffer(limit);
  read_lines result;
  for (const auto& piece : {octets.substr(0, cut), octets.substr(cut)}) {
    buffer.append(piece);
    for (;;) {
      std::string line;
      const auto event = buffer.next(line);
      if (event == line_buffer::event::need_more)
        break;
      result.lines.push_back(event == line_buffer::event::line ? line
                                                               : "<too long>");
    }
  }
  return result;
}

TEST(line_buffer, cuts_lines_wherever_they_arrive) {
  const struct {
    const char* name;
    std::string octets;
    std::vector<std::string> lines;
  } cases[] = {
      {"crlf", "STAT\r\nNOOP\r\n", {"STAT", "NOOP"}},
      {"bare lf", "STAT\nNOOP\n", {"STAT", "NOOP"}},
      {"empty", "\r\n\n", {"", ""}},
      {"incomplete", "STAT\r\nNO", {"STAT"}},
      {"a cr within", "a\rb\r\n", {"a\rb"}},
      {"at the limit", "12345678\n", {"12345678"}},
      {"over the limit", "1234567890\r\nSTAT\r\n", {"<too long>", "STAT"}},
      {"far over",
       std::string(100, 'x') + "\r\nSTAT\r\n",
       {"<too long>", "STAT"}},
  };
  for (const auto& c : cases) {
    for (std::size_t cut = 0; cut <= c.octets.size(); ++cut) {
      EXPECT_EQ(read_in_pieces(c.octets, cut, 8).lines, c.lines)
          << c.name << " cut at " << cut;
    }
  }
}

TEST(line_buffer, forgets_on_clear) {
  line_buffer buffer(100);
  buffer.append("STLS\r\nUSER injected\r\n");
  std::string line;
  ASSERT_EQ(buffer.next(line), line_buffer::event::line);
  buffer.clear();
  EXPECT_EQ(buffer.next(line), line_buffer::event::need_more);
}

// ------------------------------------------------------- commands, status

TEST(codec, parses_numbers) {
  EXPECT_EQ(parse_number("0"), 0U);
  EXPECT_EQ(parse_number("4294967295"), 4294967295U);
  for (const char* bad :
       {"", "-1", "+1", " 1", "1 ", "1x", "4294967296", "00000000001"}) {
    EXPECT_FALSE(parse_number(bad)) << bad;
  }
}

TEST(codec, parses_status_lines) {
  const struct {
    const char* line;
    bool ok;
    const char* code;
    const char* text;
  } cases[] = {
      {"+OK", true, "", ""},
      {"+ok 2 320", true, "", "2 320"},
      {"-ERR", false, "", ""},
      {"-ERR [AUTH] wrong password", false, "AUTH", "wrong password"},
      {"-ERR [SYS/TEMP] later", false, "SYS/TEMP", "later"},
      {"-ERR [no end", false, "", "[no end"},
      {"+OK [not at the front of a word]x", true, "not at the front of a word",
       "x"},
  };
  for (const auto& c : cases) {
    const auto status = parse_status(c.line);
    ASSERT_TRUE(status) << c.line;
    EXPECT_EQ(status->ok, c.ok) << c.line;
    EXPECT_EQ(status->code, c.code) << c.line;
    EXPECT_EQ(status->text, c.text) << c.line;
  }
  for (const char* bad : {"", "+", "+ base64", "OK", "+OKAY", "-ERROR", "-E",
                          "220 smtp.example.jp ESMTP", " +OK"}) {
    EXPECT_FALSE(parse_status(bad)) << bad;
  }
}

// ----------------------------------------------------------- byte-stuffing

struct decoded {
  std::string text;
  std::string rest;
  bool ended = false;
  bool operator==(const decoded&) const = default;
};

decoded decode(const std::vector<std::string>& pieces) {
  dot_decoder decoder;
  decoded result;
  for (const auto& piece : pieces) {
    std::string_view input = piece;
    while (!input.empty() && !decoder.ended()) {
      result.text += decoder.next(input);
    }
    result.rest += input;
  }
  result.ended = decoder.ended();
  return result;
}

TEST(dot_decoder, undoes_stuffing_wherever_it_is_cut) {
  const struct {
    const char* name;
    std::string wire;
    decoded expected;
  } cases[] = {
      {"empty", ".\r\n+OK", {"", "+OK", true}},
      {"one line", "a\r\n.\r\n", {"a\r\n", "", true}},
      {"stuffed dot", "..\r\n.\r\n", {".\r\n", "", true}},
      {"stuffed dots", "...a\r\n..\r\n.\r\n", {"..a\r\n.\r\n", "", true}},
      {"dot within", "a.b\r\n.\r\n", {"a.b\r\n", "", true}},
      {"empty lines", "\r\n\r\n.\r\n", {"\r\n\r\n", "", true}},
      {"next response follows",
       "a\r\n.\r\n+OK 2\r\n",
       {"a\r\n", "+OK 2\r\n", true}},
      {"not the end: bare lf before",
       "a\n.\r\nb\r\n.\r\n",
       {"a\n.\r\nb\r\n", "", true}},
      {"not the end: bare lf behind",
       "a\r\n.\nb\r\n.\r\n",
       {"a\r\n\nb\r\n", "", true}},
      {"not the end: bare cr",
       "a\r.\r\nb\r\n.\r\n",
       {"a\r.\r\nb\r\n", "", true}},
      {"a stuffed line that begins with cr",
       "a\r\n.\rb\r\n.\r\n",
       {"a\r\n\rb\r\n", "", true}},
      {"a stuffed line of two cr",
       "a\r\n.\r\r\n.\r\n",
       {"a\r\n\r\r\n", "", true}},
      {"unstuffed by a careless server",
       "a\r\n.b\r\n.\r\n",
       {"a\r\nb\r\n", "", true}},
      {"not ended", "a\r\n.\r", {"a\r\n", "", false}},
      {"nul and 8-bit", "\0\xff\r\n.\r\n"s, {"\0\xff\r\n"s, "", true}},
      {"long",
       std::string(50, 'x') + "\r\n..y" + std::string(40, 'z') + "\r\n.\r\n",
       {std::string(50, 'x') + "\r\n.y" + std::string(40, 'z') + "\r\n", "",
        true}},
  };
  for (const auto& c : cases) {
    for (std::size_t cut = 0; cut <= c.wire.size(); ++cut) {
      EXPECT_EQ(decode({c.wire.substr(0, cut), c.wire.substr(cut)}), c.expected)
          << c.name << " cut at " << cut;
    }
    std::vector<std::string> octets;
    for (const char octet : c.wire) octets.emplace_back(1, octet);
    EXPECT_EQ(decode(octets), c.expected) << c.name << " octet by octet";
  }
}

std::string encode(const std::vector<std::string>& pieces) {
  dot_encoder encoder;
  std::string out;
  for (const auto& piece : pieces) encoder.write(piece, out);
  encoder.finish(out);
  return out;
}

TEST(dot_encoder, stuffs_wherever_it_is_cut) {
  const struct {
    const char* name;
    std::string mail;
    std::string wire;
  } cases[] = {
      {"empty", "", ".\r\n"},
      {"one line", "a\r\n", "a\r\n.\r\n"},
      {"dot line", ".\r\n", "..\r\n.\r\n"},
      {"dot after bare lf", "a\n.\n", "a\n..\n\r\n.\r\n"},
      {"no line end", "a", "a\r\n.\r\n"},
      {"ends in cr", "a\r", "a\r\r\n.\r\n"},
      {"ends in bare lf", "a\n", "a\n\r\n.\r\n"},
      {"a lone lf", "\n", "\n\r\n.\r\n"},
      {"dots within", "a.\r\n.b.\r\n", "a.\r\n..b.\r\n.\r\n"},
      {"long", std::string(33, 'x') + "\r\n.\r\n" + std::string(33, 'y'),
       std::string(33, 'x') + "\r\n..\r\n" + std::string(33, 'y') +
           "\r\n.\r\n"},
  };
  for (const auto& c : cases) {
    for (std::size_t cut = 0; cut <= c.mail.size(); ++cut) {
      EXPECT_EQ(encode({c.mail.substr(0, cut), c.mail.substr(cut)}), c.wire)
          << c.name << " cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace mekiki::pop3
