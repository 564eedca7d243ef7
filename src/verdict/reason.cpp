#include "verdict/reason.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "mime/transfer.hpp"

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

namespace {

bool is_plain(char c) { return ascii::is_graph(c) && c != '='; }

/// `append` has each octet of a fact's value.
template <class Append>
std::string spell(const reason& r, Append append) {
  std::string out = r.code;
  for (const auto& [name, value] : r.facts) {
    out += ' ';
    out += name;
    out += '=';
    for (const char c : value) append(c, out);
  }
  return out;
}

}  // namespace

std::string encode(const reason& r) {
  return spell(r, [](char c, std::string& out) {
    if (is_plain(c) && c != '%')
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  });
}

reason parse_reason(std::string_view text) {
  const auto next_word = [&] {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
  };
  reason r(next_word());
  while (!text.empty()) {
    const std::string_view word = next_word();
    if (const std::size_t equals = word.find('='); equals != word.npos)
      r.with(word.substr(0, equals),
             mime::decode_escapes(word.substr(equals + 1), '%'));
  }
  return r;
}

std::string format(const reason& r) {
  return spell(r,
               [](char c, std::string& out) { out += is_plain(c) ? c : '?'; });
}

}  // namespace mekiki::verdict
