#include <algorithm>
#include <utility>
#include <vector>

#include "auth/authres/format.hpp"
#include "base/ascii.hpp"
#include "message/fold.hpp"
#include "notify/edit.hpp"

namespace mekiki::notify {
namespace {

constexpr std::size_t most_results = 20;
constexpr std::size_t longest_reason = 400;
constexpr std::size_t longest_word = 255;

// What the mail says of itself may show up in filters that look for
// "dkim=pass" anywhere in the field, quoted or not. Such words cannot be
// written without '=', so a value has none.
std::string without_equals(std::string text) {
  std::replace(text.begin(), text.end(), '=', '?');
  return text;
}

// In a sentence of ours '=' may stand where nothing follows it ("x= is over").
std::string harmless_sentence(std::string text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '=' && ascii::is_graph(text[i + 1]))
      text[i] = '?';
  }
  return text;
}

authres::method_result dkim_entry(const dkim::signature_result& r) {
  authres::method_result entry{
      "dkim", r.status, harmless_sentence(r.reason), {}};
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty())
      return;
    entry.properties.push_back(
        {"header", std::string(name), without_equals(value)});
  };
  add("d", r.domain);
  add("i", r.identity);
  add("s", r.selector);
  add("a", r.algorithm);
  add("b", r.signature_start);
  return entry;
}

std::vector<authres::method_result> entries(const verdict::verdict& v) {
  std::vector<authres::method_result> out;
  for (const dkim::signature_result& r : v.dkim) {
    if (out.size() == most_results)
      break;
    out.push_back(dkim_entry(r));
  }
  if (out.empty()) {
    out.push_back({"dkim", auth::result::none, "the mail is not signed", {}});
  }
  return out;
}

// The words of a reason, without anything that is not printable ASCII.
std::vector<std::string> reason_words(std::string_view text) {
  text = text.substr(0, longest_reason);
  std::vector<std::string> words;
  bool in_word = false;
  for (const char c : text) {
    if (c == ' ') {
      in_word = false;
      continue;
    }
    if (!in_word || words.back().size() == longest_word)
      words.emplace_back();
    in_word = true;
    words.back() += ascii::is_graph(c) ? c : '?';
  }
  return words;
}

}  // namespace

std::string annotate(const verdict::verdict& v, const settings& s) {
  const std::string level(to_string(v.answer));
  std::string out = message::format_field(
      "X-DKIM-Check", {std::string(to_string(v.dkim_check))});
  out += authres::format(s.authserv_id, entries(v));
  out += message::format_field("X-Mekiki-Verdict", {level});
  out += message::format_field("X-Mekiki-Reason", reason_words(v.reason));
  out +=
      message::format_field("X-Mekiki-Label", {level + '-' + s.label_secret});
  return out;
}

}  // namespace mekiki::notify
