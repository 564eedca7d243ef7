#include "verdict/decide.hpp"

#include <algorithm>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "dns/name.hpp"

namespace mekiki::verdict {
namespace {

using dkim::signature_result;

bool is_aligned(const signature_result& r, const std::string& author_domain) {
  if (author_domain.empty() || r.domain.empty())
    return false;
  if (r.domain == author_domain)
    return true;
  return dns::is_subdomain_of(author_domain, r.domain) &&
         !dmarc::is_public_suffix(r.domain);
}

std::size_t times_signed(const signature_result& r, std::string_view field) {
  return static_cast<std::size_t>(
      std::count(r.signed_fields.begin(), r.signed_fields.end(), field));
}

// What keeps a signature that passed from proving the author; no code if
// nothing.
reason objection(const signature_result& r, const header_facts& facts) {
  if (r.testing)
    return reason("test-key").with("signer", r.domain);
  if (r.partial) {
    return reason("partial-signature")
        .with("signer", r.domain)
        .with("covered", r.body_covered)
        .with("of", r.body_octets);
  }
  for (std::size_t i = 0; i < shown_fields.size(); ++i) {
    if (facts.shown[i] > times_signed(r, shown_fields[i])) {
      return reason("unsigned-field")
          .with("signer", r.domain)
          .with("field", shown_fields[i]);
    }
  }
  return {};
}

// Why no signature passed, by the one that came nearest.
reason not_passed(const std::vector<signature_result>& results) {
  const auto first = [&](auth::result status) {
    return std::find_if(
        results.begin(), results.end(),
        [&](const signature_result& r) { return r.status == status; });
  };
  for (const auto& [status, code] :
       {std::pair{auth::result::temperror, "dkim-temperror"},
        std::pair{auth::result::fail, "dkim-fail"}}) {
    if (const auto r = first(status); r != results.end()) {
      return reason(code).with("signer", r->domain);
    }
  }
  if (results.empty())
    return reason("no-signature");
  return reason("no-usable-signature")
      .with("signer", results.front().domain)
      .with("result", to_string(results.front().status));
}

}  // namespace

std::string_view to_string(level l) {
  switch (l) {
    case level::genuine:
      return "genuine";
    case level::new_:
      return "new";
    case level::unverified:
      return "unverified";
    case level::altered:
      return "altered";
    case level::forged:
      return "forged";
  }
  return "unverified";
}

auth::result summarize(const std::vector<signature_result>& results) {
  const auto any = [&](auth::result status) {
    return std::any_of(
        results.begin(), results.end(),
        [&](const signature_result& r) { return r.status == status; });
  };
  if (any(auth::result::pass))
    return auth::result::pass;
  if (any(auth::result::temperror))
    return auth::result::none;
  return any(auth::result::fail) ? auth::result::fail : auth::result::none;
}

answer decide(const facts& f, const policy& /*p*/) {
  const header_facts& header = f.header;
  const auto unverified = [](reason why) {
    return answer{level::unverified, std::move(why)};
  };
  if (header.author_count == 0)
    return unverified(reason("no-author"));
  if (header.author_count > 1 || header.from_fields > 1) {
    return unverified(reason("several-authors")
                          .with("authors", header.author_count)
                          .with("fields", header.from_fields));
  }
  if (!header.author_is_clear || header.author_domain.empty())
    return unverified(reason("unclear-author").with("author", header.author));

  reason why;
  const signature_result* third_party = nullptr;
  for (const signature_result& r : f.dkim) {
    if (r.status != auth::result::pass)
      continue;
    if (!is_aligned(r, header.author_domain)) {
      if (third_party == nullptr)
        third_party = &r;
      continue;
    }
    reason against = objection(r, header);
    if (against.code.empty()) {
      return {level::new_, reason("aligned-dkim")
                               .with("author", header.author_domain)
                               .with("signer", r.domain)
                               .with("selector", r.selector)};
    }
    if (why.code.empty())
      why = std::move(against);
  }
  if (!why.code.empty())
    return unverified(std::move(why));
  if (third_party != nullptr) {
    return unverified(reason("third-party-signature")
                          .with("author", header.author_domain)
                          .with("signer", third_party->domain));
  }
  return unverified(not_passed(f.dkim));
}

}  // namespace mekiki::verdict
