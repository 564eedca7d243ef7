// One daemon for one state folder.
#pragma once

#include <filesystem>
#include <string>

#include "base/expected.hpp"

namespace mekiki::daemon {

/// The file `lock` of a state folder, locked until this goes or the process
/// ends; what it holds is the process' number. Commands do not ask for it.
class state_lock {
 public:
  state_lock() = default;
  ~state_lock();
  state_lock(const state_lock&) = delete;
  state_lock& operator=(const state_lock&) = delete;

  /// Fails, with a sentence, where another one holds it. Where the file cannot
  /// be made or locked for another reason the log says so.
  expected<void, std::string> take(const std::filesystem::path& state);

 private:
  int descriptor_ = -1;
};

}  // namespace mekiki::daemon
