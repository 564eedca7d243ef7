#include "mime/content.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "mime/charset.hpp"
#include "mime/encoded_word.hpp"
#include "mime/unicode.hpp"

namespace mekiki::mime {
namespace {

constexpr std::size_t most_parameters = 100;
constexpr std::size_t longest_boundary = 70;  // RFC 2046 5.1.1
constexpr std::size_t longest_type = 100;
constexpr std::size_t longest_name = 100;  // characters

//   token := 1*<any CHAR except SPACE, CTLs, or tspecials>   ; RFC 2045 5.1
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::is_graph(c) &&
           std::string_view("()<>@,;:\\\"/[]?=").find(c) ==
               std::string_view::npos;
  });
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
    octets += decode_escapes(text, '%');
    first = false;
  }
  return read_text(octets, charset);
}

/// A field of a word and parameters.
///
///   *(";" attribute "=" value)   ; RFC 2045 5.1; a semicolon at the end is
///                                ; common
class parameters {
 public:
  explicit parameters(std::string_view field) : rest_(field) {
    const std::size_t end = std::min(rest_.find(';'), rest_.size());
    // A comment or other words behind the first do not belong to it.
    const std::string_view written = ascii::trim(rest_.substr(0, end));
    word_ =
        ascii::to_lower(written.substr(0, written.find_first_of(" \t\r\n(")));
    clear_ = word_.size() == written.size();
    rest_.remove_prefix(end);
    for (std::size_t n = 0; next(); ++n) {
      if (n == most_parameters) {
        clear_ = false;
        break;
      }
      read_parameter();
    }
    for (const auto& [name, pieces] : sections_) values_[name] = join(pieces);
  }

  const std::string& word() const { return word_; }  // lower case
  bool clear() const { return clear_; }
  bool has_file_name() const { return has_file_name_; }

  std::string get(const std::string& name) const {
    const auto at = values_.find(name);
    return at == values_.end() ? std::string() : at->second;
  }

 private:
  /// Goes to the next parameter.
  bool next() {
    const std::size_t size =
        std::min(rest_.find_first_not_of("; \t\r\n"), rest_.size());
    const auto semicolons = std::count(
        rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(size), ';');
    rest_.remove_prefix(size);
    clear_ &= semicolons == 1 || (rest_.empty() && semicolons == 0);
    return !rest_.empty();
  }

  void read_parameter() {
    const std::size_t end = std::min(rest_.find_first_of("=;"), rest_.size());
    const bool has_value = end < rest_.size() && rest_[end] == '=';
    std::string name = ascii::to_lower(ascii::trim(rest_.substr(0, end)));
    clear_ &= has_value && is_token(name);
    rest_.remove_prefix(std::min(end + (has_value ? 1 : 0), rest_.size()));
    if (!has_value)
      return;
    has_file_name_ |= name.starts_with("name") || name.starts_with("filename");
    // Not all clients read RFC 2231, nor the same one of several.
    if (name.starts_with("charset") || name.starts_with("boundary")) {
      clear_ &=
          (name == "charset" || name == "boundary") && !values_.contains(name);
    }
    std::string value = take_value();
    const std::size_t star = name.find('*');
    if (star == name.npos) {
      values_.try_emplace(std::move(name), std::move(value));
      return;
    }
    unsigned number = 0;
    for (std::size_t i = star + 1; i < name.size() && ascii::is_digit(name[i]);
         ++i)
      number = std::min(number * 10 + static_cast<unsigned>(name[i] - '0'),
                        unsigned{999});
    sections_[name.substr(0, star)].try_emplace(number, std::move(value),
                                                name.ends_with('*'));
  }

  std::string take_value() {
    while (!rest_.empty() && ascii::is_fws(rest_.front()))
      rest_.remove_prefix(1);
    std::string out;
    if (!rest_.starts_with('"')) {
      const std::size_t end = std::min(rest_.find(';'), rest_.size());
      out = ascii::trim(rest_.substr(0, end));
      rest_.remove_prefix(end);
      clear_ &= is_token(out);
      return out;
    }
    std::size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      clear_ &= rest_[i] != '\\' && rest_[i] != '\r' && rest_[i] != '\n';
      if (rest_[i] == '\\' && i + 1 < rest_.size())
        ++i;
      if (rest_[i] != '\r' && rest_[i] != '\n')
        out += rest_[i];
    }
    clear_ &= i < rest_.size();
    rest_.remove_prefix(std::min(i + 1, rest_.size()));
    return out;
  }

  std::string_view rest_;
  std::string word_;
  std::map<std::string, std::string> values_;
  std::map<std::string, sections> sections_;
  bool clear_ = true;
  bool has_file_name_ = false;
};

std::string one_line(std::string_view name) {
  std::u32string out;
  for (const char32_t c : unicode::to_code_points(name)) {
    if (out.size() == longest_name)
      break;
    const bool odd = c < U' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
                     c == 0x2029 || unicode::is_invisible(c);
    out += odd ? U'?' : c;
  }
  return unicode::to_utf8(out);
}

/// Each reads a field's value; false if clients might read it otherwise.

//   "Content-Type" ":" type "/" subtype *(";" parameter)
bool read_type(std::string_view value, content& out) {
  const parameters p(value);
  const std::size_t slash = p.word().find('/');
  if (slash != p.word().npos)
    out.type = p.word().substr(0, longest_type);
  out.charset = ascii::to_lower(p.get("charset"));
  out.boundary = p.get("boundary");
  out.name = p.get("name");
  out.is_file |= p.has_file_name();
  return p.clear() && slash != p.word().npos &&
         is_token(p.word().substr(0, slash)) &&
         is_token(p.word().substr(slash + 1)) &&
         out.is_multipart() != out.boundary.empty() &&
         out.boundary.size() <= longest_boundary &&
         !out.boundary.ends_with(' ');
}

//   "Content-Transfer-Encoding" ":" mechanism   ; RFC 2045 6.1
bool read_encoding(std::string_view value, content& out) {
  const parameters p(value);
  const std::string& word = p.word();
  if (word == "quoted-printable") {
    out.encoding = transfer_encoding::quoted_printable;
  } else if (word == "base64") {
    out.encoding = transfer_encoding::base64;
  } else if (word != "7bit" && word != "8bit" && word != "binary") {
    return false;
  }
  return word.size() == ascii::trim(value).size() &&
         (out.encoding == transfer_encoding::identity || !out.is_multipart());
}

//   "Content-Disposition" ":" type *(";" parameter)   ; RFC 2183 2
bool read_disposition(std::string_view value, content& out) {
  const parameters p(value);
  out.is_attachment = p.word() == "attachment";
  out.is_file |= p.word() != "inline" || p.has_file_name();
  if (std::string name = p.get("filename"); !name.empty())
    out.name = std::move(name);
  return p.clear() && (p.word().empty() || is_token(p.word())) &&
         p.get("charset").empty() && p.get("boundary").empty();
}

}  // namespace

content read_content(const message::header_view& header) {
  content out;
  const auto read = [&](std::string_view name,
                        bool (*reader)(std::string_view, content&)) {
    const auto found = message::first_value(header, name);
    if (found)
      out.clear &= reader(*found, out);
    out.clear &= message::count_possible(header, name) <= (found ? 1U : 0U);
  };
  read("content-type", read_type);
  read("content-transfer-encoding", read_encoding);
  read("content-disposition", read_disposition);
  out.name = one_line(decode_words(out.name));
  return out;
}

}  // namespace mekiki::mime
