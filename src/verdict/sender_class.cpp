#include "verdict/sender_class.hpp"

#include <algorithm>

#include "dns/name.hpp"
#include "verdict/evidence.hpp"

namespace mekiki::verdict {
namespace {

using auth::result;

conformity to_conformity(result r) {
  if (r == result::pass)
    return conformity::pass;
  return r == result::temperror ? conformity::unknown : conformity::fail;
}

/// What the two checks say, whoever passed, and for the author domain.
struct checks {
  conformity spf = conformity::unknown;
  conformity spf_aligned = conformity::unknown;
  conformity dkim = conformity::fail;
  conformity dkim_aligned = conformity::fail;
};

checks results(const facts& f) {
  const std::string& author = f.header.author_domain;
  checks out;
  for (const dkim::signature_result& r : f.dkim) {
    const conformity c = to_conformity(r.status);
    out.dkim = std::max(out.dkim, c);
    if (is_aligned(r.domain, author, method::dkim, f))
      out.dkim_aligned = std::max(out.dkim_aligned, c);
  }
  if (is_spf_certain(f) || f.spf.source == spf_source::reported) {
    out.spf = to_conformity(f.spf.outcome.status);
    out.spf_aligned = is_aligned(f.spf.outcome.domain, author, method::spf, f)
                          ? out.spf
                          : conformity::fail;
  }
  return out;
}

bool is_bulk(const facts& f, const policy& p) {
  return std::any_of(p.bulk_senders.begin(), p.bulk_senders.end(),
                     [&](const std::string& domain) {
                       return dns::is_subdomain_of(f.header.author_domain,
                                                   domain);
                     });
}

}  // namespace

class_result check_sender_class(const facts& f, const policy& p) {
  if (p.senders == sender_class::off)
    return {};
  const bool is_google = p.senders == sender_class::google;
  const checks c = results(f);
  if (!is_bulk(f, p)) {
    return {std::max(c.spf, c.dkim),
            is_google ? "google-spf-or-dkim" : "strict-spf-or-dkim"};
  }
  const conformity both = std::min(c.spf, c.dkim);
  const conformity aligned = is_google
                                 ? std::max(c.spf_aligned, c.dkim_aligned)
                                 : std::min(c.spf_aligned, c.dkim_aligned);
  if (both <= aligned) {
    return {both, is_google ? "google-bulk-spf-and-dkim"
                            : "strict-bulk-spf-and-dkim"};
  }
  return {aligned,
          is_google ? "google-bulk-one-aligned" : "strict-bulk-both-aligned"};
}

}  // namespace mekiki::verdict
