// What the facts say for and against a mail's author, each question answered
// once. Decides nothing: decide.cpp does. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/decide.hpp"
#include "verdict/facts.hpp"
#include "verdict/reason.hpp"
#include "verdict/sender_class.hpp"

namespace mekiki::verdict {

/// DMARC of one of the authors; that of a domain without a record if he is
/// none of them.
const dmarc::outcome& policy_of(std::string_view author, const facts& f);

enum class method : std::uint8_t { dkim, spf };
/// Whether a check of `domain` (normalized) is about the author's: it is the
/// same, or lies above it, or the author's DMARC record allows other names
/// below the same registered domain. Never across a public suffix, never beside
/// strict alignment.
bool speaks_for(std::string_view domain, std::string_view author, method by,
                const dmarc::outcome& p);
bool speaks_for(std::string_view domain, std::string_view author, method by,
                const facts& f);
/// The same of a domain that passed, where DMARC does not say otherwise.
bool is_aligned(std::string_view domain, std::string_view author, method by,
                const facts& f);

/// The path, or HELO for the null reverse-path, was checked by facts that the
/// sender did not write.
bool is_spf_certain(const facts& f);
/// The same with facts that a program on the provider's host may have invented:
/// they accuse, but prove nothing.
bool is_spf_usable(const facts& f);

/// Whether a signature that the DNS gave no key for may be what proves
/// `author`, by more than the sender's word: the domain is the author's own, or
/// proved him before, and the key was seen before, or the domain's zone says
/// that another one keeps it.
bool may_prove(const dkim::signature_result& r, std::string_view author,
               const facts& f);
/// The same of SPF that the DNS gave no answer for.
bool spf_may_prove(std::string_view author, const facts& f);
/// An answer that the DNS did not give could prove him.
bool may_be_proven(std::string_view author, const facts& f);

/// Somebody of this domain is trusted to hand over mail, or known to, so that
/// his proof may explain what accuses the author.
bool may_mediate(std::string_view domain, const facts& f);
/// Exactly this domain: names below it may be made up.
bool is_mediator(std::string_view domain, const facts& f);
/// Whether a signature that the DNS gave no key for may be such a proof, by
/// more than the sender's word: a rule names that very domain, or the key was
/// seen before.
bool may_explain(const dkim::signature_result& r, const facts& f);
/// The same of SPF that the DNS gave no answer for, and only by a rule.
bool spf_may_explain(const facts& f);
/// The ARC chain, for whose keys the DNS gave no answer, would vouch for the
/// mail if it passed, by somebody who `may_mediate`.
bool may_be_sealed(const facts& f);
/// So that it explains, and only by a rule for the newest seal's domain.
bool seal_may_explain(const facts& f);

/// A signature for the author verifies, though it did not pass: no proof, but
/// no forger made it.
bool verifies_for(std::string_view author, const facts& f);
/// The author's signature is broken as this provider is known to break them.
bool may_be_broken_inside(std::string_view author, const facts& f);

/// The inputs of DMARC for one of the authors. Of the checks that got no answer
/// only those that may prove him count.
dmarc::identifiers identifiers_for(const std::string& author, const facts& f);

/// A rule trusts the (first) author, and wants no signature of his.
bool is_trusted_unproven(const facts& f);

/// How old a mail may be that is accused for this author.
std::chrono::seconds accuse_within(std::string_view author, const facts& f,
                                   const policy& p);

/// Strangers have addresses at the author's domain.
bool is_at_mail_service(const facts& f);

/// What an author's pairs need to become known: more time, or a rule, if there
/// is a finding about his domain.
enum class acquaintance : std::uint8_t { usual, steady, by_rule };
acquaintance acquaintance_with(const facts& f);

/// Whether the finding alone accuses a mail whose author domain passed: `like`
/// is the user's own and no mail service, trusted by a rule, watched, or was
/// known steadily before the author was first proven.
bool is_of_weight(const finding& it, const facts& f);
/// The characters of a mixed_script or bidi finding are no accident.
bool is_made_to_deceive(const finding& it, const facts& f);
/// Whether a domain, or an address there, is more than nobody's to the user.
bool is_of_somebody(const finding& it, const facts& f);

/// A domain that passed DKIM or SPF and speaks for the author domain.
struct proof {
  std::string signer;         // as in pair_record
  std::string_view selector;  // of DKIM; borrows the facts
  bool by_spf = false;
  const pair_record* known = nullptr;  // in the facts, where the pair is known
  bool trusted = false;                // a rule says so
  bool distrusted = false;

  bool is_known() const { return known != nullptr || trusted; }
};

/// A list, forwarder or provider that may have broken the mail's proof.
struct explanation {
  /// `change`: the author's signature is proven by undoing, and what was added
  /// leads nowhere but to the author or the list.
  enum class kind : std::uint8_t { list, forwarder, provider, change };
  explanation::kind by = kind::list;
  std::string name;  // of `change`: ""
  /// By a rule, or an id that the settings name; else only known.
  bool is_trusted = false;
};

/// The author's signature, broken only by an addition that a proven party made,
/// or, by whomever, without any loss.
struct amendment {
  enum class kind : std::uint8_t {
    list,
    forwarder,
    provider,
    report,
    lossless
  };
  amendment::kind by = kind::list;
  std::string name;  // of `lossless`: ""
  proof author;
};

/// The part of the evidence that is kept with the judgement, for learning from
/// the mail.
struct proven_facts {
  // As in `evidence`.
  bool author_is_clear = false;
  bool is_proven = false;
  bool signed_by_author = false;
  bool lookup_may_prove = false;
  acquaintance needs = acquaintance::usual;
  std::vector<std::string> signers;
  std::vector<std::string> list_signers;
  std::vector<std::string> lists;
  std::vector<std::string> forwarders;
  bool is_changed_inside = false;
  bool is_addition = false;

  /// The author whom every client shows is proven.
  bool proves_author() const { return author_is_clear && is_proven; }
};

/// A host whose domain is proven to have sent this mail on.
struct mediator {
  std::string_view domain;  // borrows the facts
  std::string signer;       // as in pair_record
  enum class proof_by : std::uint8_t { signature, path, seal };
  proof_by by = proof_by::signature;
};

/// Borrows the facts and the policy.
struct evidence {
  evidence(const facts& f, const policy& p);

  const facts& all;
  /// One author domain, one From field, the same one in all clients.
  bool author_is_clear = false;
  /// The best proof. It proves the author only if `author_is_clear` too.
  std::optional<proof> best;
  /// Everybody who proves the author, each once: what pairs are learned from.
  std::vector<std::string> signers;
  /// Everybody who proves that the mail came from its list, each once.
  std::vector<std::string> list_signers;
  bool signed_by_author = false;  // an aligned signature passed
  reason objection;  // the first one against an aligned signature that passed
  const dkim::signature_result* broken = nullptr;  // aligned, did not pass
  /// The author's, which verifies once a change is undone.
  const dkim::signature_result* undone = nullptr;
  const dkim::signature_result* third_party = nullptr;  // passed, not aligned
  bool spf_is_reported = false;  // as a pass for the author domain
  /// A lookup that failed for now could have proven the author.
  bool lookup_may_prove = false;
  /// A lookup that failed for now could have proven a known pair.
  bool might_be_known = false;
  /// A lookup that failed for now could have shown who handed the mail over,
  /// and that this explains what accuses it.
  bool lookup_may_explain = false;
  // What the mail teaches of those who handed it over, its author being proven.
  std::vector<std::string> handed_by_lists;       // domains
  std::vector<std::string> handed_by_forwarders;  // registered domains
  /// SPF proves a known author, and his broken signature verifies once a change
  /// is undone.
  bool is_changed_inside = false;
  /// What broke the signature is an addition, made by the list that handed the
  /// mail over, or behind a border where SPF passed for the author.
  bool is_addition = false;
  std::vector<mediator> mediators;
  bool came_distrusted = false;  // by a list or forwarder that a rule names
  std::optional<explanation> explained;  // of the first author
  std::optional<amendment> amended;
  /// The certain border's time, where the mail is young enough to be accused
  /// for this author.
  std::optional<std::int64_t> accusable(std::string_view author) const;
  class_result senders;  // what the rules for senders say

  bool is_proven() const { return author_is_clear && best; }
  proven_facts proven() const;

 private:
  void find_what_is_learned();

  const policy& rules_;
};

/// What may have broken the proof of one of the authors. What explains one does
/// not excuse another, who may be the attacker, with a signature that he broke
/// himself; only who is trusted to hand over mail answers for all of it.
std::optional<explanation> explain(std::string_view author, const evidence& e);

}  // namespace mekiki::verdict
