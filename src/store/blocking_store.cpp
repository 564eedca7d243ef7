#include "store/blocking_store.hpp"

#include <chrono>

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "store/rule_words.hpp"
#include "store/sqlite.hpp"
#include "store/user_rows.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_rules = 1'000;  // of one account, or for all

std::string sentence(const fs::path& file, const sqlite::error& e) {
  return fmt::format("the database {} cannot be used: {}", file.string(),
                     e.what());
}

/// A connection of the command line's, in a transaction.
template <class T, class Work>
expected<T, std::string> with_database(const fs::path& file,
                                       sqlite::purpose why, Work work) {
  try {
    sqlite::database db(file, sqlite::access::read_write,
                        std::chrono::seconds(5));
    sqlite::transaction t(db, why);
    expected<T, std::string> result = work(db);
    if (result)
      t.commit();
    return result;
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file, e));
  }
}

}  // namespace

expected<std::int64_t, std::string> blocking_store::add_rule(
    const kept_rule& r) {
  using result = expected<std::int64_t, std::string>;
  return with_database<std::int64_t>(
      file_, sqlite::purpose::write, [&](sqlite::database& db) -> result {
        sqlite::statement all(db,
                              "SELECT count(*) FROM rule WHERE account = ?");
        all.bind(r.account).next();
        if (all.number(0) >= most_rules) {
          return unexpected(fmt::format(
              "there are {} rules already; remove some", most_rules));
        }
        sqlite::statement put(
            db,
            "INSERT INTO rule (account, kind, pattern, signer, effect, until) "
            "VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (account, kind, pattern, signer) DO UPDATE SET "
            "effect = excluded.effect, until = excluded.until RETURNING id");
        const std::string_view kind = to_string(r.what.what);
        const std::string_view effect = to_string(r.what.does);
        if (r.until) {
          put.bind(r.account, kind, r.what.pattern, r.what.signer, effect,
                   *r.until);
        } else {
          put.bind(r.account, kind, r.what.pattern, r.what.signer, effect,
                   nullptr);
        }
        std::int64_t id = 0;
        while (put.next()) id = put.number(0);
        return id;
      });
}

expected<bool, std::string> blocking_store::remove_rule(std::int64_t id) {
  return with_database<bool>(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) -> expected<bool, std::string> {
        sqlite::statement remove(db, "DELETE FROM rule WHERE id = ?");
        remove.bind(id).run();
        return db.changes() > 0;
      });
}

expected<std::vector<kept_rule>, std::string> blocking_store::rules() const {
  using result = expected<std::vector<kept_rule>, std::string>;
  return with_database<std::vector<kept_rule>>(
      file_, sqlite::purpose::read, [&](sqlite::database& db) -> result {
        sqlite::statement s(db,
                            std::string(select_rules) + "ORDER BY account, id");
        return rows_of_rules(s);
      });
}

expected<std::vector<sender_count>, std::string> blocking_store::senders(
    std::int64_t since) const {
  using result = expected<std::vector<sender_count>, std::string>;
  return with_database<std::vector<sender_count>>(
      file_, sqlite::purpose::read, [&](sqlite::database& db) -> result {
        std::vector<sender_count> out;
        sqlite::statement s(
            db,
            "SELECT domain, sum(mails), sum(proven), max(mails), count(*) "
            "FROM daily WHERE day >= ? GROUP BY domain "
            "ORDER BY 4 DESC, 2 DESC, 1 LIMIT 1000");
        for (s.bind(since / day_seconds); s.next();) {
          sender_count& c = out.emplace_back();
          c.domain = s.text(0);
          c.mails = static_cast<std::uint64_t>(s.number(1));
          c.proven = static_cast<std::uint64_t>(s.number(2));
          c.most_a_day = static_cast<std::uint64_t>(s.number(3));
          c.days = static_cast<std::uint32_t>(s.number(4));
        }
        return out;
      });
}

expected<void, std::string> blocking_store::set_choice(const kept_choice& c) {
  return with_database<void>(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) -> expected<void, std::string> {
        sqlite::statement put(
            db,
            "INSERT OR REPLACE INTO user_choice VALUES (?, ?, ?, ?, ?, ?, ?)");
        put.bind(c.account, c.methods, c.language, c.when, c.secret_word,
                 std::int64_t{c.subject_mark}, unix_seconds(now_.now()))
            .run();
        return {};
      });
}

expected<bool, std::string> blocking_store::forget_choice(
    std::string_view account) {
  return with_database<bool>(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) -> expected<bool, std::string> {
        sqlite::statement forget(db,
                                 "DELETE FROM user_choice WHERE account = ?");
        forget.bind(account).run();
        return db.changes() > 0;
      });
}

expected<std::vector<kept_choice>, std::string> blocking_store::choices()
    const {
  using result = expected<std::vector<kept_choice>, std::string>;
  return with_database<std::vector<kept_choice>>(
      file_, sqlite::purpose::read, [&](sqlite::database& db) -> result {
        std::vector<kept_choice> out;
        sqlite::statement s(db, std::string(select_choice) + "ORDER BY 1");
        while (s.next()) out.push_back(row_of_choice(s));
        return out;
      });
}

expected<std::optional<kept_choice>, std::string> blocking_store::find_choice(
    std::string_view account) const {
  using result = expected<std::optional<kept_choice>, std::string>;
  return with_database<std::optional<kept_choice>>(
      file_, sqlite::purpose::read, [&](sqlite::database& db) -> result {
        sqlite::statement s(db,
                            std::string(select_choice) + "WHERE account = ?");
        std::optional<kept_choice> found;
        if (s.bind(account).next())
          found = row_of_choice(s);
        return found;
      });
}

expected<std::vector<mail_count>, std::string> blocking_store::judged(
    std::string_view account, std::int64_t since) const {
  using result = expected<std::vector<mail_count>, std::string>;
  return with_database<std::vector<mail_count>>(
      file_, sqlite::purpose::read, [&](sqlite::database& db) -> result {
        return judged_since(db, account, since);
      });
}

expected<void, std::string> blocking_store::add_token(std::string_view account,
                                                      std::string_view hash) {
  return with_database<void>(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) -> expected<void, std::string> {
        sqlite::statement drop(
            db,
            "DELETE FROM access_token WHERE hash IN (SELECT hash FROM "
            "access_token WHERE account = ? ORDER BY made DESC, hash "
            "LIMIT -1 OFFSET ?)");
        drop.bind(account, most_tokens - 1).run();
        sqlite::statement put(
            db, "INSERT OR REPLACE INTO access_token VALUES (?, ?, ?)");
        put.bind(hash, account, unix_seconds(now_.now())).run();
        return {};
      });
}

expected<std::int64_t, std::string> blocking_store::forget_tokens(
    std::string_view account) {
  return with_database<std::int64_t>(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) -> expected<std::int64_t, std::string> {
        sqlite::statement forget(db,
                                 "DELETE FROM access_token WHERE account = ?");
        forget.bind(account).run();
        return db.changes();
      });
}

}  // namespace mekiki::store
