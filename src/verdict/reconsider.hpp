// Checks that the DNS left open, to be decided later and without the mail:
// signatures whose keys could not be fetched, SPF, the ARC chain, and the DMARC
// records of the authors. While the mail is at hand, an answer is made for each
// combination of their outcomes (an outcome_combination), by the same evidence
// and table as the first one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/pending.hpp"
#include "auth/dmarc/evaluate.hpp"
#include "auth/result.hpp"
#include "auth/spf/check_host.hpp"
#include "base/expected.hpp"
#include "dns/resolver.hpp"
#include "verdict/decide.hpp"
#include "verdict/evidence.hpp"
#include "verdict/facts.hpp"

namespace mekiki::verdict {

/// The authors whom an open check excuses (`may_prove`, `spf_may_prove`).
struct excuse {
  bool first_author = false;
  bool own_domain = false;  // the author of the check's own domain
  bool all = false;         // by who handed it over (`may_explain`)

  bool any() const { return first_author || own_domain || all; }
  bool holds(std::string_view domain, std::string_view author,
             std::string_view first) const {
    return (first_author && author == first) ||
           (own_domain && author == domain);
  }
};

struct open_signature {
  dkim::pending_signature kept;
  excuse excuses;
};

struct open_spf {
  spf::request asked;
  excuse excuses;
};

/// An ARC chain that passes if all of these do (arc::chain_result::pending).
struct open_chain {
  std::vector<dkim::pending_signature> kept;
  excuse excuses;
};

/// DMARC, where a record could not be fetched, with its inputs beside the open
/// checks. Domains are in A-labels.
struct open_policy {
  std::string first;  // header_facts::author_domain
  /// At most ten: him, and those whom nothing of their own excuses.
  std::vector<std::string> authors;
  std::vector<std::string> passed;  // signers that may be aligned, at most 16
  std::string spf_passed;           // the domain, or ""
  bool spf_left_out = false;
  unsigned sample = 0;  // dmarc::options::sample
};

struct open_checks {
  std::vector<open_signature> signatures;  // at most ten
  std::optional<open_spf> spf;
  std::optional<open_chain> chain;
  std::optional<open_policy> policy;

  bool empty() const { return signatures.empty() && !spf && !chain && !policy; }
  /// Those of the mail, and then those of its chain.
  std::vector<dkim::pending_signature> kept() const;
};

/// ASCII, one line; without the signatures themselves, which are kept apart.
std::string encode(const open_checks& o);
/// Reads what `encode` wrote, `kept` being what `open_checks::kept` was.
/// The error says what cannot be read.
expected<open_checks, std::string> parse_open_checks(
    std::string_view text, std::vector<dkim::pending_signature> kept);

/// One combination of outcomes of the open checks.
struct outcome_combination {
  /// Of n signatures: 0 to n-1 is the first that passes; n: none passes; n+1:
  /// only one with a key in test mode (t=y).
  std::size_t signature = 0;
  bool spf_passes = false;
  bool chain_passes = false;
  std::size_t policy = 0;  // one of `policy_count`, 0: there is no record
};
/// The outcomes of DMARC that an answer may depend on.
constexpr std::size_t policy_count = 17;

std::size_t count_combinations(const open_checks& o);
std::size_t index_of(const outcome_combination& t, const open_checks& o);
/// With `index_of`, counts through all of them.
outcome_combination combination_at(std::size_t index, const open_checks& o);

struct possible_answer {
  answer said;
  auth::result dkim_check = auth::result::none;
  auth::result dmarc = auth::result::none;
  proven_facts proven;
};

/// The answers that a mail may still get.
struct later_answers {
  open_checks open;
  std::vector<possible_answer> answers;  // no two alike
  std::vector<std::size_t>
      cases;  // by `index_of` a combination: index in answers
};

/// The open checks of a mail except DMARC, and their places in its facts.
class open_facts {
 public:
  /// `pending`: for each signature with temperror, in the order of `f.dkim`.
  open_facts(const facts& f,
             const std::vector<dkim::pending_signature>& pending);

  const open_checks& checks() const { return checks_; }
  /// DMARC is open, whatever the outcomes of the others.
  void add_policy(const evidence& e, unsigned sample);

  /// Writes a combination of signatures and SPF into the facts.
  void apply(const outcome_combination& t, facts& f) const;
  /// Results of DMARC, one for each author, that stand for the combination's
  /// policy and that `f`, to which `t` was applied, allows.
  std::vector<dmarc::outcome> policies_of(const outcome_combination& t,
                                          const facts& f) const;
  /// The first combination that must get the same answer: this one or
  /// an earlier one. This one was applied to `f`.
  std::size_t first_equivalent(std::size_t index, const facts& f) const;

 private:
  open_checks checks_;
  std::vector<dmarc::outcome> policies_;  // as they are now
  std::vector<std::size_t> at_;        // in facts::dkim, of the open signatures
  std::vector<std::size_t> given_up_;  // of those that are too many
};

/// Adds the answer to these facts as that of the next combination.
/// Pure.
void add_case(later_answers& p, const facts& f, const policy& by);

/// DMARC for each author.
struct policy_result {
  std::vector<dmarc::outcome> policies;
  bool is_open = false;         // a record or an alignment is not known
  bool is_unavailable = false;  // or a check that could prove an author
};
/// `of` has an entry for each author.
boost::asio::awaitable<policy_result> evaluate_policies(
    std::vector<dmarc::identifiers> of, dns::resolver& resolver,
    dmarc::options how);

/// The services that decide open checks; all of them outlive that.
struct reconsider_services {
  dns::resolver& resolver;         // bounded for the mail
  dns::resolver& policy_resolver;  // the same
  dns::resolver& chain_resolver;   // the same
  dkim::key_cache& keys;
  dkim::verify_options dkim;
  dmarc::options dmarc;
};

/// The state of the open checks after another lookup.
struct reconsidered {
  enum class state : std::uint8_t {
    open,    // a check without an answer excuses the mail
    so_far,  // such checks excuse nothing, but may still prove the author
    decided,
  };
  state status = state::open;
  std::size_t combination = 0;           // by `index_of`; not of `open`
  std::optional<dmarc::outcome> policy;  // where it was open, and is known
};

/// Asks the DNS again. `answers` has one for each combination, the same
/// number for those that are alike.
boost::asio::awaitable<reconsidered> reconsider(
    const open_checks& o, const std::vector<std::size_t>& answers,
    reconsider_services with);

}  // namespace mekiki::verdict
