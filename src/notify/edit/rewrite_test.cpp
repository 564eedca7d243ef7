#include "notify/edit/rewrite.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "mime/content.hpp"
#include "mime/parts.hpp"
#include "mime/transfer.hpp"
#include "notify/edit/inert.hpp"

namespace mekiki::notify {
namespace {

class zeros final : public random_source {
 public:
  void fill(char* out, std::size_t size) override {
    std::fill_n(out, size, '\0');
  }
};

constexpr std::string_view delimiter =
    "--=_mekiki_00000000000000000000000000000000";

verdict::judgement forged(std::string domain = "example.jp") {
  verdict::judgement v;
  v.result.what = verdict::level::forged;
  v.result.why = verdict::reason("dmarc-fail")
                     .with("author", domain)
                     .with("policy", "reject");
  v.known.header.author_domain = std::move(domain);
  return v;
}

struct settings {
  changes what{.rewrite = true};
  choice user;
  bool keep = true;
};

std::string change(std::string_view mail, const settings& s = {},
                   std::size_t taken = 0, std::string held = {}) {
  message::spool spool({.memory = 100});
  EXPECT_TRUE(spool.append(mail));
  const texts t;
  const verdict::judgement v = forged();
  zeros random;
  changed_mail changed(spool, v,
                       {.what = s.what,
                        .choice = s.user,
                        .texts = t,
                        .keep_original = s.keep,
                        .limits = {}},
                       random, taken, std::move(held));
  std::string out;
  while (!changed.ended()) out += *changed.read();
  return out;
}

struct rewritten {
  std::string header;
  std::string notice;
  std::string original;
};

/// Read by the MIME reader, which says whether it is clear.
rewritten read(const std::string& mail) {
  rewritten out;
  const auto header = message::parse_header(mail);
  out.header = mail.substr(0, header.size);
  const mime::content c = mime::read_content(header);
  EXPECT_TRUE(c.clear) << mail;
  EXPECT_EQ(c.type, "multipart/mixed");
  const auto parts =
      mime::split_parts(std::string_view(mail).substr(header.body), c.boundary);
  EXPECT_TRUE(parts.clear) << mail;
  EXPECT_EQ(parts.preamble, "");
  EXPECT_EQ(parts.epilogue, "");
  const auto body = [&](std::size_t i) {
    const auto h = message::parse_header(parts.parts[i]);
    const mime::content part = mime::read_content(h);
    EXPECT_TRUE(part.clear);
    EXPECT_EQ(part.type, i == 0 ? "text/plain" : "application/octet-stream");
    EXPECT_EQ(part.is_file, i == 1);
    return mime::decode(part.encoding, parts.parts[i].substr(h.body)).value();
  };
  if (parts.parts.empty() || parts.parts.size() > 2) {
    ADD_FAILURE() << parts.parts.size() << " parts in " << mail;
    return out;
  }
  out.notice = body(0);
  if (parts.parts.size() > 1)
    out.original = body(1);
  return out;
}

/// What is quoted, without the marks.
std::string quoted(const rewritten& r) {
  std::string out;
  std::string_view rest = r.notice;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    if (line.starts_with('>'))
      out += std::string(line.substr(std::min<std::size_t>(2, line.size()))) +
             '\n';
    rest.remove_prefix(end + 2);
  }
  return out;
}

TEST(kept_header, is_a_fixed_list_of_fields) {
  struct row {
    std::string_view name, header, expected;
  };
  constexpr row rows[] = {
      {"stay", "From: a@b.c\r\nTO : 1\r\nSubject:\r\n folded\r\n",
       "From: a@b.c\r\nTO : 1\r\nSubject:\r\n folded\r\n"},
      {"buttons, pictures, keys",
       "Reply-To: a@b.c\r\nList-Unsubscribe: <https://a.example/>\r\n"
       "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
       "List-Help: b\r\nArchived-At: c\r\nAutocrypt: d\r\nFace: e\r\n"
       "X-Face: f\r\nBIMI-Indicator: g\r\nX-Mozilla-Keys: h\r\n"
       "X-Anything: i\r\nDKIM-Signature: j\r\nCc: k\r\n",
       "Cc: k\r\n"},
      {"body", "to: 1\r\nContent-Type: text/html;\r\n charset=x\r\ncc: 2\r\n",
       "to: 1\r\ncc: 2\r\n"},
      {"case and space", "CONTENT-type : text/html\r\nmime-VERSION\t:1.0\r\n",
       ""},
      {"any Content-", "content-odd: 1\r\nContent-Length: 5\r\n", ""},
      {"receipts",
       "Disposition-Notification-To: a@b.c\r\n"
       "Disposition-Notification-Options: x\r\nReturn-Receipt-To: a@b.c\r\n"
       "Return-Receipt-Requested: 1\r\nX-Confirm-Reading-To: a@b.c\r\n",
       ""},
      {"name with octets that do not show",
       "Content\x01-Type: text/html\r\nContent\xc2\xa0-Type: a\r\n b\r\n", ""},
      {"name that is folded",
       "Content\r\n -Type: text/html\r\n"
       "Content-Type\r\n : text/html\r\n",
       ""},
      {"bare CR", "To: 1\rContent-Type: text/html\r\ncc: 2\r\n",
       "To: 1\r\ncc: 2\r\n"},
      {"bare LF", "To: 1\nContent-Type: text/html\n x\n\tcc: 2\ndate: 3\n",
       "To: 1\r\ndate: 3\r\n"},
      {"empty lines for some", "to: 1\r\n \r\ncc: 2\r\r\rdate: 3\r\n",
       "to: 1\r\ncc: 2\r\ndate: 3\r\n"},
      {"no field", "From a@b Mon\r\n folded\r\nto: 1\r\nfree text\r\n",
       "to: 1\r\n"},
      {"folded first line", " Content-Type: a\r\nto: 1\r\n", "to: 1\r\n"},
      {"no line end", "to: 1", "to: 1\r\n"},
  };
  for (const row& r : rows)
    EXPECT_EQ(kept_header(r.header), r.expected) << r.name;
}

TEST(changed_mail, is_a_notice_and_the_original) {
  const std::string mail =
      "From: a@example.jp\r\nContent-Type: text/plain\r\nSubject: x\r\n\r\n"
      "See http://example.com/a\r\n";
  const std::string out = change(mail);
  EXPECT_TRUE(out.starts_with("MIME-Version: 1.0\r\nContent-Type: ")) << out;
  const rewritten got = read(out);
  EXPECT_TRUE(got.header.ends_with("From: a@example.jp\r\nSubject: x\r\n"));
  EXPECT_TRUE(got.notice.starts_with(
      "WARNING FROM MEKIKI: this mail is forged.\r\n\r\n"
      "It says that it comes from example[.]jp, which asks not to trust"))
      << got.notice;
  EXPECT_EQ(quoted(got), "See hxxp[:]//example[.]com/a\n");
  EXPECT_EQ(got.original, mail);
}

TEST(changed_mail, can_leave_the_original_out) {
  const std::string out = change("From: a@b.c\r\n\r\nHi\r\n", {.keep = false});
  EXPECT_EQ(read(out).original, "");
  EXPECT_TRUE(out.ends_with(std::string(delimiter) + "--\r\n"));
}

TEST(changed_mail, keeps_originals_of_any_size_exactly) {
  std::string mail = "From: a@b.c\r\n\r\n";
  for (std::size_t i = 0; i < 400; ++i) {
    EXPECT_EQ(read(change(mail)).original, mail) << mail.size();
    mail += static_cast<char>(i);
  }
}

TEST(changed_mail, goes_on_behind_what_an_editor_took) {
  const std::string early = "From: a@b.c\r\nTo: 1\r\n";
  const std::string held = "Content-Type: text/html\r\nSubject: x\r\n";
  const std::string rest = "Cc: 2\r\n\r\n<b>Hi</b>";
  const std::string mail = early + held + rest;
  for (const std::string& later :
       {held, held + "Cc: 2\r\n", held + "Cc: 2\r\n\r\n"}) {
    const rewritten got =
        read(change(mail, {}, early.size() + later.size(), later));
    EXPECT_TRUE(got.header.ends_with("\"\r\nSubject: x\r\nCc: 2\r\n"))
        << got.header;
    EXPECT_EQ(quoted(got), "Hi\n");
    EXPECT_EQ(got.original, mail);
  }
}

TEST(changed_mail, marks_the_subject_alone) {
  const settings s{.what = {.mark_subject = true, .clean_subjects = true}};
  EXPECT_EQ(change("A: 1\r\nSubject: x\nB: 2\n\nbody\n", s),
            "A: 1\r\nSubject: [SPOOFED?] x\r\nB: 2\n\nbody\n");
  EXPECT_EQ(change("A: 1", s), "A: 1\r\nSubject: [SPOOFED?]\r\n");
  const settings cleans{.what = {.clean_subjects = true}};
  EXPECT_EQ(change("Subject: [spoofed?] x\r\n\r\nbody", cleans),
            "Subject: x\r\n\r\nbody");
  EXPECT_EQ(change("A: 1\n\nb", cleans), "A: 1\n\nb");
}

TEST(changed_mail, a_header_above_the_limits_excuses_nothing) {
  std::string many = "From: a@b.c\r\n";
  for (int i = 0; i < 10'001; ++i) many += "a: 1\r\n";
  many += "\r\nbody\r\n";
  const std::string large =
      "From: a@b.c\r\nX: " + std::string(2 << 20, 'x') + "\r\n\r\nbody\r\n";
  const settings marks{.what = {.mark_subject = true}};
  for (const std::string& mail : {many, large}) {
    const rewritten got = read(change(mail));
    EXPECT_TRUE(got.header.ends_with("\"\r\nFrom: a@b.c\r\n")) << got.header;
    EXPECT_TRUE(got.notice.starts_with("WARNING FROM MEKIKI"));
    EXPECT_EQ(got.original, mail);
    EXPECT_EQ(change(mail, marks), mail);
  }
}

TEST(changed_mail, lines_are_short) {
  const std::string out =
      change("From: a@b.c\r\n\r\n" + std::string(100'000, 'x'));
  std::size_t longest = 0;
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t end = out.find("\r\n", at);
    longest = std::max(longest, end - at);
    at = end + 2;
  }
  EXPECT_LE(longest, 78);
  EXPECT_NE(quoted(read(out)).find("xxx"), std::string::npos);
}

TEST(notice, names_the_senders_domain_as_it_is_spelled) {
  const texts t;
  choice c;
  c.secret_word = "kitsune";
  verdict::judgement v = forged("xn--exmple-4nf.jp");  // with a Cyrillic а
  v.known.findings.push_back({.what = verdict::finding::kind::confusable,
                              .seen = "xn--exmple-4nf.jp",
                              .like = "example.jp"});
  const std::string text = notice(v, c, t, {}, "x.bin");
  EXPECT_NE(text.find("exаmple[.]jp (xn--exmple-4nf[.]jp)"), text.npos) << text;
  EXPECT_NE(text.find("\"а\" in it is CYRILLIC SMALL LETTER A (U+0430)"),
            text.npos)
      << text;
  EXPECT_NE(text.find("resembles example[.]jp"), text.npos) << text;
  EXPECT_EQ(text.find("kitsune"), text.npos);
  EXPECT_NE(text.find("secret-word.txt"), text.npos);
  EXPECT_EQ(text.find('{'), text.npos);

  verdict::judgement ascii = forged("examp1e.jp");
  ascii.known.findings.push_back({.what = verdict::finding::kind::confusable,
                                  .seen = "examp1e.jp",
                                  .like = "example.jp"});
  c.in = language::japanese;
  c.secret_word.clear();
  const std::string other = notice(ascii, c, t, {}, "");
  EXPECT_NE(other.find("6 文字目が「l」ではなく「1」です"), other.npos)
      << other;
  EXPECT_EQ(other.find("DIGIT"), other.npos);
  EXPECT_EQ(other.find("合言葉"), other.npos);
  EXPECT_EQ(other.find('{'), other.npos);
  EXPECT_EQ(other.find(".bin"), other.npos);
}

// Of several authors it names the one whom it calls forged.
TEST(notice, names_the_domain_that_it_accuses) {
  verdict::judgement v;
  v.known.header = verdict::read_header_facts(
      message::parse_header("From: hanako@friend.example, b@bank.example\r\n"));
  v.result = {verdict::level::forged, verdict::reason("dmarc-fail")
                                          .with("author", "bank.example")
                                          .with("domain", "bank.example")};
  const std::string text = notice(v, {}, texts(), {}, "");
  EXPECT_NE(text.find("is spelled: bank[.]example\n"), text.npos) << text;
}

TEST(notice, says_who_speaks_first_and_whom_to_ask) {
  const verdict::judgement v = forged("a.example");
  texts t;
  const std::string without = notice(v, {}, t, {}, "");
  EXPECT_TRUE(
      without.starts_with("WARNING FROM MEKIKI: this mail is forged.\n"));
  EXPECT_EQ(without.find("Questions?"), without.npos);
  EXPECT_NE(without.find("you may delete it.\n\nThe mail"), without.npos);
  t.set_contact("help@example.jp");
  EXPECT_NE(
      notice(v, {}, t, {}, "")
          .find("you may delete it.\n- Questions? Ask help@example.jp.\n\n"),
      without.npos);
}

TEST(notice, says_what_follows_only_if_something_does) {
  const verdict::judgement v = forged("a.example");
  const std::string_view said = "This is what it said.";
  mime::mail_text original;
  EXPECT_EQ(notice(v, {}, texts(), original, "").find(said), std::string::npos);
  original.text = "Hi";
  EXPECT_NE(notice(v, {}, texts(), original, "").find(said), std::string::npos);
}

}  // namespace
}  // namespace mekiki::notify
