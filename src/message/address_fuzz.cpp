#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "message/address.hpp"

using mekiki::fuzz::require;

// An address that is well-formed is read the same when written again, and a
// quoted display name before it changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::message;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const address_list list = parse_addresses(text);
  require(list.count >= list.mailboxes.size());
  parse_list_id(text);
  if (const auto post = parse_list_post(text))
    require(!post->empty() && post->size() < text.size());
  if (!list.well_formed)
    return 0;
  for (const mailbox& box : list.mailboxes)
    require(!box.local_part.empty() && !box.domain.empty());
  if (list.mailboxes.empty())
    return 0;
  const mailbox& box = list.mailboxes.back();
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += c;
  }
  quoted += "\" <" + box.address() + ">";
  const address_list again = parse_addresses(quoted);
  // An octet of Shift_JIS takes the backslash behind it.
  const bool has_wide = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80;
  });
  if (quoted.size() > (64 << 10) || has_wide)
    return 0;
  require(again.well_formed);
  require(again.mailboxes.size() == 1);
  require(again.mailboxes[0].address() == box.address());
  return 0;
}
