#include "cli/border_lesson.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>
#include <string_view>

#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ip_address.hpp"
#include "base/printable.hpp"
#include "cli/terminal.hpp"
#include "config/units.hpp"

namespace mekiki::cli {
namespace {

using verdict::border_vote;
using verdict::view_count;
using verdict::view_needs;

constexpr std::size_t most_networks = 16;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    out.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), out.back().size() + 1));
  }
  return out;
}

/// "ocn.ad.jp" of "border by ocn.ad.jp mf".
std::string door_domain(std::string_view view) {
  constexpr std::string_view before = "border by ";
  std::string_view border = lines_of(view).back();
  if (!border.starts_with(before))
    return {};
  border.remove_prefix(before.size());
  const std::string domain(border.substr(0, border.find(' ')));
  return domain.find('.') == std::string::npos ? std::string() : domain;
}

/// "12 of 12" or "3 of 12".
std::string part(std::string_view what, std::size_t have, std::size_t need) {
  return fmt::format("{} {} of {}", what, std::min(have, need), need);
}

std::string tell_needs(const view_count& c) {
  const view_needs needs;
  return fmt::format("needs: {}, {}, {}, {}, {}, {}",
                     part("mails", c.view.mails, needs.mails),
                     part("senders", c.view.organizations, needs.organizations),
                     part("days", c.days, needs.days),
                     part("days from first to last", c.spread, needs.spread),
                     part("addresses", c.clients, needs.clients),
                     part("SPF terms", c.authorities, needs.authorities));
}

}  // namespace

std::optional<provider_lines> advise(const std::vector<border_vote>& votes,
                                     std::int64_t now) {
  // Files are read on one day, and a person looks at the answer.
  constexpr std::size_t any = std::numeric_limits<std::int32_t>::max();
  const view_needs needs{.days = 1, .spread = 0, .lapse = any};
  const std::vector<view_count> views = verdict::count_views(votes, now, needs);
  const view_count* best = nullptr;
  for (const view_count& c : views) {
    if (c.usable && (best == nullptr || c.view.mails > best->view.mails))
      best = &c;
  }
  if (best == nullptr)
    return std::nullopt;
  const std::string& view = best->view.view;
  std::set<std::string> addresses;
  for (const border_vote& v : votes) {
    if (v.places.empty() || v.places.back().view != view)
      continue;
    for (std::size_t i = 0; i + 1 < v.places.size(); ++i)
      addresses.insert(v.places[i].client);
  }
  if (addresses.size() > most_networks)
    return std::nullopt;
  provider_lines out;
  for (const std::string& text : addresses) {
    const auto address = parse_ip_address(text);
    if (address)
      out.networks.push_back(text + (address->is_v4() ? "/32" : "/128"));
  }
  if (out.networks.empty())
    out.host_domain = door_domain(view);
  for (const std::string_view hop : lines_of(view)) {
    out.asks_mail_only = out.asks_mail_only || hop.starts_with("loopback ") ||
                         hop.starts_with("program ");
  }
  if (out.networks.empty() && out.host_domain.empty())
    return std::nullopt;
  return out;
}

std::string format(const provider_lines& lines, const std::string& upstream) {
  std::string out = fmt::format("[[provider]]\nupstream = \"{}\"\n", upstream);
  if (!lines.networks.empty()) {
    out += fmt::format("networks = [\"{}\"]\n",
                       fmt::join(lines.networks, "\", \""));
  }
  if (!lines.host_domain.empty())
    out += fmt::format("host_domain = \"{}\"\n", lines.host_domain);
  if (lines.asks_mail_only) {
    out +=
        "# mail_only = true  # if nobody's programs or web sites run on these "
        "hosts\n";
  }
  return out;
}

std::string tell_views(const std::vector<view_count>& views) {
  std::string out;
  for (const view_count& c : views) {
    const auto last = time_point(std::chrono::seconds(c.view.last));
    out += fmt::format(
        "  {}: {} mails of {} senders, {} against; the last {}\n",
        c.usable ? paint(colour::green, "in use") : "not in use", c.view.mails,
        c.view.organizations, c.against, config::format_time(last));
    if (!c.usable)
      out += fmt::format("    {}\n", tell_needs(c));
    for (const std::string_view hop : lines_of(c.view.view))
      out += fmt::format("    {}\n", printable(hop));
  }
  return out;
}

boost::json::array views_json(const std::vector<view_count>& views) {
  boost::json::array out;
  for (const view_count& c : views) {
    boost::json::array hops;
    for (const std::string_view hop : lines_of(c.view.view))
      hops.push_back(boost::json::value(hop));
    out.push_back(boost::json::object{{"hops", std::move(hops)},
                                      {"usable", c.usable},
                                      {"mails", c.view.mails},
                                      {"senders", c.view.organizations},
                                      {"days", c.days},
                                      {"spread", c.spread},
                                      {"clients", c.clients},
                                      {"authorities", c.authorities},
                                      {"against", c.against},
                                      {"last", c.view.last}});
  }
  return out;
}

}  // namespace mekiki::cli
