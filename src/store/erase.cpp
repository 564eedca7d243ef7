#include "store/erase.hpp"

#include <span>
#include <string>

#include <fmt/format.h>

#include "store/erase_parts.hpp"

namespace mekiki::store {
namespace {

constexpr std::int64_t piece = 1'000;  // rows

/// `last` works in the transaction that removes the last rows.
template <class Last>
std::int64_t erase(sqlite::database& db, const erase_parts::part& p,
                   std::string_view account, Last last) {
  sqlite::statement s(db,
                      fmt::format("DELETE FROM {0} WHERE ({1}) IN "
                                  "(SELECT {1} FROM {0} WHERE {2} LIMIT ?2)",
                                  p.table, p.key, p.when));
  for (std::int64_t all = 0;;) {
    sqlite::transaction t(db, sqlite::purpose::write);
    s.bind(account, piece).run();
    const std::int64_t gone = db.changes();
    all += gone;
    if (gone < piece)
      last();
    t.commit();
    if (gone < piece)
      return all;
  }
}

void erase_all(sqlite::database& db, std::span<const erase_parts::part> parts,
               std::string_view account) {
  for (const erase_parts::part& p : parts) erase(db, p, account, [] {});
}

}  // namespace

std::int64_t erase_account(sqlite::database& db, std::string_view account,
                           erasure what) {
  if (account.empty())  // rules for all have none
    return 0;
  erase_all(db, erase_parts::history, account);
  if (what == erasure::everything)
    erase_all(db, erase_parts::choices, account);
  // With the last mails: one that comes later has a sum again.
  sqlite::statement drop_sums(db, "DELETE FROM day_sum WHERE account = ?");
  return erase(db, erase_parts::mails, account,
               [&] { drop_sums.bind(account).run(); });
}

}  // namespace mekiki::store
