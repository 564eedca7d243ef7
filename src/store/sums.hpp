// Sums over the mails of each day, which outlive the mails (docs/history.md).
//
// An account has one row a day, whatever is sent to it, and of the author
// domains of forged mails so many are counted that nobody can fill the disk, or
// push out one that is often forged, by inventing others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/row.hpp"
#include "store/sqlite.hpp"
#include "store/totals.hpp"

namespace mekiki::store {

/// Of one day: accounts with a row of their own (the others share the row of
/// account ""), and forged domains.
constexpr std::int64_t most_sum_accounts = 2'000;
constexpr std::int64_t most_sum_domains = 200;

/// How a mail was judged, in the words of table `mail`.
struct stored_verdict {
  std::string_view level;
  std::string_view dkim;
  std::string_view dmarc;
};

/// Writes in the writer's transaction; failures are sqlite::error.
class sum_writer {
 public:
  explicit sum_writer(sqlite::database& db);

  /// A mail came, on that day.
  void add(std::int64_t day, std::string_view account, std::string_view domain,
           const stored_verdict& words);
  /// The mail that was added on that day is judged otherwise now.
  void move(std::int64_t day, std::string_view account, std::string_view domain,
            const stored_verdict& before, const stored_verdict& after);

 private:
  bool has_row(std::int64_t day, std::string_view account);
  void count_forged(std::int64_t day, std::string_view domain);
  void uncount_forged(std::int64_t day, std::string_view domain);

  sqlite::database& db_;
  value_query<std::int64_t> find_row_, accounts_;
  sqlite::statement make_row_, count_;
  sqlite::statement count_domain_;
  value_query<std::int64_t> domains_;
  sqlite::statement add_domain_, replace_rarest_;
  sqlite::statement uncount_domain_, drop_domain_;
};

/// `account` "": of all together, with the ten domains that were forged most.
/// `from` <= day < `to`.
day_sums read_sums(sqlite::database& db, std::string_view account,
                   std::int64_t from, std::int64_t to);

}  // namespace mekiki::store
