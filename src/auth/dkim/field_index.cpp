#include "auth/dkim/field_index.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace mekiki::dkim {
namespace {

using message::field_view;

/// An order in which names that differ in case alone are equal: by length, so
/// that most comparisons look at no letter, then by letter. Less than 0, 0, or
/// more.
int compare(std::string_view a, std::string_view b) {
  if (a.size() != b.size())
    return a.size() < b.size() ? -1 : 1;
  if (a == b)  // as most fields of one name are
    return 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char x = ascii::to_lower(a[i]);
    const char y = ascii::to_lower(b[i]);
    if (x != y)
      return x < y ? -1 : 1;
  }
  return 0;
}

}  // namespace

field_index::field_index(const message::header_view& header) {
  fields_.reserve(header.fields.size());
  for (const field_view& f : header.fields) {
    if (f.is_field())
      fields_.push_back(&f);
  }
  std::sort(fields_.begin(), fields_.end(),
            [](const field_view* a, const field_view* b) {
              const int order = compare(a->name, b->name);
              return order != 0 ? order < 0 : a < b;
            });
}

std::pair<std::size_t, std::size_t> field_index::range(
    std::string_view name) const {
  const auto first =
      std::lower_bound(fields_.begin(), fields_.end(), name,
                       [](const field_view* f, std::string_view n) {
                         return compare(f->name, n) < 0;
                       });
  const auto last = std::upper_bound(
      first, fields_.end(), name, [](std::string_view n, const field_view* f) {
        return compare(n, f->name) < 0;
      });
  return {static_cast<std::size_t>(first - fields_.begin()),
          static_cast<std::size_t>(last - fields_.begin())};
}

std::vector<const field_view*> field_index::select(
    const std::vector<std::string>& names) const {
  std::vector<const field_view*> out;
  out.reserve(names.size());
  // How many fields of a name are taken, noted where the name begins.
  std::vector<std::uint32_t> taken(fields_.size());
  for (const std::string& name : names) {
    const auto [first, last] = range(name);
    if (first == last || taken[first] == last - first)
      continue;
    ++taken[first];
    out.push_back(fields_[last - taken[first]]);
  }
  return out;
}

std::vector<const field_view*> field_index::find(std::string_view name) const {
  const auto [first, last] = range(name);
  return {fields_.begin() + static_cast<std::ptrdiff_t>(first),
          fields_.begin() + static_cast<std::ptrdiff_t>(last)};
}

}  // namespace mekiki::dkim
