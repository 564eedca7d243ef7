#include "verdict/open_questions.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/split.hpp"
#include "base/unix_time.hpp"
#include "dns/name.hpp"
#include "verdict/known_provider.hpp"

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

/// Whether an entry of the built-in table for these MX hosts has doors of this
/// domain: "mta*.mail.*.yahoo.com" of yahoo.com.
bool is_in_table(const std::string& domain, const std::string& mx_set) {
  const auto hosts = split(mx_set, '\n');
  for (const known_provider* k :
       known_providers({hosts.begin(), hosts.end()})) {
    for (std::string_view door : split(k->doors, ' ')) {
      door.remove_prefix(door.rfind('*') + 1);
      if (door.starts_with('.'))
        door.remove_prefix(1);
      if (dmarc::registered_domain(std::string(door)) == domain)
        return true;
    }
  }
  return false;
}

bool was_answered(const std::string& view,
                  const std::vector<border_answer>& answers, std::int64_t now) {
  return std::ranges::any_of(answers, [&](const border_answer& a) {
    return a.view == view && (a.said != border_reply::later ||
                              now < a.at + ask_again_days * day_seconds);
  });
}

}  // namespace

std::string domain_of_view(const std::string& view) {
  return host_of(view).domain;
}

std::vector<open_question> open_questions(
    const std::vector<border_vote>& votes,
    const std::vector<border_answer>& answers, const std::string& mx_set,
    std::int64_t now) {
  const std::vector<view_count> in_use = count_views(votes, now);
  const auto is_in_use = [&](const std::string& view) {
    return std::ranges::any_of(in_use, [&](const view_count& c) {
      return c.usable && c.view.view == view;
    });
  };
  std::vector<open_question> out;
  for (view_count& c : count_views(votes, now, question_needs)) {
    border_view& v = c.view;
    if (!c.usable || v.above > 0 || may_be_inner(c) || is_in_use(v.view) ||
        was_answered(v.view, answers, now))
      continue;
    const view_host host = host_of(v.view);
    if (host.domain.empty() || is_in_table(host.domain, mx_set))
      continue;
    out.push_back({.view = std::move(v.view),
                   .host = shown(host),
                   .mails = v.mails,
                   .organizations = v.organizations});
  }
  std::ranges::sort(out, std::greater(), [](const open_question& q) {
    return std::tie(q.mails, q.view);
  });
  out.resize(std::min(out.size(), most_open_questions));
  return out;
}

}  // namespace mekiki::verdict
