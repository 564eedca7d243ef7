#include "config/manual.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/roff.hpp"
#include "config/japanese.hpp"
#include "config/setting.hpp"

namespace mekiki::config {
namespace {

std::string_view section_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? "" : name.substr(0, dot);
}

std::string_view describe(effect e, notify::language in) {
  const bool is_english = in == notify::language::english;
  switch (e) {
    case effect::at_once:
      return is_english ? "at a reload" : "再読み込みのとき";
    case effect::session:
      return is_english ? "for sessions that begin after a reload"
                        : "再読み込みの後に始まるセッションから";
    case effect::restart:
      break;
  }
  return is_english ? "at a restart" : "再起動のとき";
}

// The line of help as a sentence.
std::string sentence(std::string_view help) {
  std::string out = fmt::format("{}.", help);
  if (out.front() >= 'a' && out.front() <= 'z')
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
  return out;
}

/// The settings of an element of a list.
std::string markdown_table(const std::vector<value::element>& elements,
                           notify::language in) {
  if (elements.empty())
    return "";
  const bool is_english = in == notify::language::english;
  std::string out = is_english ? "\n| key | value | default | meaning |\n"
                               : "\n| 名前 | 値 | 既定値 | 内容 |\n";
  out += "|---|---|---|---|\n";
  for (const value::element& e : elements) {
    const std::string_view required = is_english ? "must be given" : "必須";
    out +=
        fmt::format("| `{}` | {} | {} | {} |\n", e.name, type_text(e.type, in),
                    e.standard.empty() ? std::string(required)
                                       : fmt::format("`{}`", e.standard),
                    is_english ? e.help : e.japanese_help);
  }
  return out;
}

/// The help of a row and its paragraph, in that language.
std::pair<std::string_view, std::string_view> help_of(const row& s,
                                                      notify::language in) {
  if (in == notify::language::english)
    return {s.help, s.paragraph};
  const japanese_help found = find_japanese_help(s.name);
  return {found.help, found.paragraph};
}

constexpr std::string_view english_head =
    "# Settings\n\n[日本語](config.ja.md)\n\n"
    "Mekiki runs without a settings file. To change something, write a TOML\n"
    "file that holds just that, test it with `mekiki config check FILE`, and\n"
    "start `mekiki serve --config FILE`. A file with an unknown name, a wrong\n"
    "type or a missing unit is refused as a whole, with the line of each "
    "mistake.\n`mekiki config defaults` prints every setting as such a "
    "file.\n\n"
    "Durations are written with their unit (`\"500ms\"`, `\"30s\"`, "
    "`\"5m\"`, `\"2h\"`,\n`\"7d\"`), sizes too (`\"512B\"`, "
    "`\"256KiB\"`, `\"2MiB\"`, `\"4GiB\"`). Relative paths\n"
    "start at the folder of the settings file.\n\n"
    "This page is made by `mekiki config defaults --markdown`.\n";

constexpr std::string_view japanese_head =
    "# 設定\n\n[English](config.md)\n\n"
    "Mekiki は設定ファイルがなくても動きます。\n"
    "変えたいものだけを TOML のファイルに書き、"
    "`mekiki config check ファイル` で検査し、"
    "`mekiki serve --config ファイル` で起動します。\n"
    "知らない名前、型の違い、単位の抜けが 1 つでもあれば、"
    "ファイル全体を受け付けず、間違いのある行をすべて示します。\n"
    "`mekiki config defaults` は、"
    "全設定の既定値をそのままファイルの形で出力します。\n\n"
    "時間と大きさには単位を付けます（`\"500ms\"`、`\"30s\"`、`\"5m\"`、"
    "`\"2h\"`、`\"7d\"`、`\"512B\"`、`\"256KiB\"`、`\"2MiB\"`、"
    "`\"4GiB\"`）。\n"
    "相対パスは、設定ファイルのあるディレクトリからのものです。\n\n"
    "このページは `mekiki config defaults --markdown --lang ja` "
    "で作ったものです。\n";

}  // namespace

std::vector<shown_setting> in_force(
    const settings& c, const std::map<std::string, unsigned>& lines,
    notify::language in) {
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
                        .type = type_text(s.value.type, in),
                        .help = std::string(help_of(s, in).first)};
    auto line = lines.find(s.name);
    if (!s.value.example.empty()) {  // "name[1]."
      line = lines.find(s.name + "[1].");
      const auto tables = s.value.show_tables();
      if (!tables.empty())
        shown.value = type_text(fmt::format("{} of them", tables.size()), in);
      for (const std::string& text : tables)
        shown.tables += (shown.tables.empty() ? "" : "\n") + text;
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

std::string format_manual(notify::language in) {
  const bool is_english = in == notify::language::english;
  settings defaults;
  std::string out(is_english ? english_head : japanese_head);
  std::string_view section;
  for (const row& s : rows_of(defaults)) {
    if (section_of(s.name) != section) {
      section = section_of(s.name);
      if (!section.empty())
        out += fmt::format("\n## {}\n", section);
    }
    const auto [help, paragraph] = help_of(s, in);
    out += fmt::format("\n### {}\n\n", s.name);
    if (is_english) {
      out += sentence(help) + '\n';
    } else {
      out += fmt::format("{}{}\n", help, paragraph.empty() ? "" : "\n");
    }
    if (!paragraph.empty())
      out += fmt::format("{}\n", paragraph);
    out += fmt::format("\n- {}: {}\n", is_english ? "Value" : "値",
                       type_text(s.value.type, in));
    if (s.value.example.empty()) {
      out += fmt::format("- {}: `{}`\n", is_english ? "Default" : "既定値",
                         s.value.show());
    }
    out += fmt::format("- {}: {}\n", is_english ? "Takes effect" : "反映",
                       describe(s.changed, in));
    out += markdown_table(s.value.elements, in);
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
    out += fmt::format(".br\nTakes effect {}\n",
                       describe(s.changed, notify::language::english));
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
