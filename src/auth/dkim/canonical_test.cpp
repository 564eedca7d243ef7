#include "auth/dkim/canonical.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "auth/dkim/body_hash.hpp"
#include "base/ascii.hpp"

namespace mekiki::dkim {
namespace {

class string_sink final : public octet_sink {
 public:
  void write(std::string_view o) override { octets += o; }
  std::string octets;
};

constexpr auto simple = canonicalization::simple;
constexpr auto relaxed = canonicalization::relaxed;

std::string in_pieces(canonicalization mode,
                      const std::vector<std::string_view>& pieces) {
  body_canonicalizer c(mode);
  string_sink sink;
  for (const auto piece : pieces) c.write(piece, sink);
  c.finish(sink);
  return sink.octets;
}
std::string body(canonicalization mode, std::string_view octets) {
  return in_pieces(mode, {octets});
}

/// RFC 6376 3.4.3 and 3.4.4 as they are written, line by line.
std::string by_the_book(canonicalization mode, std::string_view octets) {
  std::string out;
  for (bool last = false; !last;) {
    const std::size_t end = octets.find("\r\n");
    last = end == std::string_view::npos;
    std::string line;
    for (const char c : octets.substr(0, end)) {
      if (mode == relaxed && ascii::is_wsp(c)) {
        if (!line.ends_with(' '))
          line += ' ';
      } else {
        line += c;
      }
    }
    if (mode == relaxed && line.ends_with(' '))
      line.pop_back();
    out += line;
    if (!last) {
      out += "\r\n";
      octets.remove_prefix(end + 2);
    }
  }
  while (out.ends_with("\r\n")) out.resize(out.size() - 2);
  if (!out.empty() || mode == simple)
    out += "\r\n";
  return out;
}

std::string header(canonicalization mode, std::string_view octets) {
  std::string out;
  for (const auto& field : message::parse_header(octets).fields) {
    append_canonical(mode, field, out);
  }
  return out;
}

// RFC 6376 3.4.5
TEST(canonical, rfc6376_examples) {
  const std::string_view head = "A: X\r\nB : Y\t\r\n\tZ  \r\n";
  const std::string_view text = " C \r\nD \t E\r\n\r\n\r\n";
  EXPECT_EQ(header(relaxed, head), "a:X\r\nb:Y Z\r\n");
  EXPECT_EQ(header(simple, head), head);
  EXPECT_EQ(body(relaxed, text), " C\r\nD E\r\n");
  EXPECT_EQ(body(simple, text), " C \r\nD \t E\r\n");
}

TEST(canonical, relaxed_header) {
  const struct {
    const char* field;
    const char* expected;
  } cases[] = {
      {"Subject: a: b\r\n", "subject:a: b\r\n"},
      {"X:\r\n", "x:\r\n"},
      {"X: \t\r\n \r\n", "x:\r\n"},
      {"X:\r\n\ta\r\n\t b \r\n", "x:a b\r\n"},
      {"X: a\r b\r\n", "x:a\r b\r\n"},
      {"X: \xe7\x9b\xae  \xe5\x88\xa9\r\n", "x:\xe7\x9b\xae \xe5\x88\xa9\r\n"},
      {"X: a\n  b\n", "x:a b\r\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(header(relaxed, c.field), c.expected);
}

TEST(canonical, signature_field_without_its_b) {
  const std::string octets = "DKIM-Signature: a=1;\r\n\tb= QQ\r\n\t==; c=2\r\n";
  const auto h = message::parse_header(octets);
  const auto& field = h.fields.front();
  const std::size_t offset = field.value.find("b=") + 2;
  const std::size_t size = field.value.find("; c") - offset;
  std::string out;
  append_canonical_signature(simple, field, offset, size, out);
  EXPECT_EQ(out, "DKIM-Signature: a=1;\r\n\tb=; c=2");
  out.clear();
  append_canonical_signature(relaxed, field, offset, size, out);
  EXPECT_EQ(out, "dkim-signature:a=1; b=; c=2");
}

/// Calls `f` with every text of up to `size` octets of `alphabet`.
template <class F>
void for_each_text(std::string_view alphabet, std::size_t size, F f) {
  std::vector<std::string> texts{""};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    f(texts[i]);
    if (texts[i].size() == size)
      continue;
    for (const char c : alphabet) texts.push_back(texts[i] + c);
  }
}

TEST(canonical, every_short_body_however_it_is_cut) {
  for_each_text(" \t\r\nx", 6, [](const std::string& text) {
    const std::string_view t = text;
    for (const auto mode : {simple, relaxed}) {
      const std::string expected = by_the_book(mode, t);
      ASSERT_EQ(body(mode, t), expected) << text;
      for (std::size_t i = 0; i < t.size(); ++i) {
        ASSERT_EQ(in_pieces(mode, {t.substr(0, i), t.substr(i)}), expected);
      }
      std::vector<std::string_view> octets;
      octets.reserve(t.size());
      for (std::size_t i = 0; i < t.size(); ++i) {
        octets.push_back(t.substr(i, 1));
      }
      ASSERT_EQ(in_pieces(mode, octets), expected);
    }
  });
}

TEST(canonical, long_bodies) {
  std::mt19937 random(1);
  const auto below = [&random](std::size_t n) { return random() % n; };
  const std::vector<std::string> parts{"\r\n",
                                       "\r\n",
                                       " ",
                                       "\t",
                                       "\r",
                                       "\n",
                                       "  ",
                                       "x",
                                       " x",
                                       "\r\n\r\n",
                                       std::string(15, 'a'),
                                       std::string(16, 'b'),
                                       std::string(300, 'c'),
                                       std::string(700, 'd'),
                                       std::string(3000, 'e'),
                                       "\xff\xfe",
                                       "a b c d e f"};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t n = below(40); n > 0; --n)
      text += parts[below(parts.size())];
    std::vector<std::string_view> pieces;
    for (std::string_view rest = text; !rest.empty();) {
      pieces.push_back(rest.substr(0, 1 + below(2000)));
      rest.remove_prefix(pieces.back().size());
    }
    for (const auto mode : {simple, relaxed}) {
      const std::string expected = by_the_book(mode, text);
      ASSERT_EQ(body(mode, text), expected);
      ASSERT_EQ(in_pieces(mode, pieces), expected);
      ASSERT_EQ(body(mode, expected), expected) << "canonical stays canonical";
    }
  }
}

TEST(body_hash, every_length_and_both_modes_in_one_pass) {
  const std::string text = "a  b \r\n\r\n" + std::string(600, 'x') + "\r\n\r\n";
  std::vector<body_hash_request> requests;
  for (const auto mode : {simple, relaxed}) {
    for (const auto algorithm :
         {crypto::hash_algorithm::sha256, crypto::hash_algorithm::sha1}) {
      requests.push_back({mode, algorithm});
      for (std::uint64_t length = 0; length < 620; ++length) {
        requests.push_back({mode, algorithm, length});
      }
    }
  }
  for (const std::size_t step : {1000, 7, 1}) {
    body_hasher hasher;
    for (const auto& r : requests) hasher.request(r);
    for (std::size_t i = 0; i < text.size(); i += step) {
      hasher.write(std::string_view(text).substr(i, step));
    }
    hasher.finish();
    for (const auto& r : requests) {
      const std::string canonical = body(r.mode, text);
      EXPECT_EQ(hasher.octets(r.mode), canonical.size());
      const auto hash = hasher.hash(r);
      const bool whole = r.length == body_hash_request{}.length;
      ASSERT_EQ(hash.has_value(), whole || r.length <= canonical.size());
      if (!hash)
        continue;
      EXPECT_EQ(hash->octets(),
                crypto::hash(r.algorithm,
                             std::string_view(canonical).substr(0, r.length))
                    .octets());
    }
  }
}

}  // namespace
}  // namespace mekiki::dkim
