#include "reports/senders.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ip_address.hpp"
#include "dns/name.hpp"

namespace mekiki::reports {
namespace {

/// Of another organization than `own`; "" if it is the same, or none.
std::string other_organization(const std::string& name,
                               const std::string& own) {
  if (name.empty() || dmarc::is_public_suffix(name))
    return "";
  std::string org = dmarc::registered_domain(name);
  return org == own ? "" : org;
}

/// "192.0.2.0/24", "2001:db8::/48"
std::string network_of(const std::string& address) {
  const auto a = parse_ip_address(address);
  if (!a)
    return "";
  auto octets = a->octets();
  const std::size_t kept = a->is_v4() ? 3 : 6;
  std::fill(octets.begin() + static_cast<std::ptrdiff_t>(kept), octets.end(),
            std::uint8_t{0});
  const ip_address base =
      a->is_v4() ? ip_address::v4({octets[0], octets[1], octets[2], octets[3]})
                 : ip_address::v6(octets);
  return fmt::format("{}/{}", format(base), 8 * kept);
}

next_step step_for(const sender_group& g, const std::string& domain) {
  if (g.failed() == 0)
    return next_step::none;
  if (g.forwarded * 2 >= g.failed())
    return next_step::forwards;
  if (g.passed >= g.failed())
    return next_step::some_fail;
  const bool is_covered = std::ranges::any_of(
      g.sources, [](const source& s) { return !s.covered.empty(); });
  if (is_covered)
    return next_step::return_path;
  // A signature or a return path of the domain's own, if not of all its mails.
  const bool has_sent_as_us =
      g.passed > 0 || std::ranges::any_of(g.sources, [&](const source& s) {
        return dns::is_subdomain_of(s.signer, domain) ||
               dns::is_subdomain_of(s.sender, domain);
      });
  if (has_sent_as_us)
    return next_step::some_fail;
  return g.is_service ? next_step::sign : next_step::yours_or_forged;
}

}  // namespace

std::string_view to_string(next_step s) {
  switch (s) {
    case next_step::none:
      break;
    case next_step::sign:
      return "sign";
    case next_step::return_path:
      return "return-path";
    case next_step::some_fail:
      return "some-fail";
    case next_step::forwards:
      return "forwards";
    case next_step::yours_or_forged:
      return "yours-or-forged";
  }
  return "none";
}

group_name group_of(const source& s, std::string_view domain) {
  const std::string own = dmarc::registered_domain(std::string(domain));
  const auto named = [](const std::string& name) -> std::optional<group_name> {
    if (const std::string_view service = service_of(name); !service.empty())
      return group_name{std::string(service), true};
    return std::nullopt;
  };
  // Our own hosts are a group of that name, too.
  if (!s.name.empty() && !dmarc::is_public_suffix(s.name))
    return named(s.name).value_or(
        group_name{dmarc::registered_domain(s.name), false});
  for (const std::string* name : {&s.name, &s.signer, &s.sender}) {
    if (auto service = named(*name))
      return *std::move(service);
  }
  for (const std::string* name : {&s.signer, &s.sender}) {
    std::string other = other_organization(*name, own);
    if (!other.empty())
      return {std::move(other), false};
  }
  return {network_of(s.address), false};
}

std::vector<sender_group> group(std::vector<source> all,
                                std::string_view domain) {
  std::vector<sender_group> out;
  std::unordered_map<std::string, std::size_t> known;
  for (source& s : all) {
    group_name name = group_of(s, domain);
    const auto [at, is_new] = known.emplace(name.name, out.size());
    if (is_new) {
      sender_group& g = out.emplace_back();
      g.name = name.name;
      g.is_service = name.is_service;
      g.first = s.first;
    }
    sender_group& g = out[at->second];
    g.mails += s.mails;
    g.passed += s.passed;
    g.dkim += s.dkim;
    g.spf += s.spf;
    g.forwarded += s.forwarded;
    g.stopped += s.stopped;
    g.first = std::min(g.first, s.first);
    g.last = std::max(g.last, s.last);
    g.sources.push_back(std::move(s));
  }
  for (sender_group& g : out) {
    std::ranges::sort(g.sources, [](const source& a, const source& b) {
      return std::tie(b.mails, a.address) < std::tie(a.mails, b.address);
    });
    g.step = step_for(g, std::string(domain));
  }
  std::ranges::sort(out, [](const sender_group& a, const sender_group& b) {
    return std::tie(b.mails, a.name) < std::tie(a.mails, b.name);
  });
  return out;
}

}  // namespace mekiki::reports
