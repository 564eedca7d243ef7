#include "verdict/evidence.hpp"

#include <algorithm>
#include <utility>

#include "auth/dkim/errc.hpp"
#include "auth/dkim/query.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/mail_services.hpp"
#include "verdict/rule_match.hpp"

namespace mekiki::verdict {

namespace {

using auth::result;
using dkim::signature_result;

// ------------------------------------------------------------------- rules

bool covers(const rule& r, std::string_view domain) {
  return dns::is_subdomain_of(domain, r.pattern);
}
bool any_covers(const facts& f, rule::kind what, rule::effect does,
                std::string_view domain) {
  return rule_covering(f, what, does, domain) != nullptr;
}
bool any_about(const facts& f, rule::effect does, std::string_view signer) {
  return rule_about(f, does, signer) != nullptr;
}

// ------------------------------------------------------------------- proof

std::string spf_signer(const facts& f) { return "spf:" + f.spf.outcome.domain; }

const pair_record* find_known(const std::vector<pair_record>& records,
                              std::string_view signer) {
  const auto at =
      std::find_if(records.begin(), records.end(), [&](const pair_record& r) {
        return r.signer == signer && is_known(r.passed);
      });
  return at == records.end() ? nullptr : &*at;
}

/// The same under the findings about the author's domain.
const pair_record* find_known_author(const facts& f, std::string_view signer) {
  // Which of several is known there nobody can say.
  if (f.header.author_count != 1 && is_at_mail_service(f))
    return nullptr;
  const pair_record* known = find_known(f.history.pairs, signer);
  switch (acquaintance_with(f)) {
    case acquaintance::usual:
      return known;
    case acquaintance::steady:
      return known != nullptr && is_steady(known->passed) ? known : nullptr;
    case acquaintance::by_rule:
      break;
  }
  return nullptr;
}

/// A rule trusts authors of this domain, or its signatures.
bool is_trusted_domain(std::string_view domain, const facts& f) {
  if (is_mail_service(domain))
    return false;
  const std::string whose = dmarc::registered_domain(std::string(domain));
  return std::ranges::any_of(f.history.rules, [&](const rule& r) {
    if (r.does != rule::effect::trust ||
        (r.what != rule::kind::author && r.what != rule::kind::signer))
      return false;
    std::string_view named = r.pattern;
    named.remove_prefix(named.rfind('@') + 1);
    if (named.starts_with("*."))
      named.remove_prefix(2);
    return dmarc::registered_domain(
               dns::to_a_labels(named).value_or(std::string(named))) == whose;
  });
}

proof make_proof(std::string signer, const facts& f) {
  proof out;
  out.signer = std::move(signer);
  out.known = find_known_author(f, out.signer);
  out.trusted = any_about(f, rule::effect::trust, out.signer);
  out.distrusted = any_about(f, rule::effect::distrust, out.signer);
  return out;
}

proof make_proof(const signature_result& r, const facts& f) {
  proof out = make_proof(r.domain, f);
  out.selector = r.selector;
  return out;
}

void keep_better(std::optional<proof>& best, proof other) {
  const auto rank = [](const proof& p) {
    return (p.distrusted ? 0 : 2) + (p.is_known() ? 1 : 0);
  };
  if (!best || rank(other) > rank(*best))
    best = std::move(other);
}

void note_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end())
    list.push_back(text);
}

std::size_t times_signed(const signature_result& r, std::string_view field) {
  return static_cast<std::size_t>(
      std::count(r.signed_fields.begin(), r.signed_fields.end(), field));
}

bool is_spf_pass(const facts& f) {
  return f.spf.outcome.status == result::pass && !f.spf.outcome.domain.empty();
}

// ------------------------------------------- what came between author and us

/// The newest ARC set, where it would vouch for the whole mail and its From.
const arc::instance_result* newest_set(const arc::chain_result& chain) {
  if (chain.instances.empty())
    return nullptr;
  const arc::instance_result& newest = chain.instances.back();
  const auto& fields = newest.signed_fields;
  if (newest.partial || newest.domain.empty() ||
      std::find(fields.begin(), fields.end(), "from") == fields.end())
    return nullptr;
  return &newest;
}

const arc::instance_result* newest_seal(const arc::chain_result& chain) {
  return chain.status == result::pass ? newest_set(chain) : nullptr;
}

std::vector<mediator> mediators_of(const facts& f) {
  std::vector<mediator> out;
  for (const signature_result& r : f.dkim) {
    if (r.status == result::pass && !r.partial && !r.testing)
      out.push_back({r.domain, r.domain});
  }
  if (is_spf_certain(f) && is_spf_pass(f))
    out.push_back(
        {f.spf.outcome.domain, spf_signer(f), mediator::proof_by::path});
  if (const arc::instance_result* seal = newest_seal(f.arc))
    out.push_back({seal->domain, seal->domain, mediator::proof_by::seal});
  return out;
}

/// The list's own domain, or one above it.
bool speaks_for_list(std::string_view domain, const facts& f) {
  return !f.header.list_id.empty() && !domain.empty() &&
         dns::is_subdomain_of(f.header.list_id, domain) &&
         !dmarc::is_public_suffix(std::string(domain));
}

bool is_trusted_list(std::string_view domain, const facts& f) {
  return speaks_for_list(domain, f) &&
         any_covers(f, rule::kind::list, rule::effect::trust, f.header.list_id);
}

bool is_trusted_forwarder(std::string_view domain, const facts& f) {
  return any_covers(f, rule::kind::forwarder, rule::effect::trust, domain) &&
         !any_covers(f, rule::kind::forwarder, rule::effect::distrust, domain);
}

bool is_known_list(const mediator& c, const facts& f) {
  return f.history.known != nullptr && speaks_for_list(c.domain, f) &&
         f.history.known->has_list(c.domain);
}

/// A signature alone shows no forwarder: services sign what their customers
/// send.
bool is_known_forwarder(const mediator& c, const facts& f) {
  return f.history.known != nullptr && c.by != mediator::proof_by::signature &&
         f.history.known->has_forwarder(
             dmarc::registered_domain(std::string(c.domain)));
}

/// A rule trusts exactly this domain, or a list below it from which the mail
/// says that it comes.
bool is_named_mediator(std::string_view domain, const facts& f) {
  return (is_trusted_list(domain, f) || is_trusted_forwarder(domain, f)) &&
         std::ranges::any_of(f.history.rules, [&](const rule& r) {
           return r.does == rule::effect::trust &&
                  (r.what == rule::kind::list ||
                   r.what == rule::kind::forwarder) &&
                  (covers(r, domain) || covers(r, f.header.list_id)) &&
                  dns::is_subdomain_of(r.pattern, domain);
         });
}

/// In a name of one label more nobody but the domain's own zone can be silent.
bool is_label(std::string_view selector) {
  return selector.find('.') == selector.npos;
}

bool is_key_seen(const std::string& selector, const std::string& domain,
                 const facts& f) {
  const auto key = dkim::key_question(selector, domain);
  return key && std::ranges::any_of(f.history.keys, [&](const auto& seen) {
           return seen.name == key->name;
         });
}

// -------------------------------------------------------------- objections

/// The signed To or Cc names the very address.
bool is_signed_recipient(std::string_view address, const signature_result& r,
                         const header_facts& header) {
  const auto names = [&](const recipients& to, std::string_view field) {
    return times_signed(r, field) >= to.fields &&
           std::ranges::any_of(to.addresses, [&](const std::string& one) {
             return ascii::iequals(one, address);
           });
  };
  return names(header.to, "to") || names(header.cc, "cc");
}

enum class lists : std::uint8_t { known, any };

/// A list that is proven to hand the mail over has its addresses there.
bool is_at_list(std::string_view domain, const facts& f, lists which) {
  return std::ranges::any_of(mediators_of(f), [&](const mediator& m) {
    return speaks_for_list(m.domain, f) &&
           dns::is_subdomain_of(domain, m.domain) &&
           !is_mail_service(m.domain) &&
           (which == lists::any || is_trusted_list(m.domain, f) ||
            is_known_list(m, f));
  });
}

/// All answers go to the author's own domain, where no stranger has an address,
/// or to the list that hands the mail over, at the very address that the author
/// wrote to: anybody can make himself a list, or have one beside another's. To
/// whom the author wrote, he may call himself a list, too: only a trusted or
/// known one keeps a proof.
bool are_answers_safe(const signature_result& r, const facts& f, lists which) {
  const header_facts& h = f.header;
  const std::string author = dmarc::registered_domain(h.author_domain);
  for (std::size_t i = 0; i < h.reply_domains.size(); ++i) {
    const std::string& domain = h.reply_domains[i];
    const bool is_authors = dmarc::registered_domain(domain) == author &&
                            !is_mail_service(h.author_domain);
    const bool is_lists = is_signed_recipient(h.reply_addresses[i], r, h) &&
                          is_at_list(domain, f, which);
    if (!is_authors && !is_lists)
      return false;
  }
  return !h.reply_domains.empty();
}

/// How often a field may stand there. Large senders sign no Content-Type, or
/// no Reply-To.
std::size_t times_allowed(const signature_result& r, std::string_view field,
                          const facts& f, lists which) {
  const std::size_t times = times_signed(r, field);
  if (times > 0)
    return times;
  return field == "content-type" ||
                 (field == "reply-to" && are_answers_safe(r, f, which))
             ? 1
             : 0;
}

/// What keeps a signature from proving the author; no code if nothing. `which`
/// lists may have answers: the known ones where it is to be a proof.
reason objection_to(const signature_result& r, const facts& f,
                    lists which = lists::known) {
  if (r.testing)
    return reason("test-key").with("signer", r.domain);
  if (r.partial) {
    return reason("partial-signature")
        .with("signer", r.domain)
        .with("covered", r.body_covered)
        .with("of", r.body_octets);
  }
  const auto& shown = f.header.shown;
  for (std::size_t i = 0; i < shown_fields.size(); ++i) {
    if (shown[i] > times_signed(r, shown_fields[i]) &&
        shown[i] > times_allowed(r, shown_fields[i], f, which)) {
      return reason("unsigned-field")
          .with("signer", r.domain)
          .with("field", shown_fields[i]);
    }
  }
  return reason();
}

// -------------------------------------------------- what vouches for it

std::string domain_of(const std::string& identity) {
  return dns::to_a_labels(identity.substr(identity.rfind('@') + 1))
      .value_or("");
}

/// The first of the trusted hosts that sealed the mail one after another, up
/// to the last one; nothing if there is none. A seal whose key has no answer
/// counts. Of a chain that failed its sender may have written what is wrong.
const arc::instance_result* first_trusted_seal(const facts& f) {
  const auto counts = [&f](const arc::instance_result& set) {
    const bool is_good =
        set.seal && (*set.seal == dkim::errc::ok ||
                     dkim::to_result(*set.seal) == result::temperror);
    return is_good && (is_trusted_forwarder(set.domain, f) ||
                       is_trusted_list(set.domain, f));
  };
  const auto& sets =
      f.arc.status == result::fail ? f.arc.standing : f.arc.instances;
  const arc::instance_result* first = nullptr;
  for (auto at = sets.rbegin(); at != sets.rend() && counts(*at); ++at)
    first = &*at;
  return first;
}

/// The seal, if he saw the author's DMARC fail: the forgery is older than the
/// forwarders.
const arc::instance_result* seal_against(std::string_view author,
                                         const facts& f) {
  const arc::instance_result* first = first_trusted_seal(f);
  if (first == nullptr)
    return nullptr;
  const auto seen = authres::parse(first->authentication_results,
                                   authres::parse_mode::relaxed);
  const bool is_against =
      seen && std::ranges::any_of(
                  seen->results, [&](const authres::reported_result& r) {
                    const std::string* from = r.find("header", "from");
                    return r.method == "dmarc" && r.result == "fail" &&
                           from != nullptr && domain_of(*from) == author;
                  });
  return is_against ? first : nullptr;
}

/// Whether it takes away this party's explanation. Not that of a list which
/// signed the mail as it is: the seal's host may have it from the list.
bool is_denied(const arc::instance_result* against, const mediator& c,
               const facts& f) {
  return against != nullptr && !(c.by == mediator::proof_by::signature &&
                                 speaks_for_list(c.domain, f) &&
                                 !speaks_for_list(against->domain, f));
}

/// Fields above the border are the provider's, unless one of its customers
/// may have written the border.
bool is_provider_heard(const facts& f) {
  return !f.found_border ||
         (!f.found_border->by_domain_only && !f.found_border->provider_unknown);
}

/// Who reports that a signature of the author domain passed.
const reported* reported_signature(std::string_view author, const facts& f) {
  const auto at = std::find_if(
      f.provider.begin(), f.provider.end(), [&](const reported& r) {
        const std::string* signer = r.result.find("header", "d");
        if (signer == nullptr)
          signer = r.result.find("header", "i");
        return r.result.method == "dkim" && r.result.result == "pass" &&
               signer != nullptr &&
               speaks_for(domain_of(*signer), author, method::dkim, f);
      });
  return at == f.provider.end() || !is_provider_heard(f) ? nullptr : &*at;
}

bool is_spf_reported(std::string_view author, const facts& f) {
  return f.spf.source == spf_source::reported && is_provider_heard(f) &&
         is_spf_pass(f) &&
         is_aligned(f.spf.outcome.domain, author, method::spf, f);
}

/// Who reports that the author domain was proven, by whatever.
std::optional<std::string> reported_proof(std::string_view author,
                                          const facts& f) {
  if (!is_provider_heard(f))
    return {};
  if (const reported* r = reported_signature(author, f))
    return r->authserv_id;
  for (const reported& r : f.provider) {
    const std::string* from = r.result.find("header", "from");
    if (r.result.method == "dmarc" && r.result.result == "pass" &&
        from != nullptr && domain_of(*from) == author)
      return r.authserv_id;
  }
  if (is_spf_reported(author, f))
    return f.spf.reporter;
  return {};
}

/// Nothing leads elsewhere in what was added, or only where it led before. A
/// whole text that is learned was seen with its telephone numbers.
bool is_harmless(const change& c) {
  return c.addition_only &&
         (c.added.links.empty() || c.learned.links_learned) &&
         (!c.other_links || c.learned.learned);
}

bool is_providers_addition(const facts& f) {
  return f.changed && !f.upstream.empty() && is_harmless(*f.changed) &&
         f.changed->learned.learned &&
         f.changed->added.source == "provider:" + f.upstream;
}

/// A signature that would prove the author, were it not broken.
bool is_good_but_broken(const signature_result& r, std::string_view author,
                        const facts& f, lists which = lists::known) {
  return r.status == result::fail &&
         speaks_for(r.domain, author, method::dkim, f) &&
         objection_to(r, f, which).code.empty();
}

/// It could not pass without the change, either, and would not accuse.
bool is_held(const signature_result& r) {
  return r.code == dkim::errc::in_future ||
         r.code == dkim::errc::malformed_header;
}

/// Answers go elsewhere than the author wanted.
bool adds_reply_to(const signature_result& r, const facts& f) {
  return f.header.shown[3] > times_signed(r, "reply-to") &&
         !are_answers_safe(r, f, lists::any);
}

/// The author's signature that verifies once a change is undone.
const signature_result* undone_of(std::string_view author, const facts& f) {
  if (!f.changed || f.changed->signature >= f.dkim.size())
    return nullptr;
  const signature_result& r = f.dkim[f.changed->signature];
  return speaks_for(r.domain, author, method::dkim, f) ? &r : nullptr;
}

/// The domain that the signed To or Cc names beside `list`'s own name, or "".
std::string named_list(std::string_view list, const signature_result& r,
                       const header_facts& header) {
  const auto named = [&](const recipients& to, std::string_view field) {
    const auto at = std::find_if(to.domains.begin(), to.domains.end(),
                                 [&](const std::string& domain) {
                                   return !dmarc::is_public_suffix(domain) &&
                                          (dns::is_subdomain_of(domain, list) ||
                                           dns::is_subdomain_of(list, domain));
                                 });
    return at == to.domains.end() || times_signed(r, field) < to.fields
               ? std::string()
               : *at;
  };
  std::string out = named(header.to, "to");
  return out.empty() ? named(header.cc, "cc") : out;
}

/// Where the links of an addition may lead: to the list that handed the mail
/// over and that the author wrote to.
std::vector<std::string> list_domains(const facts& f, const signature_result& r,
                                      const std::vector<mediator>& mediators) {
  std::vector<std::string> out;
  const auto look = [&](std::string_view list) {
    if (!speaks_for_list(list, f))
      return;
    if (std::string to = named_list(list, r, f.header); !to.empty()) {
      out.emplace_back(list);
      out.push_back(std::move(to));
    }
  };
  for (const mediator& c : mediators) look(c.domain);
  if (is_spf_usable(f) && is_spf_pass(f))
    look(f.spf.outcome.domain);
  return out;
}

/// Nothing that could lead a reader elsewhere was added to what the author
/// signed.
bool leads_nowhere_else(std::string_view whose, const facts& f,
                        const signature_result& undone,
                        const std::vector<mediator>& mediators) {
  const change& c = *f.changed;
  if (!c.addition_only || c.other_links)
    return false;
  const std::string author = dmarc::registered_domain(std::string(whose));
  const std::vector<std::string> lists = list_domains(f, undone, mediators);
  return std::all_of(
      c.added.links.begin(), c.added.links.end(), [&](const std::string& link) {
        return dmarc::registered_domain(link) == author ||
               std::any_of(lists.begin(), lists.end(),
                           [&](const std::string& list) {
                             return dns::is_subdomain_of(link, list);
                           });
      });
}

/// Of a domain that is not known to sign there is none to be broken on the
/// way. What is known is known of the first author.
bool bears_no_signature(std::string_view author, const facts& f) {
  return author == f.header.author_domain &&
         f.history.habits.proven.mails == 0 &&
         std::ranges::all_of(f.history.pairs,
                             [](const pair_record& pair) {
                               return pair.signer.starts_with("spf:");
                             }) &&
         std::ranges::none_of(f.dkim, [&](const signature_result& r) {
           return speaks_for(r.domain, author, method::dkim, f);
         });
}

std::optional<explanation> explain(std::string_view author, const facts& f,
                                   const std::vector<mediator>& mediators) {
  using kind = explanation::kind;
  const std::string& list = f.header.list_id;
  const bool is_list_distrusted =
      any_covers(f, rule::kind::list, rule::effect::distrust, list);
  const arc::instance_result* against = seal_against(author, f);
  for (const mediator& c : mediators) {
    if (!is_denied(against, c, f) && !is_list_distrusted &&
        is_trusted_list(c.domain, f))
      return explanation{kind::list, list, true};
  }
  for (const mediator& c : mediators) {
    if (!is_denied(against, c, f) && is_trusted_forwarder(c.domain, f))
      return explanation{kind::forwarder, std::string(c.domain), true};
  }
  if (const auto reporter = reported_proof(author, f))
    return explanation{kind::provider, *reporter, true};
  const signature_result* undone = undone_of(author, f);
  if (undone != nullptr && is_providers_addition(f))
    return explanation{kind::provider, f.upstream, false};
  if (bears_no_signature(author, f)) {
    for (const mediator& c : mediators) {
      if (is_denied(against, c, f))
        continue;
      if (!is_list_distrusted && is_known_list(c, f))
        return explanation{kind::list, list, false};
      if (c.by == mediator::proof_by::seal && is_known_forwarder(c, f) &&
          !any_covers(f, rule::kind::forwarder, rule::effect::distrust,
                      c.domain))
        return explanation{kind::forwarder, std::string(c.domain), false};
    }
  }
  if (undone != nullptr &&
      (is_good_but_broken(*undone, author, f, lists::any) ||
       is_held(*undone)) &&
      !adds_reply_to(*undone, f) &&
      leads_nowhere_else(author, f, *undone, mediators))
    return explanation{kind::change, "", false};
  return {};
}

/// By a list that is known, which the author wrote to, in a few lines that
/// link nowhere but there; by a forwarder that is known, without any link.
std::optional<amendment> amend_by_known(
    const facts& f, const signature_result& undone,
    const std::vector<mediator>& mediators) {
  using kind = amendment::kind;
  constexpr std::size_t most_lines = 10;
  const change& c = *f.changed;
  const std::string& author = f.header.author_domain;
  if (!c.addition_only || c.other_links)
    return {};
  const arc::instance_result* against = seal_against(author, f);
  for (const mediator& m : mediators) {
    if (is_denied(against, m, f))
      continue;
    if (is_known_list(m, f) && c.added_lines <= most_lines &&
        !named_list(m.domain, undone, f.header).empty() &&
        leads_nowhere_else(author, f, undone, {m}))
      return amendment{kind::list, f.header.list_id, make_proof(undone, f)};
  }
  for (const mediator& m : mediators) {
    if (is_known_forwarder(m, f) && c.added_lines <= most_lines &&
        c.added.links.empty() &&
        !any_covers(f, rule::kind::forwarder, rule::effect::distrust, m.domain))
      return amendment{kind::forwarder, std::string(m.domain),
                       make_proof(undone, f)};
  }
  return {};
}

/// docs/verdict.md, "Amended": signed by the author domain, then changed by a
/// proven party.
std::optional<amendment> amend(const facts& f, const signature_result* undone,
                               const std::vector<mediator>& mediators,
                               const std::optional<explanation>& explained) {
  using kind = amendment::kind;
  const std::string& whose = f.header.author_domain;
  if (undone != nullptr && is_good_but_broken(*undone, whose, f)) {
    // Whoever did it: nothing was added.
    if (f.changed->lossless)
      return amendment{kind::lossless, "", make_proof(*undone, f)};
    if (auto by = amend_by_known(f, *undone, mediators))
      return by;
    const proof author = make_proof(*undone, f);
    if (is_providers_addition(f))
      return amendment{kind::provider, f.upstream, author};
    if (explained && explained->is_trusted &&
        explained->by != explanation::kind::provider) {
      const bool by_list = explained->by == explanation::kind::list;
      if (is_harmless(*f.changed) ||
          (by_list && leads_nowhere_else(whose, f, *undone, mediators)))
        return amendment{by_list ? kind::list : kind::forwarder,
                         explained->name, author};
    }
  }
  // What the provider did to a mail after it had seen a good signature, if
  // nobody else can have written the report.
  const bool is_sure = !f.found_border || (!f.found_border->through_loopback &&
                                           !f.found_border->by_view &&
                                           !f.found_border->is_doubted);
  if (const reported* by = is_sure ? reported_signature(whose, f) : nullptr) {
    // Which signature the report is about, it need not say: a forger may add
    // one to a mail that another of the author's proves in part.
    const signature_result* broken = nullptr;
    for (const signature_result& r : f.dkim) {
      if (!speaks_for(r.domain, whose, method::dkim, f))
        continue;
      if (!is_good_but_broken(r, whose, f))
        return {};
      broken = &r;
    }
    if (broken != nullptr)
      return amendment{kind::report, by->authserv_id, make_proof(*broken, f)};
  }
  return {};
}

/// `domain` is the author's own, or `signer`, as pairs have it, proved him.
bool has_proven_before(std::string_view domain, std::string_view signer,
                       std::string_view author, const facts& f) {
  if (domain.empty() || author.empty())
    return false;
  return domain == author ||
         (author == f.header.author_domain &&
          std::ranges::any_of(f.history.pairs, [&](const pair_record& pair) {
            return pair.signer == signer;
          }));
}

/// The facts came beside the mail: no border was looked for in it.
bool is_told_apart(spf_source s) {
  return s == spf_source::given || s == spf_source::session;
}

}  // namespace

bool is_of_weight(const finding& it, const facts& f) {
  using standing = finding::standing;
  if (it.of == standing::watched || is_trusted_domain(it.like, f) ||
      (it.of == standing::own && !is_mail_service(it.like)))
    return true;
  const std::int64_t came = f.history.first_proven;
  return it.steady_since != 0 && (came == 0 || it.steady_since < came);
}

bool is_made_to_deceive(const finding& it, const facts& f) {
  return (it.what == finding::kind::mixed_script ||
          it.what == finding::kind::bidi) &&
         (!it.may_be_chance || is_of_weight(it, f));
}

bool is_of_somebody(const finding& it, const facts& f) {
  const auto names_it = [&it](const rule& r) {
    return r.does == rule::effect::trust && r.what == rule::kind::author &&
           ascii::iequals(r.pattern, it.seen);
  };
  return it.of != finding::standing::nobodys || is_trusted_domain(it.like, f) ||
         std::ranges::any_of(f.history.rules, names_it);
}

bool is_trusted_unproven(const facts& f) {
  return rule_about(f, rule::effect::trust, "") != nullptr;
}

bool is_at_mail_service(const facts& f) {
  return f.history.has_strangers || is_mail_service(f.header.author_domain);
}

acquaintance acquaintance_with(const facts& f) {
  using kind = finding::kind;
  acquaintance out = acquaintance::usual;
  for (const finding& it : f.findings) {
    const bool is_edited = it.what == kind::one_edit ||
                           it.what == kind::contained ||
                           it.what == kind::other_suffix;
    const bool is_confusing =
        it.what == kind::confusable ||
        (it.what == kind::mixed_script && it.seen == f.header.author_domain);
    if (is_confusing || (is_edited && it.of != finding::standing::known))
      return acquaintance::by_rule;
    if (is_edited)
      out = is_trusted_domain(it.like, f) ? acquaintance::by_rule
                                          : acquaintance::steady;
    if (out == acquaintance::by_rule)
      return out;
  }
  return out;
}

const dmarc::outcome& policy_of(std::string_view author, const facts& f) {
  static const dmarc::outcome no_record;
  const auto at =
      std::ranges::find(f.policies, author, &dmarc::outcome::author_domain);
  return at == f.policies.end() ? no_record : *at;
}

bool speaks_for(std::string_view domain, std::string_view author, method by,
                const dmarc::outcome& p) {
  if (author.empty() || domain.empty())
    return false;
  if (domain == author)
    return true;
  return (by == method::dkim ? p.adkim : p.aspf) == dmarc::alignment::relaxed &&
         (p.asked || dns::is_subdomain_of(author, domain)) &&
         // A public suffix is its own, so it speaks for nobody below it.
         dmarc::registered_domain(std::string(domain)) ==
             dmarc::registered_domain(std::string(author));
}

bool speaks_for(std::string_view domain, std::string_view author, method by,
                const facts& f) {
  return speaks_for(domain, author, by, policy_of(author, f));
}

bool is_aligned(std::string_view domain, std::string_view author, method by,
                const facts& f) {
  return policy_of(author, f).status != result::fail &&
         speaks_for(domain, author, by, f);
}

bool is_spf_certain(const facts& f) {
  return is_spf_usable(f) && (!f.found_border || can_prove(f.found_border));
}

bool is_spf_usable(const facts& f) {
  return f.spf.path_known &&
         (is_told_apart(f.spf.source) ||
          (f.spf.source == spf_source::border && can_accuse(f.found_border)));
}

bool may_prove(const signature_result& r, std::string_view author,
               const facts& f) {
  const auto key = dkim::key_question(r.selector, r.domain);
  if (!key || !has_proven_before(r.domain, r.domain, author, f))
    return false;
  const auto& elsewhere = f.keys_kept_elsewhere;
  return std::ranges::find(elsewhere, key->name) != elsewhere.end() ||
         is_key_seen(r.selector, r.domain, f);
}

bool spf_may_prove(std::string_view author, const facts& f) {
  return !f.spf.outcome.by_senders_words &&
         has_proven_before(f.spf.outcome.domain, spf_signer(f), author, f);
}

bool may_be_proven(std::string_view author, const facts& f) {
  const std::string& path = f.spf.outcome.domain;
  return policy_of(author, f).status == result::temperror ||
         (f.spf.outcome.status == result::temperror && is_spf_usable(f) &&
          speaks_for(path, author, method::spf, f) &&
          spf_may_prove(author, f)) ||
         std::ranges::any_of(f.dkim, [&](const signature_result& r) {
           return r.status == result::temperror &&
                  speaks_for(r.domain, author, method::dkim, f) &&
                  may_prove(r, author, f);
         });
}

bool may_mediate(std::string_view domain, const facts& f) {
  const mediator by_seal{domain, "", mediator::proof_by::seal};
  return is_trusted_list(domain, f) || is_trusted_forwarder(domain, f) ||
         is_known_list(by_seal, f) || is_known_forwarder(by_seal, f);
}

bool is_mediator(std::string_view domain, const facts& f) {
  return may_mediate(domain, f) && (is_named_mediator(domain, f) ||
                                    (f.history.known != nullptr &&
                                     (f.history.known->has_list(domain) ||
                                      f.history.known->has_forwarder(domain))));
}

bool may_explain(const signature_result& r, const facts& f) {
  if (r.status != result::temperror || r.testing ||
      any_covers(f, rule::kind::list, rule::effect::distrust, f.header.list_id))
    return false;
  const bool is_seen = is_key_seen(r.selector, r.domain, f);
  return (is_named_mediator(r.domain, f) &&
          (is_seen || is_label(r.selector))) ||
         (is_seen && is_known_list({r.domain, ""}, f) &&
          bears_no_signature(f.header.author_domain, f));
}

bool spf_may_explain(const facts& f) {
  return f.spf.outcome.status == result::temperror && is_spf_certain(f) &&
         !f.spf.outcome.by_senders_words &&
         is_named_mediator(f.spf.outcome.domain, f);
}

bool may_be_sealed(const facts& f) {
  if (f.arc.status != result::temperror || f.arc.pending.empty())
    return false;
  const arc::instance_result* newest = newest_set(f.arc);
  return newest != nullptr && may_mediate(newest->domain, f);
}

bool seal_may_explain(const facts& f) {
  if (!may_be_sealed(f))
    return false;
  const arc::instance_result& newest = f.arc.instances.back();
  return is_named_mediator(newest.domain, f) && is_label(newest.selector) &&
         is_label(newest.message_selector) &&
         newest.message_domain == newest.domain;
}

bool verifies_for(std::string_view author, const facts& f) {
  return std::ranges::any_of(f.dkim, [&](const signature_result& r) {
    return r.verifies && speaks_for(r.domain, author, method::dkim, f);
  });
}

bool may_be_broken_inside(std::string_view author, const facts& f) {
  return f.history.known != nullptr &&
         f.history.known->is_changed_at(f.upstream) &&
         std::ranges::any_of(f.dkim, [&](const signature_result& r) {
           return r.status == result::fail && r.code == dkim::errc::body_hash &&
                  speaks_for(r.domain, author, method::dkim, f);
         });
}

std::chrono::seconds accuse_within(std::string_view author, const facts& f,
                                   const policy& p) {
  const bool is_signed =
      std::ranges::any_of(f.dkim, [&](const signature_result& r) {
        return speaks_for(r.domain, author, method::dkim, f);
      });
  return is_signed ? p.accuse_within : p.accuse_unsigned_within;
}

std::optional<std::int64_t> evidence::accusable(std::string_view author) const {
  std::optional<std::int64_t> time;
  if (can_accuse(all.found_border)) {
    time = all.found_border->time;
  } else if (!all.found_border && is_told_apart(all.spf.source)) {
    time = all.received.value_or(all.now);
  }
  if (time)
    time = std::min(*time, all.now);
  const auto within = accuse_within(author, all, rules_);
  return time && all.now - *time < within.count() ? time : std::nullopt;
}

std::optional<explanation> explain(std::string_view author, const evidence& e) {
  return explain(author, e.all, e.mediators);
}

dmarc::identifiers identifiers_for(const std::string& author, const facts& f) {
  dmarc::identifiers of;
  of.authors = {author};
  for (const signature_result& r : f.dkim) {
    // RFC 6376 3.6.1: as if it were not signed.
    if (!r.domain.empty() && !r.testing &&
        (r.status != result::temperror || may_prove(r, author, f)))
      of.dkim.push_back({r.domain, r.status});
  }
  of.spf = {f.spf.outcome.domain, f.spf.outcome.status};
  if (of.spf.status == result::temperror && !spf_may_prove(author, f))
    of.spf.status = result::none;
  of.spf_left_out = f.spf.source == spf_source::left_out || !f.spf.path_known;
  return of;
}

evidence::evidence(const facts& f, const policy& p) : all(f), rules_(p) {
  const header_facts& header = f.header;
  const std::string& author = header.author_domain;
  author_is_clear = header.author_count > 0 && header.from_fields == 1 &&
                    header.author_is_clear && !author.empty();
  lookup_may_prove = may_be_proven(author, f);
  const arc::instance_result* denied_by = seal_against(author, f);
  lookup_may_explain =
      (denied_by == nullptr && (spf_may_explain(f) || seal_may_explain(f))) ||
      std::ranges::any_of(f.dkim, [&](const signature_result& r) {
        return !is_denied(denied_by, {r.domain, ""}, f) && may_explain(r, f);
      });
  const auto unavailable = [&](const std::string& signer) {
    might_be_known = might_be_known || make_proof(signer, f).is_known();
  };

  const auto is_proof = [&](proof by) {
    note_once(signers, by.signer);
    keep_better(best, std::move(by));
  };

  for (const signature_result& r : f.dkim) {
    if (r.status == result::pass) {
      // DMARC does not count a key that is only tested; a missing signature it
      // is not, either.
      const bool is_authors =
          r.testing ? speaks_for(r.domain, author, method::dkim, f)
                    : is_aligned(r.domain, author, method::dkim, f);
      if (!is_authors) {
        if (third_party == nullptr)
          third_party = &r;
        continue;
      }
      signed_by_author = true;
      reason against = objection_to(r, f);
      if (against.code.empty()) {
        is_proof(make_proof(r, f));
      } else if (objection.code.empty()) {
        objection = std::move(against);
      }
    } else if (!speaks_for(r.domain, author, method::dkim, f)) {
      continue;
    } else if (r.status == result::temperror) {
      if (may_prove(r, author, f))
        unavailable(r.domain);
    } else if (broken == nullptr) {
      broken = &r;
    }
  }
  if (is_spf_usable(f)) {
    const std::string& domain = f.spf.outcome.domain;
    if (is_spf_certain(f) && is_spf_pass(f) &&
        is_aligned(domain, author, method::spf, f)) {
      proof by = make_proof(spf_signer(f), f);
      by.by_spf = true;
      is_proof(std::move(by));
    } else if (f.spf.outcome.status == result::temperror &&
               speaks_for(domain, author, method::spf, f) &&
               spf_may_prove(author, f)) {
      unavailable(spf_signer(f));
    }
  }

  mediators = mediators_of(f);
  for (const mediator& c : mediators) {
    if (speaks_for_list(c.domain, f))
      note_once(list_signers, c.signer);
  }
  came_distrusted =
      any_covers(f, rule::kind::list, rule::effect::distrust, header.list_id) ||
      std::any_of(mediators.begin(), mediators.end(), [&](const mediator& c) {
        return any_covers(f, rule::kind::forwarder, rule::effect::distrust,
                          c.domain);
      });
  undone = undone_of(author, f);
  explained = explain(author, *this);
  amended = amend(f, undone, mediators, explained);
  find_what_is_learned();
  spf_is_reported = is_spf_reported(author, f);
  senders = check_sender_class(f, p);
}

/// What is learned of those who handed the mail over, if its author is proven
/// by his own signature, or by undoing.
void evidence::find_what_is_learned() {
  const facts& f = all;
  const std::string& author = f.header.author_domain;
  const bool is_undone =
      undone != nullptr && is_good_but_broken(*undone, author, f);
  const bool is_signed = signed_by_author && objection.code.empty();
  if (!author_is_clear || (!is_undone && !is_signed))
    return;
  const std::string whose = dmarc::registered_domain(author);
  bool is_by_list = false;
  for (const mediator& c : mediators) {
    std::string name = dmarc::registered_domain(std::string(c.domain));
    if (speaks_for_list(c.domain, f)) {
      is_by_list = true;
      if (name != whose)
        note_once(handed_by_lists, std::string(c.domain));
    } else if (c.by != mediator::proof_by::signature && name != whose) {
      note_once(handed_by_forwarders, name);
    }
  }
  if (!is_undone || f.upstream.empty())
    return;
  // Nobody before the border can have changed it.
  const bool is_by_path =
      is_spf_certain(f) && is_spf_pass(f) &&
      is_aligned(f.spf.outcome.domain, author, method::spf, f);
  is_changed_inside = is_by_path && best && best->is_known();
  const addition& added = f.changed->added;
  is_addition = f.changed->addition_only && !added.digest.empty() &&
                (added.source.starts_with("list:") ? is_by_list : is_by_path);
}

proven_facts evidence::proven() const {
  // What excuses nothing may still turn out to be a proof.
  const bool is_undecided =
      std::ranges::any_of(all.dkim, [&](const signature_result& r) {
        return r.status == result::temperror &&
               speaks_for(r.domain, all.header.author_domain, method::dkim,
                          all);
      });
  return {.author_is_clear = author_is_clear,
          .is_proven = is_proven(),
          .signed_by_author = signed_by_author,
          .lookup_may_prove = lookup_may_prove || is_undecided,
          .needs = acquaintance_with(all),
          .signers = signers,
          .list_signers = list_signers,
          .lists = handed_by_lists,
          .forwarders = handed_by_forwarders,
          .is_changed_inside = is_changed_inside,
          .is_addition = is_addition};
}

}  // namespace mekiki::verdict
