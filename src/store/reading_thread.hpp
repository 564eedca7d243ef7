// The threads of the store that read, and how a coroutine waits for them.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "store/job_thread.hpp"
#include "store/reader.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// The reader that sessions ask, with its thread.
class reading_thread {
 public:
  /// Throws sqlite::error.
  reading_thread(std::filesystem::path file,
                 std::chrono::milliseconds deadline);

  /// What `look` answers to the reader, or a default value where it does not do
  /// so within the deadline, or fails.
  template <class Look>
  auto ask(Look look) {
    using answer = std::invoke_result_t<Look, reader&>;
    std::function<answer()> question = [this, look = std::move(look)] {
      return look(current());
    };
    return answer_in_time(thread_, std::move(question), deadline_);
  }

  /// As reader::commits, of the database that is being read. From any thread.
  std::optional<std::uint32_t> commits() const;

  /// As reader::outdate, from any thread.
  void outdate(const std::vector<std::string>& scopes);
  /// Another file has taken the place of the one that is open. From any thread.
  void reopen() { is_other_file_ = true; }

 private:
  /// By the thread alone.
  reader& current();

  std::filesystem::path file_;
  std::chrono::milliseconds deadline_;
  std::unique_ptr<reader> reader_;  // the thread's; it may be exchanged:
  mutable std::mutex mutex_;
  std::atomic<bool> is_other_file_ = false;
  job_thread thread_;
};

/// For queries that take seconds, on connections of its own: on the reader's
/// thread, mails would wait for them.
class totals_thread {
 public:
  explicit totals_thread(std::filesystem::path file) : file_(std::move(file)) {}

  /// What `look` answers; none where that takes longer than 30 seconds.
  template <class Look>
  auto ask(Look look) {
    using answer = std::optional<std::invoke_result_t<Look, sqlite::database&>>;
    const auto until = std::chrono::steady_clock::now() + deadline;
    std::function<answer()> count = [this, until, look = std::move(look)] {
      sqlite::database db(file_, sqlite::access::read_only,
                          std::chrono::milliseconds(100));
      db.give_up_if([this, until] {
        return thread_.is_stopping() ||
               std::chrono::steady_clock::now() >= until;
      });
      return answer(look(db));
    };
    return answer_in_time(thread_, std::move(count), deadline);
  }

 private:
  static constexpr std::chrono::seconds deadline{30};

  std::filesystem::path file_;
  job_thread thread_;
};

}  // namespace mekiki::store
