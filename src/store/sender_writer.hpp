// Writes what is learned from a mail about its senders: pairs, habits, names,
// additions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "store/daily_quota.hpp"
#include "store/history_rows.hpp"
#include "store/mail_event.hpp"
#include "store/row.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// Writes in the writer's transaction; failures are sqlite::error.
class sender_writer {
 public:
  explicit sender_writer(sqlite::database& db);

  /// `scope`: whose history it is, by number and name.
  void teach(const mail_event& e, std::int64_t scope,
             const std::string& scope_name);

  /// The scopes in which somebody became known, since the last call.
  std::vector<std::string> take_changed();
  /// After a rollback of the transaction.
  void roll_back_changed() { changed_.clear(); }

 private:
  std::int64_t sender_id(const mail_event& e, std::int64_t scope, int kind,
                         std::string_view name);
  enum class standard : std::uint8_t { known, steady };
  std::optional<standard> count_pairs(std::int64_t sender,
                                      const std::vector<std::string>& signers,
                                      std::int64_t at, standard needs,
                                      const std::string& scope_name,
                                      std::optional<std::int64_t> domain = {});
  bool is_mail_service(const mail_event& e, std::int64_t author,
                       const std::string& address_mark);
  std::vector<std::string> take_signatures(const mail_event& e,
                                           std::int64_t scope);
  verdict::tally count_pair(std::int64_t sender, std::string_view signer,
                            std::int64_t at);
  void count_day(std::int64_t sender, habit_day what, std::int64_t at);
  void note_name(const mail_event& e, std::int64_t sender,
                 const std::string& address_mark, standard pair,
                 const std::string& scope_name);
  void note_addition(const mail_event& e, std::int64_t scope);
  void note_mediator(const mail_event& e, std::int64_t scope,
                     const std::string& scope_name, int kind,
                     const std::string& name);
  verdict::sightings see(const mail_event& e, std::int64_t scope,
                         const std::string& what);

  struct sender_row {
    std::int64_t id = 0;
    std::int64_t last = 0;
    bool known = false;

    auto columns() { return std::tie("id", id, "last", last, "known", known); }
  };
  struct found_pair : pair_row {
    std::int64_t id = 0;

    auto columns() {
      return std::tuple_cat(pair_row::columns(), std::tie("id", id));
    }
  };
  struct sighting_row {
    std::string author;
    std::int64_t day = 0;

    auto columns() { return std::tie("author", author, "day", day); }
  };

  sqlite::database& db_;
  std::string salt_;
  std::vector<std::string> changed_;
  daily_quota new_senders_;
  daily_quota new_addresses_;
  daily_quota new_sightings_;

  query<sender_row> find_sender_;
  sqlite::statement add_sender_, touch_sender_, sender_known_, sender_steady_,
      count_day_;
  query<found_pair> find_pair_;
  value_query<std::int64_t> pairs_of_;
  sqlite::statement add_pair_, add_pair_day_, put_pair_, add_signature_;
  query<addresses_row> addresses_of_;
  sqlite::statement add_address_, count_address_, drop_address_;
  value_query<std::int64_t> names_of_, names_of_address_;
  sqlite::statement add_name_, name_steady_, drop_name_;
  query<sightings_row> sightings_of_;
  value_query<std::int64_t> days_of_;
  query<sighting_row> crowded_;
  sqlite::statement add_sighting_, drop_sighting_;
};

}  // namespace mekiki::store
