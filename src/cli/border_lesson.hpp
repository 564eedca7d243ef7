// What proven mails taught about where a provider takes mail from outside, for
// people: how far it is, and the settings that would say so for good.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "base/expected.hpp"
#include "verdict/border_views.hpp"

namespace mekiki::cli {

/// The lines of a `[[provider]]` table of the settings.
struct provider_lines {
  std::vector<std::string> networks;  // of hosts that hand mail on
  std::string host_domain;            // where none does; else ""
  /// Part of the way is local to a host: it proves only if nobody else's
  /// programs run there.
  bool asks_mail_only = false;
};

/// From the view with most mails that needs nothing more but days, and that no
/// person refused. None if there is none, or if its hosts have more than 16
/// addresses.
std::optional<provider_lines> advise(
    const std::vector<verdict::border_vote>& votes, std::int64_t now,
    const std::vector<verdict::border_answer>& answers = {});

/// As they stand in a settings file.
std::string format(const provider_lines& lines, const std::string& upstream);

/// A view, and what a person said of it.
struct told_view {
  verdict::view_count count;
  std::optional<verdict::border_answer> answer;
  bool in_use = false;
};

/// From the shallowest; then those that were answered and have no votes now.
std::vector<told_view> told_views(
    const std::vector<verdict::border_vote>& votes,
    const std::vector<verdict::border_answer>& answers, std::int64_t now);

/// A paragraph for each.
std::string tell_views(const std::vector<told_view>& views);
boost::json::array views_json(const std::vector<told_view>& views);

}  // namespace mekiki::cli
