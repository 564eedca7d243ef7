#include "cli/mbox.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::cli {
namespace {

using testing::ElementsAreArray;

// Feeds `text` in one piece, then cut in two at every offset.
void for_every_cut(std::string_view text,
                   const std::function<void(std::vector<std::string_view>,
                                            std::size_t cut)>& test) {
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    test({text.substr(0, cut), text.substr(cut)}, cut);
  }
}

TEST(mbox, splits) {
  struct {
    std::string_view name, file;
    std::vector<std::string_view> mails;
  } const cases[] = {
      {"one mail",
       "From a@b Mon Jan  1 10:00:00 2024\nA: b\n\nbody\n",
       {"A: b\n\nbody\n"}},
      {"two mails",
       "From a Mon Jan  1 10:00:00 2024\nA: 1\n\none\n\n"
       "From b Mon Jan  1 10:00:00 2024\nB: 2\n\ntwo\n",
       {"A: 1\n\none\n", "B: 2\n\ntwo\n"}},
      {"CRLF",
       "From a Mon Jan  1 10:00:00 2024\r\nA: 1\r\n\r\none\r\n\r\n"
       "From b Mon Jan  1 10:00:00 2024\r\nB: 2\r\n\r\ntwo\r\n\r\n",
       {"A: 1\r\n\r\none\r\n", "B: 2\r\n\r\ntwo\r\n"}},
      {"a final empty line belongs to the file",
       "From a 10:00\nA: 1\n\none\n\n",
       {"A: 1\n\none\n"}},
      {"only the last of several empty lines does",
       "From a 10:00\nA: 1\n\none\n\n\n\nFrom b 10:00\nB: 2\n",
       {"A: 1\n\none\n\n\n", "B: 2\n"}},
      {"From without an empty line before it",
       "From a 10:00\nA: 1\n\none\nFrom b 10:00\ntwo\n",
       {"A: 1\n\none\nFrom b 10:00\ntwo\n"}},
      {"From without a time is a sentence",
       "From a 10:00\nA: 1\n\none\n\nFrom here on it rains.\n",
       {"A: 1\n\none\n\nFrom here on it rains.\n"}},
      {"an escaped From is no border",
       "From a 10:00\nA: 1\n\none\n\n>From b 10:00\ntwo\n",
       {"A: 1\n\none\n\n>From b 10:00\ntwo\n"}},
      {"no line break at the end",
       "From a 10:00\nA: 1\n\none",
       {"A: 1\n\none"}},
      {"an empty mail", "From a 10:00\n\nFrom b 10:00\nB: 2\n", {"", "B: 2\n"}},
      {"nothing but a From line", "From a 10:00", {""}},
      {"no mbox", "Subject: x\n\nFrom a 10:00\n", {""}},
      {"empty file", "", {}},
  };
  for (const auto& c : cases) {
    for_every_cut(c.file, [&](const auto& pieces, std::size_t cut) {
      mbox_splitter splitter;
      std::vector<mail_range> ranges;
      for (const std::string_view piece : pieces) {
        splitter.write(piece, ranges);
      }
      splitter.finish(ranges);
      std::vector<std::string_view> mails;
      for (const mail_range& r : ranges) {
        mails.push_back(c.file.substr(r.begin, r.end - r.begin));
      }
      EXPECT_THAT(mails, ElementsAreArray(c.mails)) << c.name << ", " << cut;
    });
  }
}

TEST(mbox, long_lines_are_not_kept) {
  mbox_splitter splitter;
  std::vector<mail_range> ranges;
  splitter.write("From a 10:00\nA: 1\n\n", ranges);
  for (int i = 0; i < 1000; ++i) splitter.write("xxxxxxxxxx", ranges);
  splitter.write("\n\nFrom b 10:00\nB: 2\n", ranges);
  splitter.finish(ranges);
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[0], (mail_range{13, 13 + 6 + 10'001}));
}

TEST(mbox, unquotes_from) {
  struct {
    std::string_view stored, mail;
  } const cases[] = {
      {"a\n>From b\n", "a\nFrom b\n"},
      {">From b\n", "From b\n"},
      {"a\n>>From b\n", "a\n>From b\n"},
      {"a\n>>>From b\n>From c\n", "a\n>>From b\nFrom c\n"},
      {"a\n>Frob\n", "a\n>Frob\n"},
      {"a\n>From", "a\n>From"},
      {"a\n>From\n", "a\n>From\n"},
      {"a\n>\n>F\n", "a\n>\n>F\n"},
      {"a >From b\n", "a >From b\n"},
      {"From b\n", "From b\n"},
      {">F>From b\n", ">F>From b\n"},
      {"> From b\n", "> From b\n"},
      {"\n\n>From \r\n", "\n\nFrom \r\n"},
      {"", ""},
      {">", ">"},
  };
  for (const auto& c : cases) {
    for_every_cut(c.stored, [&](const auto& pieces, std::size_t cut) {
      from_unquoter unquoter;
      std::string out;
      for (const std::string_view piece : pieces) unquoter.write(piece, out);
      unquoter.finish(out);
      EXPECT_EQ(out, c.mail) << c.stored << ", " << cut;
    });
  }
}

TEST(mbox, unquoting_holds_back_little) {
  from_unquoter unquoter;
  const std::string quotes(100'000, '>');
  std::string out;
  unquoter.write(quotes, out);
  EXPECT_GT(out.size(), 99'000U);
  unquoter.finish(out);
  EXPECT_EQ(out, quotes);
}

TEST(line_ends, found) {
  struct {
    std::string_view text;
    line_ends found;
  } const cases[] = {
      {"a\nb\n", line_ends::lf_only}, {"a\r\nb\n", line_ends::crlf},
      {"a\nb\r\n", line_ends::crlf},  {"a\rb\n", line_ends::lf_only},
      {"a\n\r\n", line_ends::crlf},   {"", line_ends::lf_only},
      {"a\r", line_ends::lf_only},    {"a\r\r\n", line_ends::crlf},
  };
  for (const auto& c : cases) {
    for_every_cut(c.text, [&](const auto& pieces, std::size_t cut) {
      line_end_finder finder;
      for (const std::string_view piece : pieces) finder.write(piece);
      EXPECT_EQ(finder.found(), c.found) << c.text << ", " << cut;
    });
  }
}

TEST(line_ends, converted) {
  std::string out;
  append_crlf("a\n\nb\rc", out);
  append_crlf("\n", out);
  EXPECT_EQ(out, "a\r\n\r\nb\rc\r\n");
}

}  // namespace
}  // namespace mekiki::cli
