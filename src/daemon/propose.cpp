#include "daemon/propose.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "auth/dmarc/public_suffix.hpp"
#include "cli/border_advice.hpp"
#include "verdict/request.hpp"

namespace mekiki::daemon {
namespace {

/// By the votes of the history that voted last.
std::optional<cli::provider_lines> learned_lines(
    const store::server_sight& s,
    const std::vector<store::learned_provider>& learned, std::int64_t now) {
  const store::learned_provider* best = nullptr;
  for (const store::learned_provider& p : learned) {
    const bool is_later =
        p.host == s.host && !p.votes.empty() &&
        (best == nullptr || p.votes.back().at > best->votes.back().at);
    if (is_later)
      best = &p;
  }
  return best == nullptr ? std::nullopt
                         : cli::advise(best->votes, now, best->answers);
}

/// Where it is only not known whose the host is that recorded an outside
/// client: its domain, if most of the mails came by it.
std::string seen_domain(const store::server_sight& s) {
  std::map<std::string, std::uint64_t> mails;
  for (const store::named_count& w : s.why) {
    const std::string_view way = w.name;
    const std::string_view word = way.substr(0, way.find(' '));
    if (word.size() < way.size() &&
        (word == "provider-unknown" || word == "no-door"))
      mails[dmarc::registered_domain(
          std::string(way.substr(word.size() + 1)))] += w.mails;
  }
  const auto most = std::ranges::max_element(
      mails, {}, [](const auto& m) { return m.second; });
  return most != mails.end() && most->second * 2 > s.mails - s.certain
             ? most->first
             : std::string();
}

}  // namespace

admin::border_proposal propose(
    const config::settings& settings, const store::server_sight& s,
    const std::vector<store::learned_provider>& learned, std::int64_t now) {
  admin::border_proposal out;
  out.has_provider =
      !verdict::rule_for(settings.verdict, s.host).upstream.empty();
  auto lines = learned_lines(s, learned, now);
  if (!lines) {
    lines.emplace();
    lines->host_domain = seen_domain(s);
  }
  if (!lines->networks.empty() || !lines->host_domain.empty())
    out.settings = cli::format(*lines, s.host);
  return out;
}

}  // namespace mekiki::daemon
