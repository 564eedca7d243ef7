// The one thread that writes: takes what came within a tenth of a second, and
// writes it in one transaction.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "store/recorder.hpp"
#include "store/schema.hpp"
#include "store/size_limit.hpp"

namespace mekiki::store {

// While another program holds the lock, events wait in the queue; any other
// failure drops the batch that was being written. A file that was removed
// or replaced is opened, or made, anew.
class writer {
 public:
  using changed_callback = std::function<void(const std::vector<std::string>&)>;

  /// The writer's thread calls `changed` with the scopes in which somebody
  /// became known, and `reopened` when the file is another one now. Throws
  /// sqlite::error.
  writer(std::filesystem::path file, const options& how,
         changed_callback changed, std::function<void()> reopened);
  /// Writes what still waits.
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  struct scoped_event {
    mail_event event;
    std::string scope;
  };
  /// Something else that is written. `done` is called with whether it was kept,
  /// by the writer's thread or by `push`; it may be empty.
  struct change {
    std::function<void(sqlite::database&)> write;
    std::function<void(bool kept)> done = {};
  };
  using item = std::variant<scoped_event, second_judgement, change>;

  /// Never waits. A `change` is written at once, with all that waits.
  void push(item i);
  /// Writes what waits, and waits for that.
  void flush();
  /// From now on no lock is waited for twice.
  void hurry();
  lost_events lost() const;
  std::size_t waiting() const;
  lack_of_room lacks_room() const;
  std::uint64_t used_octets() const { return used_; }
  /// Mails among them that were fetched in from <= fetched < to, which are
  /// whole minutes. Those of the last weeks are known.
  std::uint64_t lost_mails(std::int64_t from, std::int64_t to) const;

 private:
  using batch = std::span<const item>;

  void run();
  bool is_due() const;
  void write(batch items);
  std::string attempt(batch items, lack_of_room lack);
  void leave_out(batch items);
  void leave_out(const std::vector<const item*>& over_share);
  void purge_after(batch items);
  bool is_kept_waiting() const;
  void make_room();
  void open();
  void open_anew();
  std::filesystem::path path_of(std::size_t number) const;
  bool is_hurried() const;
  void count_lost(const item& i);
  static void tell(const item& i, bool kept);
  void tell_news(const std::vector<std::int64_t>& mails);
  void complain(const std::string& reason);

  std::filesystem::path file_;
  options how_;
  changed_callback changed_;
  std::function<void()> reopened_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<item> waiting_;
  std::size_t in_work_ = 0;  // taken from those
  bool is_urgent_ = false;
  bool stop_ = false;
  bool hurried_ = false;
  lost_events lost_;
  std::map<std::int64_t, std::uint64_t> lost_mails_;  // by minute
  std::atomic<std::uint64_t> used_ = 0;               // octets
  std::atomic<bool> is_full_ = false;                 // and nothing may go

  // Of the thread alone.
  std::vector<item> taken_;
  std::optional<recorder> recorder_;  // none: the file cannot be used
  std::optional<size_limit> limit_;   // along with it
  std::array<std::optional<file_id>, 3> files_;  // with -wal and -shm
  bool is_locked_ = false;                       // by another program
  std::string last_failure_;
  bool is_failing_ = false;  // and the log says so
  std::int64_t next_purge_ = 0;
  bool has_removed_ = false;  // for want of room, and the log says so
  std::chrono::steady_clock::time_point next_complaint_{};
  std::uint64_t told_ = 0;

  std::thread thread_;
};

/// Keeps it soon; drops it where `w` is null.
void change(writer* w, std::function<void(sqlite::database&)> write);

/// Whether `write` was done, answered true, and was kept; false where that
/// takes longer than `deadline`, or `w` is null. It may be kept later all the
/// same.
boost::asio::awaitable<bool> change_in_time(
    writer* w, std::chrono::milliseconds deadline,
    std::function<bool(sqlite::database&)> write);

}  // namespace mekiki::store
