// A process of its own that opens a few files for one that may not.
//
// Landlock allows files by what they are, not by their names: a resolv.conf
// that is replaced when the network changes would be another file, and its
// folder, /etc, holds what nobody should read here. So a child that starts
// before the doors are closed opens files by their names. It knows the names,
// gets nothing but a number, answers with a descriptor for reading, and can do
// nothing else.
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/expected.hpp"

namespace mekiki::daemon {

class file_opener {
 public:
  /// To be called while there is one thread. `names` are absolute; whether
  /// there are such files does not matter, now or later.
  explicit file_opener(std::vector<std::filesystem::path> names);
  /// Ends the child.
  ~file_opener();
  file_opener(const file_opener&) = delete;
  file_opener& operator=(const file_opener&) = delete;

  /// The text of `file`, which is one of the names; `mode`, if not null, gets
  /// its mode. Waits two seconds at most. The reason of a failure begins with
  /// the file's name. For any thread.
  expected<std::string, std::string> read(const std::filesystem::path& file,
                                          std::size_t most,
                                          mode_t* mode = nullptr);

 private:
  int open(std::size_t number);  // a descriptor, or -1 and errno

  const std::vector<std::filesystem::path> names_;
  std::mutex one_at_a_time_;
  int channel_ = -1;
  bool is_broken_ = false;  // the process is gone, or too late
  pid_t child_ = -1;
};

}  // namespace mekiki::daemon
