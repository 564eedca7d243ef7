#include "verdict/decide.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/unix_time.hpp"
#include "dns/name.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/evidence.hpp"
#include "verdict/mail_services.hpp"
#include "verdict/rule_match.hpp"

namespace mekiki::verdict {
namespace {

using auth::result;
using dkim::signature_result;

// ------------------------------------------------------- what accuses a mail

/// SPF passed for an author's domain, even at a border that only accuses.
bool has_spf_pass(std::string_view author, const facts& f) {
  return is_spf_usable(f) && f.spf.outcome.status == result::pass &&
         is_aligned(f.spf.outcome.domain, author, method::spf, f);
}

/// A check passed for the domain of one of the authors (the first, if nobody is
/// named), even with an objection: that excuses him, but does not prove him. A
/// proof of one does not excuse another.
bool has_pass(std::string_view author, const evidence& e) {
  const facts& f = e.all;
  if (author.empty())
    author = f.header.author_domain;
  return has_spf_pass(author, f) || verifies_for(author, f) ||
         std::ranges::any_of(f.dkim, [&](const signature_result& r) {
           return r.status == result::pass && !r.testing &&
                  is_aligned(r.domain, author, method::dkim, f);
         });
}

/// Proof beats guess: a proof by a known pair, or what may be one once the DNS
/// or the history answers.
bool is_silenced(const evidence& e) {
  if (!e.author_is_clear)
    return false;
  if (e.best && (e.best->is_known() || !e.all.history.available))
    return true;
  return e.might_be_known || (e.amended && e.amended->author.is_known());
}

/// Characters that are made to be confused accuse; what may be an accident does
/// so against a pass only where it imitates somebody of weight.
bool is_deceptive_domain(const finding& f, const evidence& e) {
  using k = finding::kind;
  switch (f.what) {
    case k::confusable:
      return !is_silenced(e);
    case k::mixed_script:
    case k::bidi:
      return !is_silenced(e) &&
             (!has_pass(f.about, e) || is_made_to_deceive(f, e.all));
    case k::one_edit:
    case k::contained:
      return !is_silenced(e) &&
             (!has_pass(f.about, e) || is_of_weight(f, e.all));
    default:
      return false;
  }
}

/// A known sender may show an address in his name, unless strangers have
/// addresses at his domain. Mails that were called forged for it make him known
/// only once they are many.
bool may_show_addresses(const evidence& e) {
  const facts& f = e.all;
  if (!is_silenced(e))
    return false;
  if (!e.best || e.best->trusted)
    return true;
  const bool is_known_well =
      e.best->known == nullptr || f.history.known == nullptr ||
      is_steady(e.best->known->passed) ||
      f.history.known->has(dmarc::registered_domain(f.header.author_domain));
  return is_known_well && !is_at_mail_service(f);
}

/// Somebody of weight uses the name, and the author is not one whom a rule
/// trusts, or whose unproven mails come regularly (from servers without
/// signatures, say).
bool is_taken_name(const finding& f, const evidence& e) {
  constexpr std::uint32_t days_of_an_acquaintance = 3;
  const bool is_trusted =
      f.about == e.all.header.author_domain && is_trusted_unproven(e.all);
  return !is_trusted && is_of_weight(f, e.all) &&
         e.all.history.habits.unproven.days < days_of_an_acquaintance;
}

/// People have several addresses, and lists and services write their members'
/// names and addresses beside their own, or the host that they work for:
/// against a pass only an address accuses whose domain is the user's own,
/// trusted or watched, or is known and would not let it pass.
bool is_deceptive_name(const finding& f, const evidence& e) {
  // Where there is no author, whoever signs as the one who is named is him.
  if (f.about.empty() && !f.like.empty() && has_pass(f.like, e))
    return false;
  if (f.what == finding::kind::display_name)
    return !has_pass(f.about, e) && !is_silenced(e) && is_taken_name(f, e);
  if (f.what != finding::kind::display_address || may_show_addresses(e))
    return false;
  const bool is_let_pass = f.of == finding::standing::known && !f.enforces;
  return !has_pass(f.about, e) ||
         (f.is_address && is_of_somebody(f, e.all) && !is_let_pass);
}

template <bool (*Holds)(const finding&, const evidence&)>
const finding* first_that(const evidence& e) {
  const auto& all = e.all.findings;
  const auto at = std::find_if(all.begin(), all.end(),
                               [&](const finding& f) { return Holds(f, e); });
  return at == all.end() ? nullptr : &*at;
}
const finding* look_alike(const evidence& e) {
  return first_that<is_deceptive_domain>(e);
}
const finding* deceptive_name(const evidence& e) {
  return first_that<is_deceptive_name>(e);
}
bool is_look_alike(const evidence& e) { return look_alike(e) != nullptr; }
bool is_display_name(const evidence& e) { return deceptive_name(e) != nullptr; }

/// Nothing proves the author's domain. Any proof counts, of a known pair or
/// not, even if a second author or a mistake in From keeps the author from
/// being clear.
bool is_unproven(std::string_view author, const evidence& e) {
  if (author.empty())
    author = e.all.header.author_domain;
  if (has_pass(author, e) || may_be_proven(author, e.all) ||
      e.lookup_may_explain || (e.author_is_clear && e.amended))
    return false;
  const auto by = explain(author, e);
  return !by || by->by != explanation::kind::change;
}

/// Nor does a trusted party vouch for him, or bring his own mail back.
bool is_invented(std::string_view author, const evidence& e) {
  if (!is_unproven(author, e))
    return false;
  const auto by =
      explain(author.empty() ? e.all.header.author_domain : author, e);
  return !by || !by->is_trusted;
}
bool is_unproven_own_address(const finding& f, const evidence& e) {
  const std::string_view author =
      f.about.empty() ? std::string_view(e.all.header.author_domain) : f.about;
  return f.what == finding::kind::own_address && e.accusable(author) &&
         is_unproven(author, e);
}
bool is_invented_own_address(const finding& f, const evidence& e) {
  return is_unproven_own_address(f, e) && is_invented(f.about, e);
}
const finding* own_address(const evidence& e) {
  return first_that<is_invented_own_address>(e);
}
bool is_own_address(const evidence& e) { return own_address(e) != nullptr; }
/// Nobody but Mekiki may write as Mekiki, and it knows its mails.
bool imitates_us(const evidence& e) {
  const std::string_view imitated = e.all.header.imitates;
  return !imitated.empty() &&
         is_invented(imitated.substr(imitated.rfind('@') + 1), e);
}

/// DMARC fails by both of its RFCs for one of the authors, whose domain asks
/// for quarantine or reject. That result already allows for missing answers.
/// A signature of his that cannot pass, or that this provider is known to
/// break, keeps him from being accused.
bool is_refused(const dmarc::outcome& said, const evidence& e) {
  return e.accusable(said.author_domain) && !e.lookup_may_explain &&
         said.accuses != dmarc::policy::none &&
         !verifies_for(said.author_domain, e.all) &&
         !may_be_broken_inside(said.author_domain, e.all);
}

/// Of the authors whom nothing of their own explains, the one who is refused
/// most strictly.
const dmarc::outcome* refused(const evidence& e) {
  const dmarc::outcome* out = nullptr;
  for (const dmarc::outcome& said : e.all.policies) {
    if (is_refused(said, e) && !explain(said.author_domain, e) &&
        (out == nullptr || said.accuses > out->accuses))
      out = &said;
  }
  return out;
}

/// The domain's mails came steadily signed through this border until now.
bool has_habit(const habit& h, std::int64_t now) {
  return h.proven.mails >= 10 && h.proven.days >= 7 &&
         h.proven.last - h.proven.first >= 30 * day_seconds &&
         now - h.proven.last <= 60 * day_seconds && steadiness(h) >= 0.9;
}

/// A temperror never accuses.
bool breaks_habit(const evidence& e) {
  const std::string& author = e.all.header.author_domain;
  const auto came = e.accusable(author);
  return came && !e.lookup_may_prove && !e.lookup_may_explain &&
         !author.empty() && !e.signed_by_author && !e.best &&
         !verifies_for(author, e.all) && !may_be_broken_inside(author, e.all) &&
         has_habit(e.all.history.habits, *came);
}

/// Asked of mails that have one author domain.
template <explanation::kind Kind>
bool is_excused(const evidence& e) {
  return e.explained && e.explained->by == Kind &&
         (is_refused(policy_of(e.all.header.author_domain, e.all), e) ||
          breaks_habit(e) || first_that<is_unproven_own_address>(e) != nullptr);
}

/// A finding that may deceive but does not accuse.
bool is_told(const finding& f, const evidence& e) {
  using k = finding::kind;
  switch (f.what) {
    case k::display_address:
      return !may_show_addresses(e) &&
             (!is_silenced(e) || is_of_somebody(f, e.all));
    case k::display_name:
    case k::other_suffix:
    case k::one_edit:
    case k::contained:
    case k::mixed_script:
    case k::bidi:
      return !is_silenced(e);
    default:
      return false;
  }
}
const finding* told_finding(const evidence& e) {
  return first_that<is_told>(e);
}

// -------------------------------------------------- what keeps it from proof

bool is_cut(const evidence& e) { return e.all.header.is_cut; }
bool has_no_author(const evidence& e) { return e.all.header.author_count == 0; }
bool has_several_authors(const evidence& e) {
  return e.all.header.author_domains.size() > 1 || e.all.header.from_fields > 1;
}
bool is_unclear(const evidence& e) { return !e.author_is_clear; }

bool is_distrusted(const evidence& e) {
  if (e.best)
    return e.best->distrusted || e.came_distrusted;
  return e.amended && (e.amended->author.distrusted || e.came_distrusted);
}
bool fails_sender_class(const evidence& e) {
  return (e.best || e.amended) && e.senders.status == conformity::fail;
}

// ------------------------------------------------------ what is for the mail

/// When the mail came: a mail that SPF proves has a certain border, or facts
/// that were given by hand.
std::int64_t time_of(const facts& f) {
  const auto border_time = f.found_border ? f.found_border->time : std::nullopt;
  return std::min(f.now, border_time.value_or(f.received.value_or(f.now)));
}

/// Only SPF proves the author, no signature of his: those whom his SPF record
/// lets send may be others, too.
bool is_by_spf_alone(const evidence& e) { return e.best->by_spf && !e.amended; }

/// docs/verdict.md, "Proven": not genuine is a mail that only SPF proves if its
/// signature has an objection, or the domain always signs; nor one of which a
/// finding is told.
bool may_be_genuine(const evidence& e) {
  if (!e.is_proven() || told_finding(e) != nullptr)
    return false;
  return (!e.best->by_spf || e.objection.code.empty()) &&
         (!is_by_spf_alone(e) ||
          !has_habit(e.all.history.habits, time_of(e.all)));
}
bool is_of_known_pair(const evidence& e) {
  return may_be_genuine(e) && e.best->known != nullptr;
}
bool is_of_trusted_pair(const evidence& e) {
  return may_be_genuine(e) && e.best->trusted;
}
bool is_proven_by_dkim(const evidence& e) {
  return e.is_proven() && !e.best->by_spf;
}
bool is_proven_by_spf(const evidence& e) {
  return e.is_proven() && e.best->by_spf;
}
template <amendment::kind Kind>
bool is_amended_by(const evidence& e) {
  return e.amended && e.amended->by == Kind;
}

// ----------------------------------------------------------- everything else

bool has_objection(const evidence& e, std::string_view code) {
  return e.objection.code == code;
}
bool is_undone(const evidence& e) { return e.undone != nullptr; }
bool is_reported(const evidence& e) { return e.spf_is_reported; }
/// SPF passed for the author's domain, at a border that proves nothing.
bool is_at_unproven_border(const evidence& e) {
  return !is_spf_certain(e.all) &&
         has_spf_pass(e.all.header.author_domain, e.all);
}
bool is_third_party(const evidence& e) { return e.third_party != nullptr; }

template <result Status>
const signature_result* first(const evidence& e) {
  const auto& all = e.all.dkim;
  const auto at = std::find_if(
      all.begin(), all.end(),
      [](const signature_result& r) { return r.status == Status; });
  return at == all.end() ? nullptr : &*at;
}
bool is_key_unavailable(const evidence& e) {
  return first<result::temperror>(e) != nullptr;
}
bool is_spf_unavailable(const evidence& e) {
  return e.all.spf.outcome.status == result::temperror && is_spf_usable(e.all);
}
bool is_seal_unavailable(const evidence& e) { return may_be_sealed(e.all); }
bool has_failed(const evidence& e) { return first<result::fail>(e) != nullptr; }
/// What the author's domain asks for is not known.
bool is_policy_unavailable(const evidence& e) {
  const dmarc::errc code = e.all.dmarc.code;
  return code == dmarc::errc::dns_unavailable || code == dmarc::errc::dns_bogus;
}
bool is_unsigned(const evidence& e) { return e.all.dkim.empty(); }
bool otherwise(const evidence& /*e*/) { return true; }

// --------------------------------------------------------- facts of a reason

void tell_finding(reason& r, const finding& f) {
  r.with("finding", to_string(f.what))
      .with("seen", f.seen)
      .with("like", f.like);
}
void tell_author(reason& r, const evidence& e) {
  r.with("author", e.all.header.author_domain);
}
void tell_proof(reason& r, const evidence& e) {
  tell_author(r, e);
  r.with("signer", e.best->signer);
  if (!e.best->by_spf)
    r.with("selector", e.best->selector);
}
void tell_known(reason& r, const evidence& e) {
  tell_proof(r, e);
  r.with("mails", e.best->known->passed.mails)
      .with("days", e.best->known->passed.days);
}

/// Where what was added leads. Hosts of the author or of who handed it over
/// come last, so that no number of them hides another one.
void tell_links(reason& r, const evidence& e) {
  constexpr std::size_t most_told = 3;
  if (e.undone == nullptr)
    return;
  std::vector<std::string> theirs = e.handed_by_lists;
  theirs.insert(theirs.end(), e.handed_by_forwarders.begin(),
                e.handed_by_forwarders.end());
  theirs.push_back(e.all.header.author_domain);
  for (std::string& domain : theirs) domain = dmarc::registered_domain(domain);
  std::vector<std::string> told;
  std::vector<std::string> behind;
  for (const std::string& host : e.all.changed->added.links) {
    const bool is_theirs =
        std::ranges::find(theirs, dmarc::registered_domain(host)) !=
        theirs.end();
    (is_theirs ? behind : told).push_back(host);
  }
  told.insert(told.end(), behind.begin(), behind.end());
  std::string links;
  for (std::size_t i = 0; i < told.size() && i < most_told; ++i)
    links += (i == 0 ? "" : ",") + told[i];
  if (!links.empty())
    r.with("links", links);
  if (e.all.changed->other_links)
    r.with("other-links", "yes");
}
/// An objection as facts that say what kind it is.
void tell_objection_besides(reason& r, const reason& objection) {
  if (objection.code == "test-key")
    r.with("test-key", objection.fact("signer"));
  for (const std::string_view fact : {"covered", "of", "field"}) {
    if (!objection.fact(fact).empty())
      r.with(fact, objection.fact(fact));
  }
}

/// The one that would prove somebody, were it not for an objection; else the
/// first.
const signature_result& most_telling(const std::vector<signature_result>& all) {
  const auto at = std::ranges::find_if(all, &signature_result::verifies);
  return at == all.end() ? all.front() : *at;
}

/// The fact that says why a signature proves nothing, where people can be told.
std::string_view flaw_of(dkim::errc code) {
  using dkim::errc;
  switch (code) {
    case errc::in_future:
      return "early";
    case errc::malformed_header:
      return "stray";
    case errc::expired:
      return "expired";
    case errc::no_key:
    case errc::key_revoked:
      return "keyless";
    case errc::weak_algorithm:
    case errc::weak_key:
      return "weak";
    default:
      return {};
  }
}

/// What is wrong with the author's signature: it need not be broken.
void tell_flaw(reason& r, const evidence& e) {
  if (e.broken == nullptr) {
    const auto at =
        std::ranges::find_if(e.all.dkim, [&](const signature_result& s) {
          return s.status == result::temperror &&
                 speaks_for(s.domain, e.all.header.author_domain, method::dkim,
                            e.all);
        });
    if (at != e.all.dkim.end())
      r.with("key-unavailable", at->domain);
  } else if (e.undone == nullptr && e.broken->status != result::fail) {
    const std::string_view flaw = flaw_of(e.broken->code);
    r.with(flaw.empty() ? "unchecked" : flaw, e.broken->domain);
  }
}

/// The rule that distrusts who proves the mail, or who handed it over.
const rule* distrusting_rule(const evidence& e) {
  using effect = rule::effect;
  const facts& f = e.all;
  const proof* by = e.best      ? &*e.best
                    : e.amended ? &e.amended->author
                                : nullptr;
  if (by != nullptr && by->distrusted)
    return rule_about(f, effect::distrust, by->signer);
  const rule* out =
      rule_covering(f, rule::kind::list, effect::distrust, f.header.list_id);
  for (const mediator& c : e.mediators) {
    if (out == nullptr)
      out = rule_covering(f, rule::kind::forwarder, effect::distrust, c.domain);
  }
  return out;
}

void tell_rule(reason& r, const evidence& e) {
  tell_author(r, e);
  const rule* by = distrusting_rule(e);
  if (by == nullptr)
    return;
  r.with("rule", by->pattern);
  switch (by->what) {
    case rule::kind::author:
      break;
    case rule::kind::signer:
      r.with("signer", by->pattern);
      break;
    case rule::kind::list:
      r.with("list", e.all.header.list_id);
      break;
    case rule::kind::forwarder:
      r.with("forwarder", by->pattern);
      break;
  }
}

/// The same, and who is proven to have handed the mail over.
void tell_change(reason& r, const evidence& e) {
  tell_links(r, e);
  if (!e.handed_by_lists.empty()) {
    r.with("by", e.all.header.list_id);
  } else if (!e.handed_by_forwarders.empty()) {
    r.with("by", e.handed_by_forwarders.front());
  }
}

/// The same, and who signed it before it was changed.
void tell_undone(reason& r, const evidence& e) {
  if (e.undone == nullptr)
    return;
  r.with("signed", e.undone->domain);
  tell_change(r, e);
}
/// Whose signature for the author verifies over the header, but is of another
/// text.
void tell_changed_text(reason& r, const evidence& e) {
  const auto& all = e.all.dkim;
  const auto at = std::ranges::find_if(all, [&](const signature_result& s) {
    return s.text_was_changed &&
           speaks_for(s.domain, e.all.header.author_domain, method::dkim,
                      e.all);
  });
  if (at != all.end())
    r.with("text-of", at->domain);
}
void tell_habit(reason& r, const evidence& e) {
  tell_author(r, e);
  r.with("proven", e.all.history.habits.proven.mails)
      .with("unproven", e.all.history.habits.unproven.mails);
  if (e.broken != nullptr)
    r.with("signer", e.broken->domain);
  tell_undone(r, e);
  tell_flaw(r, e);
}
void tell_explained(reason& r, const evidence& e, std::string_view name) {
  tell_author(r, e);
  r.with(name, e.explained->name);
}
void tell_amended(reason& r, const evidence& e, std::string_view name) {
  tell_author(r, e);
  r.with("signer", e.amended->author.signer).with(name, e.amended->name);
  tell_links(r, e);
}
void tell_objection(reason& r, const evidence& e) { r = e.objection; }
void tell_nothing(reason& /*r*/, const evidence& /*e*/) {}

// ----------------------------------------------------------------- the table

struct row {
  level what;
  std::string_view code;
  bool (*holds)(const evidence&);
  void (*tell)(reason&, const evidence&);  // adds the facts
};

// From top to bottom; the first that holds is the answer.
constexpr row table[] = {
    // The author deceives the eye, and no proof silences that.
    {level::forged, "look-alike", is_look_alike,
     [](reason& r, const evidence& e) { tell_finding(r, *look_alike(e)); }},
    {level::forged, "display-name", is_display_name,
     [](reason& r, const evidence& e) { tell_finding(r, *deceptive_name(e)); }},
    {level::forged, "own-address", is_own_address,
     [](reason& r, const evidence& e) { tell_finding(r, *own_address(e)); }},
    {level::forged, "not-by-mekiki", imitates_us,
     [](reason& r, const evidence& e) {
       r.with("seen", e.all.header.imitates);
     }},
    // DMARC fails, and the domain asks for quarantine or reject.
    {level::forged, "dmarc-fail",
     [](const evidence& e) { return refused(e) != nullptr; },
     [](reason& r, const evidence& e) {
       const dmarc::outcome& said = *refused(e);
       r.with("author", said.author_domain)
           .with("policy", to_string(said.accuses))
           .with("domain", said.policy_domain);
       if (said.asked_by == dmarc::policy_tag::np)
         r.with("np", said.policy_domain);
       if (said.policy_domain != said.author_domain)
         r.with("above", said.policy_domain);
       if (said.author_domain != e.all.header.author_domain)
         return;
       if (e.objection.code == "test-key")
         r.with("test-key", e.objection.fact("signer"));
       else if (e.undone != nullptr)
         tell_undone(r, e);
       else
         tell_changed_text(r, e);
     }},
    // The signature is broken or missing, although the domain signs steadily.
    {level::forged, "signature-broken",
     [](const evidence& e) {
       return breaks_habit(e) && !e.explained && e.broken != nullptr;
     },
     tell_habit},
    {level::forged, "signature-missing",
     [](const evidence& e) { return breaks_habit(e) && !e.explained; },
     tell_habit},

    // Who the author is cannot be said.
    {level::unverified, "header-too-long", is_cut,
     [](reason& r, const evidence& e) {
       r.with("limit", e.all.header_limits.octets)
           .with("fields", e.all.header_limits.fields);
     }},
    {level::unverified, "no-author", has_no_author, tell_nothing},
    {level::unverified, "several-authors", has_several_authors,
     [](reason& r, const evidence& e) {
       r.with("authors", e.all.header.author_count)
           .with("fields", e.all.header.from_fields);
       if (e.all.header.from_fields == 1)
         r.with("domains", e.all.header.author_domains.size());
     }},
    {level::unverified, "unclear-author", is_unclear,
     [](reason& r, const evidence& e) {
       r.with("author", e.all.header.author);
     }},

    // A rule forbids the answers below.
    {level::unverified, "distrusted", is_distrusted, tell_rule},
    {level::unverified, "sender-class", fails_sender_class,
     [](reason& r, const evidence& e) {
       tell_author(r, e);
       r.with("rule", e.senders.rule);
     }},

    // The author domain is proven.
    {level::genuine, "known-pair", is_of_known_pair, tell_known},
    {level::genuine, "trusted-pair", is_of_trusted_pair, tell_proof},
    {level::new_, "aligned-dkim", is_proven_by_dkim, tell_proof},
    {level::new_, "aligned-spf", is_proven_by_spf,
     [](reason& r, const evidence& e) {
       tell_proof(r, e);
       tell_objection_besides(r, e.objection);
     }},

    // Its signature is, except for what a proven party added.
    {level::altered, "altered-by-list", is_amended_by<amendment::kind::list>,
     [](reason& r, const evidence& e) { tell_amended(r, e, "list"); }},
    {level::altered, "altered-by-forwarder",
     is_amended_by<amendment::kind::forwarder>,
     [](reason& r, const evidence& e) { tell_amended(r, e, "forwarder"); }},
    {level::altered, "altered-by-provider",
     is_amended_by<amendment::kind::provider>,
     [](reason& r, const evidence& e) { tell_amended(r, e, "provider"); }},
    {level::altered, "altered-after-report",
     is_amended_by<amendment::kind::report>,
     [](reason& r, const evidence& e) { tell_amended(r, e, "reporter"); }},

    {level::altered, "altered-lossless",
     is_amended_by<amendment::kind::lossless>,
     [](reason& r, const evidence& e) {
       tell_author(r, e);
       r.with("signer", e.amended->author.signer);
     }},

    // Something accuses it, but is explained.
    {level::unverified, "came-by-list", is_excused<explanation::kind::list>,
     [](reason& r, const evidence& e) { tell_explained(r, e, "list"); }},
    {level::unverified, "came-by-forwarder",
     is_excused<explanation::kind::forwarder>,
     [](reason& r, const evidence& e) { tell_explained(r, e, "forwarder"); }},
    {level::unverified, "provider-vouches",
     is_excused<explanation::kind::provider>,
     [](reason& r, const evidence& e) { tell_explained(r, e, "reporter"); }},

    // Nothing proves it: the reason is the check that came nearest.
    {level::unverified, "test-key",
     [](const evidence& e) { return has_objection(e, "test-key"); },
     tell_objection},
    {level::unverified, "partial-signature",
     [](const evidence& e) { return has_objection(e, "partial-signature"); },
     tell_objection},
    {level::unverified, "unsigned-field",
     [](const evidence& e) { return has_objection(e, "unsigned-field"); },
     tell_objection},
    {level::unverified, "changed-on-the-way", is_undone,
     [](reason& r, const evidence& e) {
       tell_author(r, e);
       r.with("signer", e.undone->domain);
       tell_change(r, e);
     }},
    {level::unverified, "reported-spf", is_reported,
     [](reason& r, const evidence& e) {
       tell_author(r, e);
       r.with("domain", e.all.spf.outcome.domain)
           .with("reporter", e.all.spf.reporter);
     }},
    {level::unverified, "spf-unproven-border", is_at_unproven_border,
     [](reason& r, const evidence& e) {
       tell_author(r, e);
       r.with("domain", e.all.spf.outcome.domain);
     }},
    {level::unverified, "third-party-signature", is_third_party,
     [](reason& r, const evidence& e) {
       tell_author(r, e);
       r.with("signer", e.third_party->domain);
     }},
    {level::unverified, "dkim-temperror", is_key_unavailable,
     [](reason& r, const evidence& e) {
       r.with("signer", first<result::temperror>(e)->domain);
     }},
    {level::unverified, "spf-temperror", is_spf_unavailable,
     [](reason& r, const evidence& e) {
       r.with("domain", e.all.spf.outcome.domain);
     }},
    {level::unverified, "arc-temperror", is_seal_unavailable,
     [](reason& r, const evidence& e) {
       r.with("forwarder", e.all.arc.instances.back().domain);
     }},
    {level::unverified, "dkim-fail", has_failed,
     [](reason& r, const evidence& e) {
       r.with("signer", first<result::fail>(e)->domain);
     }},
    {level::unverified, "dmarc-temperror", is_policy_unavailable,
     [](reason& r, const evidence& e) {
       r.with("domain", e.all.dmarc.author_domain);
     }},
    {level::unverified, "no-signature", is_unsigned, tell_nothing},
    {level::unverified, "no-usable-signature", otherwise,
     [](reason& r, const evidence& e) {
       const signature_result& told = most_telling(e.all.dkim);
       r.with("signer", told.domain).with("result", to_string(told.status));
       if (const std::string_view flaw = flaw_of(told.code); !flaw.empty())
         r.with(flaw, told.domain);
     }},
};

/// Adds facts to any reason: an undo that verified, a finding that does not
/// accuse and is not silenced, and the domain that replies would go to.
void tell_besides(reason& r, const evidence& e, level what) {
  const facts& f = e.all;
  if (f.changed) {
    std::string steps;
    for (const std::string& step : f.changed->steps) {
      steps += (steps.empty() ? "" : ",") + step;
    }
    r.with("undone", steps);
  }
  if (const finding* told = told_finding(e);
      told != nullptr && what != level::forged)
    tell_finding(r, *told);
  const auto at =
      std::find_if(f.findings.begin(), f.findings.end(), [](const finding& it) {
        return it.what == finding::kind::reply_elsewhere;
      });
  if (at != f.findings.end())
    r.with("reply", at->seen);
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

answer decide(const evidence& e) {
  const row& found = *std::find_if(std::begin(table), std::end(table),
                                   [&](const row& r) { return r.holds(e); });
  reason why(found.code);
  found.tell(why, e);
  tell_besides(why, e, found.what);
  return {found.what, std::move(why)};
}

answer decide(const facts& f, const policy& p) {
  return decide(evidence(f, p));
}

std::vector<std::string_view> reason_codes() {
  std::vector<std::string_view> out = {"not-judged"};
  for (const row& r : table) out.push_back(r.code);
  return out;
}

}  // namespace mekiki::verdict
