// DMARC for one mail: whether an aligned identifier passed, and if not, which
// policy the domain owner asks for (RFC 9989 5.3; RFC 7489 6.6).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dmarc/discover.hpp"
#include "auth/dmarc/errc.hpp"
#include "auth/dmarc/record.hpp"
#include "auth/result.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dmarc {

/// A domain and what a check said of it. It may hold U-labels in UTF-8, and
/// anything may stand in it.
struct identifier {
  std::string domain;  // d=; for SPF the domain of MAIL FROM, or else HELO
  auth::result status = auth::result::none;
};

/// What other checks found about one mail.
struct identifiers {
  std::vector<std::string> authors;  // the domains in From, as written
  std::vector<identifier> dkim;
  identifier spf;  // `none`: it was checked, and there is nothing to pass
  /// SPF could not be checked because no certain border says which host sent
  /// the mail. `spf` does not count then, and nothing is called a fail.
  bool spf_left_out = false;
};

struct options {
  spec rules = spec::rfc9989;
  /// Evaluate by the other RFC too, and tell where it differs.
  bool compare = false;
  /// Do so at least where the mail fails, before it is accused.
  bool confirm = false;
  /// RFC 7489 6.6.4: this mail's sample, from 0 to 99; the policy applies to
  /// those below pct=, the next weaker one to the others.
  unsigned sample = 0;
};

/// The tag of the record that was chosen (RFC 9989 4.10.1).
enum class policy_tag : std::uint8_t { p, sp, np };

/// What the other RFC says, where result or policy differ; with `confirm` alone
/// only where it keeps the mail from being accused.
struct dissent {
  spec rules = spec::rfc7489;
  auth::result status = auth::result::none;
  errc code = errc::no_record;
  std::optional<policy> asked;
};

struct outcome {
  auth::result status = auth::result::none;
  errc code = errc::no_record;
  std::string reason;  // one English sentence without final stop, ASCII

  spec rules = spec::rfc9989;
  std::string author_domain;  // A-labels, lower case; empty unless just one
  /// The domain whose record applies or stands in the way; where there is none,
  /// the author's.
  std::string policy_domain;
  std::string org_domain;  // of the author; empty if not known
  std::string record;  // as published; empty without one. Strangers wrote it
  /// What that record says of alignment; the defaults without one.
  alignment adkim = alignment::relaxed;
  alignment aspf = alignment::relaxed;

  /// What the owner asks for, should this mail fail: chosen among p=, sp= and
  /// np=, one step weaker with t=y. Empty if no record applies.
  std::optional<policy> asked;
  policy_tag asked_by = policy_tag::p;
  bool under_test = false;  // t=y, and weaker for it
  /// The policy that applies given the result; under RFC 7489 after sampling by
  /// pct=. What is done with the mail is decided elsewhere.
  policy disposition = policy::none;
  bool sampled_out = false;  // RFC 7489: not among the pct= of mails
  /// What the owner asks for where the mail fails; with `compare` or `confirm`
  /// what he asks for by RFC 9989, where it fails by both RFCs.
  policy accuses = policy::none;

  bool dkim_aligned = false;  // an aligned domain passed
  bool spf_aligned = false;

  std::optional<dissent> other;
};

/// "the policy of example.jp for its sub-domains is reject"; empty if no record
/// applies.
std::string describe_policy(const outcome& o);

/// RFC 9989 5.3 (or RFC 7489 6.6) for one mail. Never fails as a call; the
/// arguments must live until it is done.
///
/// Bounds: the questions of `discover`, and 8 for each of the first 16 domains
/// that passed (or could not be decided) below the author's organizational
/// domain but are not the author's; most mails have none. Domains elsewhere
/// cannot be aligned, and are not asked about: their owners could keep a
/// forged mail from failing by a name server that does not answer.
boost::asio::awaitable<outcome> evaluate(const identifiers& of,
                                         dns::resolver& resolver,
                                         const options& how);

// The parts of `evaluate`.

/// `of` with its domains in A-labels and lower case, each author's once; what
/// is not a domain name is empty.
identifiers normalize(const identifiers& of);

/// The domains whose organizational domain decides about alignment, each once;
/// `of` normalized.
std::vector<std::string> undecided_domains(const identifiers& of,
                                           const discovery& policy);

/// The organizational domains that were found; empty: no answer.
using organizations = std::map<std::string, std::string>;

/// The decision, all facts in hand; `of` normalized. Domains that are not in
/// `known` are not aligned.
outcome outcome_of(const identifiers& of, const discovery& policy,
                   const organizations& known, const options& how);

/// The outcome for a mail whose authors were evaluated one by one: if one
/// fails, that of the one who is treated most strictly (RFC 7489 6.6.1); else
/// `several_authors`. The outcome of a single author stays as it is.
outcome strictest(std::vector<outcome> of_authors);

}  // namespace mekiki::dmarc
