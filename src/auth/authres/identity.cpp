#include "auth/authres/identity.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/ascii.hpp"
#include "dns/name.hpp"

namespace mekiki::authres {
namespace {

enum class comments { kept, skipped };
enum class quotes { kept, skipped };

// Where the first semicolon stands that is not within a comment or a quoted
// string, for a reader who knows of those.
std::size_t semicolon(std::string_view value, comments c, quotes q) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char octet = value[i];
    if (octet == '\\') {
      ++i;
    } else if (octet == '"' && depth == 0 && q == quotes::skipped) {
      quoted = !quoted;
    } else if (quoted || c == comments::kept) {
      if (octet == ';' && !quoted)
        return i;
    } else if (octet == '(') {
      ++depth;
    } else if (octet == ')' && depth > 0) {
      --depth;
    } else if (octet == ';' && depth == 0) {
      return i;
    }
  }
  return value.size();
}

// Where the authserv-id has ended for every reader; the value's size where it
// has not.
std::size_t end_of_id(std::string_view value) {
  return std::max({semicolon(value, comments::skipped, quotes::skipped),
                   semicolon(value, comments::skipped, quotes::kept),
                   semicolon(value, comments::kept, quotes::skipped)});
}

std::string without_comments(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && depth > 0) {
      ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (depth == 0) {
      out += c;
    }
  }
  return out;
}

// How a reader treats what has no business within a name: quotes, controls,
// folds.
enum class odd_octets { separate, vanish, vanish_with_folds };

std::string plain(std::string_view text, odd_octets how) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (ascii::is_graph(c) && c != '"' && c != '\\') {
      out += ascii::to_lower(c);
    } else if (ascii::is_fws(c)) {
      const std::size_t begin = i;
      while (i + 1 < text.size() && ascii::is_fws(text[i + 1])) ++i;
      const std::string_view space = text.substr(begin, i + 1 - begin);
      const bool fold = space.find_first_of("\r\n") != std::string_view::npos;
      if (!fold || how != odd_octets::vanish_with_folds)
        out += ' ';
    } else if (how == odd_octets::separate && c != '\\') {
      out += ' ';
    }
  }
  return out;
}

bool is_id_octet(char c) {
  constexpr std::string_view tspecials = " ()<>@,;:\\\"/[]?=";
  return tspecials.find(c) == std::string_view::npos;
}

bool holds(std::string_view text, std::string_view id) {
  for (std::size_t at = text.find(id); at != std::string_view::npos;
       at = text.find(id, at + 1)) {
    std::size_t end = at + id.size();
    while (end < text.size() && text[end] == '.') ++end;
    if ((at == 0 || !is_id_octet(text[at - 1])) &&
        (end == text.size() || !is_id_octet(text[end]))) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool could_name(std::string_view value, std::string_view authserv_id) {
  const std::string id =
      dns::to_a_labels(authserv_id).value_or(ascii::to_lower(authserv_id));
  if (id.empty())
    return false;

  const std::string_view head = value.substr(0, end_of_id(value));
  if (std::any_of(head.begin(), head.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x7f;
      })) {
    return true;
  }
  // Most fields hold nothing that could be read in two ways.
  if (std::all_of(head.begin(), head.end(), [](char c) {
        return c == ' ' || (ascii::is_graph(c) && is_id_octet(c));
      })) {
    return holds(plain(head, odd_octets::separate), id);
  }
  const std::string bare = without_comments(head);
  for (const std::string_view text : {head, std::string_view(bare)}) {
    for (const odd_octets how : {odd_octets::separate, odd_octets::vanish,
                                 odd_octets::vanish_with_folds}) {
      if (holds(plain(text, how), id))
        return true;
    }
  }
  return false;
}

bool has_whole_id(std::string_view value) {
  return end_of_id(value) < value.size();
}

}  // namespace mekiki::authres
