#include "daemon/published_policy.hpp"

#include "auth/dmarc/record.hpp"

namespace mekiki::daemon {

std::optional<reports::policy_now> published_policy(const domain_watch& watch,
                                                    const std::string& domain) {
  const seen_domain* const seen = watch.seen(domain);
  if (seen == nullptr)
    return std::nullopt;
  const auto found = seen->records.find("DMARC");
  if (found == seen->records.end())
    return std::nullopt;
  const auto read = dmarc::parse_record(found->second, dmarc::spec::rfc9989);
  if (!read)
    return reports::policy_now{};
  std::optional<dmarc::policy> holds;
  for (const auto p : {dmarc::policy::none, dmarc::policy::quarantine,
                       dmarc::policy::reject}) {
    if (to_string(p) == seen->policy)
      holds = p;
  }
  reports::policy_now out = reports::read_published(*read, holds);
  // A long one was cut when it was kept: nothing to publish anew.
  constexpr std::size_t cut = 1'000;
  if (out.text.size() >= cut)
    out.text.clear();
  return out;
}

}  // namespace mekiki::daemon
