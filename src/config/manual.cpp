#include "config/manual.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/roff.hpp"
#include "config/setting.hpp"

namespace mekiki::config {
namespace {

std::string_view section_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? "" : name.substr(0, dot);
}

std::string_view describe(effect e) {
  switch (e) {
    case effect::at_once:
      return "at a reload";
    case effect::session:
      return "for sessions that begin after a reload";
    case effect::restart:
      break;
  }
  return "at a restart";
}

// The line of help as a sentence.
std::string sentence(std::string_view help) {
  return fmt::format("{}{}.",
                     static_cast<char>(ascii::to_lower(help[0]) - 'a' + 'A'),
                     help.substr(1));
}

std::string markdown_table(const std::vector<value::element>& elements) {
  if (elements.empty())
    return "";
  std::string out =
      "\n| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const value::element& e : elements) {
    out += fmt::format(
        "| `{}` | {} | {} | {} |\n", e.name, e.type,
        e.standard.empty() ? "must be given" : fmt::format("`{}`", e.standard),
        e.help);
  }
  return out;
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
    out += fmt::format("\n### {}\n\n{}\n", s.name, sentence(s.help));
    if (!s.paragraph.empty())
      out += fmt::format("{}\n", s.paragraph);
    out += fmt::format("\n- Value: {}\n", s.value.type);
    if (s.value.example.empty()) {
      out += fmt::format("- Default: `{}`\n", s.value.show());
    }
    out += fmt::format("- Takes effect: {}\n", describe(s.changed));
    out += markdown_table(s.value.elements);
  }
  return out;
}

std::string format_man_page(std::string_view version) {
  settings defaults;
  std::string out = fmt::format(
      ".TH MEKIKI.TOML 5 \"\" \"Mekiki {}\" \"File formats\"\n"
      ".SH NAME\nmekiki.toml \\- settings of the POP3 proxy Mekiki\n"
      ".SH DESCRIPTION\n{}\n.PP\n{}\n",
      version,
      roff("A TOML file, which `mekiki config check FILE` tests and `mekiki "
           "serve --config FILE` uses. Settings that are not in it have their "
           "default. A file with an unknown name, a wrong type or a missing "
           "unit is refused as a whole."),
      roff("Durations are written with their unit (`\"30s\"`, `\"5m\"`), sizes "
           "too (`\"256KiB\"`). Relative paths start at the folder of the "
           "file. SIGHUP, which `systemctl reload mekiki` sends, makes a "
           "running `mekiki serve` read it again."));
  std::string_view section;
  for (const row& s : rows_of(defaults)) {
    if (section_of(s.name) != section) {
      section = section_of(s.name);
      if (!section.empty())
        out += fmt::format(".SH [{}]\n", section);
    }
    out +=
        fmt::format(".TP\n.B {}\n{}\n", roff(s.name), roff(sentence(s.help)));
    if (!s.paragraph.empty())
      out += roff(s.paragraph) + "\n";
    out += fmt::format(".RS\n.PP\nValue: {}\n", roff(s.value.type));
    if (s.value.example.empty())
      out += fmt::format(".br\nDefault: {}\n", roff(s.value.show()));
    out += fmt::format(".br\nTakes effect {}\n", describe(s.changed));
    for (const value::element& e : s.value.elements) {
      out += fmt::format(".TP\n.B {}\n{}\n.br\nValue: {}\n.br\n{}\n",
                         roff(e.name), roff(sentence(e.help)), roff(e.type),
                         e.standard.empty() ? "Must be given"
                                            : "Default: " + roff(e.standard));
    }
    out += ".RE\n";
  }
  return out + ".SH SEE ALSO\n.BR mekiki (1)\n";
}

}  // namespace mekiki::config
