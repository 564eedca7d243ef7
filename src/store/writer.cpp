#include "store/writer.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/one_shot_event.hpp"
#include "base/unix_time.hpp"
#include "store/browse_mails.hpp"
#include "store/dialect.hpp"
#include "store/purge.hpp"

namespace mekiki::store {
namespace {

constexpr std::size_t most_in_batch = 1'000;
/// A commit costs as much as some dozen mails, and one that fetches waits for
/// none.
constexpr std::chrono::milliseconds commit_every{100};
constexpr std::int64_t purge_every = 6 * hour_seconds;
constexpr std::size_t most_lost_minutes = std::size_t{21} * 24 * 60;

std::string describe(lack_of_room lack, const options& how) {
  if (lack == lack_of_room::disk)
    return fmt::format("less than {} % of the disk is free",
                       how.least_free_disk);
  return fmt::format("it has {} octets, as history.octets allows", how.octets);
}

}  // namespace

writer::writer(std::filesystem::path file, const options& how,
               changed_callback changed, std::function<void()> reopened)
    : file_(std::move(file)),
      how_(how),
      changed_(std::move(changed)),
      reopened_(std::move(reopened)) {
  open();
  thread_ = std::thread([this] { run(); });
}

writer::~writer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  // What was lost since the log last said so.
  next_complaint_ = {};
  complain(last_failure_);
}

void writer::push(item i) {
  std::unique_lock lock(mutex_);
  if (waiting_.size() + in_work_ >= most_waiting) {
    ++lost_.queue_full;
    lost_.last = std::chrono::steady_clock::now();
    count_lost(i);
    lock.unlock();
    tell(i, false);
    return;
  }
  const bool was_due = is_due();
  is_urgent_ = is_urgent_ || std::holds_alternative<change>(i);
  waiting_.push_back(std::move(i));
  const bool is_to_wake = waiting_.size() == 1 || (!was_due && is_due());
  lock.unlock();
  if (is_to_wake)
    wake_.notify_one();
}

/// With the mutex held. What waits is not to wait for others to come along.
bool writer::is_due() const {
  return stop_ || hurried_ || is_urgent_ || waiting_.size() >= most_in_batch;
}

void writer::tell(const item& i, bool kept) {
  const auto* c = std::get_if<change>(&i);
  if (c != nullptr && c->done)
    c->done(kept);
}

void writer::flush() {
  std::unique_lock lock(mutex_);
  is_urgent_ = true;
  wake_.notify_one();
  idle_.wait(lock, [this] { return waiting_.empty() && in_work_ == 0; });
}

void writer::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurried_ = true;
  }
  wake_.notify_one();
}

bool writer::is_hurried() const {
  const std::lock_guard lock(mutex_);
  return hurried_;
}

lost_events writer::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

std::size_t writer::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size() + in_work_;
}

std::uint64_t writer::lost_mails(std::int64_t from, std::int64_t to) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (auto at = lost_mails_.lower_bound(from);
       at != lost_mails_.end() && at->first < to; ++at) {
    sum += at->second;
  }
  return sum;
}

/// With the mutex held.
void writer::count_lost(const item& i) {
  const auto* e = std::get_if<scoped_event>(&i);
  if (e == nullptr)
    return;
  ++lost_mails_[e->event.fetched / 60 * 60];
  if (lost_mails_.size() > most_lost_minutes)
    lost_mails_.erase(lost_mails_.begin());
}

void writer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (waiting_.empty()) {
      is_urgent_ = false;
      idle_.notify_all();
    }
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty())
      return;
    wake_.wait_for(lock, commit_every, [this] { return is_due(); });
    is_urgent_ = false;
    taken_.swap(waiting_);
    in_work_ = taken_.size();
    lock.unlock();
    const batch all = taken_;
    for (std::size_t at = 0; at < all.size(); at += most_in_batch)
      write(all.subspan(at, std::min(most_in_batch, all.size() - at)));
    taken_.clear();
    lock.lock();
    in_work_ = 0;
  }
}

void writer::write(batch items) {
  const lack_of_room lack = lacks_room();
  std::string failure = attempt(items, lack);
  while (is_locked_ && !is_hurried()) {
    complain(failure);
    failure = attempt(items, lack);
  }
  if (!failure.empty()) {
    last_failure_ = failure;
    const std::lock_guard lock(mutex_);
    lost_.not_written += items.size();
    lost_.last = std::chrono::steady_clock::now();
    for (const item& i : items) count_lost(i);
  } else if (lack != lack_of_room::none) {
    leave_out(items);
    last_failure_ = describe(lack, how_);
  }
  for (const item& i : items) tell(i, failure.empty());
  complain(failure.empty() && lack != lack_of_room::none ? last_failure_
                                                         : failure);
  if (!failure.empty())
    return;
  purge_after(items);
  make_room();
}

/// Mails of accounts that have used up their share. That is no failure of ours.
void writer::leave_out(const std::vector<const item*>& over_share) {
  const std::lock_guard lock(mutex_);
  lost_.over_share += over_share.size();
  for (const item* i : over_share) count_lost(*i);
}

/// Mails of a batch for which there was no room. What people decide is small,
/// and is kept.
void writer::leave_out(batch items) {
  const std::lock_guard lock(mutex_);
  for (const item& i : items) {
    if (!std::holds_alternative<scoped_event>(i))
      continue;
    ++lost_.no_room;
    lost_.last = std::chrono::steady_clock::now();
    count_lost(i);
  }
}

void writer::purge_after(batch items) {
  const auto* last = std::get_if<scoped_event>(&items.back());
  if (last == nullptr || last->event.fetched < next_purge_)
    return;
  next_purge_ = last->event.fetched + purge_every;
  try {
    purge(recorder_->db(), last->event.fetched,
          {.mails = how_.keep, .sums = how_.keep_sums, .texts = how_.texts});
    recorder_->forget();  // histories may be gone
  } catch (const std::exception& e) {
    log::warning("store: old rows could not be removed: {}", e.what());
  }
}

lack_of_room writer::lacks_room() const {
  const std::filesystem::path folder =
      file_.has_parent_path() ? file_.parent_path() : ".";
  if (is_short(how_.disk(folder), how_.least_free_disk))
    return lack_of_room::disk;
  return is_full_ ? lack_of_room::database : lack_of_room::none;
}

/// With the mutex held. Somebody waits for a change, or a whole batch is there.
bool writer::is_kept_waiting() const {
  return stop_ || hurried_ || (is_urgent_ && !waiting_.empty()) ||
         waiting_.size() >= most_in_batch;
}

/// Removes what goes first, in steps, until there is room again. Where others
/// wait, that goes on after them: but after each batch at least twice as much
/// goes as it brought, so that the database never grows beyond one batch.
void writer::make_room() {
  try {
    const std::uint64_t before = used_;
    used_ = limit_->used();
    is_full_ = false;
    if (used_ <= limit_->octets())
      return;
    if (!std::exchange(has_removed_, true)) {
      log::warning(
          "store: the history has reached history.octets ({} octets): what is "
          "oldest makes room",
          limit_->octets());
    }
    const std::uint64_t brought = used_ > before ? used_ - before : 0;
    const std::uint64_t enough =
        used_ - std::min<std::uint64_t>(used_, 2 * brought);
    const std::uint64_t target = limit_->octets() / 32 * 31;
    for (;;) {
      const bool any = limit_->remove_some();
      used_ = limit_->used();
      is_full_ = !any && used_ > limit_->octets();
      if (!any || used_ <= target)
        return;
      const std::lock_guard lock(mutex_);
      if (is_kept_waiting() && used_ <= enough)
        return;
    }
  } catch (const std::exception& e) {
    log::warning("store: no room could be made: {}", e.what());
  }
}

/// In one transaction. What went wrong, or "".
std::string writer::attempt(batch items, lack_of_room lack) {
  if (is_locked_ && is_hurried())
    return "database is locked";
  is_locked_ = false;
  try {
    if (!recorder_ || id_of(file_) != files_[0])
      open_anew();
    std::vector<const item*> over_share;
    sqlite::transaction t(recorder_->db(), sqlite::purpose::write);
    for (const item& i : items) {
      if (const auto* e = std::get_if<scoped_event>(&i)) {
        if (lack == lack_of_room::none && !recorder_->write(e->event, e->scope))
          over_share.push_back(&i);
      } else if (const auto* c = std::get_if<change>(&i)) {
        c->write(recorder_->db());
      } else {
        recorder_->write(std::get<second_judgement>(i));
      }
    }
    recorder_->end_batch();
    t.commit();
    leave_out(over_share);
    if (const auto scopes = recorder_->take_changed(); !scopes.empty())
      changed_(scopes);
    tell_news(recorder_->take_news());
    return {};
  } catch (const sqlite::error& e) {
    is_locked_ = e.is_locked();
    if (recorder_)
      recorder_->forget();
    return e.what();
  } catch (const std::exception& e) {
    if (recorder_)
      recorder_->forget();
    return e.what();
  }
}

/// What was kept stays kept, whatever happens here.
void writer::tell_news(const std::vector<std::int64_t>& mails) {
  if (!how_.noted || mails.empty())
    return;
  try {
    how_.noted(read_rows(recorder_->db(), mails));
  } catch (const std::exception& e) {
    log::warning("store: mails were not told of: {}", e.what());
  }
}

void writer::open() {
  limit_.reset();
  recorder_.emplace(file_, how_.texts, how_.octets, how_.patience, how_.zone);
  dialect::will_write(recorder_->db());
  limit_.emplace(recorder_->db(), how_.octets);
  used_ = limit_->used();
  // They are there, as the recorder has read.
  for (std::size_t i = 0; i < files_.size(); ++i) files_[i] = id_of(path_of(i));
}

/// Another file is there now, or none. SQLite would go on writing to the one
/// without a name, and read its log into the one that took its place.
void writer::open_anew() {
  if (recorder_) {
    // Where it was moved, it is to be whole.
    try {
      dialect::write_log_back(recorder_->db());
    } catch (const sqlite::error& e) {
      log::warning("store: the log of {} was not written back: {}",
                   file_.string(), e.what());
    }
    // While they are open their inodes cannot be those of other files.
    for (std::size_t i = 1; i < files_.size(); ++i) {
      if (files_[i] && id_of(path_of(i)) == files_[i])
        ::unlink(path_of(i).c_str());
    }
    limit_.reset();
    recorder_.reset();
    log::error("store: {} was removed or replaced while it was in use",
               file_.string());
  }
  if (const auto ready = prepare(file_); !ready)
    throw std::runtime_error(ready.error());
  open();
  reopened_();
}

/// The database, its log, and the log's index.
std::filesystem::path writer::path_of(std::size_t number) const {
  constexpr std::array<const char*, 3> suffixes = {"", "-wal", "-shm"};
  return file_.string() + suffixes.at(number);
}

/// Once a minute, if something was lost since it was last told or waits for
/// another program.
void writer::complain(const std::string& reason) {
  if (reason.empty() && is_failing_) {
    log::warning("store: events are kept again");
    is_failing_ = false;
  }
  const lost_events l = lost();
  const std::uint64_t all = l.queue_full + l.not_written + l.no_room;
  const auto now = std::chrono::steady_clock::now();
  const bool is_waiting = is_locked_ && !is_hurried();
  if ((all == told_ && !is_waiting) || now < next_complaint_)
    return;
  is_failing_ = !reason.empty();
  if (all == told_) {
    log::error("store: another program has locked the database; events wait");
  } else {
    log::error(
        "store: {} events were not kept ({}); mails are delivered all the same",
        all - told_, reason.empty() ? "too many wait" : reason);
  }
  told_ = all;
  next_complaint_ = now + std::chrono::minutes(1);
}

void change(writer* w, std::function<void(sqlite::database&)> write) {
  if (w != nullptr)
    w->push(writer::change{.write = std::move(write)});
}

boost::asio::awaitable<bool> change_in_time(
    writer* w, std::chrono::milliseconds deadline,
    std::function<bool(sqlite::database&)> write) {
  if (w == nullptr)
    co_return false;
  const auto result = std::make_shared<std::atomic<bool>>(false);
  const one_shot_event done;
  w->push(writer::change{
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

}  // namespace mekiki::store
