// The Public Suffix List.
#pragma once

#include <string>

namespace mekiki::verdict {

/// True for names under which anybody may register: "jp", "co.jp",
/// "github.io", and any other top-level domain. The name is in lower case with
/// A-labels. The list is the system's, or the one in libpsl if that is newer;
/// it is read at the first call.
bool is_public_suffix(const std::string& domain);

}  // namespace mekiki::verdict
