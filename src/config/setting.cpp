// Codecs and the reading of tables: all that asks toml++ about a value.
#include "config/setting.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "config/japanese.hpp"
#include "config/toml.hpp"
#include "config/units.hpp"

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

// Notes that something of `type` belongs where `node` stands.
void expect(const toml::node& node, const std::string& key,
            std::string_view type, reading& r) {
  r.problems.push_back(
      problem_at(node.source(), key,
                 fmt::format("expected {}, got {}", type, describe(node))));
}

// `take` answers whether it could use what is there.
value make(std::string type, std::function<bool(const toml::node&)> take,
           std::function<std::string()> show) {
  value v{.type = type, .show = std::move(show)};
  v.read = [type = std::move(type), take = std::move(take)](
               const toml_node& node, const std::string& key, reading& r) {
    if (!take(node.here))
      expect(node.here, key, type, r);
  };
  return v;
}

// Control characters have no place in any setting, and could forge log lines.
bool is_clean(std::string_view text) {
  return std::ranges::none_of(text, ascii::is_control);
}

// What `parse` makes of a text goes to `at`.
template <class T, class Parse>
std::function<bool(std::string_view)> take_parsed(T& at, Parse parse) {
  return [&at, parse](std::string_view text) {
    auto parsed = parse(text);
    if (!parsed)
      return false;
    at = std::move(*parsed);
    return true;
  };
}

std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':')
    return std::nullopt;
  const auto hour = parse_count(text.substr(0, 2));
  const auto minute = parse_count(text.substr(3));
  if (!hour || *hour > 23 || !minute || *minute > 59)
    return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
}

std::optional<ip_network> parse_network(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  return parse_ip_network(fmt::format(
      "{}{}", without_brackets(text.substr(0, slash)), text.substr(slash)));
}

template <class Duration>
value duration_of(Duration& at, std::chrono::milliseconds least,
                  std::chrono::milliseconds most) {
  return spelled(
      fmt::format("a duration such as \"30s\" or \"5m\", from {} to {}",
                  format_duration(least), format_duration(most)),
      [&at, least, most](std::string_view text) {
        const auto d = parse_duration(text);
        if (!d || *d < least || *d > most)
          return false;
        at = std::chrono::duration_cast<Duration>(*d);
        return true;
      },
      [&at] { return format_duration(at); });
}

// How many characters must be changed, added or left out (Levenshtein).
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

// The known name that was most likely meant, or "".
std::string nearest(std::string_view name, const table& rows) {
  if (name.size() > 100)
    return "";  // distance costs the product of lengths
  std::string best;
  std::size_t least = 2 + name.size() / 5;  // more differences are no typo
  for (const row& s : rows) {
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

// A key as it stands in the file where it is a name, else quoted.
std::string shown_key(std::string_view key) {
  const bool is_name =
      !key.empty() && key.size() < 100 && std::ranges::all_of(key, [](char c) {
        return ascii::is_alnum(c) || c == '_' || c == '-';
      });
  return is_name ? std::string(key) : log::quoted(key);
}

}  // namespace

problem problem_at(const toml::source_region& where, std::string key,
                   std::string text) {
  return {.line = where.begin.line,
          .column = where.begin.column,
          .key = std::move(key),
          .text = std::move(text)};
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

std::string_view last_part(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

// ---------------------------------------------------------------- codecs

value boolean(bool& at) {
  return make(
      "true or false",
      [&at](const toml::node& node) {
        const auto* truth = node.as_boolean();
        if (truth != nullptr)
          at = truth->get();
        return truth != nullptr;
      },
      [&at] { return std::string(at ? "true" : "false"); });
}

value spelled(std::string type, std::function<bool(std::string_view)> take,
              std::function<std::string()> spell) {
  return make(
      std::move(type),
      [take = std::move(take)](const toml::node& node) {
        const auto* text = node.as_string();
        return text != nullptr && take(text->get());
      },
      [spell = std::move(spell)] { return quote(spell()); });
}

value path(std::filesystem::path& at) {
  return spelled(
      "the path of a file or folder",
      [&at](std::string_view text) {
        at = text;
        return is_clean(text);
      },
      [&at] { return at.string(); });
}

value text(std::string& at, std::string type,
           bool (*accept)(std::string_view)) {
  return spelled(
      std::move(type),
      [&at, accept](std::string_view text) {
        at = text;
        return is_clean(text) && accept(text);
      },
      [&at] { return at; });
}

value whole_number(std::int64_t least, std::int64_t most,
                   std::function<void(std::int64_t)> take,
                   std::function<std::string()> show) {
  return make(
      fmt::format("a whole number from {} to {}", least, most),
      [least, most, take = std::move(take)](const toml::node& node) {
        const auto* given = node.as_integer();
        if (given == nullptr || given->get() < least || given->get() > most)
          return false;
        take(given->get());
        return true;
      },
      std::move(show));
}

value size(std::size_t& at, std::size_t least, std::size_t most) {
  return spelled(
      fmt::format("a size such as \"256KiB\" or \"2MiB\", from {} to {}",
                  format_size(least), format_size(most)),
      [&at, least, most](std::string_view text) {
        const auto octets = parse_size(text);
        if (!octets || *octets < least || *octets > most)
          return false;
        at = *octets;
        return true;
      },
      [&at] { return format_size(at); });
}

value duration(std::chrono::milliseconds& at, std::chrono::milliseconds least,
               std::chrono::milliseconds most) {
  return duration_of(at, least, most);
}

value duration(std::chrono::seconds& at, std::chrono::milliseconds least,
               std::chrono::milliseconds most) {
  return duration_of(at, least, most);
}

value time_of_day(std::chrono::minutes& at) {
  return spelled("a time of day, from \"00:00\" to \"23:59\"",
                 take_parsed(at, parse_time_of_day), [&at] {
                   const std::chrono::hh_mm_ss time(at);
                   return fmt::format("{:02}:{:02}", time.hours().count(),
                                      time.minutes().count());
                 });
}

value endpoint(net::endpoint& at, std::uint16_t default_port) {
  return spelled(default_port == 0
                     ? "an address with port such as \"127.0.0.1:1110\""
                     : fmt::format("an address such as \"192.0.2.53\" or "
                                   "\"[2001:db8::53]:{}\"",
                                   default_port),
                 take_parsed(at,
                             [default_port](std::string_view text) {
                               return parse_endpoint(text, default_port);
                             }),
                 [&at] { return net::format(at); });
}

value network(ip_network& at) {
  return spelled("a network such as \"192.168.0.0/16\" or \"::1\"",
                 take_parsed(at, parse_network),
                 [&at] { return mekiki::format(at); });
}

value word(const std::vector<std::string_view>& words,
           std::function<void(std::size_t)> take,
           std::function<std::size_t()> index) {
  std::vector<std::string> quoted;
  quoted.reserve(words.size());
  for (const std::string_view w : words) quoted.push_back(quote(w));
  return spelled(
      fmt::format("one of {}", fmt::join(quoted, ", ")),
      [words, take = std::move(take)](std::string_view text) {
        const auto found = std::ranges::find(words, text);
        if (found == words.end())
          return false;
        take(static_cast<std::size_t>(found - words.begin()));
        return true;
      },
      [words, index = std::move(index)] {
        const std::size_t i = index();
        return std::string(i < words.size() ? words[i] : "");
      });
}

value list_of(std::string item_type, std::function<void()> clear,
              std::function<value()> add,
              std::function<std::vector<std::string>()> show) {
  value v{.type = fmt::format("a list, each {}", item_type)};
  v.read = [type = v.type, clear = std::move(clear), add = std::move(add)](
               const toml_node& node, const std::string& key, reading& r) {
    const auto* given = node.here.as_array();
    if (given == nullptr)
      return expect(node.here, key, type, r);
    clear();
    for (const toml::node& element : *given) add().read({element}, key, r);
  };
  v.show = [show = std::move(show)] {
    return fmt::format("[{}]", fmt::join(show(), ", "));
  };
  return v;
}

std::string type_text(std::string_view english, notify::language in) {
  return in == notify::language::english
             ? std::string(english)
             : notify::translate(type_phrases(), english);
}

value tables_of(std::string_view name,
                std::function<std::pair<table, std::size_t>()> add,
                const table& example, const table& standard) {
  value v{.type = fmt::format("any number of tables [[{}]]", name)};
  v.example = fmt::format("# [[{}]]\n", name);
  for (const row& s : example)
    v.example += fmt::format("# {} = {}\n", s.name, s.value.show());
  for (const row& s : standard) {
    v.elements.push_back(
        {.name = s.name,
         .type = s.value.type,
         .standard = s.required ? "" : s.value.show(),
         .help = s.help,
         .japanese_help =
             find_japanese_help(fmt::format("{}.{}", name, s.name)).help});
  }
  v.read = [type = v.type, add = std::move(add)](
               const toml_node& node, const std::string& key, reading& r) {
    const auto* given = node.here.as_array();
    if (given == nullptr)
      return expect(node.here, key, type, r);
    for (const toml::node& element : *given) {
      const auto* values = element.as_table();
      if (values == nullptr) {
        expect(element, key, fmt::format("a table [[{}]]", key), r);
        continue;
      }
      const auto [rows, number] = add();
      const std::string prefix = fmt::format("{}[{}].", key, number);
      r.lines.emplace(prefix, values->source().begin.line);
      read_table({*values}, prefix, "", rows, r);
      for (const row& s : rows) {
        if (s.required && !values->contains(s.name)) {
          r.problems.push_back(
              problem_at(values->source(), prefix + s.name,
                         fmt::format("must be given: {}", s.value.type)));
        }
      }
    }
  };
  v.show = [] { return std::string("none"); };
  return v;
}

std::string table_text(std::string_view name, const table& rows,
                       const table& standard) {
  std::string out = fmt::format("[[{}]]\n", name);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string shown = rows[i].value.show();
    if (rows[i].required || shown != standard[i].value.show())
      out += fmt::format("{} = {}\n", rows[i].name, shown);
  }
  return out;
}

// ---------------------------------------------------------------- tables

void read_table(const toml_node& given, const std::string& prefix,
                const std::string& section, const table& rows, reading& r) {
  for (const auto& [toml_key, node] : *given.here.as_table()) {
    const std::string name = section + shown_key(toml_key.str());
    const std::string key = prefix + name;
    const auto found = std::ranges::find(rows, name, &row::name);
    if (found != rows.end()) {
      r.lines.emplace(key, toml_key.source().begin.line);
      found->value.read({node}, key, r);
      continue;
    }
    if (std::ranges::any_of(rows, [&](const row& s) {
          return s.name.starts_with(name + '.');
        })) {
      if (node.is_table()) {
        read_table({node}, prefix, name + '.', rows, r);
      } else {
        expect(node, key, fmt::format("a table [{}]", key), r);
      }
      continue;
    }
    const std::string guess = nearest(name, rows);
    r.problems.push_back(problem_at(
        toml_key.source(), key,
        guess.empty() ? "no such setting"
                      : fmt::format("no such setting; did you mean {}{}?",
                                    prefix, guess)));
  }
}

}  // namespace mekiki::config
