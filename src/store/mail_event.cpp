#include "store/mail_event.hpp"

#include <algorithm>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/client_network.hpp"
#include "dns/name.hpp"
#include "store/kept_facts.hpp"
#include "verdict/evidence.hpp"
#include "verdict/mail_services.hpp"

namespace mekiki::store {
namespace {

using verdict::facts;
using verdict::finding;
using verdict::level;

constexpr std::size_t most_keys = 10;
constexpr std::size_t most_key_octets = 2048;
constexpr std::size_t most_links = 20;
constexpr std::size_t most_mediators = 3;  // of each kind
constexpr std::size_t most_uidl = 70;      // RFC 1939 7
constexpr std::size_t most_text = 998;
constexpr std::size_t most_host = 100;

std::string cut(std::string_view text, std::size_t most) {
  return std::string(text.substr(0, most));
}

void cut_lines(std::string& text, std::size_t most) {
  if (text.size() <= most)
    return;
  const std::size_t end = text.rfind('\n', most - 1);
  text.resize(end == std::string::npos ? most : end + 1);
}

/// Called forged for its looks alone.
bool is_accused_by_looks(const verdict::answer& said) {
  return said.what == level::forged &&
         (said.why.code == "look-alike" || said.why.code == "display-name");
}

habit_day habit_of(const verdict::proven_facts& seen, const facts& f) {
  if (seen.signed_by_author)
    return habit_day::proven;
  // Signed by the author and changed by another: says nothing of the author's
  // habit. What may yet turn out to be proven does not either.
  return f.changed || seen.lookup_may_prove ? habit_day::none
                                            : habit_day::unproven;
}

/// What it may come to, and what is learned then. `teaches`: pairs.
void note_prospect(const verdict::judgement& v, bool teaches, mail_event& e) {
  const verdict::later_answers& later = v.later;
  if (later.open.empty())
    return;
  for (const dkim::pending_signature& p : later.open.kept()) {
    e.pending.push_back(dkim::format(p));
  }
  e.open = encode(later.open);
  e.cases = later.cases;
  for (const verdict::possible_answer& a : later.answers) {
    later_answer& one = e.answers.emplace_back();
    one.said = a.said;
    one.dkim_check = to_string(a.dkim_check);
    one.dmarc = to_string(a.dmarc);
    if (teaches &&
        (a.said.what == level::genuine || a.said.what == level::new_))
      one.signers = a.proven.signers;
    if (e.certain && v.proven.author_is_clear && a.said.what != level::forged)
      one.habit = habit_of(a.proven, v.known);
  }
}

std::vector<std::string> signatures_of(const facts& f) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < f.dkim.size(); ++i) {
    const dkim::signature_result& r = f.dkim[i];
    const bool is_good = r.status == auth::result::pass &&
                         verdict::is_aligned(r.domain, f.header.author_domain,
                                             verdict::method::dkim, f);
    const bool is_undone = f.changed && f.changed->signature == i;
    if ((is_good || is_undone) && !r.signature_start.empty())
      out.push_back(r.domain + ' ' + r.signature_start);
  }
  return out;
}

}  // namespace

std::string way_text(const std::optional<verdict::border>& b) {
  std::string out(verdict::way_of(b));
  if (b && out != "certain" && b->by.size() <= most_host &&
      dns::is_hostname(b->by))
    out += ' ' + b->by;
  return out;
}

mail_event event_of(const verdict::judgement& v, fetch where) {
  const facts& f = v.known;
  mail_event e;
  e.account = std::move(where.account);
  e.upstream = std::move(where.upstream);
  e.client = network_of(where.client);
  e.uidl = cut(where.uidl, most_uidl);
  e.digest = v.digest;
  e.fetched = where.at;
  e.certain = verdict::can_accuse(f.found_border);
  e.way = way_text(f.found_border);
  if (f.found_border && f.found_border->status == verdict::border_status::found)
    e.host = format(f.found_border->client);
  // A time that a program on the provider's host can have invented would make
  // many days of one.
  e.counted = can_prove(f.found_border)
                  ? std::clamp<std::int64_t>(*f.found_border->time, 0, where.at)
                  : where.at;
  e.result = v.result;
  e.dkim_check = to_string(v.dkim_check);
  e.dmarc = to_string(f.dmarc.status);
  if (f.dmarc.asked)
    e.policy = to_string(*f.dmarc.asked);
  e.checks = kept_results_of(v.results);
  e.author_domain = f.header.author_domain;
  e.author = cut(f.header.author, most_text);
  e.subject = cut(f.header.subject, most_text);

  // Keys come from the DNS, whatever the mail is.
  for (const verdict::remembered_key& key : v.keys) {
    if (e.keys.size() < most_keys && key.text.size() <= most_key_octets)
      e.keys.push_back(key);
  }
  const verdict::proven_facts& seen = v.proven;
  const bool by_looks = is_accused_by_looks(v.result);
  // Names that play with characters teach no pair; nor do domains that only a
  // rule makes known.
  const bool is_learned =
      seen.needs != verdict::acquaintance::by_rule &&
      std::ranges::none_of(f.findings, [&](const verdict::finding& it) {
        return verdict::is_made_to_deceive(it, f);
      });
  const bool is_free_of_findings =
      is_learned && seen.needs == verdict::acquaintance::usual;
  // Addresses are not kept until the DNS answers.
  note_prospect(v,
                seen.author_is_clear && is_free_of_findings &&
                    v.result.what != level::forged &&
                    !verdict::is_at_mail_service(f),
                e);
  if ((v.result.what == level::forged && !by_looks) || !seen.author_is_clear)
    return e;

  e.is_proven = seen.is_proven;
  e.signatures = signatures_of(f);
  // Which of several authors it is that a service knows, nobody can say.
  const bool is_anybodys =
      f.header.author_count != 1 && verdict::is_at_mail_service(f);
  if (f.header.author_count == 1)
    e.author_address =
        verdict::paired_address(f.header.author, e.author_domain);
  e.needs_steady = !is_free_of_findings || by_looks;
  if (is_learned && (!by_looks || e.is_proven) && !is_anybodys)
    e.signers = seen.signers;
  // Of what is called forged nothing else counts.
  if (by_looks)
    return e;
  if (is_free_of_findings && e.is_proven)
    e.display_name = cut(f.header.display_name, most_text);
  e.border = f.learned;
  if (e.certain)
    e.habit = habit_of(seen, f);
  if (!seen.list_signers.empty()) {
    e.list_id = f.header.list_id;
    e.list_signers = seen.list_signers;
  }
  e.organization = dmarc::registered_domain(e.author_domain);
  e.lists = seen.lists;
  e.forwarders = seen.forwarders;
  for (auto* mediators : {&e.lists, &e.forwarders})
    mediators->resize(std::min(mediators->size(), most_mediators));
  e.is_changed_inside = seen.is_changed_inside;
  if (seen.is_addition) {
    e.added = f.changed->added;
    if (e.added->links.size() > most_links)
      e.added->links.resize(most_links);
  }
  return e;
}

void remove_texts_not_kept(mail_event& e, text_retention which) {
  cut_lines(e.header, most_header);
  if (e.story.size() > most_story)
    e.story.clear();
  if (keeps_all(which) ||
      (which == text_retention::of_forged && e.result.what == level::forged))
    return;
  keep_domains(e.result.why);
  e.author.clear();
  e.subject.clear();
  e.header.clear();
  e.story.clear();
  take_out_local_parts(e.checks);
}

}  // namespace mekiki::store
