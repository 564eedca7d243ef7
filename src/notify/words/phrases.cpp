#include "notify/words/phrases.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace mekiki::notify {
namespace {

constexpr std::string_view place = "{}";
constexpr int deepest = 8;  // of values in values

/// The values with which `pattern` gives `text`, each as short as can be. A
/// value at the beginning has no ": ", so that "A: 3 more" is not taken for "{}
/// more".
std::optional<std::vector<std::string_view>> values_in(
    std::string_view text, std::string_view pattern) {
  std::vector<std::string_view> out;
  std::size_t at = pattern.find(place);
  if (at == pattern.npos || !text.starts_with(pattern.substr(0, at)))
    return std::nullopt;
  text.remove_prefix(at);
  pattern.remove_prefix(at);
  while (!pattern.empty()) {
    pattern.remove_prefix(place.size());
    const std::string_view next = pattern.substr(0, pattern.find(place));
    const bool is_last = next.size() == pattern.size();
    if (is_last && (text.size() < next.size() || !text.ends_with(next)))
      return std::nullopt;
    const std::size_t end =
        is_last ? text.size() - next.size() : text.find(next);
    if (end == text.npos)
      return std::nullopt;
    out.push_back(text.substr(0, end));
    if (at == 0 && out.front().find(": ") != text.npos)
      return std::nullopt;
    text.remove_prefix(end + next.size());
    pattern.remove_prefix(next.size());
  }
  return out;
}

std::string with_values(std::string_view pattern,
                        const std::vector<std::string>& values) {
  std::string out;
  std::size_t next = 0;
  while (true) {
    const std::size_t open = pattern.find('{');
    out += pattern.substr(0, open);
    if (open == pattern.npos)
      return out;
    const std::size_t close = pattern.find('}', open);
    const std::string_view number = pattern.substr(open + 1, close - open - 1);
    const std::size_t which =
        number.empty() ? next++ : static_cast<std::size_t>(number[0] - '0');
    if (which < values.size())
      out += values[which];
    pattern.remove_prefix(close + 1);
  }
}

std::string translate(std::span<const phrase> table, std::string_view text,
                      int depth) {
  if (const auto whole = find_phrase(table, text);
      !whole.empty() || depth > deepest)
    return std::string(whole.empty() ? text : whole);
  const auto part = [&](std::string_view of) {
    return translate(table, of, depth + 1);
  };
  const auto both = [&](std::string_view first, std::string_view between,
                        std::string_view second, std::string_view end) {
    const std::string a = part(first);
    const std::string b = part(second);
    // Of two texts that are no phrases nothing is changed.
    return a == first && b == second
               ? std::string(text)
               : fmt::format("{}{}{}{}", a, a.ends_with(between) ? "" : between,
                             b, end);
  };
  if (const std::size_t at = text.find("; "); at != text.npos)
    return both(text.substr(0, at), "。", text.substr(at + 2), "");
  for (const phrase& p : table) {
    const auto found = values_in(text, p.english);
    if (!found)
      continue;
    std::vector<std::string> values;
    values.reserve(found->size());
    for (const std::string_view v : *found) values.push_back(part(v));
    return with_values(p.japanese, values);
  }
  if (const std::size_t at = text.rfind(" (");
      at != text.npos && text.ends_with(')')) {
    const std::string_view inside = text.substr(at + 2);
    return both(text.substr(0, at), "（", inside.substr(0, inside.size() - 1),
                "）");
  }
  if (const std::size_t at = text.find(": "); at != text.npos)
    return both(text.substr(0, at), "：", text.substr(at + 2), "");
  return std::string(text);
}

}  // namespace

std::string_view find_phrase(std::span<const phrase> table,
                             std::string_view english) {
  const auto found = std::ranges::find(table, english, &phrase::english);
  return found == table.end() ? std::string_view() : found->japanese;
}

std::string translate(std::span<const phrase> table, std::string_view english) {
  return translate(table, english, 0);
}

}  // namespace mekiki::notify
