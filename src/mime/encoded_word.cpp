#include "mime/encoded_word.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/utf8.hpp"
#include "mime/charset.hpp"
#include "mime/transfer.hpp"
#include "mime/unicode.hpp"

namespace mekiki::mime {
namespace {

// RFC 5322 2.1.1: a field of plain words that needs no folding.
constexpr std::size_t longest_plain = 60;

// encoded-word = "=?" charset [ "*" language ] "?" encoding "?" text "?="
// (RFC 2047 2, RFC 2231 5)
struct encoded_word {
  std::string charset;
  std::string octets;
  std::size_t size = 0;  // of the encoded word
};

std::string decode_q(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '_', ' ');
  return decode_escapes(spaced, '=');
}

/// The word at the beginning of `text`, whose last "?=" is at `last`: so nobody
/// looks twice for one that is not there.
std::optional<encoded_word> read_encoded_word(std::string_view text,
                                              std::size_t last) {
  const std::size_t charset_end = text.find('?', 2);
  if (charset_end == text.npos || charset_end + 2 >= text.size() ||
      text[charset_end + 2] != '?')
    return std::nullopt;
  const char encoding = ascii::to_lower(text[charset_end + 1]);
  const std::size_t begin = charset_end + 3;
  if ((encoding != 'q' && encoding != 'b') || last < begin)
    return std::nullopt;
  const std::size_t end = text.find("?=", begin);
  encoded_word out;
  const std::string_view charset = text.substr(2, charset_end - 2);
  out.charset = ascii::to_lower(charset.substr(0, charset.find('*')));
  out.size = end + 2;
  const std::string_view content = text.substr(begin, end - begin);
  out.octets = encoding == 'q'
                   ? decode_q(content)
                   : decode_leniently(transfer_encoding::base64, content);
  return out;
}

std::string read_unencoded(std::string_view text) {
  if (text.find("\x1b$") != text.npos || text.find("\x1b(") != text.npos)
    return decode_charset(text, "iso-2022-jp");
  return unicode::is_ascii(text) ? std::string(text) : read_text(text, "");
}

bool is_whole(std::string_view text) {
  return text.find("\xef\xbf\xbd") == text.npos;
}

/// Encoded words of one charset beside each other: each is decoded by itself
/// (RFC 2047 2), but with those after it while a character is cut between
/// them, which RFC 2047 5 forbids and many do.
class run_of_words {
 public:
  /// False if `word` does not go on with what is here.
  bool add(const encoded_word& word) {
    if (finder_ && !(is_cut_ && charset_ == word.charset))
      return false;
    if (!finder_)
      finder_.emplace(word.charset);
    charset_ = word.charset;
    is_cut_ = finder_->is_cut_after(word.octets);
    joined_ += word.octets;
    alone_ += decode_charset(word.octets, charset_);
    return true;
  }

  std::string take() {
    std::string text = decode_charset(joined_, charset_);
    if (!is_whole(text) && is_whole(alone_))
      text = std::move(alone_);
    *this = {};
    return text;
  }

 private:
  std::string charset_;               // lower case
  std::string joined_;                // the octets of all
  std::string alone_;                 // what they say one by one
  std::optional<cut_finder> finder_;  // from the first word on
  bool is_cut_ = false;               // behind the last one
};

bool is_blank(std::string_view text) { return ascii::trim(text).empty(); }

}  // namespace

std::string decode_words(std::string_view text, std::size_t most,
                         controls others) {
  std::string_view rest = text.substr(0, most);
  const std::size_t last = rest.rfind("?=");
  const std::size_t behind_last =
      last == rest.npos ? rest.size() : rest.size() - last;
  std::string out;
  run_of_words words;
  bool beside = false;    // only white space came since the last encoded word
  std::size_t plain = 0;  // octets at the start of `rest` that are no word
  const auto read_word = [&](std::string_view at) {
    return last == rest.npos || at.size() < behind_last
               ? std::nullopt
               : read_encoded_word(at, at.size() - behind_last);
  };
  while (true) {
    const std::size_t at = rest.find("=?", plain);
    if (at == rest.npos)
      break;
    const auto word = read_word(rest.substr(at));
    if (!word) {
      plain = at + 2;
      continue;
    }
    // White space between two encoded words is not shown (RFC 2047 6.2).
    const std::string_view between = rest.substr(0, at);
    if (!beside || !is_blank(between)) {
      out += words.take();
      out += read_unencoded(between);
    }
    if (!words.add(*word)) {
      out += words.take();
      words.add(*word);
    }
    beside = true;
    plain = 0;
    rest.remove_prefix(at + word->size);
  }
  out += words.take();
  out += read_unencoded(rest);
  if (others == controls::nothing)
    std::erase_if(out, [](char c) {
      return ascii::is_control(c) && c != '\t' && c != '\r' && c != '\n';
    });
  std::replace_if(out.begin(), out.end(), ascii::is_control, ' ');
  return out;
}

std::string encode_words(std::string_view text) {
  constexpr std::string_view begin = "=?UTF-8?B?";
  constexpr std::string_view end = "?=";
  // The first line has the field's name, too: 76 octets in all (RFC 2047 2).
  constexpr std::size_t most = 39;  // octets of text, 52 of base64
  static_assert(begin.size() + most / 3 * 4 + end.size() <=
                76 - std::string_view("Subject: ").size());
  std::string out;
  while (!text.empty()) {
    const std::string_view part = first_octets(text, most);
    if (!out.empty())
      out += "\r\n ";
    out += begin;
    out += base64_encode(part);
    out += end;
    text.remove_prefix(part.size());
  }
  return out;
}

std::string encode_text(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n'; },
      ' ');
  const bool plain = line.size() <= longest_plain &&
                     line.find("=?") == line.npos &&
                     std::all_of(line.begin(), line.end(),
                                 [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? line : encode_words(line);
}

}  // namespace mekiki::mime
