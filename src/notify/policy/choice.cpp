#include "notify/policy/choice.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace mekiki::notify {
namespace {

using verdict::level;

constexpr std::array<std::pair<char, bool methods::*>, 4> letters = {{
    {'A', &methods::rewrite},
    {'B', &methods::warn},
    {'C', &methods::label},
    {'D', &methods::popup},
}};

constexpr std::array<std::pair<std::string_view, occasion>, 4> occasions = {{
    {"forged", occasion::forged},
    {"altered", occasion::altered},
    {"new", occasion::new_},
    {"classic", occasion::classic},
}};

}  // namespace

expected<methods, std::string> parse_methods(std::string_view text) {
  methods out{.label = false, .popup = false};
  if (ascii::iequals(text, "none"))
    return out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string_view word =
        ascii::trim(text.substr(begin, comma - begin));
    bool known = false;
    for (const auto& [letter, member] : letters) {
      if (ascii::iequals(word, std::string_view(&letter, 1))) {
        out.*member = true;
        known = true;
      }
    }
    if (!known) {
      return unexpected(
          std::string("methods are a list of A (rewrite), B (warning mail), C "
                      "(label) and D (pop-up), such as \"A,C\", or \"none\""));
    }
    begin = comma + 1;
  }
  return out;
}

std::string format(const methods& m) {
  std::string out;
  for (const auto& [letter, member] : letters) {
    if (!(m.*member))
      continue;
    if (!out.empty())
      out += ',';
    out += letter;
  }
  return out.empty() ? "none" : out;
}

methods operator&(const methods& chosen, const methods& allowed) {
  methods out;
  for (const auto& [letter, member] : letters)
    out.*member = chosen.*member && allowed.*member;
  return out;
}

bool is_secret_word(std::string_view text) {
  constexpr std::size_t longest = 64;
  if (text.size() > longest)
    return false;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || is_control(text.substr(0, length)))
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<occasion> parse_occasion(std::string_view word) {
  for (const auto& [name, o] : occasions) {
    if (name == word)
      return o;
  }
  return std::nullopt;
}

std::string_view to_string(occasion o) {
  for (const auto& [name, known] : occasions) {
    if (known == o)
      return name;
  }
  return "forged";
}

store::kept_choice to_kept(const choice& c) {
  store::kept_choice kept;
  kept.methods = format(c.methods);
  kept.language = c.in == language::japanese ? "ja" : "en";
  kept.when = to_string(c.when);
  kept.secret_word = c.secret_word;
  kept.subject_mark = c.subject_mark;
  return kept;
}

// Without methods, which each choice has.
store::kept_choice to_kept(language came_in) {
  store::kept_choice kept;
  kept.language = came_in == language::japanese ? "ja" : "en";
  return kept;
}

bool is_chosen(const std::optional<store::kept_choice>& kept) {
  return kept && !kept->methods.empty();
}

choice read_choice(const store::kept_choice& kept, const choice& standard) {
  if (kept.methods.empty()) {
    choice c = standard;
    c.in = parse_language(kept.language);
    return c;
  }
  choice c;
  c.methods = parse_methods(kept.methods).value_or(standard.methods);
  c.in = parse_language(kept.language);
  c.when = parse_occasion(kept.when).value_or(standard.when);
  c.secret_word = kept.secret_word;
  c.subject_mark = kept.subject_mark;
  return c;
}

choice choice_of(const std::optional<store::kept_choice>& kept,
                 const choice& standard, const limits& l) {
  choice c = kept ? read_choice(*kept, standard) : standard;
  c.methods = c.methods & l.allowed;
  return c;
}

bool is_told(const verdict::judgement& v, occasion when) {
  return is_told(v.result.what, v.dkim_check, when);
}

bool is_told(level what, auth::result dkim_check, occasion when) {
  if (when == occasion::classic)
    return dkim_check == auth::result::fail;
  switch (what) {
    case level::forged:
      return true;
    case level::altered:
      return when != occasion::forged;
    case level::new_:
      return when == occasion::new_;
    case level::genuine:
    case level::unverified:
      return false;
  }
  return false;
}

}  // namespace mekiki::notify
