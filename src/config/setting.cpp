#include "config/setting.hpp"

namespace mekiki::config {
namespace {

// What stands in the file, for people.
std::string describe(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return log::quoted(text->get());
  }
  if (const auto* number = node.as_integer()) {
    return fmt::format("{}", number->get());
  }
  if (const auto* truth = node.as_boolean()) {
    return truth->get() ? "true" : "false";
  }
  if (node.is_floating_point())
    return "a fraction";
  if (node.is_array())
    return "a list";
  if (node.is_table())
    return "a table";
  return "a date or time";
}

}  // namespace

problem problem_at(const toml::source_region& where, std::string key,
                   std::string text) {
  return {.line = where.begin.line,
          .column = where.begin.column,
          .key = std::move(key),
          .text = std::move(text)};
}

void expect(const toml::node& node, const std::string& key,
            std::string_view type, reading& r) {
  r.problems.push_back(
      problem_at(node.source(), key,
                 fmt::format("expected {}, got {}", type, describe(node))));
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> above(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = above[0];
    above[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = above[j];
      above[j] = std::min({replaced, above[j] + 1, above[j - 1] + 1});
    }
  }
  return above[b.size()];
}

std::string_view last_part(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

std::string shown_key(std::string_view key) {
  const bool is_name =
      !key.empty() && key.size() < 100 && std::ranges::all_of(key, [](char c) {
        return ascii::is_alnum(c) || c == '_' || c == '-';
      });
  return is_name ? std::string(key) : log::quoted(key);
}

}  // namespace mekiki::config
