#include "verdict/open_questions.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/split.hpp"
#include "base/unix_time.hpp"
#include "verdict/known_provider.hpp"
#include "verdict/view_host.hpp"

namespace mekiki::verdict {
namespace {

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
    const std::string domain = domain_of_view(v.view);
    if (domain.empty() || is_in_table(domain, mx_set))
      continue;
    std::string host = host_of_view(v.view);
    out.push_back({.view = std::move(v.view),
                   .host = std::move(host),
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
