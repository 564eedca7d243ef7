#include "store/browse_people.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "store/browse_mails.hpp"
#include "store/row.hpp"
#include "store/user_rows.hpp"

namespace mekiki::store {
namespace {

constexpr std::int64_t people_days = 30;
constexpr std::int64_t most_rules_shown = 10'000;

/// What is known of one account besides its sums.
class person_reader {
 public:
  explicit person_reader(const sqlite::database& db)
      : last_(db,
              "SELECT fetched FROM mail WHERE account = ? "
              "ORDER BY fetched DESC LIMIT 1"),
        warned_(db,
                "SELECT count(*) FROM warning WHERE reader = ? AND told > ?"),
        choice_(db, "FROM user_choice WHERE account = ?"),
        tokens_(db, "SELECT count(*) FROM access_token WHERE account = ?"),
        seen_(db,
              "SELECT seen FROM access_token WHERE account = ? "
              "ORDER BY seen DESC LIMIT 1"),
        word_(db, "SELECT at FROM word_known WHERE account = ?"),
        recent_(db) {}

  void read(person& p, std::int64_t since) {
    p.last = last_.first(p.account).value_or(0);
    p.warned = warned_.first(p.account, since).value_or(0);
    p.chosen = choice_.first(p.account);
    if (p.chosen)
      p.chosen->secret_word.clear();
    p.tokens = tokens_.first(p.account).value_or(0);
    p.addon_seen = seen_.first(p.account).value_or(0);
    p.knows_word = word_.first(p.account).has_value();
    p.recent = recent_.of(p.account);
  }

 private:
  value_query<std::int64_t> last_;
  value_query<std::uint64_t> warned_;
  query<choice_row> choice_;
  value_query<std::uint64_t> tokens_;
  value_query<std::int64_t> seen_;
  value_query<std::int64_t> word_;
  recent_query recent_;
};

struct token_row : kept_token {
  auto columns() {
    return std::tie("substr(hash, 1, 16)", mark, "way", way, "made", made,
                    "seen", seen);
  }
};

struct count_of_account : account_count {
  auto columns() {
    return std::tie("account", account, "sum(mails)", mails, "sum(forged)",
                    forged);
  }
};

// Accounts beyond `most_sum_accounts` share a row without a name.
constexpr std::string_view mails_of_days =
    "SELECT account, "
    "genuine + new_sender + unverified + altered + forged AS mails, forged "
    "FROM day_sum WHERE day >= ? AND day < ? AND account <> ''";

}  // namespace

page_of<person> read_people(sqlite::database& db, page_range r,
                            std::int64_t now, time_zone zone) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  query<count_of_account> busiest(
      db, fmt::format("FROM ({} UNION ALL SELECT account, 0, 0 "
                      "FROM user_choice UNION ALL SELECT account, 0, 0 "
                      "FROM access_token) AS counted GROUP BY account "
                      "ORDER BY 2 DESC, 1 LIMIT ? OFFSET ?",
                      mails_of_days));
  const std::size_t limit = std::min(r.limit, most_rows);
  constexpr std::size_t far = 1'000'000'000;
  page_of<person> page;
  constexpr std::int64_t no_day = std::numeric_limits<std::int64_t>::max();
  for (count_of_account& c :
       busiest.all(zone.day_of(now) - people_days + 1, no_day, limit + 1,
                   std::min(r.offset, far))) {
    if (page.rows.size() == limit) {
      page.more = limit > 0;
      break;
    }
    person& p = page.rows.emplace_back();
    p.account = std::move(c.account);
    p.mails = c.mails;
    p.forged = c.forged;
  }
  person_reader rest(db);
  for (person& p : page.rows) rest.read(p, now - people_days * day_seconds);
  return page;
}

std::vector<account_count> read_busiest(sqlite::database& db, std::int64_t from,
                                        std::int64_t to) {
  query<count_of_account> busiest(
      db, fmt::format("FROM ({}) AS counted GROUP BY account "
                      "ORDER BY 2 DESC, 1 LIMIT 10",
                      mails_of_days));
  return busiest.all<account_count>(from, to);
}

std::vector<kept_rule> read_rules(sqlite::database& db,
                                  std::string_view account) {
  query<rule_row> rules(db,
                        "FROM rule WHERE ?1 = '' OR account IN ('', ?1) "
                        "ORDER BY account, id LIMIT ?2");
  return rules_of(rules.all(account, most_rules_shown));
}

std::vector<kept_token> read_tokens(sqlite::database& db,
                                    std::string_view account) {
  query<token_row> tokens(db,
                          "FROM access_token WHERE account = ? "
                          "ORDER BY made DESC, hash");
  return tokens.all<kept_token>(account);
}

bool knows_word(sqlite::database& db, std::string_view account) {
  return value_query<std::int64_t>(
             db, "SELECT at FROM word_known WHERE account = ?")
      .first(account)
      .has_value();
}

std::string account_of_token(sqlite::database& db, std::string_view hash) {
  return value_query<std::string>(
             db, "SELECT account FROM access_token WHERE hash = ?")
      .first(hash)
      .value_or("");
}

}  // namespace mekiki::store
