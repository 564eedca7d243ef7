// The one thread that writes: takes what waits, and writes it in one
// transaction.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "store/recorder.hpp"

namespace mekiki::store {

class writer {
 public:
  using changed_callback = std::function<void(const std::vector<std::string>&)>;

  /// `changed` is told the scopes in which somebody became known, by the
  /// writer's thread. Throws sqlite::error.
  writer(const std::filesystem::path& file, const options& how,
         changed_callback changed);
  /// Writes what still waits.
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  struct scoped_event {
    mail_event event;
    std::string scope;
  };
  /// Something else that is written. `done` is told whether it was kept, by the
  /// writer's thread or by `push`; it may be empty.
  struct change {
    std::function<void(sqlite::database&)> write;
    std::function<void(bool kept)> done = {};
  };
  using item = std::variant<scoped_event, second_judgement, change>;

  void push(item i);
  void flush();
  losses lost() const;
  /// Mails among them that were fetched in from <= fetched < to, which are
  /// whole minutes. Those of the last weeks are known.
  std::uint64_t lost_mails(std::int64_t from, std::int64_t to) const;

 private:
  void run();
  void write(const std::deque<item>& batch);
  void count_lost(const item& i);
  static void tell(const item& i, bool kept);
  void complain(const std::string& reason);

  recorder recorder_;
  options how_;
  changed_callback changed_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<item> waiting_;
  bool busy_ = false;
  bool stop_ = false;
  losses lost_;
  std::map<std::int64_t, std::uint64_t> lost_mails_;  // by minute

  // Of the thread alone.
  std::int64_t next_purge_ = 0;
  std::chrono::steady_clock::time_point next_complaint_{};
  std::uint64_t told_ = 0;

  std::thread thread_;
};

}  // namespace mekiki::store
