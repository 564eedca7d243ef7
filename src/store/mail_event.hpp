// What the store keeps of one judged mail, and what is learned from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/kept_results.hpp"
#include "verdict/decide.hpp"
#include "verdict/history.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::store {

/// How a mail counts in the habit of its author domain.
enum class habit_day : std::uint8_t {
  none,      // not at all
  proven,    // with an aligned DKIM pass
  unproven,  // certainly without one
};

/// A verdict that a mail gets if the DNS answers in a certain way.
struct later_answer {
  verdict::answer said;
  std::string dkim_check;
  std::string dmarc;
  std::vector<std::string> signers;  // of pairs with the author
  habit_day habit = habit_day::none;
  bool is_told = false;  // to its user
};

/// Everything is bounded: by DNS names, by the checks' own limits, or here.
struct mail_event {
  // Which mail.
  std::string account;
  std::string upstream;
  std::string client;  // the network that its reader came from; may be empty
  std::string uidl;    // empty: not known
  std::string digest;  // without one the mail is not noted
  std::int64_t fetched = 0;
  std::int64_t counted = 0;  // the time of a border that proves, else `fetched`

  // The verdict. The facts of its reason, address and subject are texts: see
  // `remove_texts_not_kept`.
  verdict::answer result;
  std::string dkim_check;
  std::string dmarc;   // result
  std::string policy;  // that the author's domain asks for; may be empty
  std::string author_domain;
  std::string author;
  std::string subject;
  std::string way;  // verdict::way_of, and behind a space the host that decided
  std::string host;  // address that it came from, by the border; may be empty

  // For the dashboard's page of the mail. `header` and `story` are filled in by
  // the caller and count as texts (text_retention), as do addresses in
  // `checks`.
  std::vector<kept_result> checks;  // their results; by `event_of`
  std::string header;               // octets
  std::string story;                // the facts of one, a JSON object

  // What is learned from it; all empty if nothing is.
  std::vector<std::string> signers;  // of pairs with the author
  /// Of the only author, as in paired_address; a keyed hash of it is kept. At a
  /// mail service the pairs are this one's, else the domain's.
  std::string author_address;
  /// Those of the author's signatures that prove anything: d= and the start of
  /// b=. A mail none of whose signatures is new is a replay.
  std::vector<std::string> signatures;
  bool is_proven = false;  // with or without a pair
  /// The pairs are known once they are steady, not before.
  bool needs_steady = false;
  habit_day habit = habit_day::none;
  std::string display_name;
  std::string list_id;
  std::vector<std::string> list_signers;
  std::vector<verdict::remembered_key> keys;
  std::optional<verdict::addition> added;
  // Parties that handed it over, if its author is proven.
  std::vector<std::string> lists;       // domains
  std::vector<std::string> forwarders;  // registered domains
  bool is_changed_inside = false;       // by the upstream's hosts
  /// The registered domain of the author (public suffix list), who votes for
  /// `added` and these.
  std::string organization;
  std::optional<verdict::learned_border> border;

  // To be judged again.
  std::vector<std::string> pending;  // dkim::format(pending_signature)
  std::string open;  // verdict::open_checks; empty: all is decided
  std::vector<later_answer> answers;
  std::vector<std::size_t> cases;  // verdict::later_answers::cases
  bool certain = false;            // the border, and its time
  /// Texts only where the user is told of one answer and not of another.
  struct follow_up {
    bool is_told = false;  // of the first answer
    std::string author_name;
    std::string author;
    std::string subject;
  } tell;
};

/// Of which mails the texts are kept: the author's address, the subject, the
/// header, the story, and the facts of the reason except certain domains and
/// numbers (`is_of_domains`).
/// Those that are not of forged mails are kept `own_text_days` alone with
/// `of_own`, and shown to nobody but the account's own user (shown_texts).
enum class text_retention : std::uint8_t { of_none, of_forged, of_all, of_own };

/// Whether those of each mail are, at first.
inline bool keeps_all(text_retention which) {
  return which == text_retention::of_all || which == text_retention::of_own;
}

constexpr std::int64_t own_text_days = 14;  // after the mail was last fetched

/// Which texts (text_retention) are shown: those of forged mails to whoever
/// asks, others to the account's own user alone where the setting says so.
enum class shown_texts : std::uint8_t { of_forged, of_all };

constexpr std::size_t most_results = 8 << 10;  // octets
constexpr std::size_t most_header = 16 << 10;
constexpr std::size_t most_story = 64 << 10;

/// Removes texts that may not be kept. A header that is too long is cut after a
/// line, a story that is too long is left out.
void remove_texts_not_kept(mail_event& e, text_retention which);

/// Where a mail was fetched, and when (Unix seconds, our clock).
struct fetch {
  std::string account;
  std::string upstream;
  std::string uidl;
  std::int64_t at = 0;
  std::string client = {};  // address that asked for it; may be empty
};

/// mail_event::way. The host only where it is one's name: it may be a sender's
/// word.
std::string way_text(const std::optional<verdict::border>& b);

/// Pure, with all texts. docs/history.md says what is learned from which mail.
mail_event event_of(const verdict::judgement& v, fetch where);

}  // namespace mekiki::store
