// The store: verdicts on mails, and what was learned from them.
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
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/time_zone.hpp"
#include "store/answer_cache.hpp"
#include "store/blocking_store.hpp"
#include "store/mail_event.hpp"
#include "store/size_limit.hpp"
#include "store/totals.hpp"
#include "store/user.hpp"
#include "store/warning_store.hpp"
#include "verdict/history.hpp"
#include "verdict/reconsider.hpp"

namespace mekiki::store {

class totals_thread;
class reading_thread;
class writer;
struct mail_row;  // store/dashboard_queries.hpp

/// A mail that is to be judged again.
struct pending_mail {
  std::int64_t mail = 0;
  std::string author_domain;
  std::int64_t expires = 0;
  std::int64_t tries = 0;  // so far
  verdict::open_checks open;
  std::vector<std::size_t> cases;  // which answer for which combination
  /// The numbers of answers that are the same to the user, but for the facts
  /// of their reason: of each answer the first of those.
  std::vector<std::size_t> alike;
};

/// What became of it.
struct second_judgement {
  enum class outcome : std::uint8_t {
    decided,
    so_far,     // it is called so until more is known: tried again at `due`,
                // or, where that is 0, no more
    undecided,  // to be tried again at `due`
    given_up,
  };
  /// What DMARC came to, where it was not known before.
  struct policy_result {
    std::string status;
    std::string asked;    // policy, or ""
    std::string author;   // whose it is
    std::string accuses;  // policy
    std::string domain;   // where it is
  };
  std::int64_t mail = 0;
  outcome what = outcome::given_up;
  std::size_t answer = 0;  // of mail_event::answers
  /// Of mail_event::pending the one that passed, where it was one.
  std::optional<std::size_t> passed = {};
  std::optional<policy_result> policy = {};
  std::int64_t due = 0;
};

/// Events that were not kept.
struct lost_events {
  std::uint64_t queue_full = 0;
  std::uint64_t not_written = 0;  // disk full, file locked or damaged
  std::uint64_t no_room = 0;      // see `lack_of_room`
  std::uint64_t over_share = 0;   // of an account in a day; `last` is without
  std::optional<std::chrono::steady_clock::time_point> last = {};
};

/// Why mails are not noted, although they are judged and delivered.
enum class lack_of_room : std::uint8_t {
  none,
  disk,      // less of it is free than options::least_free_disk
  database,  // it is at its limit, and nothing of it may go
};

struct options {
  const clock& now;
  /// A question that is not answered within this time counts as unanswered.
  std::chrono::milliseconds deadline{200};
  /// How long verdicts are kept.
  std::chrono::days keep{90};
  std::chrono::days keep_sums{730};
  /// Whose days mails are summed by. What is learned is counted by days of UTC.
  time_zone zone = time_zone::utc();
  text_retention texts = text_retention::of_forged;
  /// Octets of what sessions read lately that are kept in memory.
  std::size_t memory = std::size_t{64} << 20;
  /// How large the database may be. Then its oldest mails go.
  std::uint64_t octets = std::uint64_t{1} << 30;
  /// Per cent of the disk: with less, mails are not noted.
  std::uint64_t least_free_disk = 5;
  std::function<disk_space(const std::filesystem::path& folder)> disk =
      read_disk_space;
  /// How long one attempt to write waits for another program's lock.
  std::chrono::milliseconds patience{5'000};
  /// Whether what is learned at an upstream is shared between its accounts.
  /// Empty: nowhere. Called from the thread that asks or notes.
  std::function<bool(std::string_view upstream)> is_shared = {};
  /// Called by the writer's thread after a commit, with the rows of mails that
  /// are new or whose verdict changed, in the order of writing; at most the
  /// last 100 of a batch. May be empty.
  std::function<void(const std::vector<mail_row>&)> noted = {};
};

/// A writer, a reader and a counter (for `totals`), each with a thread of its
/// own. May be used from any thread.
class store final : public verdict::history {
 public:
  enum class access : std::uint8_t { read_only, read_write };

  /// The tables have the current version (`open` migrates them). Throws
  /// sqlite::error.
  store(const std::filesystem::path& file, options how, access a);
  /// Writes the events that still wait, unless another program holds the lock.
  ~store() override;
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  boost::asio::awaitable<verdict::history_answer> ask(
      verdict::history_question q) override;
  boost::asio::awaitable<verdict::addition_answer> ask(
      verdict::addition a) override;
  /// As of at most a minute ago: each mail of a session asks. What a person
  /// answers counts at once.
  boost::asio::awaitable<std::vector<verdict::border_view>> ask(
      verdict::border_question q) override;

  /// Queues it for writing. Never waits; if the queue is full, the event is
  /// dropped and counted.
  void note(mail_event e);

  /// Up to `most` mails that are due at `now`; none where there is no answer
  /// in time.
  boost::asio::awaitable<std::vector<pending_mail>> due(std::int64_t now,
                                                        std::size_t most);
  void note(second_judgement j);

  /// Nothing chosen and no mails where there is no answer in time.
  boost::asio::awaitable<user_answer> choice_of(std::string account);

  /// Of `from` <= fetched < `to`. `columns` are the start times of a chart's
  /// columns, ascending, the first equal to `from`; those beyond 31 are merged.
  /// None if there is no answer within 30 seconds. Mails do not wait for it.
  boost::asio::awaitable<std::optional<period_totals>> totals(
      std::int64_t from, std::int64_t to, std::vector<std::int64_t> columns);

  warning_store& warnings() { return *warnings_; }
  /// As blocking_store has it.
  expected<bool, std::string> answer_question(std::string_view scope,
                                              std::string_view view,
                                              verdict::border_reply said);
  /// What waits for the database: never from a loop that serves mails.
  blocking_store& blocking() { return blocking_; }

  /// Waits until everything noted before is kept, or dropped.
  void flush();
  lost_events lost() const;
  /// How many events are in the queue.
  std::size_t waiting() const;
  /// As of now: asks the disk.
  lack_of_room lacks_room() const;
  /// How much of the database is in use, as of the last commit.
  std::uint64_t used_octets() const;

 private:
  /// The name of a history, and the MX hosts.
  using views_key = std::pair<std::string, std::string>;
  struct known_views {
    std::vector<verdict::border_view> views;
    std::chrono::steady_clock::time_point until;
  };

  std::string scope_of(const std::string& account,
                       const std::string& upstream) const;
  std::optional<std::vector<verdict::border_view>> cached_views(
      const views_key& key);
  /// Unless somebody answered since there were so many answers.
  void cache(views_key key, std::vector<verdict::border_view> views,
             std::uint64_t answers);
  std::uint64_t answers_given();

  options how_;
  blocking_store blocking_;
  answer_cache memory_;
  std::unique_ptr<reading_thread> reading_;
  std::unique_ptr<totals_thread> counting_;
  std::unique_ptr<writer> writer_;  // none: read only
  std::unique_ptr<warning_store> warnings_;
  std::mutex views_mutex_;
  std::map<views_key, known_views> views_;
  std::uint64_t answers_ = 0;
};

/// Events that wait for the writer; more are dropped.
constexpr std::size_t most_waiting = 10'000;

/// Opens the database, or makes it. The reason of a failure is a sentence.
expected<std::unique_ptr<store>, std::string> open(
    const std::filesystem::path& file, options how);

/// Only answers questions; `note` does nothing. The reason as above.
expected<std::unique_ptr<store>, std::string> open_read_only(
    const std::filesystem::path& file, options how);

/// The file in the state folder.
constexpr std::string_view file_name = "mekiki.db";

}  // namespace mekiki::store
