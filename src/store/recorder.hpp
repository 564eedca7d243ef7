// Writes events into the tables. All of one batch in one transaction.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/unix_time.hpp"
#include "store/mail_event.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "store/sums.hpp"

namespace mekiki::store {

/// How many new rows of a kind there may be in a day, for each scope. Counts
/// in memory: a restart begins anew.
class daily_quota {
 public:
  explicit daily_quota(std::uint32_t most) : most_(most) {}

  bool take(std::int64_t day, std::int64_t scope);

 private:
  std::uint32_t most_;
  std::int64_t day_ = 0;
  std::unordered_map<std::int64_t, std::uint32_t> taken_;
};

/// Failures are sqlite::error: then the batch is to be undone as a whole, and
/// `forget` called.
class recorder {
 public:
  /// `texts`: those of events were left out before; here it is about what is
  /// judged again, and about rows of another setting's.
  recorder(const std::filesystem::path& file, kept_texts texts,
           std::chrono::milliseconds patience);

  sqlite::database& db() { return db_; }

  /// `scope`: whose history it is.
  void write(const mail_event& e, const std::string& scope);
  void write(const second_judgement& j);

  /// What is too old goes, in transactions of its own.
  void purge(std::int64_t now, std::chrono::days keep,
             std::chrono::days keep_sums);

  /// What is held in memory of a batch that was undone.
  void forget() {
    scopes_.clear();
    changed_.clear();
    news_.clear();
  }
  /// The scopes in which somebody became known, since the last call.
  std::vector<std::string> take_changed();
  /// The mails that are new, or judged otherwise than before, since the last
  /// call: the last 100, each once.
  std::vector<std::int64_t> take_news();

 private:
  std::int64_t scope_id(const std::string& name);
  std::int64_t note_mail(const mail_event& e, std::int64_t scope, bool taught);
  void note_story(const mail_event& e, std::int64_t mail, bool seen);
  void add_news(std::int64_t mail);
  void note_pending(const mail_event& e, std::int64_t mail);
  void teach(const mail_event& e, std::int64_t scope,
             const std::string& scope_name);
  std::int64_t sender_id(std::int64_t scope, int kind, std::string_view name,
                         std::int64_t fetched);
  bool count_pairs(std::int64_t sender, const std::vector<std::string>& signers,
                   std::int64_t at, const std::string& scope_name);
  bool count_pair(std::int64_t sender, std::string_view signer,
                  std::int64_t at);
  void count_day(std::int64_t sender, sight what, std::int64_t at);
  void note_name(const mail_event& e, std::int64_t sender,
                 const std::string& scope_name);
  void note_key(const verdict::remembered_key& key, std::int64_t at,
                std::int64_t scope);
  void note_addition(const mail_event& e, std::int64_t scope);
  void count_daily(const mail_event& e);
  bool count_sums(const mail_event& e, std::int64_t scope, bool seen);
  void forget_texts();
  void forget_stories(std::int64_t first, std::int64_t last);
  std::uint64_t purge_rows(std::string_view sql, std::int64_t before);

  sqlite::database db_;
  kept_texts texts_;
  std::string salt_;
  std::unordered_map<std::string, std::int64_t> scopes_;
  std::vector<std::string> changed_;
  std::vector<std::int64_t> news_;
  daily_quota new_senders_;
  daily_quota new_keys_;
  daily_quota new_additions_;
  daily_quota new_daily_;

  sqlite::statement find_scope_, add_scope_;
  sqlite::statement find_mail_, find_own_mail_, put_mail_;
  sqlite::statement put_story_, drop_story_;
  sqlite::statement drop_pending_, put_pending_, put_signature_;
  sqlite::statement find_pending_, delay_pending_, settle_mail_;
  sqlite::statement find_sender_, add_sender_, touch_sender_, sender_known_;
  sqlite::statement count_day_;
  sqlite::statement find_pair_, pairs_of_, add_pair_, add_pair_day_, put_pair_;
  sqlite::statement names_of_, add_name_;
  sqlite::statement find_key_, put_key_;
  sqlite::statement authors_of_, touch_addition_, add_addition_;
  sqlite::statement find_daily_, put_daily_;
  sum_writer sums_;
};

/// What `recorder` and the reader must agree on.
enum sender_kind : int { author_kind = 0, list_kind = 1 };
constexpr std::int64_t habit_days = 180;     // the window of a habit
constexpr std::int64_t enough_authors = 20;  // for an addition to be learned
constexpr std::int64_t pending_life = 7 * day_seconds;

}  // namespace mekiki::store
