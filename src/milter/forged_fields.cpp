#include "milter/forged_fields.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "milter/codec.hpp"
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

}  // namespace

forged_fields::forged_fields(std::string authserv_id)
    : authserv_id_(std::move(authserv_id)) {}

void forged_fields::add(std::string_view name, std::string_view value) {
  const std::uint32_t n = ++counts_[ascii::to_lower(name)];
  if (is_plain(name, value) && !notify::may_be_removed(name))
    return;
  std::string field(name);
  field += ':';
  field += with_crlf(value);
  field += "\r\n";
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
    c.value = with_lf(std::string_view(left).substr(begin));
    while (c.value.ends_with('\n') || c.value.ends_with('\r'))
      c.value.pop_back();
  }
  changes_.push_back(std::move(c));
}

}  // namespace mekiki::milter
