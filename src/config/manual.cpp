#include "config/manual.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "config/setting.hpp"

namespace mekiki::config {
namespace {

std::string_view section_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? "" : name.substr(0, dot);
}

}  // namespace

std::vector<shown_setting> in_force(
    const settings& c, const std::map<std::string, unsigned>& lines) {
  settings defaults;
  settings given = c;
  const table standard = rows_of(defaults);
  const table in_use = rows_of(given);
  std::vector<shown_setting> out;
  for (std::size_t i = 0; i < in_use.size(); ++i) {
    const row& s = in_use[i];
    shown_setting shown{.name = s.name,
                        .value = s.value.show(),
                        .standard = standard[i].value.show(),
                        .type = s.value.type,
                        .help = std::string(s.help)};
    auto line = lines.find(s.name);
    if (!s.value.example.empty()) {  // "name[1]."
      line = lines.find(s.name + "[1].");
      const auto tables = std::ranges::count_if(lines, [&](const auto& l) {
        return l.first.starts_with(s.name + '[') && l.first.ends_with("].");
      });
      if (tables > 0)
        shown.value = fmt::format("{} of them", tables);
    }
    if (line != lines.end())
      shown.line = line->second;
    out.push_back(std::move(shown));
  }
  return out;
}

std::string format_defaults() {
  settings defaults;
  std::string out =
      "# Every setting of Mekiki at its default. Keep what you change.\n";
  std::string_view section;
  for (const row& s : rows_of(defaults)) {
    if (section_of(s.name) != section && s.value.example.empty()) {
      section = section_of(s.name);
      out += fmt::format("\n[{}]\n", section);
    }
    out += fmt::format("\n# {}\n", s.help);
    out += fmt::format("# {}\n", s.value.type);
    out += s.value.example.empty()
               ? fmt::format("{} = {}\n", last_part(s.name), s.value.show())
               : s.value.example;
  }
  return out;
}

std::string format_manual() {
  settings defaults;
  std::string out =
      "# Settings\n\n"
      "Mekiki runs without a settings file. To change something, write a TOML\n"
      "file that holds just that, test it with `mekiki config check FILE`, "
      "and\n"
      "start `mekiki serve --config FILE`. A file with an unknown name, a "
      "wrong\ntype or a missing unit is refused as a whole, with the line of "
      "each mistake.\n`mekiki config defaults` prints every setting as such a "
      "file.\n\n"
      "Durations are written with their unit (`\"500ms\"`, `\"30s\"`, "
      "`\"5m\"`, `\"2h\"`,\n`\"7d\"`), sizes too (`\"512B\"`, `\"256KiB\"`, "
      "`\"2MiB\"`, `\"4GiB\"`). Relative paths\nstart at the folder of the "
      "settings file.\n\n"
      "This page is made by `mekiki config defaults --markdown`.\n";
  std::string_view section;
  for (const row& s : rows_of(defaults)) {
    if (section_of(s.name) != section) {
      section = section_of(s.name);
      if (!section.empty())
        out += fmt::format("\n## {}\n", section);
    }
    out +=
        fmt::format("\n### {}\n\n{}{}.\n", s.name,
                    static_cast<char>(ascii::to_lower(s.help[0]) - 'a' + 'A'),
                    s.help.substr(1));
    if (!s.paragraph.empty())
      out += fmt::format("{}\n", s.paragraph);
    out += fmt::format("\n- Value: {}\n", s.value.type);
    if (s.value.example.empty()) {
      out += fmt::format("- Default: `{}`\n", s.value.show());
    }
    out += s.value.elements;
  }
  return out;
}

}  // namespace mekiki::config
