#include "reports/whose.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "dns/name.hpp"

namespace mekiki::reports {

std::string_view to_string(owner o) {
  switch (o) {
    case owner::unknown:
      break;
    case owner::ours:
      return "ours";
    case owner::foreign:
      return "foreign";
  }
  return "unknown";
}

std::optional<owner> parse_owner(std::string_view text) {
  for (const owner o : {owner::unknown, owner::ours, owner::foreign}) {
    if (to_string(o) == text)
      return o;
  }
  return std::nullopt;
}

std::string_view to_string(whose::reason r) {
  switch (r) {
    case whose::reason::undecided:
      break;
    case whose::reason::marked:
      return "marked";
    case whose::reason::passes:
      return "passes";
    case whose::reason::covered:
      return "covered";
    case whose::reason::sent_as_us:
      return "sent-as-us";
    case whose::reason::forwards:
      return "forwards";
    case whose::reason::nameless:
      return "nameless";
  }
  return "undecided";
}

whose whose_is(const sender_group& g, std::optional<owner> marked,
               std::string_view domain) {
  using reason = whose::reason;
  if (marked && *marked != owner::unknown)
    return {*marked, reason::marked};
  const auto any = [&](auto is_so) {
    return std::ranges::any_of(g.sources, is_so);
  };
  const bool is_covered =
      any([](const source& s) { return !s.covered.empty(); });
  const bool forwards =
      g.failed() > 0 && g.forwarded >= g.failed() - g.forwarded;
  // Signatures survive forwarding, so much of it may pass.
  if (forwards && !is_covered && g.forwarded >= g.mails / 10)
    return {owner::foreign, reason::forwards};
  if (g.passed > 0 && g.passed >= g.failed())
    return {owner::ours, reason::passes};
  if (is_covered)
    return {owner::ours, reason::covered};
  const std::string own(domain);
  const bool has_sent_as_us = g.passed > 0 || any([&](const source& s) {
                                return dns::is_subdomain_of(s.signer, own) ||
                                       dns::is_subdomain_of(s.sender, own);
                              });
  if (has_sent_as_us && !g.is_service)
    return {owner::ours, reason::sent_as_us};
  if (forwards)
    return {owner::foreign, reason::forwards};
  const bool has_name = g.is_service || any([](const source& s) {
                          return !s.is_asked || !s.name.empty() ||
                                 !s.signer.empty() || !s.sender.empty();
                        });
  if (!has_name && !has_sent_as_us)
    return {owner::foreign, reason::nameless};
  return {};
}

std::span<const std::string_view> well_known_reporters() {
  static constexpr std::array<std::string_view, 7> all = {"",
                                                          "google.com",
                                                          "microsoft.com",
                                                          "yahooinc.com",
                                                          "amazonses.com",
                                                          "mimecast.org",
                                                          "mimecastreport.com"};
  return all;
}

bool is_well_known_reporter(std::string_view author) {
  const auto all = well_known_reporters();
  return std::ranges::find(all, author) != all.end();
}

}  // namespace mekiki::reports
