#include "store/dashboard_queries.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "store/border_answer_rows.hpp"
#include "store/browse_domains.hpp"
#include "store/browse_mails.hpp"
#include "store/browse_people.hpp"
#include "store/dialect.hpp"
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
// A search looks through a million mails in about as much.
constexpr milliseconds search_time{170};

constexpr std::size_t most_suggested = 5;

walk_end walk_from_now(milliseconds time = walk_time) {
  return
      [end = steady_clock::now() + time] { return steady_clock::now() >= end; };
}

walk_end time_for(const mail_filter& which) {
  return walk_from_now(which.search.empty() ? walk_time : search_time);
}

}  // namespace

/// Of one thread. Another file may take its place at any time.
class dashboard_queries::connection {
 public:
  explicit connection(fs::path file) : file_(std::move(file)) { open(); }

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
    dialect::will_browse(*fresh);
    ids_ = ids();
    db_ = std::move(fresh);
  }

  fs::path file_;
  std::unique_ptr<sqlite::database> db_;
  both ids_;
};

/// A connection with the thread that uses it.
struct dashboard_queries::reading {
  explicit reading(const fs::path& file) : history(file) {}

  connection history;
  job_thread thread;  // ends before what it uses
};

dashboard_queries::dashboard_queries(const fs::path& file, const clock& now,
                                     time_zone zone)
    : now_(now),
      zone_(zone),
      pages_(std::make_unique<reading>(file)),
      reports_(std::make_unique<reading>(file)),
      changing_(std::make_unique<job_thread>()) {}

dashboard_queries::~dashboard_queries() = default;

/// None where there is no answer within the deadline, or it failed.
template <class Look>
auto dashboard_queries::ask(reading& by, Look look) {
  using found = std::optional<std::invoke_result_t<Look, sqlite::database&>>;
  std::function<found()> question =
      [&by, until = steady_clock::now() + deadline, look = std::move(look)] {
        sqlite::database& db = by.history.current();
        db.give_up_if([&by, until] {
          return by.thread.is_stopping() || steady_clock::now() >= until;
        });
        return found(look(db));
      };
  return answer_in_time(by.thread, std::move(question), deadline);
}

template <class Look>
auto dashboard_queries::ask(Look look) {
  return ask(*pages_, std::move(look));
}

auto dashboard_queries::mails(mail_filter which, std::string cursor,
                              std::size_t limit) -> answer<mail_page> {
  return ask([which = std::move(which), cursor = std::move(cursor),
              limit](sqlite::database& db) {
    return read_mails(db, which, cursor, limit, time_for(which));
  });
}

auto dashboard_queries::count(mail_filter which) -> answer<mail_total> {
  return ask([which = std::move(which)](sqlite::database& db) {
    return count_mails(db, which, time_for(which));
  });
}

auto dashboard_queries::accounts(std::string part)
    -> answer<std::vector<std::string>> {
  return ask([part = std::move(part)](sqlite::database& db) {
    const sqlite::transaction view(db, sqlite::purpose::read);
    return accounts_holding(db, part, most_suggested);
  });
}

auto dashboard_queries::mail(std::int64_t id, std::string account,
                             shown_texts which)
    -> answer<std::optional<mail_detail>> {
  return ask([id, account = std::move(account), which](sqlite::database& db) {
    return read_mail(db, id, account, which);
  });
}

auto dashboard_queries::mail_number(std::string account, std::string uidl,
                                    std::string digest)
    -> answer<std::optional<std::int64_t>> {
  return ask([account = std::move(account), uidl = std::move(uidl),
              digest = std::move(digest)](sqlite::database& db) {
    return find_mail(db, account, uidl, digest);
  });
}

auto dashboard_queries::domains(domain_filter which, page_range r)
    -> answer<page_of<domain_row>> {
  return ask([which = std::move(which), r](sqlite::database& db) {
    return read_domains(db, which, r, walk_from_now());
  });
}

auto dashboard_queries::domain(std::string name, std::string scope)
    -> answer<std::vector<domain_history>> {
  return ask([name = std::move(name), scope = std::move(scope),
              now = unix_seconds(now_.now())](sqlite::database& db) {
    return read_domain(db, name, scope, now);
  });
}

auto dashboard_queries::keys(std::string search, page_range r)
    -> answer<page_of<key_history>> {
  return ask([search = std::move(search), r](sqlite::database& db) {
    return read_keys(db, search, r, walk_from_now());
  });
}

auto dashboard_queries::seen_keys_of(std::string domain)
    -> answer<std::vector<seen_key>> {
  return ask([domain = std::move(domain)](sqlite::database& db) {
    return read_seen_keys(db, domain);
  });
}

auto dashboard_queries::changed_keys(std::string search, std::int64_t since)
    -> answer<std::vector<key_history>> {
  return ask([search = std::move(search), since](sqlite::database& db) {
    return read_changed_keys(db, search, since, walk_from_now());
  });
}

auto dashboard_queries::people(page_range r) -> answer<page_of<person>> {
  return ask(
      [r, now = unix_seconds(now_.now()), zone = zone_](sqlite::database& db) {
        return read_people(db, r, now, zone);
      });
}

auto dashboard_queries::sums(std::string account, std::int64_t from,
                             std::int64_t to) -> answer<day_sums> {
  return ask([account = std::move(account), from, to](sqlite::database& db) {
    return read_sums(db, account, from, to);
  });
}

auto dashboard_queries::busiest(std::int64_t from, std::int64_t to)
    -> answer<std::vector<account_count>> {
  return ask(
      [from, to](sqlite::database& db) { return read_busiest(db, from, to); });
}

auto dashboard_queries::forged(std::string account, std::string domain,
                               std::int64_t from, std::int64_t to)
    -> answer<forgeries> {
  return ask([account = std::move(account), domain = std::move(domain), from,
              to, zone = zone_](sqlite::database& db) {
    const sqlite::transaction view(db, sqlite::purpose::read);
    return forgeries{.names = read_forged_names(db, account, domain, from, to,
                                                zone, walk_from_now()),
                     .begins = first_day_of_sums(db)};
  });
}

auto dashboard_queries::rules(std::string account)
    -> answer<std::vector<kept_rule>> {
  return ask([account = std::move(account)](sqlite::database& db) {
    return read_rules(db, account);
  });
}

auto dashboard_queries::judged(std::string account, std::int64_t since)
    -> answer<std::vector<mail_count>> {
  return ask([account = std::move(account), since](sqlite::database& db) {
    return judged_since(db, account, since);
  });
}

auto dashboard_queries::user(std::string account) -> answer<user_answer> {
  return ask([account = std::move(account)](sqlite::database& db) {
    return read_user(db, account);
  });
}

auto dashboard_queries::access_of(std::string account)
    -> answer<account_access> {
  return ask([account = std::move(account)](sqlite::database& db) {
    const sqlite::transaction view(db, sqlite::purpose::read);
    return account_access{.tokens = read_tokens(db, account),
                          .knows_word = knows_word(db, account)};
  });
}

auto dashboard_queries::questions(std::string scope)
    -> answer<std::vector<verdict::open_question>> {
  return ask([scope = std::move(scope),
              now = unix_seconds(now_.now())](sqlite::database& db) {
    return read_open_questions(db, scope, now);
  });
}

auto dashboard_queries::sights(std::string account) -> answer<found_sights> {
  return ask([account = std::move(account),
              now = unix_seconds(now_.now())](sqlite::database& db) {
    const sqlite::transaction view(db, sqlite::purpose::read);
    found_sights out;
    out.servers = read_sights(db, account, now);
    if (worst_of(out.servers) == sight::blind)
      out.learned = learned_providers(db);
    return out;
  });
}

auto dashboard_queries::reports(std::string account)
    -> answer<std::vector<reported_mail>> {
  return ask([account = std::move(account)](sqlite::database& db) {
    const sqlite::transaction view(db, sqlite::purpose::read);
    std::vector<reported_mail> out;
    for (const reported& r : read_reports(db, account)) {
      for (mail_row& row : read_rows(db, {r.mail}))
        out.push_back({.mail = std::move(row), .said = r.said});
    }
    return out;
  });
}

auto dashboard_queries::border_answers(std::string scope)
    -> answer<std::vector<verdict::border_answer>> {
  return ask([scope = std::move(scope)](sqlite::database& db) {
    return read_border_answers(db, scope);
  });
}

auto dashboard_queries::account_of_token(std::string hash)
    -> answer<std::string> {
  return ask([hash = std::move(hash)](sqlite::database& db) {
    return mekiki::store::account_of_token(db, hash);
  });
}

auto dashboard_queries::sending(std::string domain, report_period of,
                                std::vector<std::string> ours)
    -> answer<sending_view> {
  return ask(*reports_, [domain = std::move(domain), of,
                         ours = std::move(ours)](sqlite::database& db) {
    sending_view out;
    out.domains = read_reported_domains(db, ours);
    out.domain = domain;
    const auto most = std::ranges::max_element(
        out.domains, {}, [&](const reported_domain& d) {
          return std::tuple(ours.end() - std::ranges::find(ours, d.name),
                            d.is_proven, d.reports);
        });
    if (domain.empty() && most != out.domains.end())
      out.domain = most->name;
    if (out.domain.empty())
      return out;
    out.sent = read_sending(db, out.domain, of);
    out.groups = reports::group(std::move(out.sent.sources), out.domain);
    out.sent.sources.clear();
    out.marks = read_sender_marks(db, out.domain);
    out.ignored = read_ignored_reporters(db);
    return out;
  });
}

auto dashboard_queries::sending_plan(std::string domain,
                                     std::optional<reports::policy_now> now,
                                     std::int64_t today)
    -> answer<sending_plan_view> {
  return ask(*reports_, [domain = std::move(domain), now = std::move(now),
                         today](sqlite::database& db) {
    return read_sending_plan(db, domain, now, today);
  });
}

auto dashboard_queries::sending_news(std::string domain, std::int64_t today)
    -> answer<sending_news_view> {
  return ask(*reports_,
             [domain = std::move(domain), today](sqlite::database& db) {
               sending_news_view out;
               out.facts = read_sending_facts(
                   db, domain, today + 1, [&](const reports::sending_facts&) {
                     return today + 1 - reports::news_period;
                   });
               for (const sender_mark& m : read_sender_marks(db, domain))
                 out.marks.emplace(m.name, m.of);
               out.begun = told_at(db, domain, told::begun, "");
               out.mailed = told_at(db, domain, told::mailed, "");
               out.jumped = told_at(db, domain, told::jumped, "");
               out.summed = told_at(db, domain, told::summed, "");
               out.told = told_names(db, domain, told::sender);
               return out;
             });
}

auto dashboard_queries::report_source(std::string domain, std::string address,
                                      report_period of)
    -> answer<reported_source> {
  return ask(*reports_,
             [domain = std::move(domain), address = std::move(address),
              of](sqlite::database& db) {
               return read_report_source(db, domain, address, of);
             });
}

auto dashboard_queries::kept_reports(std::string domain, report_period of,
                                     page_range r)
    -> answer<page_of<kept_report>> {
  return ask(
      *reports_, [domain = std::move(domain), of, r](sqlite::database& db) {
        page_of<kept_report> out;
        const std::size_t limit = std::min<std::size_t>(r.limit, 200);
        out.rows = read_kept_reports(db, domain, of, r.offset, limit + 1);
        out.more = out.rows.size() > limit;
        if (out.more)
          out.rows.pop_back();
        return out;
      });
}

asio::awaitable<expected<std::int64_t, std::string>> dashboard_queries::change(
    change_work work) {
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
      co_await answer_in_time(*changing_, std::move(job), change_deadline);
  if (!done) {
    co_return unexpected(
        std::string("the history is in use; it may be changed later"));
  }
  co_return std::move(*done);
}

expected<std::unique_ptr<dashboard_queries>, std::string>
open_dashboard_queries(const fs::path& file, const options& how) {
  if (auto ready = check_version(file); !ready)
    return unexpected(ready.error());
  try {
    return std::unique_ptr<dashboard_queries>(
        std::make_unique<dashboard_queries>(file, how.now, how.zone));
  } catch (const sqlite::error& e) {
    return unexpected(fmt::format("the database {} cannot be used: {}",
                                  file.string(), e.what()));
  }
}

}  // namespace mekiki::store
