#include "store/store.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "store/period.hpp"
#include "store/reading_thread.hpp"
#include "store/schema.hpp"
#include "store/writer.hpp"

namespace mekiki::store {

namespace fs = std::filesystem;
namespace asio = boost::asio;

namespace {

constexpr std::size_t most_cached_views = 256;
constexpr std::chrono::minutes views_last{1};

}  // namespace

store::store(const fs::path& file, options how, access a)
    : how_(std::move(how)),
      blocking_(file, how_.now),
      memory_(how_.memory),
      reading_(std::make_unique<reading_thread>(file, how_.deadline)),
      counting_(std::make_unique<totals_thread>(file)) {
  if (a == access::read_write) {
    writer_ = std::make_unique<writer>(
        file, how_,
        [this](const auto& scopes) {
          reading_->outdate(scopes);
          memory_.clear();
        },
        [this] {
          reading_->reopen();
          memory_.clear();
        });
  }
  warnings_ = std::make_unique<warning_store>(*reading_, writer_.get(),
                                              how_.now, how_.deadline);
}

/// The connection that writes goes last: it leaves one whole file behind.
store::~store() {
  if (writer_) {
    writer_->hurry();
    writer_->flush();
  }
  counting_.reset();
  reading_.reset();
}

/// Whose history it is. Nobody's account has none, wherever it is.
std::string store::scope_of(const std::string& account,
                            const std::string& upstream) const {
  if (account.empty())
    return {};
  return how_.is_shared && how_.is_shared(upstream) ? "upstream:" + upstream
                                                    : "account:" + account;
}

asio::awaitable<verdict::history_answer> store::ask(
    verdict::history_question q) {
  const std::int64_t now = unix_seconds(how_.now.now());
  const auto scope = scope_of(q.account, q.upstream);
  if (const auto commits = reading_->commits()) {
    if (auto known = memory_.find(q, scope, *commits, now))
      co_return *std::move(known);
  }
  const std::uint64_t generation = memory_.generation();
  auto look = [this, q, scope, now](reader& r) {
    const auto commits = reading_->commits();
    read_answer found = r.answer(q, scope, now);
    found.commits = commits;
    return found;
  };
  read_answer found = co_await reading_->ask(std::move(look));
  memory_.put(q, scope, found, now, generation);
  co_return std::move(found.answer);
}

asio::awaitable<verdict::addition_answer> store::ask(verdict::addition a) {
  auto scope = scope_of(a.account, a.upstream);
  return reading_->ask([a = std::move(a), scope = std::move(scope)](reader& r) {
    return r.answer(a, scope);
  });
}

std::optional<std::vector<verdict::border_view>> store::cached_views(
    const views_key& key) {
  const std::lock_guard lock(views_mutex_);
  const auto at = views_.find(key);
  if (at == views_.end() || at->second.until <= how_.now.steady())
    return std::nullopt;
  return at->second.views;
}

std::uint64_t store::answers_given() {
  const std::lock_guard lock(views_mutex_);
  return answers_;
}

void store::cache(views_key key, std::vector<verdict::border_view> views,
                  std::uint64_t answers) {
  const std::lock_guard lock(views_mutex_);
  if (answers != answers_)
    return;
  if (views_.size() >= most_cached_views)
    views_.clear();
  views_[std::move(key)] = {std::move(views), how_.now.steady() + views_last};
}

asio::awaitable<std::vector<verdict::border_view>> store::ask(
    verdict::border_question q) {
  views_key key{scope_of(q.account, q.upstream), q.mx_set};
  if (auto views = cached_views(key))
    co_return *std::move(views);
  const std::uint64_t answers = answers_given();
  const std::int64_t now = unix_seconds(how_.now.now());
  auto look = [q = std::move(q), scope = key.first, now](reader& r) {
    return std::optional(r.answer(q, scope, now));
  };
  auto answered = co_await reading_->ask(std::move(look));
  if (!answered)
    co_return std::vector<verdict::border_view>{};
  cache(std::move(key), *answered, answers);
  co_return *std::move(answered);
}

expected<bool, std::string> store::answer_question(std::string_view scope,
                                                   std::string_view view,
                                                   verdict::border_reply said) {
  auto done = blocking_.answer_question(scope, view, said);
  const std::lock_guard lock(views_mutex_);
  views_.clear();
  ++answers_;
  return done;
}

void store::note(mail_event e) {
  if (!writer_ || e.digest.empty() || e.account.empty())
    return;
  remove_texts_not_kept(e, how_.texts);
  std::string scope = scope_of(e.account, e.upstream);
  writer_->push(writer::scoped_event{std::move(e), std::move(scope)});
}

asio::awaitable<std::vector<pending_mail>> store::due(std::int64_t now,
                                                      std::size_t most) {
  return reading_->ask([now, most](reader& r) { return r.due(now, most); });
}

void store::note(second_judgement j) {
  if (writer_)
    writer_->push(std::move(j));
}

asio::awaitable<user_answer> store::choice_of(std::string account) {
  return reading_->ask(
      [account = std::move(account)](reader& r) { return r.answer(account); });
}

// Two seconds for a million mails, five if an attacker chose their domains. In
// pieces on the reader's thread, each piece would see another state of the
// tables, and mails would still wait for it.
asio::awaitable<std::optional<period_totals>> store::totals(
    std::int64_t from, std::int64_t to, std::vector<std::int64_t> columns) {
  return counting_->ask(
      [this, from, to, columns = std::move(columns)](sqlite::database& db) {
        period_totals found = read_totals(db, from, to, columns);
        if (writer_)
          found.lost = writer_->lost_mails(from, to);
        return found;
      });
}

void store::flush() {
  if (writer_)
    writer_->flush();
}

lost_events store::lost() const {
  return writer_ ? writer_->lost() : lost_events();
}

lack_of_room store::lacks_room() const {
  return writer_ ? writer_->lacks_room() : lack_of_room::none;
}

std::uint64_t store::used_octets() const {
  return writer_ ? writer_->used_octets() : 0;
}

std::size_t store::waiting() const { return writer_ ? writer_->waiting() : 0; }

namespace {

expected<std::unique_ptr<store>, std::string> open_as(const fs::path& file,
                                                      options how,
                                                      store::access a) {
  try {
    return std::make_unique<store>(file, std::move(how), a);
  } catch (const sqlite::error& e) {
    return unexpected(fmt::format("the database {} cannot be used: {}",
                                  file.string(), e.what()));
  }
}

}  // namespace

expected<std::unique_ptr<store>, std::string> open(const fs::path& file,
                                                   options how) {
  if (auto ready = prepare(file); !ready)
    return unexpected(ready.error());
  return open_as(file, std::move(how), store::access::read_write);
}

expected<std::unique_ptr<store>, std::string> open_read_only(
    const fs::path& file, options how) {
  if (auto ready = check_version(file); !ready)
    return unexpected(ready.error());
  return open_as(file, std::move(how), store::access::read_only);
}

}  // namespace mekiki::store
