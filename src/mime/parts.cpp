#include "mime/parts.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace mekiki::mime {
namespace {

constexpr std::size_t max_parts = 1000;
constexpr std::size_t max_boundary = 70;  // RFC 2046 5.1.1

//   token := 1*<any CHAR except SPACE, CTLs, or tspecials>   ; RFC 2045 5.1
bool is_token(char c) {
  return ascii::is_graph(c) && std::string_view("()<>@,;:\\\"/[]?=").find(c) ==
                                   std::string_view::npos;
}

void skip_space(std::string_view& text) {
  while (!text.empty() && ascii::is_fws(text.front())) text.remove_prefix(1);
}

std::string take_token(std::string_view& text) {
  std::string out;
  while (!text.empty() && is_token(text.front())) {
    out += ascii::to_lower(text.front());
    text.remove_prefix(1);
  }
  return out;
}

/// A parameter's value, as written.
std::optional<std::string> take_value(std::string_view& text) {
  std::string out;
  if (text.empty() || text.front() != '"') {
    while (!text.empty() && is_token(text.front())) {
      out += text.front();
      text.remove_prefix(1);
    }
    if (out.empty())
      return std::nullopt;
    return out;
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return out;
    }
    if (text[i] == '\\' || text[i] == '\r' || text[i] == '\n')
      return std::nullopt;
    out += text[i];
  }
  return std::nullopt;
}

//   *(";" parameter)   ; RFC 2045 5.1; a semicolon at the end is common
bool read_parameters(std::string_view text, content& out) {
  bool charset = false;
  bool boundary = false;
  while (true) {
    skip_space(text);
    if (text.empty())
      return true;
    if (text.front() != ';')
      return false;
    text.remove_prefix(1);
    skip_space(text);
    if (text.empty())
      return true;
    const std::string name = take_token(text);
    skip_space(text);
    if (name.empty() || text.empty() || text.front() != '=')
      return false;
    text.remove_prefix(1);
    skip_space(text);
    auto value = take_value(text);
    if (!value)
      return false;
    if (name == "charset") {
      if (std::exchange(charset, true))
        return false;
      out.charset = ascii::to_lower(*value);
    } else if (name == "boundary") {
      if (std::exchange(boundary, true) || value->empty() ||
          value->size() > max_boundary || value->back() == ' ')
        return false;
      out.boundary = std::move(*value);
    } else if (name.starts_with("name") || name.starts_with("filename")) {
      out.is_file = true;
    } else if (name.starts_with("charset") || name.starts_with("boundary")) {
      return false;  // RFC 2231: not all clients read it
    }
  }
}

bool read_type(std::string_view value, content& out) {
  skip_space(value);
  out.type = take_token(value);
  if (value.empty() || value.front() != '/')
    return false;
  value.remove_prefix(1);
  const std::string subtype = take_token(value);
  if (out.type.empty() || subtype.empty() || !read_parameters(value, out))
    return false;
  out.type += '/' + subtype;
  return out.is_multipart() != out.boundary.empty();
}

bool read_encoding(std::string_view value, content& out) {
  const std::string word = ascii::to_lower(ascii::trim(value));
  if (word == "quoted-printable") {
    out.encoding = transfer_encoding::quoted_printable;
  } else if (word == "base64") {
    out.encoding = transfer_encoding::base64;
  } else {
    return word == "7bit" || word == "8bit" || word == "binary";
  }
  return !out.is_multipart();
}

bool read_disposition(std::string_view value, content& out) {
  skip_space(value);
  if (take_token(value) != "inline")
    out.is_file = true;
  return read_parameters(value, out);
}

int hex(char c) {
  if (ascii::is_digit(c))
    return c - '0';
  const char lower = ascii::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> decode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::string_view line = next_line(text, at);
    const bool ended = text[at - 1] == '\n';
    while (!line.empty() && ascii::is_wsp(line.back())) line.remove_suffix(1);
    const bool soft = line.ends_with('=');
    if (soft)
      line.remove_suffix(1);
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] != '=') {
        out += line[i];
        continue;
      }
      if (line.size() - i < 3 || hex(line[i + 1]) < 0 || hex(line[i + 2]) < 0)
        return std::nullopt;
      out += static_cast<char>(hex(line[i + 1]) * 16 + hex(line[i + 2]));
      i += 2;
    }
    if (ended && !soft)
      out += "\r\n";
  }
  return out;
}

}  // namespace

content read_content(const message::header_view& header) {
  content out;
  const auto read = [&](std::string_view name,
                        bool (*reader)(std::string_view, content&)) {
    const message::field_view* found = nullptr;
    for (const message::field_view& f : header.fields) {
      if (ascii::iequals(f.name, name))
        found = &f;
    }
    if (message::count_possible(header, name) > (found != nullptr ? 1 : 0) ||
        (found != nullptr && !reader(found->value, out))) {
      out.clear = false;
    }
  };
  read("content-type", read_type);
  read("content-transfer-encoding", read_encoding);
  read("content-disposition", read_disposition);
  return out;
}

std::optional<std::string> decode(transfer_encoding encoding,
                                  std::string_view text) {
  switch (encoding) {
    case transfer_encoding::identity:
      break;
    case transfer_encoding::quoted_printable:
      return decode_quoted_printable(text);
    case transfer_encoding::base64:
      return base64_decode(text);
  }
  return std::string(text);
}

std::string encode_quoted_printable(std::string_view text) {
  constexpr std::size_t width = 76;
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
      if (column + size > (last ? width : width - 1)) {
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

std::string_view next_line(std::string_view text, std::size_t& at) {
  const std::size_t end = text.find('\n', at);
  std::string_view line = text.substr(at, end - at);
  at = end == std::string_view::npos ? text.size() : end + 1;
  if (end != std::string_view::npos && line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

bool is_delimiter(std::string_view line, std::string_view boundary) {
  return line.starts_with("--") && line.substr(2).starts_with(boundary) &&
         ascii::trim(line.substr(2 + boundary.size())).empty();
}

bool is_close_delimiter(std::string_view line, std::string_view boundary) {
  return line.starts_with("--") && line.substr(2).starts_with(boundary) &&
         ascii::trim(line.substr(2 + boundary.size())) == "--";
}

multipart_view split_parts(std::string_view body, std::string_view boundary) {
  multipart_view out;
  if (boundary.empty())
    return out;
  bool in_part = false;
  bool closed = false;
  bool clear = true;
  std::size_t begin = 0;  // of the preamble, part or epilogue
  const auto end_at = [&](std::size_t line) {
    // The line end before a delimiter belongs to the delimiter.
    std::string_view octets = body.substr(begin, line - begin);
    if (octets.ends_with('\n'))
      octets.remove_suffix(octets.ends_with("\r\n") ? 2 : 1);
    if (in_part) {
      out.parts.push_back(octets);
    } else {
      out.preamble = octets;
    }
  };
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t start = at;
    const std::string_view line = next_line(body, at);
    if (!line.starts_with("--") || !line.substr(2).starts_with(boundary))
      continue;
    const bool close = is_close_delimiter(line, boundary);
    if (closed || (close ? !in_part : !is_delimiter(line, boundary))) {
      // Some clients go on reading parts behind the end, or compare no more
      // than the beginning of a line.
      clear = false;
      continue;
    }
    if (out.parts.size() == max_parts)
      return {};
    end_at(start);
    in_part = true;
    closed = close;
    begin = at;
  }
  if (closed)
    out.epilogue = body.substr(begin);
  out.clear = clear && closed;
  return out;
}

}  // namespace mekiki::mime
