// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "base/expected.hpp"
#include "daemon/state.hpp"

namespace mekiki::daemon {

/// An empty file of mode 0600, whatever the umask, beside `file`. It goes with
/// this, unless `become` gave it that name.
class new_file {
 public:
  explicit new_file(std::filesystem::path file);
  ~new_file();
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;

  /// Why there is none: a sentence.
  expected<void, std::string> made() const;
  const std::filesystem::path& path() const { return name_; }
  int descriptor() const { return descriptor_; }

  /// Once what was written into it is on the disk. A file of that name is an
  /// error with `existing::keep`. The reason of a failure is a sentence.
  expected<void, std::string> become(existing when_there);

 private:
  expected<void, std::string> cannot(int failure) const;

  std::filesystem::path file_;
  std::filesystem::path name_;  // as long as it has not become `file_`
  int descriptor_ = -1;
  int failure_ = 0;
};

}  // namespace mekiki::daemon
