#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "growth.hpp"

namespace mekiki::growth {
namespace {

// Pairs and pieces that open, close, fold, escape, or make a reader look ahead.
constexpr std::string_view telling[] = {"\r\n",
                                        "\n\r",
                                        "\r\n ",
                                        "\n ",
                                        "\r ",
                                        "\n\t",
                                        "\r\n\r\n",
                                        "\n\n",
                                        " \n",
                                        "a\n",
                                        "a\r\n",
                                        "a\r",
                                        ":\r",
                                        "a:",
                                        "a: b\n",
                                        "a: b\r",
                                        ": ",
                                        "()",
                                        "(a",
                                        "a)",
                                        ")(",
                                        "(\\",
                                        "(\"",
                                        "\"\"",
                                        "\" ",
                                        "\"a",
                                        "\\\"",
                                        "\\\\",
                                        "\\(",
                                        "<>",
                                        "<a",
                                        "><",
                                        "<@",
                                        "@,",
                                        "a@",
                                        "@a",
                                        "a@b",
                                        "a@b,",
                                        "<a@b>",
                                        "<a@b>,",
                                        "a <b@c>, ",
                                        ", ",
                                        "a,",
                                        ",,",
                                        "; ",
                                        "a;",
                                        ";;",
                                        "a=",
                                        "a=b;",
                                        "a=b; ",
                                        "=;",
                                        ".a",
                                        "a.",
                                        "..",
                                        "a b",
                                        "a ",
                                        " a",
                                        "a\t",
                                        "[]",
                                        "[a",
                                        "a]",
                                        "][",
                                        "[1.2.3.4] ",
                                        "1.2.3.4 ",
                                        "1:",
                                        "::",
                                        "1.",
                                        "a:b",
                                        "group: a@b; ",
                                        "=?",
                                        "?=",
                                        "=??",
                                        "?q?",
                                        "=?utf-8?q?",
                                        "=?utf-8?b?",
                                        "=?utf-8?q?a?=",
                                        "=?utf-8?q?a?= ",
                                        "=?utf-8?b?44GC?=\r\n ",
                                        "=?iso-2022-jp?b?GyRC?=",
                                        "=?a?q?=41?=",
                                        "=41",
                                        "=\n",
                                        "=\r\n",
                                        "==",
                                        "= \n",
                                        "=4",
                                        "QUJD",
                                        "QUJD\r\n",
                                        "QQ==",
                                        "--b",
                                        "--b\n",
                                        "--b--\n",
                                        "--b\r\n\r\n",
                                        "--b\n\na\n",
                                        "\n--",
                                        "--\n",
                                        "%",
                                        "%a",
                                        "%{",
                                        "%{s}",
                                        "%{l9r-}",
                                        "%00",
                                        "%%",
                                        "&#",
                                        "&#65;",
                                        "&amp;",
                                        "&a",
                                        "<a ",
                                        "<a href=",
                                        "<a href=\"http://a\">",
                                        "</a>",
                                        "<!--",
                                        "-->",
                                        "<b>",
                                        "<!",
                                        "<style>",
                                        "<script>",
                                        "</",
                                        "http://",
                                        "www.a",
                                        "://",
                                        "a/",
                                        "{\"a\":",
                                        "<record>",
                                        "</record>",
                                        "<![CDATA[",
                                        "<record><row></row></record>"};

// Letters, accents out of their order, wide forms, shifts of a charset, and
// what does not show.
constexpr std::string_view beyond_ascii[] = {"\xc3\xa9",
                                             "e\xcc\x81",
                                             "\xcc\x81",
                                             "\xcc\x81\xcc\xa3",
                                             "a\xcc\x81\xcc\xa3",
                                             "\xe3\x81\x82",
                                             "\xe3\x81",
                                             "\xef\xbd\xb6\xef\xbe\x9e",
                                             "\xef\xbc\xa0",
                                             "\xe2\x80\xae",
                                             "\xe2\x80\x8b",
                                             "\xf0\x9d\x90\x80",
                                             "\xf0\x9f\x98\x80",
                                             "\xed\xa0\x80",
                                             "\xd0\xb0",
                                             "\x1b$B",
                                             "\x1b(B",
                                             "\x1b$B$\"\x1b(B",
                                             "xn--",
                                             "\xe1\x84\x80\xe1\x85\xa1"};

// Whole lines, terms and fields.
constexpr std::string_view whole[] = {
    "From: a@b.example\r\n",
    "From: \r\n",
    "Subject: a\r\n",
    "Received: from a ([192.0.2.1]) by b with SMTP id c; "
    "Thu, 1 Jan 2026 00:00:00 +0000\r\n",
    "Received: a\r\n",
    "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=b; "
    "h=from:to; bh=YQ==; b=YQ==\r\n",
    "DKIM-Signature: a\r\n",
    "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=a; s=b; "
    "b=YQ==\r\n",
    "ARC-Message-Signature: i=1; a=b\r\n",
    "ARC-Authentication-Results: i=1; a\r\n",
    "Authentication-Results: a.example; dkim=pass header.d=b.example\r\n",
    "; dkim=pass",
    "; dkim=pass (a) header.d=b",
    " header.d=b",
    "h=from:",
    "from:",
    "List-Id: <a.example>\r\n",
    "Content-Type: text/plain\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    "; boundary=b",
    "Content-Transfer-Encoding: base64\r\n",
    "> a\r\n",
    "-- \r\n",
    "____\r\n",
    ".\r\n",
    "..\r\n",
    ".",
    "+OK\r\n",
    "-ERR\r\n",
    "1 2\r\n",
    "AUTH PLAIN AA==\r\n",
    "USER a\r\n",
    "RETR 1\r\n",
    "DELE 1\r\n",
    "include:a.example ",
    "ip4:192.0.2.0/24 ",
    "a:%{d} ",
    "\nFrom a\n",
    ">From ",
    "GET / HTTP/1.1\r\n\r\n"};

// Where equal ones would be dropped or refused.
constexpr std::string_view numbered[] = {
    "{} ",
    "{},",
    "{}.",
    "a{}=b;",
    "a{}=b; ",
    "a{}@b, ",
    "<a@b{}.example>, ",
    "X-{}: a\r\n",
    "a{}:",
    "a{} ",
    "--b{}\r\n",
    "--b{}\r\n\r\n",
    "{} 1\r\n",
    "{} id{}\r\n",
    "=?x{}?q?a?= ",
    "; a{}=pass",
    "; dkim=pass header.d=b{}",
    "http://a{}.example ",
    "<a href=\"http://a{}.example\">a</a>",
    "(a{}) ",
    "DKIM-Signature: v=1; a=rsa-sha256; d=a{}.example; s=b; h=from; bh=YQ==; "
    "b=YQ{}=\r\n",
    "Received: from a{} ([192.0.2.1]) by b{}; 1 Jan 2026 00:00:00 +0000\r\n",
    "From: a{}@b{}.example\r\n",
    "include:a{}.example "};

// What opens, and what closes it.
constexpr std::pair<std::string_view, std::string_view> nested[] = {
    {"(", ")"},       {"(a ", "b) "},         {"[", "]"},
    {"<", ">"},       {"\"(", ")\""},         {"{", "}"},
    {"<b>", "</b>"},  {"<a href=a>", "</a>"}, {"[SPO", "OFED?]"},
    {"=?a?q?", "?="}, {"\"", "\\"},           {"<!--", "-->"}};

/// Digits and letters, control octets and octets beyond ASCII by an example or
/// a few.
bool is_timed(char c) {
  constexpr std::string_view examples(
      "\0\t\n\r\x1b\x7f"
      "0aA\x80\xc3\xe3\xff",
      13);
  return examples.find(c) != std::string_view::npos || c == ' ' ||
         (ascii::is_graph(c) && !ascii::is_alnum(c));
}

std::string octets_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

const std::vector<piece>& pieces() {
  static const std::vector<piece> all = [] {
    std::vector<piece> made;
    for (int c = 0; c < 256; ++c)
      made.push_back({.text = std::string(1, static_cast<char>(c)),
                      .is_timed = is_timed(static_cast<char>(c))});
    for (const std::string_view text : telling)
      made.push_back({std::string(text)});
    for (const std::string_view text : beyond_ascii)
      made.push_back({std::string(text)});
    for (const std::string_view text : whole)
      made.push_back({std::string(text)});
    for (const std::string_view text : numbered)
      made.push_back({std::string(text), true});
    for (const auto& [open, close] : nested)
      made.push_back({std::string(open), false, std::string(close)});
    return made;
  }();
  return all;
}

std::vector<context> contexts(const std::filesystem::path& corpus,
                              measure what) {
  const bool timed = what == measure::time;
  const std::size_t most_places = timed ? 2 : 10;
  std::vector<context> all;
  for (const std::string_view before :
       {"", "From: ", "Subject: ", "From: a@b.example\r\n\r\n",
        "From: a@b.example\r\nContent-Type: text/html\r\n\r\n",
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n"
        "\r\n--b\r\n"})
    all.push_back({"", std::string(before), ""});
  if (!timed) {
    for (const std::string_view before :
         {"DKIM-Signature: ", "Received: ", "Authentication-Results: "})
      all.push_back({"", std::string(before), ""});
  }

  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.is_regular_file())
      files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<context> places;
  for (const auto& path : files) {
    const std::string octets = octets_of(path);
    std::vector<std::size_t> cuts{octets.size()};
    for (const std::string_view mark :
         {"\r\n\r\n", "\n\n", "\n", ": ", ":", "=", ";", "<", "(", "\"", "@",
          "/", " "}) {
      const std::size_t at = octets.find(mark);
      if (at != octets.npos)
        cuts.push_back(at + mark.size());
    }
    std::ranges::sort(cuts, std::greater<>());
    const auto same = std::ranges::unique(cuts);
    cuts.erase(same.begin(), same.end());
    for (const std::size_t cut : cuts)
      places.push_back({path.filename().string() + " at " + std::to_string(cut),
                        octets.substr(0, cut), octets.substr(cut)});
  }
  // Of many places some of each file.
  const std::size_t step = places.size() / most_places + 1;
  for (std::size_t i = 0; i < places.size(); i += step)
    all.push_back(std::move(places[i]));
  return all;
}

std::string repeated(const piece& what, std::size_t octets) {
  constexpr std::size_t first_number = 100'001;
  constexpr std::size_t multiple = 12;
  std::string out;
  out.reserve(octets + multiple * (what.text.size() + 8));
  std::size_t n = 0;
  for (; out.size() + n * what.closing.size() < octets || n % multiple != 0;
       ++n) {
    if (!what.numbered) {
      out += what.text;
      continue;
    }
    for (std::size_t i = 0; i < what.text.size(); ++i) {
      if (what.text.compare(i, 2, "{}") == 0) {
        out += std::to_string(first_number + n);
        ++i;
      } else {
        out += what.text[i];
      }
    }
  }
  for (; n > 0; --n) out += what.closing;
  return out;
}

std::string in_quotes(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : octets) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '\r')
      out += "\\r";
    else if (c == '\n')
      out += "\\n";
    else if (u < ' ' || u > '~')
      (out += "\\x") += {digits[u / 16], digits[u % 16]};
    else if (c == '"' || c == '\\')
      (out += '\\') += c;
    else
      out += c;
  }
  return out += '"';
}

}  // namespace mekiki::growth
