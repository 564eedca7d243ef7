#include "message/header.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::message {
namespace {

using namespace std::string_literals;

struct expected_field {
  std::string name, value;
  bool operator==(const expected_field&) const = default;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for it
void PrintTo(const expected_field& f, std::ostream* out) {
  *out << testing::PrintToString(f.name) << ": "
       << testing::PrintToString(f.value);
}

struct row {
  const char* about;
  std::string mail;
  std::vector<expected_field> fields;
  std::string body;
  bool has_separator = true;
};

const std::vector<row>& table() {
  static const std::vector<row> rows = {
      {"RFC 5322 A.1.1",
       "From: a@b\r\nTo: c@d\r\n\r\nHi\r\n",
       {{"From", " a@b"}, {"To", " c@d"}},
       "Hi\r\n"},
      {"RFC 5322 A.5: white space and folding",
       "To:A Group(Some people)\r\n     :Chris Jones\r\n\r\n",
       {{"To", "A Group(Some people)\r\n     :Chris Jones"}},
       ""},
      {"RFC 5322 A.6.3: white space before the colon",
       "From  : x\r\n\r\n",
       {{"From", " x"}},
       ""},
      {"bare LF",
       "A: 1\nB: 2\n 3\n\nbody\n",
       {{"A", " 1"}, {"B", " 2\n 3"}},
       "body\n"},
      {"line breaks mixed",
       "A: 1\nB: 2\r\n\nx",
       {{"A", " 1"}, {"B", " 2"}},
       "x"},
      {"a bare CR is an octet", "A: 1\rB: 2\r\n\r\n", {{"A", " 1\rB: 2"}}, ""},
      {"CR CR LF is no empty line",
       "A: 1\r\n\r\r\n\r\nx",
       {{"A", " 1"}, {"", ""}},
       "x"},
      {"empty lines only", "\r\n\r\n", {}, "\r\n"},
      {"nothing", "", {}, "", false},
      {"no empty line",
       "A: 1\r\nB: 2\r\n",
       {{"A", " 1"}, {"B", " 2"}},
       "",
       false},
      {"cut within a field",
       "A: 1\r\nB: 2",
       {{"A", " 1"}, {"B", " 2"}},
       "",
       false},
      {"cut after CR", "A: 1\r", {{"A", " 1\r"}}, "", false},
      {"first line folded",
       " x: 1\r\n y\r\nA: 2\r\n\r\n",
       {{"", ""}, {"A", " 2"}},
       ""},
      {"a line of white space continues",
       "A: 1\r\n \r\n 2\r\n\r\nx",
       {{"A", " 1\r\n \r\n 2"}},
       "x"},
      {"no colon",
       "A: 1\r\nno colon\r\nB: 2\r\n\r\n",
       {{"A", " 1"}, {"", ""}, {"B", " 2"}},
       ""},
      {"mbox line",
       "From a@b Mon Jan  1 00:00:00 2024\nA: 1\n\n",
       {{"", ""}, {"A", " 1"}},
       ""},
      {"colon without name", ": 1\r\nA:\r\n\r\n", {{"", ""}, {"A", ""}}, ""},
      {"colon on the next line", "A\r\n : 1\r\n\r\n", {{"", ""}}, ""},
      {"NUL and 8-bit octets in a value",
       "A: \0\xff\r\n\r\n\0"s,
       {{"A", " \0\xff"s}},
       "\0"s},
      {"NUL and 8-bit octets in a name",
       "A\0: 1\r\n\xc3\xa9: 2\r\n\r\n"s,
       {{"", ""}, {"", ""}},
       ""},
  };
  return rows;
}

TEST(parse_header, table) {
  for (const row& r : table()) {
    SCOPED_TRACE(r.about);
    const header_view h = parse_header(r.mail);
    std::vector<expected_field> got;
    std::string raw;
    for (const field_view& f : h.fields) {
      got.push_back({std::string(f.name), std::string(f.value)});
      raw += f.raw;
    }
    EXPECT_EQ(got, r.fields);
    EXPECT_EQ(raw, r.mail.substr(0, h.size)) << "fields tile the header";
    EXPECT_EQ(r.mail.substr(h.body), r.body);
    EXPECT_EQ(h.has_separator, r.has_separator);
    EXPECT_FALSE(h.truncated);
  }
}

TEST(parse_header, no_number_of_fields_hides_an_author) {
  std::string mail = "A: b\r\nA: c\r\n";
  mail += "From: x@bank.test\r\nB: d\r\nfrom:\r\n y@bank.test\r\n\r\n";
  mail += "From: z@body.test\r\n";
  const header_view header = parse_header(mail, {.fields = 2});
  EXPECT_EQ(header.fields.size(), 2u);
  EXPECT_EQ(header.size, 12u);
  EXPECT_TRUE(header.truncated);
  ASSERT_EQ(header.later_from.size(), 2u);
  EXPECT_EQ(header.later_from[0].value, " x@bank.test");
  EXPECT_EQ(header.later_from[1].value, "\r\n y@bank.test");
  EXPECT_TRUE(parse_header(mail).later_from.empty());
}

TEST(later_from_finder, no_length_of_other_fields_hides_an_author) {
  const std::string mail =
      "A: b\r\n c\r\nX:\rFrom: x@bank.test\r\nB: d\r\nfrom:\r\n "
      "y@bank.test\r\nFrom z\r\n From: z\r\n";
  for (std::size_t first = 1; first < mail.size(); ++first) {
    later_from_finder finder;
    finder.write(std::string_view(mail).substr(0, first));
    finder.write(std::string_view(mail).substr(first));
    const std::vector<field_view> found = finder.finish();
    ASSERT_EQ(found.size(), 2U) << first;
    EXPECT_EQ(found[0].raw, "X:\rFrom: x@bank.test\r\n");
    EXPECT_EQ(found[1].value, "\r\n y@bank.test");
  }
}

TEST(later_from_finder, keeps_the_first_and_the_last) {
  later_from_finder finder;
  for (int i = 0; i < 1000; ++i)
    finder.write("From: " + std::to_string(i) + "\r\n");
  // A long one is cut; what a bare CR begins behind that is not hidden.
  finder.write("From: last" + std::string(200'000, ' '));
  finder.write(std::string(200'000, ' ') + "\r\rFrom: y\r\n");
  const std::vector<field_view> found = finder.finish();
  ASSERT_EQ(found.size(), 10U);
  EXPECT_EQ(found[0].value, " 0");
  EXPECT_EQ(found[4].value, " 4");
  EXPECT_EQ(found[7].value, " 999");
  EXPECT_LE(found[8].value.size(), 65'536U);
  EXPECT_TRUE(found[8].value.starts_with(" last"));
  EXPECT_TRUE(found[9].raw.ends_with("From: y\r\n"));
}

TEST(last_field, begins_behind_the_last_line_that_is_not_folded) {
  EXPECT_EQ(last_field("A: b\r\nC: d"), "C: d");
  EXPECT_EQ(last_field("A: b\r\nC: d\r\n e"), "C: d\r\n e");
  // It may go on.
  EXPECT_EQ(last_field("A: b\r\nC: d\r\n"), "C: d\r\n");
  EXPECT_EQ(last_field("A: b"), "A: b");
  EXPECT_EQ(last_field("\n"), "\n");
  EXPECT_EQ(last_field(""), "");
}

TEST(parse_header, limits) {
  const std::string mail = "A: 1\r\nB: 2\r\nC: 3\r\n\r\nx";
  const header_view by_count = parse_header(mail, {.fields = 2});
  EXPECT_TRUE(by_count.truncated);
  EXPECT_EQ(by_count.fields.size(), 2U);
  EXPECT_EQ(by_count.size, 12U);
  EXPECT_FALSE(parse_header(mail, {.fields = 3}).truncated);

  for (std::size_t limit = 0; limit < 20; ++limit) {
    const header_view h = parse_header(mail, {.octets = limit});
    EXPECT_TRUE(h.truncated) << limit;
    EXPECT_EQ(h.fields.size(), limit == 0 ? 0 : (limit - 1) / 6) << limit;
  }
  EXPECT_FALSE(parse_header(mail, {.octets = 20}).truncated);
}

TEST(parse_header, large) {
  std::string mail;
  for (int i = 0; i < 10'000; ++i) mail += "X: y\r\n";
  EXPECT_EQ(parse_header(mail + "\r\n").fields.size(), 10'000U);
  EXPECT_TRUE(parse_header(mail + "Z: \r\n\r\n").truncated);

  const std::string line = "X: " + std::string(5'000'000, 'y') + "\r\n";
  const header_view h = parse_header(line + "\r\nbody", {.octets = 10'000'000});
  ASSERT_EQ(h.fields.size(), 1U);
  EXPECT_EQ(h.fields[0].value.size(), 5'000'001U);
}

TEST(count_possible, sees_what_a_lax_client_would_see) {
  const struct {
    std::string mail;
    std::size_t count;
  } rows[] = {
      {"From: a\r\nfrom : b\r\nFroM:\r\n", 3},
      {"To: From: a\r\nX-From: b\r\nFro: c\r\nFromm: d\r\nFrom\r\n", 0},
      {"To: x\r\n From: a\r\n", 0},
      {" From: a\r\n", 1},
      {"Fr\0om: a\r\n\xc2\xa0"
       "From: b\r\nFrom\x01:\r\n"s,
       3},
      {"From\r\n : a\r\n", 1},
      {"To: x\rFrom: a\r\n", 1},
      {"To: x\r From: a\r\n", 0},
      {"From: x\rFrom: a\rFrom: b\n", 3},
      {"To: x\r\rFrom: a\r\n", 1},
      {"To: x\rX: From: a\r\n", 0},
      {"To: x\rF\rrom: a\r\n", 1},
      {"To: x\rFrom\rFrom: a\r\n", 1},
      {"To: x\r\x01 From\x7f: a\r\n", 1},
  };
  for (const auto& r : rows) {
    EXPECT_EQ(count_possible(parse_header(r.mail), "from"), r.count)
        << testing::PrintToString(r.mail);
  }
}

// Once each CR was the beginning of a scan to the end: 80,000 of them took
// 20 s.
TEST(count_possible, takes_each_octet_once) {
  const std::string many(4'000'000, '\r');
  for (const std::string& mail :
       {"To: x" + many + "From: a\r\n", "To: x" + many + "\r\n",
        many + "From" + many + ":" + many + "\r\n"}) {
    EXPECT_EQ(
        count_possible(parse_header(mail, {.octets = 16'000'000}), "from"),
        mail.find("From") == mail.npos ? 0U : 1U);
  }
}

std::optional<std::size_t> find_in_pieces(std::string_view mail,
                                          std::size_t first) {
  header_end_finder finder;
  if (const auto end = finder.find(mail.substr(0, first)))
    return end;
  // The rest octet by octet.
  for (std::size_t i = first; i < mail.size(); ++i) {
    if (const auto end = finder.find(mail.substr(i, 1)))
      return i + *end;
  }
  return std::nullopt;
}

TEST(header_end_finder, agrees_with_parse_header_at_every_cut) {
  for (const row& r : table()) {
    SCOPED_TRACE(r.about);
    const header_view h = parse_header(r.mail);
    for (std::size_t cut = 0; cut <= r.mail.size(); ++cut) {
      const auto end = find_in_pieces(r.mail, cut);
      EXPECT_EQ(end.has_value(), r.has_separator) << cut;
      if (end)
        EXPECT_EQ(*end, h.body) << cut;
    }
  }
}

}  // namespace
}  // namespace mekiki::message
