#include "store/mail_event.hpp"

#include <algorithm>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "auth/dmarc/record.hpp"
#include "dns/name.hpp"

namespace mekiki::store {
namespace {

using verdict::facts;
using verdict::finding;
using verdict::level;

constexpr std::size_t most_keys = 10;
constexpr std::size_t most_key_octets = 2048;
constexpr std::size_t most_links = 20;
constexpr std::size_t most_uidl = 70;  // RFC 1939 7
constexpr std::size_t most_text = 998;

std::string cut(std::string_view text, std::size_t most) {
  return std::string(text.substr(0, most));
}

bool has_one_author(const facts& f) {
  return f.header.author_count == 1 && f.header.from_fields == 1 &&
         f.header.author_is_clear && !f.header.author_domain.empty();
}

/// Could a signature of this domain prove the author's?
bool is_aligned(const std::string& signer, const facts& f) {
  const std::string& author = f.header.author_domain;
  if (signer == author)
    return true;
  const auto record = dmarc::parse_record(f.dmarc.record, f.dmarc.rules);
  const bool strict = record && record->dkim == dmarc::alignment::strict;
  return !strict && are_related(signer, author);
}

/// The domain looks like one that it is not. Such pairs are known by rule
/// alone; what a display name pretends says nothing about the pair.
bool is_look_alike(const finding& f) {
  switch (f.what) {
    case finding::kind::confusable:
    case finding::kind::one_edit:
    case finding::kind::other_suffix:
    case finding::kind::contained:
    case finding::kind::mixed_script:
    case finding::kind::bidi:
      return true;
    case finding::kind::display_address:
    case finding::kind::display_name:
    case finding::kind::own_address:
    case finding::kind::reply_elsewhere:
      return false;
  }
  return false;
}

std::size_t times_signed(const dkim::signature_result& r,
                         std::string_view field) {
  return static_cast<std::size_t>(std::ranges::count(r.signed_fields, field));
}

/// The signers that prove the author's domain, each once.
std::vector<std::string> proofs_of(const facts& f) {
  std::vector<std::string> out;
  for (const dkim::signature_result& r : f.dkim) {
    bool proves = r.status == auth::result::pass && !r.testing && !r.partial &&
                  is_aligned(r.domain, f);
    for (std::size_t i = 0; i < verdict::shown_fields.size(); ++i) {
      proves = proves &&
               f.header.shown[i] <= times_signed(r, verdict::shown_fields[i]);
    }
    if (proves && std::ranges::find(out, r.domain) == out.end())
      out.push_back(r.domain);
  }
  if (f.dmarc.spf_aligned && f.spf.source == verdict::spf_source::border &&
      verdict::is_certain(f.entered) &&
      f.spf.outcome.status == auth::result::pass)
    out.push_back("spf:" + f.spf.outcome.domain);
  return out;
}

bool is_spf_ours(const verdict::spf_facts& spf) {
  return spf.source == verdict::spf_source::border ||
         spf.source == verdict::spf_source::given;
}

std::vector<std::string> list_signers(const facts& f) {
  std::vector<std::string> out;
  const auto note = [&](std::string signer) {
    if (std::ranges::find(out, signer) == out.end())
      out.push_back(std::move(signer));
  };
  for (const dkim::signature_result& r : f.dkim) {
    if (r.status == auth::result::pass && !r.testing &&
        are_related(r.domain, f.header.list_id))
      note(r.domain);
  }
  if (is_spf_ours(f.spf) && f.spf.outcome.status == auth::result::pass &&
      are_related(f.spf.outcome.domain, f.header.list_id))
    note("spf:" + f.spf.outcome.domain);
  return out;
}

sight habit_of(const facts& f) {
  if (f.dmarc.dkim_aligned)
    return sight::proven;
  // Signed by the author and changed by another: says nothing of the author's
  // habit. What may yet turn out to be signed does not either.
  if (f.changed)
    return sight::none;
  const bool undecided =
      std::ranges::any_of(f.dkim, [&](const dkim::signature_result& r) {
        return r.status == auth::result::temperror &&
               are_related(r.domain, f.header.author_domain);
      });
  return undecided ? sight::none : sight::unproven;
}

/// An addition teaches if the original was signed by a known pair.
bool is_addition_of_known(const facts& f) {
  if (!f.changed || !f.changed->addition_only ||
      f.changed->added.digest.empty() || f.changed->signature >= f.dkim.size())
    return false;
  const std::string& signer = f.dkim[f.changed->signature].domain;
  return are_related(signer, f.header.author_domain) &&
         std::ranges::any_of(f.past.pairs, [&](const auto& pair) {
           return pair.signer == signer && verdict::is_known(pair.passed);
         });
}

}  // namespace

bool are_related(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty())
    return false;
  return a == b ||
         (!dmarc::is_public_suffix(a) && !dmarc::is_public_suffix(b) &&
          dmarc::registered_domain(a) == dmarc::registered_domain(b));
}

mail_event event_of(const verdict::verdict& v, fetch where) {
  const facts& f = v.known;
  mail_event e;
  e.account = std::move(where.account);
  e.upstream = std::move(where.upstream);
  e.uidl = cut(where.uidl, most_uidl);
  e.digest = v.digest;
  e.fetched = where.at;
  e.certain = verdict::is_certain(f.entered);
  e.counted = e.certain
                  ? std::clamp<std::int64_t>(*f.entered->time, 0, where.at)
                  : where.at;
  e.result.what = v.result.what;
  e.result.why.code = v.result.why.code;
  e.dkim_check = to_string(v.dkim_check);
  e.dmarc = to_string(f.dmarc.status);
  if (f.dmarc.asked)
    e.policy = to_string(*f.dmarc.asked);
  e.author_domain = f.header.author_domain;

  // Keys come from the DNS, whatever the mail is.
  for (const verdict::remembered_key& key : v.keys) {
    if (e.keys.size() < most_keys && key.text.size() <= most_key_octets)
      e.keys.push_back(key);
  }
  const bool one_author = has_one_author(f);
  if (one_author && !v.pending.empty()) {
    std::ranges::copy_if(
        v.pending, std::back_inserter(e.pending),
        [&](const auto& p) { return is_aligned(p.claims.domain, f); });
    e.if_pass = v.if_pass;
    e.if_fail = v.if_fail;
  }
  if (v.result.what == level::forged) {
    e.result.why = v.result.why;
    e.author = cut(f.header.author, most_text);
    e.subject = cut(f.header.subject, most_text);
    return e;
  }
  if (!one_author)
    return e;

  const bool look_alike = std::ranges::any_of(f.findings, is_look_alike);
  e.pending_teaches = !look_alike;
  const std::vector<std::string> proofs = proofs_of(f);
  e.is_proven = !proofs.empty();
  if (!look_alike) {
    e.signers = proofs;
    if (e.is_proven)
      e.display_name = cut(f.header.display_name, most_text);
  }
  if (e.certain)
    e.habit = habit_of(f);
  if (!f.header.list_id.empty()) {
    e.list_signers = list_signers(f);
    if (!e.list_signers.empty())
      e.list_id = f.header.list_id;
  }
  if (is_addition_of_known(f)) {
    e.added = f.changed->added;
    if (e.added->links.size() > most_links)
      e.added->links.resize(most_links);
    e.added_author = dmarc::registered_domain(e.author_domain);
  }
  return e;
}

}  // namespace mekiki::store
