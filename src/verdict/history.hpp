// What earlier mails taught, as the verdict sees it. `store` implements the
// interface; the verdict works without one.
//
// Scope: what is learned counts for the account that got the mail, or, for
// upstreams that the settings name as shared, for all accounts there. A
// stranger's mailbox teaches the installation nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/unix_time.hpp"
#include "verdict/border_views.hpp"

namespace mekiki::verdict {

class correspondents;  // verdict/correspondents.hpp

// Times are Unix seconds; a day is 86,400 of them.

/// How often, and on how many days, something was seen.
struct tally {
  std::uint64_t mails = 0;
  std::uint32_t days = 0;  // different days
  std::int64_t first = 0;  // 0: never
  std::int64_t last = 0;
};

/// A pair: author domain and the signer that proved it.
struct pair_record {
  std::string signer;  // d= of DKIM; "spf:" and the domain for SPF
  tally passed;
};

/// "Passed on at least 3 different days spread over at least 7."
bool is_known(const tally& passed);
/// "10 mails over 30 days."
bool is_steady(const tally& passed);
constexpr std::int64_t steady_spread = 30 * day_seconds;

/// How widely something was seen that is learned from the mails of many
/// authors: a list or forwarder, an addition, a provider that changes mail.
struct sightings {
  std::int64_t authors = 0;  // registered domains
  std::int64_t days = 0;     // different ones
  std::int64_t spread = 0;   // days from the first to the last
};

/// "8 author domains on 5 days over 7": the one threshold for all of these.
bool is_known(const sightings& s);

/// How the mails of an author domain came through this upstream's certain
/// border, whoever sent them; mails judged forged are not counted.
struct habit {
  tally proven;    // with an aligned DKIM pass
  tally unproven;  // without one
};

/// How steadily an author domain signs, between 0 and 1 (docs/history.md).
double steadiness(const habit& h);

/// A rule of a user, or of the administrator for all (`mekiki trust`).
struct rule {
  enum class kind : std::uint8_t { author, signer, list, forwarder };
  enum class effect : std::uint8_t { trust, distrust };
  rule::kind what = kind::author;
  rule::effect does = effect::trust;
  /// Of author: a glob over the address or the domain ("*@example.jp"); of the
  /// others a domain (a list's: its List-Id), normalized.
  std::string pattern;
  std::string signer;  // of author rules: only if proved by it; empty: by any
};

/// A DKIM key that was seen before.
struct remembered_key {
  std::string name;  // "selector._domainkey.domain"
  std::string text;  // the TXT record
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool authentic = false;  // it came with DNSSEC at least once
  bool revoked = false;    // it was seen with an empty p=
};

struct history_question {
  std::string account;                 // pop3::account_id; empty: nobody's
  std::string upstream;                // host
  std::string author;                  // address, as shown
  std::string author_domain;           // A-labels
  std::string list_id;                 // A-labels, lower case; empty: none
  std::vector<std::string> key_names;  // of the signatures
};

struct history_answer {
  bool available = false;          // false: no store, or no answer in time
  std::vector<pair_record> pairs;  // of the author domain
  /// The author domain counts as a mail service because many addresses wrote
  /// from there; the author's is none of those, and `pairs` are of it alone.
  bool has_strangers = false;
  /// When the author domain, or its registered domain, was first proven; 0:
  /// never.
  std::int64_t first_proven = 0;
  habit habits;  // of the author domain at this upstream
  /// The domains that proved mails with this List-Id to come from the list.
  std::vector<pair_record> list_signers;
  std::vector<rule> rules;  // all that are in force for the account
  std::vector<remembered_key> keys;
  /// Whom the account corresponds with; never null where available.
  std::shared_ptr<const correspondents> known;
};

/// What was added to a mail on its way, as far as it can be learned.
struct addition {
  std::string source;  // "provider:" and the upstream, "list:" and the List-Id
  std::string digest;  // of the text added, hexadecimal
  std::vector<std::string> links;  // hosts in it
  // Whose history learns it; filled in by the caller.
  std::string account;   // empty: nobody's, and never learned
  std::string upstream;  // host
};

/// Whether the addition, and each link in it, is known (is_known of sightings).
struct addition_answer {
  bool learned = false;
  bool links_learned = false;
};

/// Asks for the views that an account learned. Those learned while the domain
/// had other MX hosts do not count, so these are part of the question.
struct border_question {
  std::string account;   // empty: nobody's
  std::string upstream;  // host
  std::string mx_set;    // the MX hosts, sorted, one a line
};

class history {
 public:
  virtual ~history() = default;

  /// Never throws; does not take longer than a deadline of its own.
  virtual boost::asio::awaitable<history_answer> ask(history_question q) = 0;
  virtual boost::asio::awaitable<addition_answer> ask(addition a) = 0;
  /// The usable views (verdict/border_views.hpp).
  virtual boost::asio::awaitable<std::vector<border_view>> ask(
      border_question q) = 0;
};

/// Knows nothing: everybody is a stranger.
class empty_history final : public history {
 public:
  boost::asio::awaitable<history_answer> ask(history_question q) override;
  boost::asio::awaitable<addition_answer> ask(addition a) override;
  boost::asio::awaitable<std::vector<border_view>> ask(
      border_question q) override;
};

}  // namespace mekiki::verdict
