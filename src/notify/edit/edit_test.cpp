#include "notify/edit/edit.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "notify/edit/test_client_reading.hpp"

namespace mekiki::notify {
namespace {

using namespace std::string_literals;

const settings ours{"mekiki.example"};
const labels values{"5ec2e75ec2e75ec2", {}};
const std::string block =
    "X-DKIM-Check: none\r\n"
    "Authentication-Results: mekiki.example; dkim=none\r\n"
    "X-Mekiki-Verdict: unverified\r\n"
    "X-Mekiki-Label: unverified-s3cret\r\n";
const std::string orphan = "X-Mekiki-Orphan:\r\n";

struct shape {
  const char* about;
  /// A mail. '|' stands for a line end of each kind in turn, what stands in
  /// braces is to be removed, and an octet in "<>" becomes "-".
  std::string mail;
};

const std::vector<shape>& shapes() {
  static const std::vector<shape> table = {
      {"none", "From: a|To: b||body|"},
      {"one", "From: a|{X-DKIM-Check: pass|}To: b||body|"},
      {"first line", "{X-DKIM-Check: pass|}To: b||body|"},
      {"last line", "To: b|{X-DKIM-Check: pass|}|body|"},
      {"the only line", "{X-DKIM-Check: pass|}|body|"},
      {"all of the mail", "{X-DKIM-Check: pass|}"},
      {"no final line end", "To: b|{X-DKIM-Check: pass}"},
      {"two in a row", "{X-DKIM-Check: pass|X-DKIM-Check: fail|}To: b||"},
      {"case", "{x-dKIM-check: pass|}To: b||body|"},
      {"all of our family", "{X-Mekiki-Verdict: genuine|X-MEKIKI-:|}A: b||"},
      {"with their names gone on", "{X-Mekiki-Whatever-Else_9!: x|}A: b||"},
      {"what Thunderbird keeps",
       "{X-Mozilla-Keys: $label1|X-Mozilla-Status: 0001|X-Account-Key: a|}A: "
       "b||"},
      {"what mbox keeps",
       "{Status: RO|x-STATUS: F|X-UID: 1|X-UIDL: 2|X-IMAPbase: 3|X-Keywords: "
       "a|}Stat: b|Statuses: c|X-UIDs: d||"},
      {"what others keep",
       "{X-Label: a|X-Evolution: b|X-Evolution-Source: c|X-Claws-Mark: d|"
       "X-Sylpheed-A: e|X-KMail-B: f|X-Becky-C: g|X-Unsent: 1|}S: b||"},
      {"a client's state, hidden",
       "A: b\r{X-Mozilla|\t-Keys: c|Sta\0tus: d|}A: b||"s},
      {"white space before the colon", "{X-DKIM-Check \t : pass|}A: b||"},
      {"white space within", "{X-DKIM -Check: pass|X-\tMekiki-A: b|}A: b||"},
      {"NUL within", "{X-DK\0IM-Check: pass|}A: b||"s},
      {"controls around", "{\x01X-DKIM-Check\x02\x7f: pass|}A: b||"},
      {"8-bit octets", "{X-DKIM\xc2\xa0-Check\xe2\x80\x8b: pass|}A: b||"},
      {"vertical tab first", "{\vX-DKIM-Check: pass|}A: b||"},
      {"folded value", "{X-DKIM-Check: a| b|\tc|}A: b||"},
      {"folded with every line end", "{X-DKIM-Check:\r a\n b\r\n c|}A: b||"},
      {"folded with an empty line", "{X-DKIM-Check: a| |  |}A: b||"},
      {"colon on the next line", "{X-DKIM-Check| : pass|}A: b||"},
      {"colon on the line after", "{X-DKIM-Check| | \t: pass|}A: b||"},
      {"name folded", "{X-DKIM| -Check: pass|X-Mekiki| -| A| :|}|"},
      {"behind a bare CR", "A: b\r{X-DKIM-Check: pass|}C: d||"},
      {"behind a bare LF", "A: b\n{X-DKIM-Check: pass|}C: d||"},
      {"to a bare LF", "A: b\r\n{X-DKIM-Check: pass\n}C: d\r\n\r\n"},
      {"to a bare CR", "A: b\r\n{X-DKIM-Check: pass\r}C: d\r\n\r\n"},
      {"over a bare LF", "A: b\r\n{X-DKIM\n-Check: pass\n}C: d\r\n\r\n"},
      {"over a bare CR", "A: b\n{X-DKIM\r-Check: pass\n}C: d\r\n\r\n"},
      {"joined by a removal",
       "A: b\r\n{X-DKIM\r{X-Mekiki-A: x\r\n}-Check: pass\r\n}C: d\r\n\r\n"},
      {"CRLF made by a removal",
       "A: b\r{X-DKIM-Check: x\r\n}\n\r\nX-DKIM-Check: body"},
      {"empty line broken by a removal",
       "A: b\n{X-DKIM-Check: x\r\n}\r\n{X-DKIM-Check: y\r\n}\r\nbody"},
      {"behind an empty line of LF",
       "A: b\r\n\n{X-DKIM-Check: pass\r\n}\r\n{X-DKIM-Check: body}"},
      {"behind LF CRLF", "A: b\n\r\n{X-DKIM-Check: x\n}B: c\r\n\r\nbody"},
      {"behind CR CR", "A: b\r\r{X-DKIM-Check: x\r}B: c\r\n\r\nbody"},
      {"behind a blank line at the top",
       "\n{ X-DKIM-Check: pass\r\n}\r\n{X-DKIM-Check: body}"},
      {"behind LF and white space",
       "A: b\r\n\n{ X-DKIM-Check: pass\r\n}\r\n{X-DKIM-Check: body}"},
      {"in the body", "A: b\r\n\r\nX-DKIM-Check: pass\r\n"},
      {"in the body without header", "\r\nX-DKIM-Check: pass\r\n"},
      {"in the value",
       "Subject: X-DKIM-Check<:> pass| X-DKIM-Check<:> pass|"
       "A: genuine-5ec2e75ec2e75ec<2>||"},
      {"no colon", "A: b|X-DKIM-Check pass|X-Mekiki-A|B: c||"},
      {"longer and shorter names",
       "X-DKIM-Checks: a|X-DKIM-Chec: b|X-Mekiki: c|XX-DKIM-Chec<k>: d||"},
      {"names that begin alike", "X-DKIM: a|X-M: b|X: c|X-: d|A: e|Auth: f||"},
      {"results of ours",
       "{Authentication-Results: mekiki.example; dkim=pass|}A: b||"},
      {"results of ours, folded",
       "{Authentication-Results:| mekiki.example;| dkim=pass|}A: b||"},
      {"results of ours, last",
       "A: b|{Authentication-Results: mekiki.example; dkim=pass}"},
      {"results of others",
       "Authentication-Results: mx.example;| dkim=pass|A: b||"},
      {"results of others, last", "Authentication-Results: mx.example; none"},
      {"results of both",
       "Authentication-Results: a; none|{Authentication-Results: "
       "MEKIKI.example 1; none|}Authentication-Results: b; none|A: b||"},
      {"results of ours for a strict reader",
       "{Authentication-Results:\n}mekiki.example; dkim=pass\r\nA: b\r\n\r\n"},
      {"results of ours behind a comment for a strict reader",
       "{Authentication-Results: (;\n}) mekiki.example; x\r\nA: b\r\n\r\n"},
      {"ours for a strict reader, results of others for the rest",
       "{X-Mekiki-\nAuthentication-Results: a; none\r\n}A: b\r\n\r\n"},
      {"ARC is another",
       "ARC-Authentication-Results: i=1; mekiki.example|A: b||"},
      {"mbox line", "From a Mon Jan  1 00:00:00 2024|{X-DKIM-Check: x|}A: b||"},
      {"garbage", "garbage|{X-DKIM-Check: x|}more||"},
      {"first line folded", " X-DKIM-Chec<k>: pass|{X-DKIM-Check: x|}A: b||"},
      {"nothing", ""},
      {"an empty line", "|body"},
  };
  return table;
}

std::string with_line_ends(std::string_view text, std::string_view end) {
  std::string out;
  for (const char c : text) {
    if (c == '|') {
      out += end;
    } else {
      out += c;
    }
  }
  return out;
}

// What is to be left; with `all`, the mail.
std::string take_out(std::string_view text, bool all) {
  std::string out;
  int depth = 0;
  bool broken = false;
  for (const char c : text) {
    if (c == '{') {
      ++depth;
    } else if (c == '}') {
      --depth;
    } else if (c == '<' || c == '>') {
      broken = c == '<' && !all;
    } else if (all || depth == 0) {
      out += broken ? '-' : c;
    }
  }
  return out;
}

// Our fields are set when `cut` octets have been written.
std::string edit(std::string_view mail, std::size_t cut, placement where,
                 receipts r = receipts::renamed) {
  mail_editor editor(ours, values, where);
  std::string out;
  if (where == placement::top)
    editor.set_fields(block, r);
  std::size_t taken = editor.write(mail.substr(0, cut), out);
  if (where == placement::top)
    EXPECT_EQ(taken, cut);
  if (where == placement::bottom)
    editor.set_fields(block, r);
  EXPECT_EQ(editor.write(mail.substr(taken), out), mail.size() - taken);
  editor.finish(out);
  return out;
}

// The output without our block.
std::string without_block(std::string out) {
  const std::size_t at = out.find(block);
  if (at == std::string::npos) {
    ADD_FAILURE() << "our fields are missing";
    return out;
  }
  out.erase(at, block.size());
  if (out.compare(at, orphan.size(), orphan) == 0)
    out.erase(at, orphan.size());
  return out;
}

TEST(mail_editor, removes_what_is_forged_and_nothing_else) {
  for (const shape& s : shapes()) {
    for (const std::string_view end : {"\r\n", "\n", "\r"}) {
      const std::string text = with_line_ends(s.mail, end);
      const std::string mail = take_out(text, true);
      const std::string kept = take_out(text, false);
      for (const placement where : {placement::top, placement::bottom}) {
        for (std::size_t cut = 0; cut <= mail.size(); ++cut) {
          SCOPED_TRACE(::testing::Message()
                       << s.about << ", " << ::testing::PrintToString(end)
                       << ", cut at " << cut
                       << (where == placement::top ? ", top" : ", bottom"));
          const std::string out = edit(mail, cut, where);
          EXPECT_EQ(without_block(out), kept);
          EXPECT_EQ(reading::forged_field(out, block, ours.authserv_id), "");
          if (where == placement::top)
            EXPECT_TRUE(out.starts_with(block));
          if (HasFailure())
            return;
        }
      }
    }
  }
}

TEST(mail_editor, takes_octets_one_by_one) {
  for (const shape& s : shapes()) {
    const std::string text = with_line_ends(s.mail, "\r\n");
    mail_editor editor(ours, values, placement::top);
    editor.set_fields(block);
    std::string out;
    for (const char c : take_out(text, true)) {
      EXPECT_EQ(editor.write({&c, 1}, out), 1U);
    }
    editor.finish(out);
    EXPECT_EQ(without_block(out), take_out(text, false)) << s.about;
  }
}

const std::string& withheld() {
  static const std::string prefix = "X-Withheld-";
  return prefix;
}

// '^' stands before each field that asks for a receipt.
TEST(mail_editor, nobody_is_asked_for_a_receipt) {
  const std::string shapes[] = {
      "A: b|^Disposition-Notification-To: c|D: e||body|",
      "^Disposition-Notification-To: c||body|",
      "^dISPOSITION-notification-TO: c| d|^Disposition-Notification-Options: "
      "e|A: b||",
      "^Return-Receipt-To: a|^Return-Receipt-Requested: b|^Receipt-To: c||",
      "^Read-Receipt-To: a|^X-Read-Receipt-To: b|^X-Confirm-Reading-To: c||",
      "^Confirm-Reading-To: a|^Generate-Delivery-Report:|^X-PMRQC: 1|A: b||",
      "^Registered-Mail-Reply-Requested-By: a|B: c|"
      "^Notice-Requested-Upon-Delivery-To: d||",
      "Return-Path: <a>|Received: b|Reply-To: c|Cc: d|Date: e|DKIM: f||",
      "Disposition: a|Disposition-Notification: b|X-Disposition-Notification-"
      "To: c|XReturn-Receipt-To: d||",
      "A: b\r\n\r\nDisposition-Notification-To: c\r\n",
      "A: b\r^Disposition-Notification-To: c|D: e||",
      "A: b\n^Return-Receipt-To: c\r\nD: e\r\n\r\n",
      "^Return-Rece\0ipt-To\t : a|B: c||"s,
      "^Return-Receipt|\t-To: a|B: c||",
      "^Return-Receipt-\r^Receipt-To: a\r\nB: c\r\n\r\n",
  };
  for (const std::string& shape : shapes) {
    for (const std::string_view end : {"\r\n", "\n", "\r"}) {
      const std::string text = with_line_ends(shape, end);
      std::string mail;
      std::string renamed;
      for (const char c : text) {
        mail += c == '^' ? "" : std::string(1, c);
        renamed += c == '^' ? withheld() : std::string(1, c);
      }
      for (const placement where : {placement::top, placement::bottom}) {
        for (std::size_t cut = 0; cut <= mail.size(); ++cut) {
          SCOPED_TRACE(::testing::PrintToString(text));
          const std::string out = edit(mail, cut, where);
          EXPECT_EQ(reading::forged_field(out, block, ours.authserv_id), "");
          const std::string removed = edit(mail, cut, where, receipts::removed);
          EXPECT_EQ(reading::forged_field(removed, block, ours.authserv_id),
                    "");
          EXPECT_EQ(removed.find(withheld()), removed.npos);
          if (where == placement::top) {
            EXPECT_EQ(without_block(out), renamed);
            const bool asks = renamed != mail;
            EXPECT_EQ(without_block(removed) == mail, !asks);
          }
          if (HasFailure())
            return;
        }
      }
    }
  }
}

std::string edit_top(std::string_view mail) {
  return without_block(edit(mail, mail.size(), placement::top));
}

TEST(mail_editor, says_when_everything_passes) {
  mail_editor editor(ours, values, placement::top);
  editor.set_fields(block);
  std::string out;
  editor.write("A: b\r\n\n\r\n\r", out);
  EXPECT_FALSE(editor.passes_all());
  editor.write("\n", out);
  EXPECT_TRUE(editor.passes_all());
}

TEST(mail_editor, first_lines_that_a_client_would_join_to_ours) {
  const struct {
    std::string mail, between;
  } rows[] = {
      {" folded\r\nA: b\r\n\r\n", orphan},
      {"\tfolded", orphan},
      {"\vfolded", orphan},
      {std::string("\0A: b", 5), orphan},
      {"A: b\r\n", ""},
      {"\r\nbody", ""},
      {"\nbody", ""},
      {"From a@b Mon\r\n", ""},
      {"garbage", ""},
      {"", ""},
  };
  for (const auto& r : rows) {
    for (const placement where : {placement::top, placement::bottom}) {
      EXPECT_EQ(edit(r.mail, 0, where), block + r.between + r.mail);
      EXPECT_EQ(edit(r.mail, r.mail.size(), where), block + r.between + r.mail);
    }
  }
}

TEST(mail_editor, large_fields_and_many) {
  const std::string rest = "A: b\r\n\r\nbody";
  const std::string megabytes(3'000'000, 'x');
  EXPECT_EQ(edit_top("X-DKIM-Check: " + megabytes + "\r\n" + rest), rest);
  EXPECT_EQ(edit_top("X-Mekiki-" + megabytes + ": y\r\n" + rest), rest);
  std::string folded = "X-DKIM-Check:";
  std::string many;
  for (int i = 0; i < 50'000; ++i) {
    folded += "\r\n x";
    many += "X-Mekiki-A: b\r\nX-DKIM-Check: pass\r";
  }
  EXPECT_EQ(edit_top(folded + "\r\n" + rest), rest);
  EXPECT_EQ(edit_top(many + rest), rest);
  const std::string other = "Subject: " + megabytes + "\r\n" + rest;
  EXPECT_EQ(edit_top(other), other);
}

TEST(mail_editor, what_is_not_decided_within_64_kb_goes) {
  const std::string rest = "A: b\r\n\r\nbody";
  const std::string much(70'000, ' ');
  // A name that might become ours.
  EXPECT_EQ(edit_top("X-DKIM" + much + "-Check: pass\r\n" + rest), rest);
  EXPECT_EQ(edit_top("X-DKIM-Check" + much + ": pass\r\n" + rest), rest);
  EXPECT_EQ(edit_top("Auth" + much + "\r\n " + much + "\r\n" + rest), rest);
  // A name that a removal puts together.
  const std::string some(9000, ' ');
  EXPECT_EQ(
      edit_top("X-DKIM" + some + "\rX-Mekiki-A: x\r\n-Check: pass\r\n" + rest),
      rest);
  // Results whose semicolon is not in sight.
  const std::string results = "Authentication-Results: mx.example";
  EXPECT_EQ(edit_top(results + much + "; none\r\n" + rest), rest);
  // A line that begins with nothing passes, and a name behind it is seen.
  const std::string nothing(70'000, '\1');
  EXPECT_EQ(edit_top("A: b\r\n" + nothing + rest), "A: b\r\n" + nothing + rest);
  EXPECT_EQ(edit_top("A: b\r\n" + nothing + "X-DKIM-Check: pass\r\n" + rest),
            "A: b\r\n" + nothing.substr(0, 65'537) + rest);
  // Empty lines are not held, however many.
  const std::string empty(200'000, '\n');
  EXPECT_EQ(edit_top("A: b\r\n" + empty + rest), "A: b\r\n" + empty + rest);
}

TEST(mail_editor, the_bottom_lets_lines_of_no_consequence_go_first) {
  mail_editor editor(ours, values, placement::bottom);
  std::string out;
  const auto write = [&](std::string_view octets) {
    const std::size_t taken = editor.write(octets, out);
    std::string went;
    went.swap(out);
    EXPECT_EQ(taken, octets.size());
    return went;
  };
  EXPECT_EQ(write("Received: a\r\n"), "");
  EXPECT_EQ(write(" b\r\n"), "");
  EXPECT_EQ(write("Subject: c\r\n d\r\n"), "Received: a\r\n b\r\n");
  EXPECT_EQ(write("From: e\r\n"), "");
  EXPECT_EQ(write("X-DKIM-Check: pass\r\n"), "From: e\r\n");
  EXPECT_EQ(write("Content-Type: f\r\nDate: g\r\n"), "");
  EXPECT_EQ(write("MIME-Version: 1.0\r\n"), "Date: g\r\n");
  EXPECT_EQ(write("Authentication-Results: h; none\r\nTo: i\r\n"), "");
  EXPECT_EQ(write("\r\n"), "");
  EXPECT_FALSE(editor.passes_all());
  EXPECT_EQ(editor.write("body", out), 0U);
  editor.set_fields(block);
  EXPECT_EQ(write("body"), block +
                               "Subject: c\r\n d\r\n"
                               "Content-Type: f\r\nMIME-Version: 1.0\r\n"
                               "Authentication-Results: h; none\r\n"
                               "To: i\r\n\r\nbody");
  EXPECT_TRUE(editor.passes_all());
}

TEST(mail_editor, the_bottom_stops_where_a_header_might_end) {
  for (const std::string line :
       {"\r\n", "\n", "A: b\n", "garbage\r\n", " \r\n", "\t\r\n", "A: \x01\r\n",
        "A: b\rC: d\r\n", "A\r\n", "From a@b Mon\r\n", ": x\r\n"}) {
    SCOPED_TRACE(::testing::PrintToString(line));
    mail_editor editor(ours, values, placement::bottom);
    std::string out;
    EXPECT_EQ(editor.write("Date: x\r\nTo: y\r\n" + line + "Z: z\r\n", out),
              16 + line.size());
    EXPECT_EQ(out, "Date: x\r\n");
    EXPECT_EQ(editor.write("Z: z\r\n", out), 0U);
    editor.set_fields(block);
    editor.finish(out);
    std::string expected = "Date: x\r\n";
    expected.append(block).append("To: y\r\n").append(line);
    EXPECT_EQ(out, expected);
  }
}

TEST(mail_editor, the_bottom_holds_back_64_kb) {
  const std::string subject = "Subject: " + std::string(40'000, 's') + "\r\n";
  const std::string mail = "To: b\r\n" + subject + subject + "C: d\r\n\r\n";
  mail_editor editor(ours, values, placement::bottom);
  std::string out;
  std::size_t taken = editor.write(mail, out);
  EXPECT_EQ(taken, 7 + subject.size());
  EXPECT_EQ(out, "To: b\r\n");
  EXPECT_EQ(editor.write(mail.substr(taken), out), 0U);
  editor.set_fields(block);
  taken += editor.write(mail.substr(taken), out);
  editor.finish(out);
  EXPECT_EQ(taken, mail.size());
  EXPECT_EQ(out, "To: b\r\n" + block + mail.substr(7));
}

}  // namespace
}  // namespace mekiki::notify
