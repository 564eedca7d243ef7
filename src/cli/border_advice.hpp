// For people: what proven mails taught about a provider's border, how much is
// still missing, and the settings that would make it permanent.
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
  std::string host_domain;            // if there are none; else ""
  /// One of the hops is within a host, so the border proves only if nobody
  /// else's programs run on that host (mail_only).
  bool asks_mail_only = false;
};

/// Lines for the view with the most mails, among those that lack nothing but
/// days and that no person refused. Nothing if there is none, or if its hosts
/// have more than 16 addresses.
std::optional<provider_lines> advise(
    const std::vector<verdict::border_vote>& votes, std::int64_t now,
    const std::vector<verdict::border_answer>& answers = {});

/// The lines, in the form of a settings file.
std::string format(const provider_lines& lines, const std::string& upstream);

/// A view, and a person's answer about it.
struct view_report {
  verdict::view_count count;
  std::optional<verdict::border_answer> answer;
  bool in_use = false;
};

/// The shallowest views first; last those that were answered and have no votes
/// now.
std::vector<view_report> told_views(
    const std::vector<verdict::border_vote>& votes,
    const std::vector<verdict::border_answer>& answers, std::int64_t now);

/// A paragraph for each view.
std::string tell_views(const std::vector<view_report>& views);
boost::json::array views_json(const std::vector<view_report>& views);

}  // namespace mekiki::cli
