#include "app/terminal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace mekiki::app {
namespace {

// C0, DEL, C1 (U+0080 to U+009F), and what turns the direction of writing
// (U+202A to U+202E, U+2066 to U+2069): terminals obey them.
bool is_control(std::string_view character) {
  const auto octet = [&](std::size_t i) {
    return static_cast<unsigned char>(character[i]);
  };
  if (character.size() == 1)
    return octet(0) < 0x20 || octet(0) == 0x7f;
  if (character.size() == 2)
    return octet(0) == 0xc2 && octet(1) < 0xa0;
  if (character.size() != 3 || octet(0) != 0xe2)
    return false;
  return (octet(1) == 0x80 && octet(2) >= 0xaa && octet(2) <= 0xae) ||
         (octet(1) == 0x81 && octet(2) >= 0xa6 && octet(2) <= 0xa9);
}

}  // namespace

bool has_colours() {
  static const bool answer = [] {
    const char* term = std::getenv("TERM");
    const char* no_colour = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) == 1 && term != nullptr &&
           std::string_view(term) != "dumb" &&
           (no_colour == nullptr || *no_colour == '\0');
  }();
  return answer;
}

std::string paint(colour c, std::string_view text) {
  if (!has_colours() || c == colour::plain)
    return std::string(text);
  std::string_view code;
  switch (c) {
    case colour::red:
      code = "31";
      break;
    case colour::green:
      code = "32";
      break;
    case colour::yellow:
      code = "33";
      break;
    case colour::bold:
      code = "1";
      break;
    case colour::faint:
    case colour::plain:
      code = "2";
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string paint_result(std::string_view word) {
  if (word == "pass" || word == "genuine")
    return paint(colour::green, word);
  if (word == "fail" || word == "forged")
    return paint(colour::red, word);
  if (word == "none" || word == "unverified")
    return std::string(word);
  return paint(colour::yellow, word);
}

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  std::string_view left = text.substr(0, most);
  while (!left.empty()) {
    const std::size_t length = utf8_length(left);
    const std::string_view character = left.substr(0, length);
    if (length == 0 || is_control(character)) {
      for (const char c : left.substr(0, std::max<std::size_t>(length, 1))) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      }
    } else {
      out += character;
    }
    left.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (text.size() > most)
    out += "...";
  return out;
}

std::string locale_language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0')
      return value;
  }
  return "";
}

bool print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

int fail(std::string_view sentence) {
  fmt::print(stderr, "mekiki: {}.\n", sentence);
  return exit_unable;
}

}  // namespace mekiki::app
