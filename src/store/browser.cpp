#include "store/browser.hpp"

#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "store/browse_domains.hpp"
#include "store/browse_mails.hpp"
#include "store/browse_people.hpp"
#include "store/job_thread.hpp"
#include "store/schema.hpp"
#include "store/sums.hpp"
#include "store/user_rows.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds deadline{2};
constexpr std::chrono::seconds change_deadline{15};
// So that what is found is told before anybody gets impatient.
constexpr milliseconds walk_time{120};

/// The connection, of one thread. Another file may take its place at any time.
class place_to_read {
 public:
  explicit place_to_read(fs::path file) : file_(std::move(file)) { open(); }

  /// Throws where it cannot be read.
  sqlite::database& current() {
    const auto there = ids();
    if (db_ && there == ids_)
      return *db_;
    // The log is that of the file that was here, until the writer notices and
    // removes it: nobody may read it into another one.
    if (db_ && there[1] && there[1] == ids_[1])
      throw std::runtime_error("the file was removed or replaced");
    open();
    return *db_;
  }

 private:
  using both = std::array<std::optional<file_id>, 2>;

  /// Of the file, and of the index of its log.
  both ids() const { return {id_of(file_), id_of(file_.string() + "-shm")}; }

  void open() {
    auto fresh = std::make_unique<sqlite::database>(
        file_, sqlite::access::read_only, milliseconds(100));
    fresh->run("PRAGMA cache_size = -16384");
    // Only then is the log open, too.
    fresh->number("SELECT count(*) FROM sqlite_schema");
    ids_ = ids();
    db_ = std::move(fresh);
  }

  fs::path file_;
  std::unique_ptr<sqlite::database> db_;
  both ids_;
};

class sqlite_browser final : public browser {
 public:
  sqlite_browser(const fs::path& file, const options& how)
      : now_(how.now), place_(file) {}

  answer<mail_page> mails(mail_filter which, std::string cursor,
                          std::size_t limit) override {
    work<mail_page> look = [which = std::move(which),
                            cursor = std::move(cursor),
                            limit](sqlite::database& db) {
      return read_mails(db, which, cursor, limit, walk_from_now());
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<std::optional<mail_detail>> mail(std::int64_t id,
                                          std::string account) override {
    work<std::optional<mail_detail>> look =
        [id, account = std::move(account)](sqlite::database& db) {
          return read_mail(db, id, account);
        };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<page_of<domain_row>> domains(domain_filter which,
                                      page_range r) override {
    work<page_of<domain_row>> look = [which = std::move(which),
                                      r](sqlite::database& db) {
      return read_domains(db, which, r, walk_from_now());
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<std::vector<domain_history>> domain(std::string name,
                                             std::string scope) override {
    work<std::vector<domain_history>> look =
        [name = std::move(name), scope = std::move(scope), now = seconds_now()](
            sqlite::database& db) { return read_domain(db, name, scope, now); };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<page_of<key_history>> keys(std::string search, page_range r) override {
    work<page_of<key_history>> look = [search = std::move(search),
                                       r](sqlite::database& db) {
      return read_keys(db, search, r, walk_from_now());
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<page_of<person>> people(page_range r) override {
    work<page_of<person>> look = [r,
                                  now = seconds_now()](sqlite::database& db) {
      return read_people(db, r, now);
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<day_sums> sums(std::string account, std::int64_t from,
                        std::int64_t to) override {
    work<day_sums> look = [account = std::move(account), from,
                           to](sqlite::database& db) {
      return read_sums(db, account, from, to);
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<std::vector<account_count>> busiest(std::int64_t from,
                                             std::int64_t to) override {
    work<std::vector<account_count>> look = [from, to](sqlite::database& db) {
      return read_busiest(db, from, to);
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<std::vector<kept_rule>> rules(std::string account) override {
    work<std::vector<kept_rule>> look =
        [account = std::move(account)](sqlite::database& db) {
          return read_rules(db, account);
        };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<std::vector<mail_count>> judged(std::string account,
                                         std::int64_t since) override {
    work<std::vector<mail_count>> look = [account = std::move(account),
                                          since](sqlite::database& db) {
      return judged_since(db, account, since);
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<user_answer> user(std::string account) override {
    work<user_answer> look = [account =
                                  std::move(account)](sqlite::database& db) {
      return read_user(db, account);
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<std::uint64_t> tokens_of(std::string account) override {
    work<std::uint64_t> look = [account =
                                    std::move(account)](sqlite::database& db) {
      return count_tokens(db, account);
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  answer<std::string> account_of_token(std::string hash) override {
    work<std::string> look = [hash = std::move(hash)](sqlite::database& db) {
      return mekiki::store::account_of_token(db, hash);
    };
    auto found = co_await ask(std::move(look));
    co_return found;
  }

  asio::awaitable<expected<std::int64_t, std::string>> change(
      change_work work) override {
    using result = expected<std::int64_t, std::string>;
    std::function<std::optional<result>()> job =
        [work = std::move(work)]() -> std::optional<result> {
      try {
        return work();
      } catch (const std::exception& e) {
        return result(unexpected(std::string(e.what())));
      }
    };
    auto done =
        co_await answer_in_time(changing_, std::move(job), change_deadline);
    if (!done) {
      co_return unexpected(
          std::string("the history is in use; it may be changed later"));
    }
    co_return std::move(*done);
  }

 private:
  template <class T>
  using work = std::function<T(sqlite::database&)>;

  static walk_end walk_from_now() {
    return [end = steady_clock::now() + walk_time] {
      return steady_clock::now() >= end;
    };
  }

  std::int64_t seconds_now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(
               now_.now().time_since_epoch())
        .count();
  }

  template <class T>
  asio::awaitable<std::optional<T>> ask(work<T> look) {
    std::function<std::optional<T>()> question =
        [this, until = steady_clock::now() + deadline, look = std::move(look)] {
          sqlite::database& db = place_.current();
          db.give_up_if([this, until] {
            return reading_.is_stopping() || steady_clock::now() >= until;
          });
          return std::optional(look(db));
        };
    auto found =
        co_await answer_in_time(reading_, std::move(question), deadline);
    co_return found;
  }

  const clock& now_;
  place_to_read place_;
  job_thread reading_;   // with place_
  job_thread changing_;  // no page waits for it
};

}  // namespace

expected<std::unique_ptr<browser>, std::string> open_browser(
    const fs::path& file, const options& how) {
  if (auto ready = check_version(file); !ready)
    return unexpected(ready.error());
  try {
    return std::unique_ptr<browser>(
        std::make_unique<sqlite_browser>(file, how));
  } catch (const sqlite::error& e) {
    return unexpected(fmt::format("the database {} cannot be used: {}",
                                  file.string(), e.what()));
  }
}

}  // namespace mekiki::store
