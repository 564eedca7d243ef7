// What the history answered, kept in memory until the database changes, so that
// a session's next mail from the same domain need not wait for a thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "verdict/history.hpp"

namespace mekiki::store {

/// An answer of the reader.
struct read_answer {
  verdict::history_answer answer;
  bool is_of_address = false;  // other authors of the domain get another one
  /// Commits to the database before it was read; none where that is unknown.
  std::optional<std::uint32_t> commits = {};
};

/// May be used from any thread; nothing in it waits for more than memory.
class answer_cache {
 public:
  /// Holds about `most` octets; when they are too many, it begins anew.
  explicit answer_cache(std::size_t most) : most_(most) {}

  /// What was answered in this history, if nothing was committed since, and for
  /// no more than a minute: rules have an end. `now`: Unix seconds.
  std::optional<verdict::history_answer> find(
      const verdict::history_question& q, const std::string& scope,
      std::uint32_t commits, std::int64_t now);

  /// Read it before asking the reader, for `put`.
  std::uint64_t generation() const;
  /// Does nothing where there was a `clear` since `generation`.
  void put(const verdict::history_question& q, const std::string& scope,
           const read_answer& found, std::int64_t now,
           std::uint64_t generation);
  void clear();

  std::size_t octets() const;

 private:
  struct entry {
    verdict::history_answer answer;
    bool is_of_address = false;
    std::int64_t minute = 0;
  };

  void clear_locked();

  std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, entry> entries_;
  std::optional<std::uint32_t> commits_;  // before all of them
  std::size_t octets_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace mekiki::store
