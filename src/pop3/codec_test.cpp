#include "pop3/codec.hpp"

#include <optional>
#include <string>
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

// Such a client waits for an answer before it sends more.
// A client that always says more before its last line was taken.
TEST(line_buffer, forgets_lines_behind_which_others_always_wait) {
  line_buffer buffer(100);
  const std::string two = "NOOP\r\nNOOP\r\n";
  buffer.append(two);
  for (int i = 0; i < 10'000; ++i) {
    std::string line;
    for (int n = 0; n < 2; ++n) {
      ASSERT_EQ(buffer.next(line), line_buffer::event::line);
      EXPECT_EQ(line, "NOOP");
      if (n == 0)
        buffer.append(two);
    }
    ASSERT_LE(buffer.held(), 4 * two.size());
  }
}

TEST(line_buffer, gives_out_a_tls_handshake_as_it_is) {
  const std::string hello = "\x16\x03\x01\x02\x00\x01"s;
  line_buffer buffer(100);
  std::string line;
  buffer.append(hello);
  ASSERT_EQ(buffer.next(line), line_buffer::event::line);
  EXPECT_EQ(line, hello);
  EXPECT_EQ(buffer.next(line), line_buffer::event::need_more);
  buffer.append("NOOP\r\n" + hello);
  ASSERT_EQ(buffer.next(line), line_buffer::event::line);
  EXPECT_EQ(line, "NOOP");
  ASSERT_EQ(buffer.next(line), line_buffer::event::line);
  EXPECT_EQ(line, hello);
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
      // Signs behind the indicator, as real servers write them.
      {"+OK, starting TLS", true, "", "starting TLS"},
      {"+OK.", true, "", ""},
      {"+OK\t2 320", true, "", "2 320"},
      {"+OK  2  320  ", true, "", "2  320"},
      {"+OK: [LOGIN-DELAY/60] welcome", true, "LOGIN-DELAY/60", "welcome"},
      {"+OK[AUTH]x", true, "AUTH", "x"},
      {"+OK-goodbye", true, "", "-goodbye"},
      {"+OK<1896.697170952@dbc.example>", true, "",
       "<1896.697170952@dbc.example>"},
      {"-ERR: no such message", false, "", "no such message"},
      {"-ERR, [IN-USE] locked", false, "IN-USE", "locked"},
      {"-ERR.", false, "", ""},
      {"+ERR no such user", false, "", "no such user"},
      {"+OK +OK 2 320", true, "", "2 320"},
      {"+OK +OK", true, "", ""},
      {"+OK -ERR is said of others", true, "", "-ERR is said of others"},
      {"+OK\xe3\x80\x82", true, "", "\xe3\x80\x82"},
  };
  for (const auto& c : cases) {
    const auto status = parse_status(c.line);
    ASSERT_TRUE(status) << c.line;
    EXPECT_EQ(status->ok, c.ok) << c.line;
    EXPECT_EQ(status->code, c.code) << c.line;
    EXPECT_EQ(status->text, c.text) << c.line;
  }
  for (const char* bad :
       {"", "+", "+ base64", "OK", "+OKAY", "+OK2", "-ERROR", "-ERR0", "-E",
        "- ERR", "+ OK", "220 smtp.example.jp ESMTP", " +OK"}) {
    EXPECT_FALSE(parse_status(bad)) << bad;
  }
}

// ------------------------------------------------- numbers in answers

TEST(codec, lines_of_a_list) {
  const struct {
    const char* line;
    std::optional<std::uint32_t> number;
    const char* rest;
    std::optional<std::uint32_t> octets;
  } cases[] = {
      {"2 320", 2, "320", 320},
      {"2  320", 2, "320", 320},
      {"2\t320", 2, "320", 320},
      {"  2 \t 320\t ", 2, "320", 320},
      {"2 320 octets", 2, "320 octets", 320},
      {"2 (320 octets)", 2, "(320 octets)", 320},
      {"2 octets: 320", 2, "octets: 320", 320},
      {"2 320,", 2, "320,", 320},
      {"2", 2, "", std::nullopt},
      {"2 whqtswO00WBw418f9t5JxYwZ", 2, "whqtswO00WBw418f9t5JxYwZ",
       std::nullopt},
      {"2 99999999999", 2, "99999999999", std::nullopt},
      {"2 -1", 2, "-1", std::nullopt},
      {"", std::nullopt, "", std::nullopt},
      {".", std::nullopt, "", std::nullopt},
      {"x 320", std::nullopt, "", std::nullopt},
      {"+OK 2 320", std::nullopt, "", std::nullopt},
      {"2320octets", std::nullopt, "", std::nullopt},
  };
  for (const auto& c : cases) {
    const auto numbered = parse_numbered(c.line);
    ASSERT_EQ(numbered.has_value(), c.number.has_value()) << c.line;
    if (numbered) {
      EXPECT_EQ(numbered->number, *c.number) << c.line;
      EXPECT_EQ(numbered->rest, c.rest) << c.line;
    }
    const auto scan = parse_scan(c.line);
    ASSERT_EQ(scan.has_value(), c.octets.has_value()) << c.line;
    if (scan) {
      EXPECT_EQ(scan->number, *c.number) << c.line;
      EXPECT_EQ(scan->octets, *c.octets) << c.line;
    }
  }
}

TEST(codec, the_size_of_one_mail) {
  const struct {
    const char* status;
    std::optional<std::uint32_t> octets;  // of mail 2
  } cases[] = {
      {"+OK 2 320", 320},
      {"+OK  2\t320 ", 320},
      {"+OK, 2 320 octets", 320},
      {"+OK +OK 2 320", 320},
      {"+OK message 2 (320 octets)", 320},
      {"+OK 320", 320},  // the size alone
      {"+OK 320 octets", 320},
      {"+OK 2 2", 2},
      {"+OK 2", std::nullopt},           // and a list follows
      {"+OK 2 messages", std::nullopt},  // and a list follows
      {"+OK 7 messages (9000 octets)", std::nullopt},
      {"+OK 3 320", std::nullopt},
      {"+OK", std::nullopt},
      {"-ERR 2 320", std::nullopt},
      {"+OK 2 99999999999", std::nullopt},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(parse_size(parse_status(c.status).value(), 2), c.octets)
        << c.status;
  }
}

TEST(codec, answers_to_stat) {
  const struct {
    const char* status;
    std::optional<std::uint32_t> mails;
    std::optional<std::uint64_t> octets;
  } cases[] = {
      {"+OK 2 320", 2, 320},
      {"+OK  2  320", 2, 320},
      {"+OK\t2\t320", 2, 320},
      {"+OK 2 9000000000 in sum", 2, 9'000'000'000},
      {"+OK 2 messages (320 octets)", 2, 320},
      {"+OK mailbox has 2 messages, 320 octets.", 2, 320},
      {"+OK 0 0", 0, 0},
      {"+OK 2", 2, std::nullopt},
      {"+OK two", std::nullopt, std::nullopt},
      {"+OK", std::nullopt, std::nullopt},
      {"+OK 99999999999 1", std::nullopt, std::nullopt},
      {"-ERR 2 320", std::nullopt, std::nullopt},
  };
  for (const auto& c : cases) {
    const auto listing = parse_stat(parse_status(c.status).value());
    ASSERT_EQ(listing.has_value(), c.mails.has_value()) << c.status;
    if (listing) {
      EXPECT_EQ(listing->mails, *c.mails) << c.status;
      EXPECT_EQ(listing->octets, c.octets) << c.status;
    }
  }
}

TEST(codec, lines_of_a_list_that_nobody_asked_for) {
  for (const char* line :
       {".", "1 320", " 1\t320", "12 whqtswO00WBw418f9t5JxY"})
    EXPECT_TRUE(is_list_line(line)) << line;
  for (const char* line : {"+OK", "-ERR 1", "", "..", "Subject: 1 2"})
    EXPECT_FALSE(is_list_line(line)) << line;
}

TEST(codec, takes_words) {
  std::string_view rest = " \tone  two\tthree ";
  EXPECT_EQ(take_word(rest), "one");
  EXPECT_EQ(take_word(rest), "two");
  EXPECT_EQ(take_word(rest), "three");
  EXPECT_EQ(take_word(rest), "");
  EXPECT_EQ(rest, "");
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
