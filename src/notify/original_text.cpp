#include "notify/original_text.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "notify/charset.hpp"
#include "notify/html_text.hpp"
#include "notify/inert.hpp"
#include "verdict/display_name.hpp"
#include "verdict/unicode.hpp"

namespace mekiki::notify {
namespace {

constexpr std::size_t deepest = 20;
constexpr std::size_t most_raw = 256 << 10;
constexpr std::size_t most_texts = 50;
constexpr std::size_t most_files = 50;
constexpr std::size_t longest_line = 4096;        // looked at as one
constexpr std::size_t longest_header = 64 << 10;  // of a part
constexpr std::size_t longest_boundary = 200;
constexpr std::size_t longest_name = 100;  // characters

const message::field_view* find(const message::header_view& header,
                                std::string_view name) {
  for (const message::field_view& f : header.fields) {
    if (ascii::iequals(f.name, name))
      return &f;
  }
  return nullptr;
}

int hex(char c) {
  if (ascii::is_digit(c))
    return c - '0';
  const char l = ascii::to_lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// Octets written as `mark` and two hexadecimal digits.
std::string decode_hex(std::string_view text, char mark) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = text[i] == mark && text.size() - i >= 3;
    if (fits && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string joined;
  while (!text.empty()) {
    const std::size_t lf = text.find('\n');
    std::string_view line = text.substr(0, lf);
    const std::string_view whole =
        text.substr(0, lf == text.npos ? lf : lf + 1);
    text.remove_prefix(whole.size());
    while (!line.empty() && ascii::is_fws(line.back())) line.remove_suffix(1);
    if (line.ends_with('=')) {
      joined += line.substr(0, line.size() - 1);
    } else {
      joined += line;
      joined += whole.ends_with('\n') ? "\n" : "";
    }
  }
  return decode_hex(joined, '=');
}

bool is_base64(char c) { return ascii::is_alnum(c) || c == '+' || c == '/'; }

std::string decode_base64(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_base64);
  if (digits.size() % 4 == 1)
    digits.pop_back();
  return base64_decode(digits).value_or("");
}

// -------------------------------------------------- parameters (RFC 2231)

void skip_blanks(std::string_view& text) {
  while (!text.empty() && ascii::is_fws(text.front())) text.remove_prefix(1);
}

std::string take_value(std::string_view& text) {
  std::string out;
  if (!text.starts_with('"')) {
    const std::size_t end = std::min(text.find(';'), text.size());
    out = ascii::trim(text.substr(0, end));
    text.remove_prefix(end);
    return out;
  }
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size())
      ++i;
    if (text[i] != '\r' && text[i] != '\n')
      out += text[i];
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return out;
}

/// Sections of a value (RFC 2231 3): text, and whether it is encoded.
using sections = std::map<unsigned, std::pair<std::string, bool>>;

std::string join(const sections& from) {
  std::string charset;
  std::string octets;
  bool first = true;
  for (const auto& [number, section] : from) {
    std::string_view text = section.first;
    if (!section.second) {
      octets += text;
      continue;
    }
    if (first) {  // charset'language'text
      const std::size_t one = std::min(text.find('\''), text.size());
      const std::size_t two = text.find('\'', one + 1);
      if (two != text.npos) {
        charset = text.substr(0, one);
        text.remove_prefix(two + 1);
      }
    }
    octets += decode_hex(text, '%');
    first = false;
  }
  return read_text(octets, charset);
}

struct parameters {
  std::string word;  // before the first semicolon, in lower case
  std::map<std::string, std::string> values;

  std::string get(const std::string& name) const {
    const auto at = values.find(name);
    return at == values.end() ? std::string() : at->second;
  }
};

parameters read_parameters(std::string_view text) {
  constexpr std::size_t most = 100;
  parameters out;
  const std::size_t end = std::min(text.find(';'), text.size());
  // A comment or other words behind the type do not belong to it.
  std::string_view word = ascii::trim(text.substr(0, end));
  word = word.substr(0, word.find_first_of(" \t\r\n("));
  out.word = ascii::to_lower(word);
  text.remove_prefix(end);
  std::map<std::string, sections> parts;
  for (std::size_t n = 0; n < most && !text.empty(); ++n) {
    const std::size_t next = text.find_first_not_of("; \t\r\n");
    if (next == text.npos)
      break;
    text.remove_prefix(next);
    const std::size_t stop = text.find_first_of("=;");
    if (stop == text.npos)
      break;
    std::string name = ascii::to_lower(ascii::trim(text.substr(0, stop)));
    const bool has_value = text[stop] == '=';
    text.remove_prefix(stop + (has_value ? 1 : 0));
    if (!has_value)
      continue;
    skip_blanks(text);
    std::string value = take_value(text);
    const std::size_t star = name.find('*');
    if (star == name.npos) {
      out.values.try_emplace(std::move(name), std::move(value));
      continue;
    }
    unsigned number = 0;
    for (std::size_t i = star + 1; i < name.size() && ascii::is_digit(name[i]);
         ++i)
      number = std::min(number * 10 + static_cast<unsigned>(name[i] - '0'),
                        unsigned{999});
    parts[name.substr(0, star)].try_emplace(number, std::move(value),
                                            name.ends_with('*'));
  }
  for (const auto& [name, pieces] : parts) out.values[name] = join(pieces);
  return out;
}

std::string one_line(std::string_view name) {
  std::u32string out;
  for (const char32_t c : verdict::unicode::to_code_points(name)) {
    if (out.size() == longest_name)
      break;
    const bool odd = c < U' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
                     c == 0x2029 || verdict::unicode::is_invisible(c);
    out += odd ? U'?' : c;
  }
  return verdict::unicode::to_utf8(out);
}

bool is_encrypted_type(std::string_view type) {
  return type == "multipart/encrypted" || type == "application/pgp-encrypted" ||
         type == "application/pkcs7-mime" || type == "application/x-pkcs7-mime";
}

bool is_delimiter(std::string_view line, std::string_view boundary) {
  return line.starts_with(boundary) &&
         ascii::trim(line.substr(boundary.size())).empty();
}

bool is_close_delimiter(std::string_view line, std::string_view boundary) {
  return line.starts_with(boundary) &&
         ascii::trim(line.substr(boundary.size())) == "--";
}

}  // namespace

original_reader::original_reader(const message::header_view& header)
    : room_(most_raw) {
  begin_entity(read_content(header));
}

original_reader::content original_reader::read_content(
    const message::header_view& header) {
  content out;
  const auto* type = find(header, "content-type");
  const auto* disposition = find(header, "content-disposition");
  const auto* transfer = find(header, "content-transfer-encoding");
  if (type != nullptr) {
    const parameters p = read_parameters(type->value);
    if (p.word.find('/') != p.word.npos)
      out.type = p.word.substr(0, longest_name);
    out.charset = p.get("charset");
    out.boundary = p.get("boundary");
    out.name = p.get("name");
  }
  if (disposition != nullptr) {
    const parameters p = read_parameters(disposition->value);
    out.is_file = p.word == "attachment";
    if (!p.get("filename").empty())
      out.name = p.get("filename");
  }
  if (transfer != nullptr) {
    const std::string word = read_parameters(transfer->value).word;
    if (word == "quoted-printable")
      out.encoded = encoding::quoted_printable;
    else if (word == "base64")
      out.encoded = encoding::base64;
  }
  out.name = one_line(verdict::readable(out.name));
  return out;
}

void original_reader::begin_entity(content what) {
  const bool container = what.type.starts_with("multipart/");
  out_.is_encrypted = out_.is_encrypted || is_encrypted_type(what.type);
  if (container && !what.boundary.empty() && containers_.size() < deepest &&
      what.boundary.size() <= longest_boundary) {
    std::size_t alternative =
        containers_.empty() ? 0 : containers_.back().alternative;
    if (what.type == "multipart/alternative")
      alternative = ++alternatives_;
    containers_.push_back({std::move(what.boundary), alternative});
    place_ = place::between;
    return;
  }
  const bool text = what.type == "text/plain" || what.type == "text/html" ||
                    (container && what.boundary.empty());
  if (text && !what.is_file && texts_.size() < most_texts) {
    const std::size_t alternative =
        containers_.empty() ? 0 : containers_.back().alternative;
    texts_.push_back({std::move(what), alternative, {}});
    place_ = place::text;
  } else {
    place_ = place::file;
    add_file(std::move(what));
  }
}

void original_reader::add_file(content what) {
  file_ = nullptr;
  file_octets_ = 0;
  file_encoding_ = what.encoded;
  if (out_.files.size() == most_files) {
    ++out_.more_files;
    return;
  }
  out_.files.push_back({std::move(what.name), std::move(what.type), 0});
  file_ = &out_.files.back();
}

void original_reader::end_entity() {
  if (place_ == place::file && file_ != nullptr) {
    file_->size = file_encoding_ == encoding::base64
                      ? file_octets_ / 4 * 3 + file_octets_ % 4 * 3 / 4
                      : file_octets_;
  }
  file_ = nullptr;
  place_ = place::between;
  line_end_.clear();
}

void original_reader::take_octets(std::string_view octets) {
  if (place_ == place::text) {
    const std::string_view kept = octets.substr(0, room_);
    texts_.back().octets += kept;
    room_ -= kept.size();
    out_.is_cut = out_.is_cut || kept.size() < octets.size();
  } else if (place_ == place::file) {
    file_octets_ += file_encoding_ == encoding::base64
                        ? static_cast<std::size_t>(std::count_if(
                              octets.begin(), octets.end(), is_base64))
                        : octets.size();
  }
}

bool original_reader::take_delimiter(std::string_view line) {
  if (!line.starts_with("--"))
    return false;
  line.remove_prefix(2);
  for (std::size_t i = containers_.size(); i-- > 0;) {
    const std::string& boundary = containers_[i].boundary;
    if (is_delimiter(line, boundary)) {
      end_entity();
      containers_.resize(i + 1);
      header_.clear();
      place_ = place::header;
      return true;
    }
    if (is_close_delimiter(line, boundary)) {
      end_entity();
      containers_.resize(i);
      return true;
    }
  }
  return false;
}

// A line with its end, or a piece of a long one.
void original_reader::take_line(std::string_view line, bool begins) {
  if (begins && take_delimiter(line))
    return;
  if (place_ == place::header) {
    const bool ended = begins && ascii::trim(line).empty();
    if (!ended && header_.size() + line.size() <= longest_header) {
      header_ += line;
      return;
    }
    begin_entity(read_content(message::parse_header(header_)));
    if (ended)
      return;
  }
  if (place_ == place::between)
    return;
  if (!line_end_.empty())
    take_octets(std::exchange(line_end_, {}));
  if (line.ends_with('\n')) {
    const std::size_t size = line.ends_with("\r\n") ? 2 : 1;
    line_end_ = line.substr(line.size() - size);
    line.remove_suffix(size);
  }
  take_octets(line);
}

void original_reader::write(std::string_view octets) {
  while (!octets.empty()) {
    const std::size_t lf = octets.find('\n');
    const bool ended = lf != octets.npos;
    const std::string_view piece = octets.substr(0, ended ? lf + 1 : lf);
    octets.remove_prefix(piece.size());
    if (ended && line_.empty()) {
      take_line(piece, std::exchange(line_begins_, true));
      continue;
    }
    line_ += piece;
    if (!ended && line_.size() < longest_line)
      continue;
    // A CR at the end of a piece may belong to the line end.
    const std::size_t rest = !ended && line_.back() == '\r' ? 1 : 0;
    take_line(std::string_view(line_).substr(0, line_.size() - rest),
              std::exchange(line_begins_, ended));
    line_.erase(0, line_.size() - rest);
  }
}

std::string original_reader::decoded(const text_part& part) {
  std::string octets;
  switch (part.what.encoded) {
    case encoding::identity:
      octets = part.octets;
      break;
    case encoding::quoted_printable:
      octets = decode_quoted_printable(part.octets);
      break;
    case encoding::base64:
      octets = decode_base64(part.octets);
      break;
  }
  std::string text = read_text(octets, part.what.charset);
  return part.what.type == "text/html" ? html_to_text(text) : text;
}

original_text original_reader::finish(std::size_t most) {
  if (!line_.empty())
    take_line(line_, line_begins_);
  if (place_ == place::header)
    begin_entity(read_content(message::parse_header(header_)));
  if (!line_end_.empty())
    take_octets(line_end_);
  end_entity();

  std::vector<bool> has_plain(alternatives_ + 1);
  for (const text_part& part : texts_) {
    if (part.what.type != "text/html" && !ascii::trim(part.octets).empty())
      has_plain[part.alternative] = true;
  }
  has_plain[0] = false;
  for (const text_part& part : texts_) {
    if (part.what.type == "text/html" && has_plain[part.alternative])
      continue;
    if (!out_.text.empty() && !out_.text.ends_with('\n'))
      out_.text += '\n';
    out_.text += decoded(part);
  }
  if (out_.text.size() > most) {
    out_.text.resize(first_octets(out_.text, most).size());
    out_.is_cut = true;
  }
  return std::move(out_);
}

}  // namespace mekiki::notify
