// Root at work in a folder that is another user's.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/expected.hpp"

namespace mekiki::daemon {

/// Where we are root, this process acts as the folder's owner while this
/// lives: what it makes there is his, and where he put a link it gets no
/// further than he does. Elsewhere it does nothing. The folder's group comes
/// with it, and of a user with a name the groups that he is in. Of the process
/// as a whole: there must be no other thread at work.
class acting_as_owner {
 public:
  explicit acting_as_owner(const std::filesystem::path& folder);
  ~acting_as_owner();
  acting_as_owner(const acting_as_owner&) = delete;
  acting_as_owner& operator=(const acting_as_owner&) = delete;

  /// The reason of a failure is a sentence. After one nothing may be done.
  expected<void, std::string> done() const { return done_; }
  /// Whether it is another user than before.
  bool is_other() const { return before_.has_value(); }

 private:
  struct identity {
    gid_t group = 0;
    std::vector<gid_t> groups;
  };
  std::optional<identity> before_;
  expected<void, std::string> done_;
};

}  // namespace mekiki::daemon
