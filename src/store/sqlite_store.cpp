// The store on SQLite: a writer and a reader, each with a thread of its own,
// and a connection for each digest and each call of the command line.
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/event.hpp"
#include "store/job_thread.hpp"
#include "store/period.hpp"
#include "store/reader.hpp"
#include "store/recorder.hpp"
#include "store/rule_words.hpp"
#include "store/schema.hpp"
#include "store/store.hpp"
#include "store/sums.hpp"
#include "store/user_rows.hpp"
#include "store/warning_rows.hpp"
#include "store/writer.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;

using std::chrono::steady_clock;

constexpr std::int64_t most_rules = 1'000;  // of one account, or for all
constexpr std::chrono::seconds sending_deadline{2};  // no mail waits for it

std::string sentence(const fs::path& file, const sqlite::error& e) {
  return fmt::format("the database {} cannot be used: {}", file.string(),
                     e.what());
}

template <class T>
using work = std::function<T(reader&)>;

constexpr std::chrono::seconds totals_deadline{30};

class sqlite_store final : public store {
 public:
  sqlite_store(const fs::path& file, options how, sqlite::access access)
      : file_(file), how_(std::move(how)) {
    reader_ = std::make_unique<reader>(file);
    reading_.emplace();
    counting_.emplace();
    if (access == sqlite::access::read_write) {
      writer_.emplace(
          file, how_,
          [this](const auto& scopes) {
            const std::lock_guard lock(reader_mutex_);
            reader_->outdate(scopes);
          },
          [this] { is_other_file_ = true; });
    }
  }

  /// The connection that writes goes last: it leaves one whole file behind.
  ~sqlite_store() override {
    if (writer_) {
      writer_->hurry();
      writer_->flush();
    }
    counting_.reset();
    reading_.reset();
    reader_.reset();
  }
  sqlite_store(const sqlite_store&) = delete;
  sqlite_store& operator=(const sqlite_store&) = delete;

  asio::awaitable<verdict::history_answer> ask(
      verdict::history_question q) override {
    const std::int64_t now = seconds_now();
    auto scope = scope_of(q.account, q.upstream);
    work<verdict::history_answer> look =
        [q = std::move(q), scope = std::move(scope), now](reader& r) {
          return r.answer(q, scope, now);
        };
    auto answer = co_await on_reader(std::move(look));
    co_return answer;
  }

  asio::awaitable<verdict::addition_answer> ask(verdict::addition a) override {
    auto scope = scope_of(a.account, a.upstream);
    work<verdict::addition_answer> look =
        [a = std::move(a), scope = std::move(scope)](reader& r) {
          return r.answer(a, scope);
        };
    auto answer = co_await on_reader(std::move(look));
    co_return answer;
  }

  asio::awaitable<std::vector<pending_mail>> due(std::int64_t now,
                                                 std::size_t most) override {
    work<std::vector<pending_mail>> look = [now, most](reader& r) {
      return r.due(now, most);
    };
    auto found = co_await on_reader(std::move(look));
    co_return found;
  }

  asio::awaitable<user_answer> choice_of(std::string account) override {
    work<user_answer> look = [account = std::move(account)](reader& r) {
      return r.answer(account);
    };
    auto answer = co_await on_reader(std::move(look));
    co_return answer;
  }

  // Two seconds for a million mails, five if an attacker chose their domains:
  // on a thread and a connection of its own, as mails wait for the reader's. In
  // pieces on that one, each piece would see another state of the tables, and
  // mails would still wait for it.
  asio::awaitable<std::optional<period_totals>> totals(
      std::int64_t from, std::int64_t to,
      std::vector<std::int64_t> columns) override {
    work_of_counter<period_totals> look =
        [this, from, to, columns = std::move(columns)](sqlite::database& db) {
          period_totals found = read_totals(db, from, to, columns);
          if (writer_)
            found.lost = writer_->lost_mails(from, to);
          return found;
        };
    auto found = co_await on_counter(std::move(look));
    co_return found;
  }

  asio::awaitable<std::optional<day_sums>> sums(std::string account,
                                                std::int64_t from,
                                                std::int64_t to) override {
    work_of_counter<day_sums> look = [account = std::move(account), from,
                                      to](sqlite::database& db) {
      return read_sums(db, account, from, to);
    };
    auto found = co_await on_counter(std::move(look));
    co_return found;
  }

  void note(mail_event e) override {
    if (!writer_ || e.digest.empty() || e.account.empty())
      return;
    keep_texts(e, how_.texts);
    std::string scope = scope_of(e.account, e.upstream);
    writer_->push(writer::scoped_event{std::move(e), std::move(scope)});
  }

  void note(second_judgement j) override {
    if (writer_)
      writer_->push(std::move(j));
  }

  void note(warning w) override {
    change([w = std::move(w)](sqlite::database& db) {
      mekiki::store::note(db, w);
    });
  }

  asio::awaitable<bool> keep(warning_mail m) override {
    work_of_writer write = [m = std::move(m),
                            now = seconds_now()](sqlite::database& db) {
      return mekiki::store::keep(db, m, now);
    };
    const bool kept = co_await on_writer(std::move(write), how_.deadline);
    co_return kept;
  }

  asio::awaitable<bool> keep(outgoing_mails all) override {
    work_of_writer write = [all = std::move(all),
                            now = seconds_now()](sqlite::database& db) {
      return mekiki::store::keep(db, all, now);
    };
    const bool kept = co_await on_writer(std::move(write), sending_deadline);
    co_return kept;
  }

  asio::awaitable<std::optional<std::string>> octets_of(
      std::string account, std::string uidl) override {
    work<std::optional<std::string>> look =
        [account = std::move(account), uidl = std::move(uidl)](reader& r) {
          return r.octets_of(account, uidl);
        };
    auto octets = co_await on_reader(std::move(look));
    co_return octets;
  }

  void remove(std::string account, std::vector<std::string> uidls) override {
    change([account = std::move(account),
            uidls = std::move(uidls)](sqlite::database& db) {
      remove_warning_mails(db, account, uidls);
    });
  }

  asio::awaitable<waiting_warnings> waiting_for(std::string who) override {
    work<waiting_warnings> look = [who = std::move(who)](reader& r) {
      return r.waiting(who);
    };
    auto found = co_await on_reader(std::move(look));
    co_return found;
  }

  asio::awaitable<sending_work> sending(std::int64_t now) override {
    work<sending_work> look = [now](reader& r) { return r.sending(now); };
    auto found = co_await on_reader(std::move(look));
    co_return found;
  }

  asio::awaitable<bool> settle(sending_result r) override {
    work_of_writer write = [r](sqlite::database& db) {
      if (r.again)
        delay_outgoing(db, r.id, *r.again);
      else
        remove_outgoing(db, r.id);
      return true;
    };
    const bool kept = co_await on_writer(std::move(write), sending_deadline);
    co_return kept;
  }

  void begin_digests(std::int64_t from) override {
    change([from](sqlite::database& db) { note_digested(db, from); });
  }

  void flush() override {
    if (writer_)
      writer_->flush();
  }

  losses lost() const override { return writer_ ? writer_->lost() : losses(); }
  std::size_t waiting() const override {
    return writer_ ? writer_->waiting() : 0;
  }

  expected<std::int64_t, std::string> add_rule(const kept_rule& r) override;
  expected<bool, std::string> remove_rule(std::int64_t id) override;
  expected<std::vector<kept_rule>, std::string> rules() override;
  expected<std::vector<sender_count>, std::string> senders(
      std::int64_t since) override;

  expected<void, std::string> set_choice(const kept_choice& c) override;
  expected<bool, std::string> forget_choice(std::string_view account) override;
  expected<std::vector<kept_choice>, std::string> choices() override;
  expected<std::optional<kept_choice>, std::string> find_choice(
      std::string_view account) override;
  expected<std::vector<mail_count>, std::string> judged(
      std::string_view account, std::int64_t since) override;
  expected<void, std::string> add_token(std::string_view account,
                                        std::string_view hash) override;
  expected<std::int64_t, std::string> forget_tokens(
      std::string_view account) override;

 private:
  /// Nobody's account has no history, wherever it is.

  std::string scope_of(const std::string& account,
                       const std::string& upstream) const {
    if (account.empty())
      return {};
    return how_.is_shared && how_.is_shared(upstream) ? "upstream:" + upstream
                                                      : "account:" + account;
  }

  std::int64_t seconds_now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(
               how_.now.now().time_since_epoch())
        .count();
  }

  /// What `look` answers, or a default `T` where it does not do so in time.
  template <class T>
  asio::awaitable<T> on_reader(work<T> look) {
    std::function<T()> question = [this, look = std::move(look)] {
      return look(current_reader());
    };
    auto answer =
        co_await answer_in_time(*reading_, std::move(question), how_.deadline);
    co_return answer;
  }

  /// By the reader's thread.
  reader& current_reader() {
    if (is_other_file_.exchange(false)) {
      std::unique_ptr<reader> fresh;
      try {
        fresh = std::make_unique<reader>(file_);
      } catch (...) {
        is_other_file_ = true;
        throw;
      }
      const std::lock_guard lock(reader_mutex_);
      reader_ = std::move(fresh);
    }
    return *reader_;
  }

  template <class T>
  using work_of_counter = std::function<T(sqlite::database&)>;

  template <class T>
  asio::awaitable<std::optional<T>> on_counter(work_of_counter<T> look) {
    job_thread& thread = *counting_;
    const auto until = steady_clock::now() + totals_deadline;
    std::function<std::optional<T>()> count = [this, &thread, until,
                                               look = std::move(look)] {
      sqlite::database db(file_, sqlite::access::read_only,
                          std::chrono::milliseconds(100));
      db.give_up_if([&thread, until] {
        return thread.is_stopping() || steady_clock::now() >= until;
      });
      return std::optional(look(db));
    };
    auto found =
        co_await answer_in_time(thread, std::move(count), totals_deadline);
    co_return found;
  }

  using work_of_writer = std::function<bool(sqlite::database&)>;

  void change(std::function<void(sqlite::database&)> write) {
    if (writer_)
      writer_->push(writer::change{.write = std::move(write)});
  }

  /// Whether `write` was done and kept; false where that takes too long.
  asio::awaitable<bool> on_writer(work_of_writer write,
                                  std::chrono::milliseconds deadline) {
    if (!writer_)
      co_return false;
    const auto result = std::make_shared<std::atomic<bool>>(false);
    const event done;
    writer_->push(writer::change{
        .write = [result, write = std::move(write)](
                     sqlite::database& db) { *result = write(db); },
        .done =
            [result, done](bool kept) {
              *result = *result && kept;
              done.set();
            }});
    const bool in_time = co_await done.wait(deadline);
    if (!in_time)
      co_return false;
    co_return result->load();
  }

  fs::path file_;
  options how_;
  std::unique_ptr<reader> reader_;  // that thread's; it may be exchanged:
  std::mutex reader_mutex_;
  std::atomic<bool> is_other_file_ = false;
  std::optional<job_thread> reading_;   // with reader_
  std::optional<job_thread> counting_;  // totals
  std::optional<writer> writer_;
};

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

expected<std::int64_t, std::string> sqlite_store::add_rule(const kept_rule& r) {
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

expected<bool, std::string> sqlite_store::remove_rule(std::int64_t id) {
  return with_database<bool>(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) -> expected<bool, std::string> {
        sqlite::statement remove(db, "DELETE FROM rule WHERE id = ?");
        remove.bind(id).run();
        return db.changes() > 0;
      });
}

expected<std::vector<kept_rule>, std::string> sqlite_store::rules() {
  using result = expected<std::vector<kept_rule>, std::string>;
  return with_database<std::vector<kept_rule>>(
      file_, sqlite::purpose::read, [&](sqlite::database& db) -> result {
        sqlite::statement s(db,
                            std::string(select_rules) + "ORDER BY account, id");
        return rows_of_rules(s);
      });
}

expected<std::vector<sender_count>, std::string> sqlite_store::senders(
    std::int64_t since) {
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

expected<void, std::string> sqlite_store::set_choice(const kept_choice& c) {
  return with_database<void>(
      file_, sqlite::purpose::write,
      [&](sqlite::database& db) -> expected<void, std::string> {
        sqlite::statement put(
            db,
            "INSERT OR REPLACE INTO user_choice VALUES (?, ?, ?, ?, ?, ?, ?)");
        put.bind(c.account, c.methods, c.language, c.when, c.secret_word,
                 std::int64_t{c.subject_mark}, seconds_now())
            .run();
        return {};
      });
}

expected<bool, std::string> sqlite_store::forget_choice(
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

expected<std::vector<kept_choice>, std::string> sqlite_store::choices() {
  using result = expected<std::vector<kept_choice>, std::string>;
  return with_database<std::vector<kept_choice>>(
      file_, sqlite::purpose::read, [&](sqlite::database& db) -> result {
        std::vector<kept_choice> out;
        sqlite::statement s(db, std::string(select_choice) + "ORDER BY 1");
        while (s.next()) out.push_back(row_of_choice(s));
        return out;
      });
}

expected<std::optional<kept_choice>, std::string> sqlite_store::find_choice(
    std::string_view account) {
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

expected<std::vector<mail_count>, std::string> sqlite_store::judged(
    std::string_view account, std::int64_t since) {
  using result = expected<std::vector<mail_count>, std::string>;
  return with_database<std::vector<mail_count>>(
      file_, sqlite::purpose::read, [&](sqlite::database& db) -> result {
        return judged_since(db, account, since);
      });
}

expected<void, std::string> sqlite_store::add_token(std::string_view account,
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
        put.bind(hash, account, seconds_now()).run();
        return {};
      });
}

expected<std::int64_t, std::string> sqlite_store::forget_tokens(
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

expected<std::unique_ptr<store>, std::string> open_as(const fs::path& file,
                                                      options how,
                                                      sqlite::access access) {
  try {
    return std::unique_ptr<store>(
        std::make_unique<sqlite_store>(file, std::move(how), access));
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file, e));
  }
}

}  // namespace

expected<std::unique_ptr<store>, std::string> open(const fs::path& file,
                                                   options how) {
  if (auto ready = prepare(file); !ready)
    return unexpected(ready.error());
  return open_as(file, std::move(how), sqlite::access::read_write);
}

expected<std::unique_ptr<store>, std::string> open_read_only(
    const fs::path& file, options how) {
  if (auto ready = check_version(file); !ready)
    return unexpected(ready.error());
  return open_as(file, std::move(how), sqlite::access::read_only);
}

}  // namespace mekiki::store
