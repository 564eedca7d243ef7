#include "milter/policy.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "dns/name.hpp"

namespace mekiki::milter {
namespace {

using dmarc_policy = mekiki::dmarc::policy;

measure measure_for(const std::string& author, const policy& p) {
  const policy::domain_rule* best = nullptr;
  for (const policy::domain_rule& rule : p.domains) {
    if (dns::is_subdomain_of(author, rule.name) &&
        (best == nullptr || rule.name.size() > best->name.size()))
      best = &rule;
  }
  return best != nullptr ? best->on_dmarc_fail : p.on_dmarc_fail;
}

bool is_excluded(const std::string& recipient, const policy& p) {
  const std::string address = ascii::to_lower(recipient);
  const std::string local = address.substr(0, address.rfind('@'));
  return std::ranges::any_of(p.excluded, [&](const std::string& name) {
    return name == address || name == local;
  });
}

/// Who adds postmaster to the recipients of a forged mail gains nothing.
bool are_all_excluded(const envelope& mail, const policy& p) {
  return !mail.recipients.empty() &&
         mail.recipients.size() == mail.recipient_count &&
         std::ranges::all_of(mail.recipients, [&](const std::string& r) {
           return is_excluded(r, p);
         });
}

/// What the domain asks for, as far as the administrator goes.
disposition::action action_for(measure most, dmarc_policy asked) {
  if (most == measure::mark || asked == dmarc_policy::none)
    return disposition::action::accept;
  return most == measure::reject && asked == dmarc_policy::reject
             ? disposition::action::reject
             : disposition::action::quarantine;
}

}  // namespace

std::string_view to_string(measure m) {
  switch (m) {
    case measure::mark:
      return "mark";
    case measure::quarantine:
      return "quarantine";
    case measure::reject:
      return "reject";
  }
  return "mark";
}

std::string_view to_string(disposition::action a) {
  using action = disposition::action;
  switch (a) {
    case action::accept:
      return "accept";
    case action::quarantine:
      return "quarantine";
    case action::reject:
      return "reject";
    case action::tempfail:
      return "tempfail";
  }
  return "accept";
}

disposition decide(const verdict::judgement& v, const envelope& mail,
                   const policy& p, std::string_view authserv_id) {
  using action = disposition::action;
  const dmarc::outcome& dmarc = v.known.dmarc;
  if (v.result.what == verdict::level::forged &&
      dmarc.status == auth::result::fail && !are_all_excluded(mail, p)) {
    // What it asks for by both RFCs, after sampling.
    const dmarc_policy asked = std::min(dmarc.disposition, dmarc.accuses);
    const action a = action_for(measure_for(dmarc.author_domain, p), asked);
    if (a == action::accept)
      return {};
    const std::string contact = p.contact.empty()
                                    ? fmt::format("postmaster@{}", authserv_id)
                                    : p.contact;
    return {.what = a,
            .reason = fmt::format(
                "DMARC: nothing proves that this mail comes from {}, and the "
                "record of {} asks for {}; if that is wrong ask {}",
                dmarc.author_domain, dmarc.policy_domain, to_string(asked),
                contact)};
  }
  // What the answers that are missing might still say.
  const bool may_be_forged = std::ranges::any_of(
      v.later.answers, [](const verdict::possible_answer& answer) {
        return answer.said.what == verdict::level::forged;
      });
  if (p.temperror_comes_again && v.result.what != verdict::level::forged &&
      may_be_forged && !are_all_excluded(mail, p)) {
    return {.what = action::tempfail,
            .reason =
                "the DNS did not answer, and without it the author of "
                "this mail cannot be checked; try again later"};
  }
  return {};
}

}  // namespace mekiki::milter
