#include "store/blocking_store.hpp"

#include <chrono>
#include <optional>
#include <tuple>
#include <type_traits>

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "store/border_answer_rows.hpp"
#include "store/row.hpp"
#include "store/rule_words.hpp"
#include "store/sqlite.hpp"
#include "store/user_rows.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{5};
constexpr std::int64_t most_rules = 1'000;  // of one account, or for all

struct sender_row : sender_count {
  auto columns() {
    return std::tie("domain", domain, "sum(mails)", mails, "sum(proven)",
                    proven, "max(mails)", most_a_day, "count(*)", days);
  }
};

std::string sentence(const fs::path& file, const sqlite::error& e) {
  return fmt::format("the database {} cannot be used: {}", file.string(),
                     e.what());
}

/// What `work` answers, in a transaction on a connection of its own.
template <class Work>
auto with_database(const fs::path& file, sqlite::purpose why, Work work)
    -> expected<std::invoke_result_t<Work, sqlite::database&>, std::string> {
  try {
    sqlite::database db(file, sqlite::access::read_write, patience);
    sqlite::transaction t(db, why);
    if constexpr (std::is_void_v<
                      std::invoke_result_t<Work, sqlite::database&>>) {
      work(db);
      t.commit();
      return {};
    } else {
      auto result = work(db);
      t.commit();
      return result;
    }
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file, e));
  }
}

}  // namespace

expected<std::int64_t, std::string> blocking_store::add_rule(
    const kept_rule& r) {
  const auto added = with_database(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) -> std::optional<std::int64_t> {
        value_query<std::int64_t> all(
            db, "SELECT count(*) FROM rule WHERE account = ?");
        if (all.first(r.account).value_or(0) >= most_rules)
          return std::nullopt;
        sqlite::statement put(
            db,
            "INSERT INTO rule (account, kind, pattern, signer, effect, until) "
            "VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (account, kind, pattern, signer) DO UPDATE SET "
            "effect = excluded.effect, until = excluded.until RETURNING id");
        return put
            .bind(r.account, to_string(r.what.what), r.what.pattern,
                  r.what.signer, to_string(r.what.does), r.until)
            .run_for_id();
      });
  if (!added)
    return unexpected(added.error());
  if (!*added) {
    return unexpected(
        fmt::format("there are {} rules already; remove some", most_rules));
  }
  return **added;
}

expected<bool, std::string> blocking_store::remove_rule(std::int64_t id) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        sqlite::statement remove(db, "DELETE FROM rule WHERE id = ?");
        remove.bind(id).run();
        return db.changes() > 0;
      });
}

expected<std::vector<kept_rule>, std::string> blocking_store::rules() const {
  return with_database(file_, sqlite::purpose::read, [&](sqlite::database& db) {
    return rules_of(query<rule_row>(db, "FROM rule ORDER BY id").all());
  });
}

expected<std::vector<sender_count>, std::string> blocking_store::senders(
    std::int64_t since) const {
  return with_database(file_, sqlite::purpose::read, [&](sqlite::database& db) {
    query<sender_row> busiest(db,
                              "FROM daily WHERE day >= ? GROUP BY domain "
                              "ORDER BY 4 DESC, 2 DESC, 1 LIMIT 1000");
    return busiest.all<sender_count>(since / day_seconds);
  });
}

expected<std::vector<learned_provider>, std::string>
blocking_store::learned_borders() const {
  return with_database(file_, sqlite::purpose::read, [&](sqlite::database& db) {
    return learned_providers(db);
  });
}

expected<forgotten_border, std::string> blocking_store::forget_borders(
    std::string_view host, std::string_view account) {
  return with_database(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) { return forget_votes(db, host, account); });
}

expected<bool, std::string> blocking_store::answer_question(
    std::string_view scope, std::string_view view, verdict::border_reply said) {
  return with_database(file_, sqlite::purpose::write,
                       [&](sqlite::database& db) {
                         return put_border_answer(db, scope, view, said,
                                                  unix_seconds(now_.now()));
                       });
}

expected<bool, std::string> blocking_store::say_about(
    std::int64_t mail, std::string_view account,
    std::optional<feedback::word> said) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        return put_feedback(db, mail, account, said, unix_seconds(now_.now()));
      });
}

expected<bool, std::string> blocking_store::answer_report(
    std::int64_t mail, feedback::reply answer) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        return put_reply(db, mail, answer, unix_seconds(now_.now()));
      });
}

expected<void, std::string> blocking_store::set_choice(const kept_choice& c) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        insertion<choice_row> put(
            db, "user_choice",
            "ON CONFLICT (account) DO UPDATE SET methods = excluded.methods, "
            "language = excluded.language, occasion = excluded.occasion, "
            "secret_word = excluded.secret_word, "
            "subject_mark = excluded.subject_mark, "
            "updated = excluded.updated");
        choice_row row{c};
        row.updated = unix_seconds(now_.now());
        put.run(row);
      });
}

expected<void, std::string> blocking_store::preset_choice(
    const kept_choice& c) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        insertion<choice_row> put(db, "user_choice",
                                  "ON CONFLICT (account) DO NOTHING");
        choice_row row{c};
        row.updated = unix_seconds(now_.now());
        put.run(row);
      });
}

expected<bool, std::string> blocking_store::forget_choice(
    std::string_view account) {
  return with_database(file_, sqlite::purpose::write,
                       [&](sqlite::database& db) {
                         sqlite::statement forget(
                             db, "DELETE FROM user_choice WHERE account = ?");
                         forget.bind(account).run();
                         return db.changes() > 0;
                       });
}

expected<std::vector<kept_choice>, std::string> blocking_store::choices()
    const {
  return with_database(file_, sqlite::purpose::read, [&](sqlite::database& db) {
    return query<choice_row>(db, "FROM user_choice ORDER BY account")
        .all<kept_choice>();
  });
}

expected<std::optional<kept_choice>, std::string> blocking_store::find_choice(
    std::string_view account) const {
  return with_database(file_, sqlite::purpose::read, [&](sqlite::database& db) {
    return std::optional<kept_choice>(
        query<choice_row>(db, "FROM user_choice WHERE account = ?")
            .first(account));
  });
}

expected<std::vector<mail_count>, std::string> blocking_store::judged(
    std::string_view account, std::int64_t since) const {
  return with_database(file_, sqlite::purpose::read, [&](sqlite::database& db) {
    return judged_since(db, account, since);
  });
}

expected<std::vector<refusable_count>, std::string> blocking_store::refusable(
    std::string_view account, std::int64_t since) const {
  return with_database(file_, sqlite::purpose::read, [&](sqlite::database& db) {
    std::vector<refusable_count> out;
    sqlite::statement counts(
        db,
        "SELECT author_domain, policy, count(*) FROM mail "
        "WHERE account = ? AND fetched >= ? AND level = 'forged' "
        "AND dmarc = 'fail' GROUP BY 1, 2 ORDER BY 3 DESC, 1");
    for (counts.bind(account, since); counts.next();) {
      out.push_back({std::string(counts.text(0)), std::string(counts.text(1)),
                     static_cast<std::uint64_t>(counts.number(2))});
    }
    return out;
  });
}

expected<void, std::string> blocking_store::add_token(std::string_view account,
                                                      std::string_view hash,
                                                      std::string_view way) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        sqlite::statement drop(
            db,
            "DELETE FROM access_token WHERE account = ?1 AND hash NOT IN "
            "(SELECT hash FROM access_token WHERE account = ?1 "
            "ORDER BY made DESC, hash LIMIT ?2)");
        drop.bind(account, most_tokens - 1).run();
        sqlite::statement put(
            db,
            "INSERT INTO access_token (hash, account, made, way, seen) "
            "VALUES (?, ?, ?, ?, 0) "
            "ON CONFLICT (hash) DO UPDATE SET account = excluded.account, "
            "made = excluded.made, way = excluded.way");
        put.bind(hash, account, unix_seconds(now_.now()), way).run();
      });
}

expected<std::int64_t, std::string> blocking_store::forget_tokens(
    std::string_view account, std::string_view mark) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        sqlite::statement forget(
            db,
            "DELETE FROM access_token WHERE account = ?1 "
            "AND (?2 = '' OR substr(hash, 1, length(?2)) = ?2)");
        forget.bind(account, mark).run();
        return db.changes();
      });
}

expected<void, std::string> blocking_store::note_token(std::string_view hash) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        sqlite::statement note(
            db, "UPDATE access_token SET seen = ? WHERE hash = ?");
        note.bind(unix_seconds(now_.now()), hash).run();
      });
}

expected<std::int64_t, std::string> blocking_store::erase(
    std::string_view account, erasure what) {
  try {
    sqlite::database db(file_, sqlite::access::read_write, patience);
    return erase_account(db, account, what);
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file_, e));
  }
}

expected<void, std::string> blocking_store::note_word_known(
    std::string_view account) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        sqlite::statement put(
            db,
            "INSERT INTO word_known (account, at) VALUES (?, ?) "
            "ON CONFLICT (account) DO UPDATE SET at = excluded.at");
        put.bind(account, unix_seconds(now_.now())).run();
      });
}

expected<std::int64_t, std::string> blocking_store::note_sending_told(
    const std::vector<told_sending>& all) {
  return with_database(
      file_, sqlite::purpose::write, [&](sqlite::database& db) {
        for (const told_sending& t : all)
          note_told(db, t.domain, t.what, t.name, unix_seconds(now_.now()));
        return std::int64_t{0};
      });
}

expected<std::int64_t, std::string> blocking_store::mark_sender(
    const sender_mark& m) {
  const auto done = with_database(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) { return put_sender_mark(db, m); });
  if (!done)
    return unexpected(done.error());
  if (!*done)
    return unexpected(std::string(
        "there are marks of 1,000 senders of this domain already; take some "
        "back"));
  return 0;
}

expected<std::int64_t, std::string> blocking_store::ignore_reporter(
    const ignored_reporter& r, bool ignored) {
  const auto done =
      with_database(file_, sqlite::purpose::write, [&](sqlite::database& db) {
        if (ignored)
          return put_ignored_reporter(db, r);
        remove_ignored_reporter(db, r.author);
        return true;
      });
  if (!done)
    return unexpected(done.error());
  if (!*done)
    return unexpected(
        std::string("1,000 reporters are left out already; count some again"));
  try {
    sqlite::database db(file_, sqlite::access::read_write, patience);
    count_as_decided(db, r.author);
    return 0;
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file_, e));
  }
}

}  // namespace mekiki::store
