#include "mime/transfer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace mekiki::mime {
namespace {

constexpr std::size_t widest = 76;  // characters of a line

/// The octet that `mark` and two digits at the beginning of `text` stand for.
std::optional<char> escaped_octet(std::string_view text, char mark) {
  if (text.size() < 3 || text[0] != mark)
    return std::nullopt;
  const int high = ascii::hex_value(text[1]);
  const int low = ascii::hex_value(text[2]);
  if (high < 0 || low < 0)
    return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

/// Appends what `text` stands for. False if a mark has no digits.
bool append_unescaped(std::string_view text, char mark, std::string& out) {
  bool clear = true;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find(mark), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty())
      break;
    const auto octet = escaped_octet(text, mark);
    clear &= octet.has_value();
    out += octet.value_or(mark);
    text.remove_prefix(octet ? 3 : 1);
  }
  return clear;
}

//   quoted-printable := qp-line *(CRLF qp-line)   ; RFC 2045 6.7
/// False if it does not follow the grammar.
bool decode_quoted_printable(std::string_view text, std::string& out) {
  out.reserve(text.size());
  bool clear = true;
  for (std::size_t at = 0; at < text.size();) {
    std::string_view line = next_line(text, at);
    const bool ended = text[at - 1] == '\n';
    while (!line.empty() && ascii::is_fws(line.back())) {
      clear &= line.back() != '\r';
      line.remove_suffix(1);
    }
    const bool soft = line.ends_with('=');
    if (soft)
      line.remove_suffix(1);
    clear &= append_unescaped(line, '=', out);
    if (ended && !soft)
      out += "\r\n";
  }
  return clear;
}

bool is_digit_of_base64(char c) {
  return ascii::is_alnum(c) || c == '+' || c == '/';
}

std::string decode_base64_leniently(std::string_view text) {
  std::string out;
  std::string digits;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('='), text.size());
    digits.clear();
    std::copy_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                 std::back_inserter(digits), is_digit_of_base64);
    if (digits.size() % 4 == 1)
      digits.pop_back();
    out += base64_decode(digits).value_or("");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::optional<std::string> decode(transfer_encoding encoding,
                                  std::string_view text) {
  switch (encoding) {
    case transfer_encoding::identity:
      break;
    case transfer_encoding::quoted_printable: {
      std::string out;
      if (!decode_quoted_printable(text, out))
        return std::nullopt;
      return out;
    }
    case transfer_encoding::base64:
      return base64_decode(text);
  }
  return std::string(text);
}

std::string decode_leniently(transfer_encoding encoding,
                             std::string_view text) {
  std::string out;
  switch (encoding) {
    case transfer_encoding::identity:
      out = text;
      break;
    case transfer_encoding::quoted_printable:
      decode_quoted_printable(text, out);
      break;
    case transfer_encoding::base64:
      out = decode_base64_leniently(text);
      break;
  }
  return out;
}

std::string decode_escapes(std::string_view text, char mark) {
  std::string out;
  append_unescaped(text, mark, out);
  return out;
}

std::string encode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = next_line(text, at);
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      const bool last = i + 1 == line.size();
      const bool plain =
          (ascii::is_graph(c) && c != '=') || (ascii::is_wsp(c) && !last);
      const std::size_t size = plain ? 1 : 3;
      if (column + size > (last ? widest : widest - 1)) {
        out += "=\r\n";
        column = 0;
      }
      column += size;
      if (plain) {
        out += c;
      } else {
        out += fmt::format("={:02X}", static_cast<unsigned char>(c));
      }
    }
    if (text[at - 1] == '\n')
      out += "\r\n";
  }
  return out;
}

void base64_encoder::write(std::string_view octets, std::string& out) {
  while (rest_.size() + octets.size() >= base64_line) {
    const std::size_t taken = base64_line - rest_.size();
    out += base64_encode(rest_.append(octets.substr(0, taken)));
    out += "\r\n";
    rest_.clear();
    octets.remove_prefix(taken);
  }
  rest_ += octets;
}

void base64_encoder::finish(std::string& out) {
  if (rest_.empty())
    return;
  out += base64_encode(rest_);
  out += "\r\n";
}

std::string encode_base64(std::string_view octets) {
  std::string out;
  base64_encoder encoder;
  encoder.write(octets, out);
  encoder.finish(out);
  return out;
}

std::string to_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += '\r';
    if (c != '\r')
      out += c;
  }
  return out;
}

std::string_view next_line(std::string_view text, std::size_t& at) {
  const std::size_t end = text.find('\n', at);
  std::string_view line = text.substr(at, end - at);
  at = end == std::string_view::npos ? text.size() : end + 1;
  if (end != std::string_view::npos && line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

}  // namespace mekiki::mime
