#include "cli/border_advice.hpp"

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
#include "base/split.hpp"
#include "cli/terminal.hpp"
#include "config/units.hpp"
#include "verdict/open_questions.hpp"

namespace mekiki::cli {
namespace {

using verdict::border_answer;
using verdict::border_vote;
using verdict::view_count;
using verdict::view_needs;

constexpr std::size_t most_networks = 16;

/// "1 mail", "3 mails"
std::string count(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

/// What is still missing: "needs: mails 3 of 12, days 1 of 5".
std::string tell_needs(const view_count& c) {
  const view_needs needs;
  std::vector<std::string> missing;
  const auto look = [&](std::string_view what, std::size_t have,
                        std::size_t need) {
    if (have < need)
      missing.push_back(fmt::format("{} {} of {}", what, have, need));
  };
  look("mails", c.view.mails, needs.mails);
  look("senders", c.view.organizations, needs.organizations);
  look("days", c.days, needs.days);
  look("days from first to last", c.spread, needs.spread);
  look("addresses", c.clients, needs.clients);
  look("SPF terms", c.authorities, needs.authorities);
  if (missing.empty()) {
    return c.disputed ? "too many mails are against it"
                      : "it was not seen lately";
  }
  return fmt::format("needs: {}", fmt::join(missing, ", "));
}

std::string time_text(std::int64_t at) {
  return config::format_time(time_point(std::chrono::seconds(at)));
}

/// ", confirmed 2026-11-21T10:01:00Z"
std::string tell_answer(const std::optional<border_answer>& answer) {
  if (!answer)
    return {};
  switch (answer->said) {
    case verdict::border_reply::yes:
      return ", confirmed " + time_text(answer->at);
    case verdict::border_reply::no:
      return ", refused " + time_text(answer->at);
    case verdict::border_reply::later:
      return ", put off " + time_text(answer->at);
  }
  return {};
}

}  // namespace

std::optional<provider_lines> advise(
    const std::vector<border_vote>& votes, std::int64_t now,
    const std::vector<border_answer>& answers) {
  // Files are read on one day, and a person looks at the answer.
  constexpr std::size_t any = std::numeric_limits<std::int32_t>::max();
  const view_needs needs{.days = 1, .spread = 0, .lapse = any};
  const std::vector<view_count> views = verdict::count_views(votes, now, needs);
  const view_count* best = nullptr;
  for (const view_count& c : views) {
    const bool is_refused =
        verdict::reply_about(c.view.view, answers) == verdict::border_reply::no;
    if (c.usable && !is_refused &&
        (best == nullptr || c.view.mails > best->view.mails))
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
    out.host_domain = verdict::domain_of_view(view);
  for (const std::string_view hop : split(view, '\n')) {
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
        "# mail_only = true  # if nobody else's programs or web sites run on "
        "these "
        "hosts\n";
  }
  return out;
}

std::vector<view_report> told_views(const std::vector<border_vote>& votes,
                                    const std::vector<border_answer>& answers,
                                    std::int64_t now) {
  const auto usable = verdict::usable_views(votes, now, answers);
  const auto add = [&](std::vector<view_report>& to, view_count count) {
    view_report& t = to.emplace_back();
    const std::string& view = count.view.view;
    t.in_use = std::ranges::find(usable, view, &verdict::border_view::view) !=
               usable.end();
    const auto at = std::ranges::find(answers, view, &border_answer::view);
    if (at != answers.end())
      t.answer = *at;
    t.count = std::move(count);
  };
  std::vector<view_report> out;
  for (view_count& c : verdict::count_views(votes, now)) add(out, std::move(c));
  for (const border_answer& a : answers) {
    const bool is_told = std::ranges::any_of(
        out, [&](const view_report& t) { return t.count.view.view == a.view; });
    if (is_told)
      continue;
    view_count none;
    none.view.view = a.view;
    add(out, std::move(none));
  }
  return out;
}

std::string tell_views(const std::vector<view_report>& views) {
  std::string out;
  for (const view_report& t : views) {
    const view_count& c = t.count;
    out += fmt::format("  {}{}: {} of {}, {} against",
                       t.in_use ? paint(colour::green, "in use") : "not in use",
                       tell_answer(t.answer), count(c.view.mails, "mail"),
                       count(c.view.organizations, "sender"), c.against);
    if (c.view.mails > 0)
      out += fmt::format("; the last {}", time_text(c.view.last));
    out += '\n';
    const bool is_refused =
        t.answer && t.answer->said == verdict::border_reply::no;
    if (!t.in_use && !c.usable && !is_refused)
      out += fmt::format("    {}\n", tell_needs(c));
    for (const std::string_view hop : split(c.view.view, '\n'))
      out += fmt::format("    {}\n", printable(hop));
  }
  if (!views.empty()) {
    out +=
        "  Each line is a hop, the last one first: the kind of its client "
        "(public: with a public\n  address), the domain, the domain of the "
        "host "
        "that took the mail, and how. \"border\" is\n  where mail comes in; "
        "the "
        "name of that host begins with the last word.\n";
  }
  return out;
}

boost::json::array views_json(const std::vector<view_report>& views) {
  boost::json::array out;
  for (const view_report& t : views) {
    const view_count& c = t.count;
    boost::json::array hops;
    for (const std::string_view hop : split(c.view.view, '\n'))
      hops.push_back(boost::json::value(hop));
    boost::json::value answer;
    if (t.answer)
      answer = to_string(t.answer->said);
    out.push_back(boost::json::object{{"hops", std::move(hops)},
                                      {"usable", t.in_use},
                                      {"answer", std::move(answer)},
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
