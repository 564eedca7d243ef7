// What a table of settings is made of: how values are read from TOML and
// shown as TOML, and rows that bind a name to a member of a struct. Part of
// config_table.cpp; nobody else includes it or toml++.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "app/config_table.hpp"
#include "base/ascii.hpp"
#include "base/log.hpp"

namespace mekiki::app {

/// Where the reading of one file stands.
struct reading {
  std::vector<config_problem> problems;
  std::map<std::string, unsigned> lines;  // of the keys that were given
};

config_problem problem_at(const toml::source_region& where, std::string key,
                          std::string text);

/// Notes that something of `type` belongs where `node` stands.
void expect(const toml::node& node, const std::string& key,
            std::string_view type, reading& r);

/// As a TOML string.
std::string quote(std::string_view text);

// A codec says what a value looks like (`type`), reads it, and shows it as
// TOML. `read` notes what is wrong; the value is then of no use.

struct boolean {
  using value = bool;
  std::string type = "true or false";

  void read(const toml::node& node, const std::string& key, bool& out,
            reading& r) const {
    if (const auto* truth = node.as_boolean()) {
      out = truth->get();
    } else {
      expect(node, key, type, r);
    }
  }
  std::string show(bool v) const { return v ? "true" : "false"; }
};

template <class Number>
struct number {
  using value = Number;
  std::int64_t least;
  std::int64_t most;
  std::string type = fmt::format("a whole number from {} to {}", least, most);

  void read(const toml::node& node, const std::string& key, Number& out,
            reading& r) const {
    const auto* given = node.as_integer();
    if (given != nullptr && given->get() >= least && given->get() <= most) {
      out = static_cast<Number>(given->get());
    } else {
      expect(node, key, type, r);
    }
  }
  std::string show(Number v) const { return fmt::format("{}", v); }
};

/// A value spelled as a text.
template <class T>
struct spelled {
  using value = T;
  std::string type;
  std::function<std::optional<T>(std::string_view)> parse;
  std::function<std::string(const T&)> spell;

  void read(const toml::node& node, const std::string& key, T& out,
            reading& r) const {
    const auto* text = node.as_string();
    if (text != nullptr) {
      if (auto parsed = parse(text->get())) {
        out = std::move(*parsed);
        return;
      }
    }
    expect(node, key, type, r);
  }
  std::string show(const T& v) const { return quote(spell(v)); }
};

template <class Item>
struct list {
  using value = std::vector<typename Item::value>;
  Item item;
  std::string type = fmt::format("a list, each {}", item.type);

  void read(const toml::node& node, const std::string& key, value& out,
            reading& r) const {
    const auto* given = node.as_array();
    if (given == nullptr)
      return expect(node, key, type, r);
    out.clear();
    for (const toml::node& element : *given) {
      typename Item::value v{};
      item.read(element, key, v, r);
      out.push_back(std::move(v));
    }
  }
  std::string show(const value& v) const {
    std::vector<std::string> shown;
    for (const auto& one : v) shown.push_back(item.show(one));
    return fmt::format("[{}]", fmt::join(shown, ", "));
  }
};

enum class presence { optional, required };

/// One row of a table of settings of an Owner (the whole config, or one
/// element of a list of tables).
template <class Owner>
struct setting {
  std::string name;  // dotted
  std::string type;
  std::string help;  // one line
  std::string paragraph;
  presence must = presence::optional;
  std::function<void(const toml::node&, const std::string& key, Owner&,
                     reading&)>
      read;
  std::function<std::string(const Owner&)> show;
  /// The settings of one element where this is a list of tables: TOML lines
  /// and Markdown. Both empty otherwise.
  std::string example;
  std::string elements;
};

template <class Owner>
using table = std::vector<setting<Owner>>;

/// `member` finds the value in its owner.
template <class Owner, class Member, class Codec>
setting<Owner> row(std::string name, Member member, Codec codec,
                   std::string help, std::string paragraph,
                   presence must = presence::optional) {
  setting<Owner> s;
  s.name = std::move(name);
  s.type = codec.type;
  s.help = std::move(help);
  s.paragraph = std::move(paragraph);
  s.must = must;
  s.read = [member, codec](const toml::node& node, const std::string& key,
                           Owner& owner, reading& r) {
    codec.read(node, key, member(owner), r);
  };
  s.show = [member, codec](const Owner& owner) {
    return codec.show(member(owner));
  };
  return s;
}

/// How many characters must be changed, added or left out (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// What stands behind the last dot.
std::string_view last_part(std::string_view key);

/// The known name that was most likely meant, or "".
template <class Owner>
std::string nearest(std::string_view name, const table<Owner>& settings) {
  if (name.size() > 100)
    return "";  // distance costs the product of lengths
  std::string best;
  std::size_t least = 2 + name.size() / 5;  // more differences are no typo
  for (const auto& s : settings) {
    // The right name in the wrong section counts as one difference.
    const std::size_t distance =
        std::min(edit_distance(name, s.name),
                 1 + edit_distance(last_part(name), last_part(s.name)));
    if (distance < least || (distance == least && best.empty())) {
      least = distance;
      best = s.name;
    }
  }
  return best;
}

/// A key as it stands in the file where it is a name, else quoted.
std::string shown_key(std::string_view key);

template <class Owner>
void read_table(const toml::table& given, const std::string& shown_prefix,
                const std::string& section, const table<Owner>& settings,
                Owner& owner, reading& r) {
  for (const auto& [toml_key, node] : given) {
    const std::string name = section + shown_key(toml_key.str());
    const std::string key = shown_prefix + name;
    const auto found =
        std::find_if(settings.begin(), settings.end(),
                     [&](const auto& s) { return s.name == name; });
    if (found != settings.end()) {
      r.lines.emplace(key, toml_key.source().begin.line);
      found->read(node, key, owner, r);
      continue;
    }
    const bool is_section = std::any_of(
        settings.begin(), settings.end(),
        [&](const auto& s) { return s.name.starts_with(name + '.'); });
    if (is_section) {
      if (const auto* inner = node.as_table()) {
        read_table(*inner, shown_prefix, name + '.', settings, owner, r);
      } else {
        expect(node, key, fmt::format("a table [{}]", key), r);
      }
      continue;
    }
    const std::string guess = nearest(name, settings);
    r.problems.push_back(problem_at(
        toml_key.source(), key,
        guess.empty() ? "no such setting"
                      : fmt::format("no such setting; did you mean {}{}?",
                                    shown_prefix, guess)));
  }
}

template <class Owner>
std::string format_settings(const table<Owner>& settings, const Owner& owner,
                            std::string_view before) {
  std::string out;
  for (const auto& s : settings) {
    out += fmt::format("{}{} = {}\n", before, last_part(s.name), s.show(owner));
  }
  return out;
}

template <class Element>
std::string format_elements(const table<Element>& settings) {
  std::string out =
      "\n| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const auto& s : settings) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", s.name, s.type,
                       s.must == presence::required
                           ? "must be given"
                           : fmt::format("`{}`", s.show(Element{})),
                       s.help);
  }
  return out;
}

/// A list of tables, [[name]] in the file. `example` shows one element in
/// `config defaults`.
template <class Owner, class Member, class Element>
setting<Owner> tables(std::string name, Member member, table<Element> settings,
                      const Element& example, std::string help,
                      std::string paragraph) {
  setting<Owner> s;
  s.type = fmt::format("any number of tables [[{}]]", name);
  s.help = std::move(help);
  s.paragraph = std::move(paragraph);
  s.example = fmt::format("# [[{}]]\n{}", name,
                          format_settings(settings, example, "# "));
  s.elements = format_elements(settings);
  s.name = std::move(name);
  s.read = [member, settings, type = s.type](const toml::node& node,
                                             const std::string& key,
                                             Owner& owner, reading& r) {
    const auto* given = node.as_array();
    if (given == nullptr)
      return expect(node, key, type, r);
    for (const toml::node& element : *given) {
      const auto* values = element.as_table();
      if (values == nullptr) {
        expect(element, key, fmt::format("a table [[{}]]", key), r);
        continue;
      }
      const std::string prefix =
          fmt::format("{}[{}].", key, member(owner).size() + 1);
      r.lines.emplace(prefix, values->source().begin.line);
      Element one;
      read_table(*values, prefix, "", settings, one, r);
      for (const auto& required : settings) {
        if (required.must == presence::required &&
            !values->contains(required.name)) {
          r.problems.push_back(
              problem_at(values->source(), prefix + required.name,
                         fmt::format("must be given: {}", required.type)));
        }
      }
      member(owner).push_back(std::move(one));
    }
  };
  s.show = [](const Owner&) { return std::string("none"); };
  return s;
}

}  // namespace mekiki::app
