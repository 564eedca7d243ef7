// Of a rewritten mail, what a client shows as text holds nothing that a client
// makes a link of. The finder here follows what mail clients say they do, and
// shares no code with what takes links apart.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "message/header.hpp"
#include "mime/content.hpp"
#include "mime/parts.hpp"
#include "mime/transfer.hpp"
#include "notify/edit/rewrite.hpp"

namespace {

using namespace mekiki;

class zeros final : public random_source {
 public:
  void fill(char* out, std::size_t size) override {
    std::fill_n(out, size, '\0');
  }
};

[[noreturn]] void broken(std::string_view what, std::string_view line) {
  std::fprintf(stderr, "broken: %.*s in %.*s\n", static_cast<int>(what.size()),
               what.data(), static_cast<int>(line.size()), line.data());
  std::abort();
}

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '-'; }

/// Whether `text` has `what` at a place where a word begins, and something
/// that can belong to it behind it.
bool has_at_word(std::string_view text, std::string_view what) {
  const bool is_share = what.starts_with('\\');
  for (std::size_t at = text.find(what); at != text.npos;
       at = text.find(what, at + 1)) {
    // "[\\]host" and "www.[.]host" are what people are to read.
    const char before = at == 0 ? ' ' : text[at - 1];
    const bool begins = !is_word(before) && before != '[' && before != '\\';
    const std::size_t end = at + what.size();
    if (!begins || end == text.size())
      continue;
    const std::string_view rest = text.substr(end);
    if (rest.starts_with("\u00a0") || rest.starts_with("\u3000"))
      continue;  // blanks, too
    const char after = rest.front();
    if (is_share ? is_word(after)
                 : after != '[' && static_cast<unsigned char>(after) > ' ')
      return true;
  }
  return false;
}

/// "name@host.tld", whatever the name.
bool has_address(std::string_view text) {
  for (std::size_t at = text.find('@'); at != text.npos;
       at = text.find('@', at + 1)) {
    if (at == 0 || static_cast<unsigned char>(text[at - 1]) <= ' ')
      continue;
    std::size_t end = at + 1;
    while (end < text.size() && (is_word(text[end]) || text[end] == '.')) ++end;
    const std::string_view host = text.substr(at + 1, end - at - 1);
    const std::size_t dot = host.rfind('.');
    if (dot != host.npos && dot > 0 && dot + 2 < host.size())
      return true;
  }
  return false;
}

/// A word that ends in a top-level domain that people know.
bool has_host(std::string_view text) {
  constexpr std::array<std::string_view, 14> ends = {
      "com", "net", "org", "jp",  "de",  "cn", "info",
      "io",  "uk",  "ru",  "xyz", "top", "co", "example"};
  for (std::size_t dot = text.find('.'); dot != text.npos;
       dot = text.find('.', dot + 1)) {
    if (dot == 0 || !is_word(text[dot - 1]))
      continue;
    std::size_t end = dot + 1;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view last = text.substr(dot + 1, end - dot - 1);
    if (std::ranges::find(ends, last) != ends.end())
      return true;
  }
  return false;
}

void check_line(std::string_view line) {
  std::string text(line);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  }
  if (text.find("://") != text.npos)
    broken("://", line);
  for (const std::string_view scheme :
       {"http:", "https:", "ftp:", "mailto:", "tel:", "sms:", "javascript:",
        "data:", "file:", "news:", "xmpp:", "magnet:", "skype:", "www.", "ftp.",
        "\\\\"}) {
    if (has_at_word(text, scheme))
      broken(scheme, line);
  }
  if (has_address(text))
    broken("an address", line);
  if (has_host(text))
    broken("a host", line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  if (message::parse_header(mail).truncated)
    return 0;
  message::spool spool({.memory = 1'000'000});
  if (!spool.append(mail))
    return 0;
  verdict::judgement v;
  v.result.what = verdict::level::forged;
  v.result.why = verdict::reason("dmarc-fail").with("author", "bank");
  const notify::choice user;
  const notify::texts texts;
  zeros random;
  notify::changed_mail changed(
      spool, v,
      {.what = {.rewrite = true}, .choice = user, .texts = texts, .limits = {}},
      random);
  std::string out;
  while (!changed.ended()) {
    const auto octets = changed.read();
    if (!octets)
      std::abort();
    out += *octets;
  }
  const auto header = message::parse_header(out);
  const mime::content c = mime::read_content(header);
  const auto parts =
      mime::split_parts(std::string_view(out).substr(header.body), c.boundary);
  const std::string_view first = parts.parts.at(0);
  const auto h = message::parse_header(first);
  const auto text =
      mime::decode(mime::read_content(h).encoding, first.substr(h.body));
  if (!text)
    std::abort();
  // What the mail says is quoted; the other lines are ours.
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (rest.starts_with('>'))
      check_line(rest.substr(1, end - 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
