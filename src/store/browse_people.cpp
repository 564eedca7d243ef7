#include "store/browse_people.hpp"

#include <algorithm>
#include <string>

#include "store/browse_mails.hpp"
#include "store/recorder.hpp"
#include "store/user_rows.hpp"
#include "store/warning_rows.hpp"

namespace mekiki::store {
namespace {

constexpr std::int64_t people_days = 30;
constexpr std::int64_t most_rules_shown = 10'000;

std::uint64_t count(const sqlite::statement& s, int column) {
  return static_cast<std::uint64_t>(s.number(column));
}

/// What is known of one account besides its sums.
class person_reader {
 public:
  explicit person_reader(const sqlite::database& db)
      : last_(db,
              "SELECT fetched FROM mail WHERE account = ? "
              "ORDER BY fetched DESC LIMIT 1"),
        warned_(db,
                "SELECT count(*) FROM warning WHERE reader = ? AND told > ?"),
        choice_(db, std::string(select_choice) + "WHERE account = ?"),
        recent_(db, select_recent) {}

  void read(person& p, std::int64_t since) {
    if (last_.bind(p.account).next())
      p.last = last_.number(0);
    if (warned_.bind(p.account, since).next())
      p.warned = count(warned_, 0);
    if (choice_.bind(p.account).next()) {
      p.chosen = row_of_choice(choice_);
      p.chosen->secret_word.clear();
    }
    p.recent = rows_of_counts(recent_.bind(p.account, recent_mails));
  }

 private:
  sqlite::statement last_, warned_, choice_, recent_;
};

constexpr std::string_view sum_of_mails =
    "genuine + new_sender + unverified + altered + forged";

}  // namespace

page_of<person> read_people(sqlite::database& db, page_range r,
                            std::int64_t now) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  // Accounts beyond `most_sum_accounts` share a row without a name.
  sqlite::statement s(
      db, "SELECT account, sum(mails), sum(forged) FROM (SELECT account, " +
              std::string(sum_of_mails) +
              " AS mails, forged FROM day_sum WHERE day > ? "
              "AND account <> '' UNION ALL "
              "SELECT account, 0, 0 FROM user_choice) "
              "GROUP BY account ORDER BY 2 DESC, 1 LIMIT ? OFFSET ?");
  const std::size_t limit = std::min(r.limit, most_rows);
  constexpr std::size_t far = 1'000'000'000;
  page_of<person> page;
  for (s.bind(now / day_seconds - people_days,
              static_cast<std::int64_t>(limit + 1),
              static_cast<std::int64_t>(std::min(r.offset, far)));
       s.next();) {
    if (page.rows.size() == limit) {
      page.more = limit > 0;
      break;
    }
    person& p = page.rows.emplace_back();
    p.account = s.text(0);
    p.mails = count(s, 1);
    p.forged = count(s, 2);
  }
  person_reader rest(db);
  for (person& p : page.rows) rest.read(p, now - people_days * day_seconds);
  return page;
}

std::vector<account_count> read_busiest(sqlite::database& db, std::int64_t from,
                                        std::int64_t to) {
  sqlite::statement s(
      db, "SELECT account, sum(" + std::string(sum_of_mails) +
              "), sum(forged) FROM day_sum WHERE day >= ? AND day < ? "
              "AND account <> '' GROUP BY account ORDER BY 2 DESC, 1 LIMIT 10");
  std::vector<account_count> out;
  for (s.bind(from, to); s.next();)
    out.push_back({std::string(s.text(0)), count(s, 1), count(s, 2)});
  return out;
}

std::vector<kept_rule> read_rules(sqlite::database& db,
                                  std::string_view account) {
  sqlite::statement s(
      db, std::string(select_rules) +
              "WHERE ?1 = '' OR account IN ('', ?1) ORDER BY account, id "
              "LIMIT ?2");
  return rows_of_rules(s.bind(account, most_rules_shown));
}

user_answer read_user(sqlite::database& db, std::string_view account) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  user_answer a;
  sqlite::statement choice(db,
                           std::string(select_choice) + "WHERE account = ?");
  if (choice.bind(account).next())
    a.chosen = row_of_choice(choice);
  sqlite::statement recent(db, select_recent);
  a.recent = rows_of_counts(recent.bind(account, recent_mails));
  a.waiting = waiting_of(db, account);
  a.listed = listed_of(db, account);
  return a;
}

std::uint64_t count_tokens(sqlite::database& db, std::string_view account) {
  sqlite::statement s(db,
                      "SELECT count(*) FROM access_token WHERE account = ?");
  return s.bind(account).next() ? count(s, 0) : 0;
}

std::string account_of_token(sqlite::database& db, std::string_view hash) {
  sqlite::statement s(db, "SELECT account FROM access_token WHERE hash = ?");
  return s.bind(hash).next() ? std::string(s.text(0)) : std::string();
}

}  // namespace mekiki::store
