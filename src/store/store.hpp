// The store: what was said of mails, and what they taught (DESIGN 2, "State").
//
// A mail never waits for the store and is never lost through it: `note` only
// puts an event into a queue, and a question that is not answered in time is
// answered "not available". What is kept, for how long, and what bounds it is
// told in docs/history.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/pending.hpp"
#include "auth/result.hpp"
#include "base/clock.hpp"
#include "base/expected.hpp"
#include "store/mail_event.hpp"
#include "store/warning.hpp"
#include "verdict/decide.hpp"
#include "verdict/history.hpp"

namespace mekiki::store {

/// A rule as it is kept (`mekiki trust`).
struct kept_rule {
  std::int64_t id = 0;
  std::string account;  // empty: for all
  verdict::rule what;
  std::optional<std::int64_t> until;  // Unix seconds
};

/// How many mails of an author domain came on its busiest day, and in all.
struct sender_count {
  std::string domain;
  std::uint64_t mails = 0;
  std::uint64_t proven = 0;
  std::uint64_t most_a_day = 0;
  std::uint32_t days = 0;
};

/// A mail that is to be judged again.
struct pending_mail {
  std::int64_t mail = 0;
  std::string author_domain;
  std::int64_t expires = 0;
  std::int64_t tries = 0;  // so far
  std::vector<dkim::pending_signature> signatures;
};

/// What became of it.
struct second_judgement {
  enum class outcome : std::uint8_t {
    passed,     // by `signer`
    failed,     // every signature was decided, none passed
    undecided,  // to be tried again at `due`
    given_up,
  };
  std::int64_t mail = 0;
  outcome what = outcome::given_up;
  std::string signer;
  std::int64_t due = 0;
};

/// What a user chose, in the words of notify::choice, which reads them.
struct kept_choice {
  std::string account;
  std::string methods;
  std::string language;
  std::string when;
  std::string secret_word;  // never logged
  bool subject_mark = false;
  std::int64_t updated = 0;  // set by set_choice
};

/// Mails of one account that were judged alike.
struct mail_count {
  verdict::level what = verdict::level::unverified;
  auth::result dkim_check = auth::result::none;
  std::uint64_t mails = 0;
};

/// What is asked of an account when it logs in.
struct user_answer {
  std::optional<kept_choice> chosen;
  std::vector<mail_count> recent;  // of its last mails
  waiting_warnings waiting;
  std::vector<listed_warning> listed;
};
constexpr std::int64_t recent_mails = 100;
constexpr std::int64_t most_tokens = 10;  // of one account

struct mail_row;  // store/browser.hpp

struct named_count {
  std::string name;
  std::uint64_t mails = 0;
};

/// The mails that were fetched in a time, each once, at its last fetch.
struct period_totals {
  std::int64_t from = 0;  // Unix seconds
  std::int64_t to = 0;    // is no part of it
  std::vector<mail_count> judged;

  // The ten with most forged mails, most first, and how many there are. A
  // domain may be "": none could be read.
  std::vector<named_count> forged_domains;
  std::uint64_t all_forged_domains = 0;
  std::vector<named_count> accounts_hit;
  std::uint64_t all_accounts_hit = 0;
  std::uint64_t active_accounts = 0;  // that got any mail

  struct column {
    std::int64_t from = 0;  // until the next one's
    std::uint64_t mails = 0;
    std::uint64_t forged = 0;
  };
  std::vector<column> columns;

  /// Mails that could not be noted and are missing above. Known since the
  /// program's start.
  std::uint64_t lost = 0;
};
constexpr std::size_t most_columns = 31;

/// The mails of one day of UTC, each on the day of its first fetch.
struct day_sum {
  std::int64_t day = 0;  // since 1970-01-01
  struct {
    std::uint64_t genuine = 0, new_ = 0, unverified = 0, altered = 0,
                  forged = 0;
  } level;
  struct {
    std::uint64_t pass = 0, fail = 0, none = 0;
  } dkim_check;
  struct {
    std::uint64_t pass = 0, fail = 0, none = 0, other = 0;
  } dmarc;
};

/// Days on which nothing came are left out.
struct day_sums {
  std::vector<day_sum> days;
  /// The ten that were forged most, most first; of all accounts alone. The
  /// numbers are about right (docs/history.md).
  std::vector<named_count> forged_domains;
};

/// What is to be done about sending mail.
struct sending_work {
  bool available = false;          // false: there was no answer in time
  std::vector<outgoing_mail> due;  // at most `most_sent`
  struct reader {
    waiting_reader who;
    std::optional<kept_choice> chosen;
  };
  std::vector<reader> waiting;      // at most a thousand
  std::int64_t digested_until = 0;  // 0: no digest yet
};
constexpr std::size_t most_sent = 20;

struct sending_result {
  std::int64_t id = 0;
  std::optional<std::int64_t> again;  // Unix seconds; none: it is over
};

/// Events that were not kept.
struct losses {
  std::uint64_t queue_full = 0;
  std::uint64_t not_written = 0;  // disk full, file locked or damaged
  std::optional<std::chrono::steady_clock::time_point> last = {};
};

class store : public verdict::history {
 public:
  /// Keeps it soon. Never waits; drops and counts what there is no room for.
  virtual void note(mail_event e) = 0;

  /// Up to `most` mails that are due at `now`; none where there is no answer
  /// in time.
  virtual boost::asio::awaitable<std::vector<pending_mail>> due(
      std::int64_t now, std::size_t most) = 0;
  virtual void note(second_judgement j) = 0;

  /// Nothing chosen and no mails where there is no answer in time.
  virtual boost::asio::awaitable<user_answer> choice_of(
      std::string account) = 0;

  /// Of `from` <= fetched < `to`. `columns` says where each column begins, the
  /// first at `from`, rising; beyond 31 they are one. None if there is no
  /// answer within 30 seconds. Mails do not wait for it.
  virtual boost::asio::awaitable<std::optional<period_totals>> totals(
      std::int64_t from, std::int64_t to,
      std::vector<std::int64_t> columns) = 0;

  /// Of `from` <= day < `to`, of one account or ("") of all together. They go
  /// further back than `totals`. None as with that.
  virtual boost::asio::awaitable<std::optional<day_sums>> sums(
      std::string account, std::int64_t from, std::int64_t to) = 0;

  virtual void note(warning w) = 0;
  /// True once it is kept for good; false where it is not in time, or what it
  /// tells was told by another session. It may be kept later all the same.
  virtual boost::asio::awaitable<bool> keep(warning_mail m) = 0;
  /// Nothing if it is gone, or there is no answer in time.
  virtual boost::asio::awaitable<std::optional<std::string>> octets_of(
      std::string account, std::string uidl) = 0;
  virtual void remove(std::string account, std::vector<std::string> uidls) = 0;

  virtual boost::asio::awaitable<waiting_warnings> waiting_for(
      std::string reader) = 0;

  /// What is to be sent, and to whom something is to be told.
  virtual boost::asio::awaitable<sending_work> sending(std::int64_t now) = 0;
  /// As for a warning_mail: of those that tell what waits, and together.
  virtual boost::asio::awaitable<bool> keep(outgoing_mails all) = 0;
  /// True once it is kept.
  virtual boost::asio::awaitable<bool> settle(sending_result r) = 0;
  /// Digests begin at that time.
  virtual void begin_digests(std::int64_t from) = 0;

  /// Waits until everything noted before is kept, or dropped.
  virtual void flush() = 0;
  virtual losses lost() const = 0;
  /// How many events are in the queue.
  virtual std::size_t waiting() const = 0;

  // For the command line: they wait for the database. The reason of a failure
  // is a sentence.

  /// One with the same account, kind, pattern and signer is replaced.
  virtual expected<std::int64_t, std::string> add_rule(const kept_rule& r) = 0;
  /// False if there is none of this number.
  virtual expected<bool, std::string> remove_rule(std::int64_t id) = 0;
  virtual expected<std::vector<kept_rule>, std::string> rules() = 0;

  /// By author domain, the busiest first, at most 1,000, since `since`.
  virtual expected<std::vector<sender_count>, std::string> senders(
      std::int64_t since) = 0;

  /// In place of what the account chose before; counts from its next login on.
  virtual expected<void, std::string> set_choice(const kept_choice& c) = 0;
  /// False if it had chosen nothing.
  virtual expected<bool, std::string> forget_choice(
      std::string_view account) = 0;
  virtual expected<std::vector<kept_choice>, std::string> choices() = 0;
  virtual expected<std::optional<kept_choice>, std::string> find_choice(
      std::string_view account) = 0;

  /// How the account's mails were judged that were fetched since.
  virtual expected<std::vector<mail_count>, std::string> judged(
      std::string_view account, std::int64_t since) = 0;

  /// One more token of the account, by its hash; the oldest goes where there
  /// are `most_tokens`.
  virtual expected<void, std::string> add_token(std::string_view account,
                                                std::string_view hash) = 0;
  /// How many there were.
  virtual expected<std::int64_t, std::string> forget_tokens(
      std::string_view account) = 0;
};

struct options {
  const clock& now;
  /// A question is answered within this time, or not.
  std::chrono::milliseconds deadline{200};
  /// How long verdicts are kept.
  std::chrono::days keep{90};
  std::chrono::days keep_sums{730};
  kept_texts texts = kept_texts::of_forged;
  /// How long one attempt to write waits for another program's lock.
  std::chrono::milliseconds patience{5'000};
  /// Whether what is learned at an upstream is shared between its accounts.
  /// Empty: nowhere. Called from the thread that asks or notes.
  std::function<bool(std::string_view upstream)> is_shared = {};
  /// Told by the writer's thread, after they were kept, of mails that are new
  /// or judged otherwise than before: what is kept of them, in the order in
  /// which they were written, of a thousand events the last 100. May be empty.
  std::function<void(const std::vector<mail_row>&)> noted = {};
};

/// Events that wait for the writer; more are dropped.
constexpr std::size_t most_waiting = 10'000;

/// Opens the database, or makes it. The reason of a failure is a sentence.
expected<std::unique_ptr<store>, std::string> open(
    const std::filesystem::path& file, options how);

/// Only answers questions; `note` does nothing, rules cannot be changed.
expected<std::unique_ptr<store>, std::string> open_read_only(
    const std::filesystem::path& file, options how);

/// The file in the state folder.
constexpr std::string_view file_name = "mekiki.db";

}  // namespace mekiki::store
