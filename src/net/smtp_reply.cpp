#include "net/smtp_reply.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace mekiki::net {
namespace {

constexpr std::string_view crlf = "\r\n";
constexpr std::size_t code_digits = 3;

//   Reply-code = %x32-35 %x30-35 %x30-39      (RFC 5321 4.2)
// The second digit is not looked at.
std::optional<int> parse_code(std::string_view line) {
  if (line.size() < code_digits ||
      !std::ranges::all_of(line.substr(0, code_digits), ascii::is_digit) ||
      line[0] < '2' || line[0] > '5')
    return std::nullopt;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/// Takes the next word off the front of `text`, and the spaces around it.
std::string_view take_word(std::string_view& text) {
  text = ascii::trim(text);
  const auto end = std::ranges::find_if(text, ascii::is_wsp);
  const auto size = static_cast<std::size_t>(end - text.begin());
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

}  // namespace

std::string last_line(const smtp_reply& reply) {
  const std::string_view text = ascii::trim(reply.lines.back());
  return text.empty() ? std::to_string(reply.code)
                      : fmt::format("{} {}", reply.code, text);
}

//   status-code = class "." subject "." detail      (RFC 3463 2)
bool is_about_policy(const smtp_reply& reply) {
  return reply.lines.back().starts_with(fmt::format("{}.7.", reply.code / 100));
}

smtp_reply_reader::event smtp_reply_reader::next(std::string_view& input) {
  while (!input.empty() && !is_malformed_) {
    const std::size_t lf = input.find('\n');
    const bool is_whole = lf != std::string_view::npos;
    const std::size_t taken = is_whole ? lf + 1 : input.size();
    const std::size_t room = most_reply_line - line_.size();
    line_ += input.substr(0, std::min(taken, room));
    octets_ += taken;
    is_malformed_ = octets_ > most_reply_octets;
    input.remove_prefix(taken);
    if (!is_whole || is_malformed_)
      continue;
    const event ended = end_line();
    if (ended != event::need_more)
      return ended;
  }
  return is_malformed_ ? event::malformed : event::need_more;
}

//   Reply-line = *( Reply-code "-" [ textstring ] CRLF )
//                Reply-code [ SP textstring ] CRLF      (RFC 5321 4.2)
smtp_reply_reader::event smtp_reply_reader::end_line() {
  std::string_view line = line_;
  if (line.ends_with('\n'))
    line.remove_suffix(1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  const auto code = parse_code(line);
  const bool is_last = line.size() <= code_digits || line[code_digits] == ' ';
  if (!code || (!is_last && line[code_digits] != '-') ||
      reply_.lines.size() == most_reply_lines) {
    is_malformed_ = true;
    return event::malformed;
  }
  reply_.code = *code;
  reply_.lines.emplace_back(
      line.substr(std::min(line.size(), code_digits + 1)));
  line_.clear();
  return is_last ? event::reply : event::need_more;
}

//   ehlo-line = ehlo-keyword *( SP ehlo-param )      (RFC 5321 4.1.1.1)
smtp_extensions parse_extensions(const smtp_reply& hello) {
  smtp_extensions out;
  // The first line greets.
  for (std::size_t i = 1; i < hello.lines.size(); ++i) {
    std::string_view rest = hello.lines[i];
    const std::string_view keyword = take_word(rest);
    out.starttls |= ascii::iequals(keyword, "STARTTLS");
    out.size |= ascii::iequals(keyword, "SIZE");
    out.eight_bit_mime |= ascii::iequals(keyword, "8BITMIME");
    if (!ascii::iequals(keyword, "AUTH"))
      continue;
    out.auth = true;
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
      out.plain |= ascii::iequals(word, "PLAIN");
      out.login |= ascii::iequals(word, "LOGIN");
    }
  }
  return out;
}

std::string stuff_dots(std::string_view mail) {
  std::string out;
  out.reserve(mail.size() + mail.size() / 64 + crlf.size());
  while (!mail.empty()) {
    const std::size_t end = mail.find(crlf);
    const std::string_view line = mail.substr(0, end);
    if (line.starts_with('.'))
      out += '.';
    out += line;
    out += crlf;
    mail.remove_prefix(std::min(mail.size(), line.size() + crlf.size()));
  }
  return out;
}

}  // namespace mekiki::net
