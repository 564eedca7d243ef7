// Pending warnings about forged mail, and the mails that deliver them: method B
// of docs/life-of-a-mail.md, "Warnings".
//
// A warning waits until it goes into a mail: into one in the user's own POP3
// listing (`warning_mail`), or into one that is sent (`outgoing_mail`). All
// waiting warnings go into one mail, however many there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/decide.hpp"

namespace mekiki::store {

/// One warning for one reader. It is given once: the same mail, fetched again,
/// is not a new warning.
struct warning {
  enum class kind : std::uint8_t {
    mail,    // as it was judged when it came
    second,  // as it was judged later; `before` is what was said first
    /// Of the account: more warnings than users.budget allows. For its user
    /// `subject` is the number of the mails that came unmarked.
    budget,
  };
  kind what = kind::mail;
  std::string reader;   // an account; empty: the administrators
  std::string account;  // whose mail it is
  std::string digest;   // of the mail; for `budget` whatever names the occasion
  std::int64_t noted = 0;

  verdict::answer result;
  verdict::level before = verdict::level::unverified;
  std::string author;       // address, or the domain alone
  std::string author_name;  // UTF-8
  std::string subject;      // UTF-8
  std::string header;       // for administrators; of the forged mail
};
std::string_view to_string(warning::kind k);

struct waiting_warnings {
  std::vector<warning> first;  // the oldest, at most `most_told`
  std::uint64_t count = 0;     // all of them
  std::int64_t last = 0;       // names the newest of them

  bool empty() const { return count == 0; }
};

/// Up to this many are listed one by one, the rest as a number; only of the
/// listed ones are texts kept.
constexpr std::int64_t most_told = 50;
/// That wait for a reader; further ones are not kept.
constexpr std::int64_t most_waiting_warnings = 5'000;
constexpr std::size_t most_warning_text = 998;  // octets of each text
constexpr std::size_t most_warning_reason = 4 << 10;
constexpr std::size_t most_warning_header = 16 << 10;

/// A mail of ours in a user's listing.
struct listed_warning {
  std::string uidl;
  std::size_t size = 0;  // octets
};
constexpr std::int64_t most_listed = 10;  // of one account; older ones go
constexpr std::int64_t listed_days = 30;  // if the user does not delete them

/// Replaces the waiting warnings of its account, up to number `last`.
struct warning_mail {
  std::string account;
  std::string uidl;
  std::string octets;
  std::int64_t last = 0;
};

/// A mail that is to be sent.
struct outgoing_mail {
  std::int64_t id = 0;  // set by the store
  std::string recipient;
  std::string octets;
  std::int64_t made = 0;
  std::int64_t tries = 0;  // so far
};

/// What a mail told of a domain's senders (store/sender_notes.hpp).
struct told_sending {
  std::string domain, what, name;
};

/// Mails that are kept together, and the warnings or digest that they replace.
struct outgoing_mails {
  std::vector<outgoing_mail> mails;
  std::string reader;  // of whose warnings; up to `last`, 0: of none
  std::int64_t last = 0;
  std::int64_t digest_until = 0;  // they are the digest of the time up to there
  std::vector<told_sending> told;
};
/// The purge drops an outgoing mail after that time; daemon/warning_sender
/// gives up after 5 days already.
constexpr std::int64_t outgoing_days = 7;

/// A reader for whom warnings wait.
struct waiting_recipient {
  std::string reader;
  std::int64_t since = 0;      // the oldest of it
  std::int64_t told_last = 0;  // when a mail told the reader last; 0: never
};

}  // namespace mekiki::store
