// Writes events into the tables. All of one batch in one transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/time_zone.hpp"
#include "store/border_vote_rows.hpp"
#include "store/daily_quota.hpp"
#include "store/mail_event.hpp"
#include "store/sender_writer.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "store/sums.hpp"

namespace mekiki::store {

/// Failures are sqlite::error: then the batch is to be undone as a whole, and
/// `forget` called.
class recorder {
 public:
  /// `texts`: which texts are kept. New events arrive without the others
  /// already; this is for mails that are judged again.
  /// `octets`: how large the database may be, of which each account may fill
  /// its share in a day.
  /// `zone`: whose days mails are summed by.
  recorder(const std::filesystem::path& file, text_retention texts,
           std::uint64_t octets, std::chrono::milliseconds patience,
           time_zone zone);
  ~recorder();
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;

  sqlite::database& db() { return db_; }

  /// `scope`: whose history it is. False if the account, or whoever reads at
  /// its client's network, has used up its share of today.
  bool write(const mail_event& e, const std::string& scope);
  void write(const second_judgement& j);
  /// To be called before the commit.
  void end_batch();

  /// Forgets what is held in memory of a batch that was rolled back.
  void forget();
  /// The scopes in which somebody became known, since the last call.
  std::vector<std::string> take_changed() { return senders_.take_changed(); }
  /// The mails that are new, or judged otherwise than before, since the last
  /// call: the last 100, each once.
  std::vector<std::int64_t> take_news();

 private:
  struct statements;
  struct pending_row;
  struct answer_row;

  std::optional<std::int64_t> scope_id(const std::string& name,
                                       const mail_event& e);
  bool take_share(daily_quota& of, const mail_event& e, std::size_t amount,
                  std::string_view otherwise);
  void note_rules(std::int64_t now);
  std::int64_t note_mail(const mail_event& e, std::int64_t scope, bool taught);
  void note_story(const mail_event& e, std::int64_t mail, bool seen);
  void add_news(std::int64_t mail);
  void note_pending(const mail_event& e, std::int64_t mail);
  void settle(const second_judgement& j, const pending_row& p,
              const answer_row& a);
  void tell(const pending_row& p, const answer_row& a, verdict::reason why);
  void note_key(const verdict::remembered_key& key, const mail_event& e);
  void count_daily(const mail_event& e);
  bool count_sums(const mail_event& e, std::int64_t scope, bool seen);

  sqlite::database db_;
  text_retention texts_;
  time_zone zone_;
  std::unordered_map<std::string, std::int64_t> scopes_;
  bool rules_noted_ = false;
  std::vector<std::int64_t> news_;
  daily_quota new_scopes_;
  daily_quota mail_octets_;
  daily_quota story_octets_;
  daily_quota new_keys_;
  daily_quota new_daily_;
  std::int64_t told_on_ = 0;
  std::unordered_set<std::string> told_;  // on that day, of used up shares
  sender_writer senders_;
  border_vote_writer borders_;
  sum_writer sums_;
  std::unique_ptr<statements> sql_;
};

}  // namespace mekiki::store
