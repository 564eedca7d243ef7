#include "auth/historic/pra.hpp"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"

namespace mekiki::historic {
namespace {

using message::field_view;

/// "non-empty": it has an octet that is not white space.
bool is_field(const field_view& f, std::string_view name) {
  return ascii::iequals(f.name, name) && !ascii::trim(f.value).empty();
}

/// Where the fields of that name are, top to bottom.
std::vector<std::size_t> find(const message::header_view& header,
                              std::string_view name) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    if (is_field(header.fields[i], name))
      out.push_back(i);
  }
  return out;
}

/// Step 1, its second half: the Resent-Sender belongs to an older block than a
/// Resent-From above it.
bool is_outdated(const message::header_view& header, std::size_t resent_sender,
                 const std::vector<std::size_t>& resent_from) {
  if (resent_from.empty() || resent_from.front() > resent_sender)
    return false;
  for (std::size_t i = resent_from.front(); i < resent_sender; ++i) {
    const std::string_view name = header.fields[i].name;
    if (ascii::iequals(name, "received") ||
        ascii::iequals(name, "return-path")) {
      return true;
    }
  }
  return false;
}

/// Steps 1 to 4: the field that counts.
std::optional<std::size_t> select(const message::header_view& header) {
  const auto resent_sender = find(header, "resent-sender");
  const auto resent_from = find(header, "resent-from");
  if (!resent_sender.empty() &&
      !is_outdated(header, resent_sender.front(), resent_from)) {
    return resent_sender.front();
  }
  if (!resent_from.empty())
    return resent_from.front();
  auto last = find(header, "sender");
  if (last.empty())
    last = find(header, "from");
  if (last.size() != 1)
    return std::nullopt;
  return last.front();
}

}  // namespace

std::optional<responsible> find_responsible(
    const message::header_view& header) {
  if (header.truncated)
    return std::nullopt;
  const auto selected = select(header);
  if (!selected)
    return std::nullopt;
  const field_view& field = header.fields[*selected];
  // Step 5.
  auto addresses = message::parse_addresses(field.value);
  if (!addresses.well_formed || addresses.count != 1)
    return std::nullopt;
  message::mailbox& mailbox = addresses.mailboxes.front();
  if (mailbox.domain.empty() || mailbox.domain.front() == '[')
    return std::nullopt;
  return responsible{ascii::to_lower(field.name), std::move(mailbox)};
}

}  // namespace mekiki::historic
