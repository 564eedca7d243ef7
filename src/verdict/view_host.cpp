#include "verdict/view_host.hpp"

#include <algorithm>
#include <string_view>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "verdict/open_questions.hpp"

namespace mekiki::verdict {
namespace {

/// What the last line of a view says: "border by ocn.ad.jp mf".
struct view_host {
  std::string domain;   // "" where the host has no name with one
  std::string letters;  // that its name begins with
};

view_host host_of(std::string_view view) {
  constexpr std::string_view before = "border by ";
  view.remove_prefix(view.rfind('\n') + 1);
  if (!view.starts_with(before))
    return {};
  view.remove_prefix(before.size());
  const std::size_t end = std::min(view.find(' '), view.size());
  view_host out{.domain = std::string(view.substr(0, end)), .letters = {}};
  if (out.domain.find('.') == std::string::npos ||
      !dns::is_hostname(out.domain) || dmarc::is_public_suffix(out.domain))
    return {};
  if (end < view.size())
    out.letters = view.substr(end + 1);
  return out;
}

/// "mf*.ocn.ad.jp"
std::string shown(const view_host& host) {
  const auto end =
      std::find_if_not(host.domain.begin(), host.domain.end(), ascii::is_alpha);
  const bool is_domain_itself =
      host.letters == std::string_view(host.domain.begin(), end);
  return host.letters.empty() || is_domain_itself
             ? host.domain
             : host.letters + "*." + host.domain;
}

}  // namespace

std::string domain_of_view(const std::string& view) {
  return host_of(view).domain;
}

std::string host_of_view(const std::string& view) {
  const view_host host = host_of(view);
  return host.domain.empty() ? "" : shown(host);
}

}  // namespace mekiki::verdict
