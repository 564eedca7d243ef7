#include "verdict/mailbox_name.hpp"

#include <optional>

#include "base/ascii.hpp"
#include "dns/name.hpp"

namespace mekiki::verdict {
namespace {

/// A domain of two labels at least, in A-labels and lower case.
std::optional<std::string> domain_of(std::string_view text) {
  if (text.find('.') == std::string_view::npos)
    return std::nullopt;
  auto name = dns::to_a_labels(text);
  if (!name || !dns::is_hostname(*name))
    return std::nullopt;
  return ascii::to_lower(*name);
}

}  // namespace

std::string mailbox_name(std::string_view login) {
  constexpr std::string_view recent = "recent:";
  std::string_view name = login;
  while (ascii::istarts_with(name, recent)) name.remove_prefix(recent.size());

  std::size_t at = name.rfind('@');
  const bool has_at = at != std::string_view::npos;
  if (!has_at)
    at = name.rfind('%');
  if (at == std::string_view::npos || at == 0)
    return ascii::to_lower(name.empty() ? login : name);
  const std::string_view local = name.substr(0, at);
  std::string_view behind = name.substr(at + 1);
  behind = behind.substr(0, behind.find('/'));
  const auto domain = domain_of(behind);
  // "%" is a sign like others where no domain follows.
  if (!domain && (!has_at || behind.empty()))
    return ascii::to_lower(name);
  return ascii::to_lower(local) + '@' +
         domain.value_or(ascii::to_lower(behind));
}

std::string account_name(std::string_view account) {
  const std::size_t percent = account.rfind('%');
  if (percent == std::string_view::npos)
    return std::string(account);
  return mailbox_name(account.substr(0, percent)) + '%' +
         ascii::to_lower(account.substr(percent + 1));
}

}  // namespace mekiki::verdict
