#include "cli/terminal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace mekiki::cli {
namespace {

/// A terminal that does not show what is typed, for as long as this lives.
class silent_terminal {
 public:
  silent_terminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0)
      return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~silent_terminal() {
    if (changed_)
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

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

std::string without_colours(std::string_view painted) {
  std::string out;
  while (!painted.empty()) {
    const std::string_view plain = painted.substr(0, painted.find('\x1b'));
    out += plain;
    painted.remove_prefix(plain.size());
    const std::size_t end = painted.find('m');
    painted.remove_prefix(end == std::string_view::npos ? painted.size()
                                                        : end + 1);
  }
  return out;
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

secret read_secret(std::string_view what) {
  constexpr std::size_t most = 4096;
  std::string line;
  line.reserve(most);  // grows into no second copy
  const bool asks = ::isatty(STDIN_FILENO) == 1;
  {
    const silent_terminal silent;
    if (asks)
      fmt::print(stderr, "{}: ", what);
    char c = '\0';
    while (line.size() < most && ::read(STDIN_FILENO, &c, 1) == 1 &&
           c != '\n') {
      line += c;
    }
  }
  if (asks)
    fmt::print(stderr, "\n");
  if (line.ends_with('\r'))
    line.pop_back();
  secret password(std::move(line));
  return password;
}

}  // namespace mekiki::cli
