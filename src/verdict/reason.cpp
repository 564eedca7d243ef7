#include "verdict/reason.hpp"

#include "base/ascii.hpp"

namespace mekiki::verdict {

reason& reason::with(std::string_view name, std::string_view value) & {
  facts.emplace_back(name, value.substr(0, 255));
  return *this;
}

reason& reason::with(std::string_view name, std::size_t value) & {
  return with(name, std::to_string(value));
}

reason reason::with(std::string_view name, std::string_view value) && {
  with(name, value);
  return std::move(*this);
}

reason reason::with(std::string_view name, std::size_t value) && {
  with(name, value);
  return std::move(*this);
}

std::string_view reason::fact(std::string_view name) const {
  for (const auto& [n, value] : facts) {
    if (n == name)
      return value;
  }
  return {};
}

std::string format(const reason& r) {
  std::string out = r.code;
  for (const auto& [name, value] : r.facts) {
    out += ' ';
    out += name;
    out += '=';
    for (const char c : value) {
      out += ascii::is_graph(c) && c != '=' ? c : '?';
    }
  }
  return out;
}

}  // namespace mekiki::verdict
