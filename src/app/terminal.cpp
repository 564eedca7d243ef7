#include "app/terminal.hpp"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include <fmt/format.h>

namespace mekiki::app {

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

std::string printable(std::string_view text) {
  constexpr std::size_t most = 1000;
  std::string out;
  for (const char c : text.substr(0, most)) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f) {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  if (text.size() > most)
    out += "...";
  return out;
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
