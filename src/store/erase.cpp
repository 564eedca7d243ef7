#include "store/erase.hpp"

#include <array>
#include <span>
#include <string>

#include <fmt/format.h>

namespace mekiki::store {
namespace {

constexpr std::int64_t piece = 1'000;  // rows

struct part {
  const char* table;
  const char* key;   // its primary key
  const char* when;  // ?1 is the account
};

constexpr const char* in_its_history =
    "scope IN (SELECT id FROM scope WHERE name = 'account:' || ?1)";

// The row of its history itself goes with the next purge: the writer may know
// its number.
constexpr std::array history = {
    part{"warning", "id", "account = ?1 OR reader = ?1"},
    part{"warning_mail", "id", "account = ?1"},
    part{"sender", "id", in_its_history},
    part{"signature", "scope, mark", in_its_history},
    part{"learned", "scope, what, author, day", in_its_history},
    part{"border_vote", "scope, mx_set, signature", in_its_history},
    part{"border_answer", "scope, mx_set, view", in_its_history}};
constexpr std::array choices = {part{"rule", "id", "account = ?1"},
                                part{"user_choice", "account", "account = ?1"},
                                part{"access_token", "hash", "account = ?1"},
                                part{"word_known", "account", "account = ?1"}};
constexpr part mails{"mail", "id", "account = ?1"};

/// `last` works in the transaction that removes the last rows.
template <class Last>
std::int64_t erase(sqlite::database& db, const part& p,
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

void erase_all(sqlite::database& db, std::span<const part> parts,
               std::string_view account) {
  for (const part& p : parts) erase(db, p, account, [] {});
}

}  // namespace

std::int64_t erase_account(sqlite::database& db, std::string_view account,
                           erasure what) {
  if (account.empty())  // rules for all have none
    return 0;
  erase_all(db, history, account);
  if (what == erasure::everything)
    erase_all(db, choices, account);
  // With the last mails: one that comes later has a sum again.
  sqlite::statement drop_sums(db, "DELETE FROM day_sum WHERE account = ?");
  return erase(db, mails, account, [&] { drop_sums.bind(account).run(); });
}

}  // namespace mekiki::store
