#include "milter/forged_fields.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "notify/edit/scrubber.hpp"

namespace mekiki::milter {
namespace {

/// Every reader sees one field of that name.
bool is_plain(std::string_view name, std::string_view value) {
  if (!std::ranges::all_of(name, ascii::is_graph))
    return false;
  for (std::size_t at = value.find_first_of("\r\n"); at != value.npos;
       at = value.find_first_of("\r\n", at + 1)) {
    if (value[at] == '\r' || at + 1 == value.size() ||
        !ascii::is_wsp(value[at + 1]))
      return false;
  }
  return true;
}

/// Lines end in CRLF.
std::string as_on_the_wire(std::string_view name, std::string_view value) {
  std::string out(name);
  out += ':';
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r'))
      out += '\r';
    out += value[i];
  }
  out += "\r\n";
  return out;
}

}  // namespace

forged_fields::forged_fields(std::string authserv_id)
    : authserv_id_(std::move(authserv_id)) {}

void forged_fields::add(std::string_view name, std::string_view value) {
  const std::uint32_t n = ++counts_[ascii::to_lower(name)];
  if (is_plain(name, value) && !notify::may_be_removed(name))
    return;
  const std::string field = as_on_the_wire(name, value);
  notify::scrubber scrub(authserv_id_);
  scrub.set_receipts(notify::receipts::kept);
  std::string left;
  scrub.write(field, left);
  scrub.finish(left);
  if (left == field)
    return;
  change c{.name = std::string(name), .n = n, .value = {}};
  const std::size_t begin = name.size() + 1;
  // A field whose name went is of no use.
  if (left.size() > begin &&
      left.starts_with(std::string_view(field).substr(0, begin))) {
    c.value = left.substr(begin);
    std::erase(c.value, '\r');
    while (c.value.ends_with('\n')) c.value.pop_back();
  }
  changes_.push_back(std::move(c));
}

}  // namespace mekiki::milter
