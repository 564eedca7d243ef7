// The parts of a table of settings: rows that bind a name to a value, and the
// codecs, which define the form of a value, read it and show it.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/ip_address.hpp"
#include "config/load.hpp"
#include "net/stream.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::config {

/// A value as it stands in the file (toml.hpp).
struct toml_node;

/// Where the reading of one file stands.
struct reading {
  std::vector<problem> problems;
  std::map<std::string, unsigned> lines;  // of the keys that were given
};

/// A codec joined to a variable, which outlives it.
struct value {
  std::string type;  // what it may be, for people
  /// Notes what is wrong; the variable is then of no use.
  std::function<void(const toml_node&, const std::string& key, reading&)> read;
  std::function<std::string()> show;  // as TOML
  /// Of a list of tables: an element as TOML, and its settings.
  std::string example;
  /// Each as it can stand in the file, without what is at its default.
  std::function<std::vector<std::string>()> show_tables = {};
  struct element {
    std::string name;
    std::string type;
    std::string standard;  // as TOML; empty: it must be given
    std::string_view help;
    std::string_view japanese_help;
  };
  std::vector<element> elements;
};

/// When a changed value counts, once the settings are read again.
enum class effect : std::uint8_t {
  at_once,  // with the reload
  session,  // for sessions that begin after it
  restart,
};

struct row {
  std::string name;  // dotted
  config::value value;
  std::string_view help;  // one line
  std::string_view paragraph = {};
  effect changed = effect::session;
  bool required = false;  // in an element of a list of tables
};
/// The settings of one object: all of them, or those of an element of a list.
using table = std::vector<row>;

/// As a TOML string.
std::string quote(std::string_view text);

// Codecs ---------------------------------------------------------------

value boolean(bool& at);
value path(std::filesystem::path& at);

/// A text that `accept` accepts. None has control characters.
value text(std::string& at, std::string type, bool (*accept)(std::string_view));
/// Any other value that is written as a text: `take` says whether it took it.
value spelled(std::string type, std::function<bool(std::string_view)> take,
              std::function<std::string()> spell);

value whole_number(std::int64_t least, std::int64_t most,
                   std::function<void(std::int64_t)> take,
                   std::function<std::string()> show);
template <std::integral Number>
value number(Number& at, std::int64_t least, std::int64_t most) {
  return whole_number(
      least, most, [&at](std::int64_t n) { at = static_cast<Number>(n); },
      [&at] { return std::to_string(at); });
}
value size(std::size_t& at, std::size_t least, std::size_t most);

value duration(std::chrono::milliseconds& at, std::chrono::milliseconds least,
               std::chrono::milliseconds most);
/// A fraction of a second is cut off.
value duration(std::chrono::seconds& at, std::chrono::milliseconds least,
               std::chrono::milliseconds most);
value time_of_day(std::chrono::minutes& at);

/// Without `default_port` (0) the port must be given.
value endpoint(net::endpoint& at, std::uint16_t default_port);
value network(ip_network& at);

value word(const std::vector<std::string_view>& words,
           std::function<void(std::size_t)> take,
           std::function<std::size_t()> index);
/// One of these words.
template <class T>
value choice(T& at, const std::type_identity_t<
                        std::vector<std::pair<std::string_view, T>>>& names) {
  std::vector<std::string_view> words;
  std::vector<T> values;
  for (const auto& [name, meant] : names) {
    words.push_back(name);
    values.push_back(meant);
  }
  return word(
      std::move(words), [&at, values](std::size_t i) { at = values[i]; },
      [&at, values] {
        std::size_t i = 0;
        while (i < values.size() && values[i] != at) ++i;
        return i;
      });
}

/// `item` joins the codec of an element to it; `add` makes a new one.
value list_of(std::string item_type, std::function<void()> clear,
              std::function<value()> add,
              std::function<std::vector<std::string>()> show);
template <class T>
value list(std::vector<T>& at,
           const std::type_identity_t<std::function<value(T&)>>& item) {
  T none{};
  return list_of(
      item(none).type, [&at] { at.clear(); },
      [&at, item] { return item(at.emplace_back()); },
      [&at, item] {
        std::vector<std::string> shown;
        shown.reserve(at.size());
        for (T one : at) shown.push_back(item(one).show());
        return shown;
      });
}

/// A list of tables, [[name]] in the file: `add` makes one more and answers its
/// rows and its number, from 1. `example` is shown by `config defaults`.
value tables_of(std::string_view name,
                std::function<std::pair<table, std::size_t>()> add,
                const table& example, const table& standard);
/// One of them, as value::show_tables has it.
std::string table_text(std::string_view name, const table& rows,
                       const table& standard);
template <class Element>
value tables(std::string_view name, std::vector<Element>& at,
             table (*rows)(Element&), const Element& example) {
  Element standard;
  Element shown = example;
  value v = tables_of(
      name,
      [&at, rows] { return std::pair(rows(at.emplace_back()), at.size()); },
      rows(shown), rows(standard));
  v.show_tables = [&at, rows, name = std::string(name)] {
    std::vector<std::string> out;
    std::vector<Element> copies = at;  // rows may write
    for (Element& one : copies) {
      Element usual;
      out.push_back(table_text(name, rows(one), rows(usual)));
    }
    return out;
  };
  return v;
}

// Tables ---------------------------------------------------------------

/// All settings of `c`, which outlives them (table.cpp).
table rows_of(settings& c);

/// value::type in that language.
std::string type_text(std::string_view english, notify::language in);

/// What stands behind the last dot.
std::string_view last_part(std::string_view key);

/// Reads what stands in a table of the file by its rows. In front of a key in a
/// message stands `prefix`; the rows' names begin with `section`.
void read_table(const toml_node& given, const std::string& prefix,
                const std::string& section, const table& rows, reading& r);

}  // namespace mekiki::config
