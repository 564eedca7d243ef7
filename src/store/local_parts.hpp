// Takes out of Authentication-Results what could name a person.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::store {

/// Of each address its domain alone: "smtp.mailfrom=taro@example.jp" becomes
/// "smtp.mailfrom=example.jp". Of a quoted string with an address all before
/// its domain goes; one that may be an address cut short goes as a whole.
/// Where it is unclear what is an address rather more goes. In linear time.
std::string without_local_parts(std::string_view results);

}  // namespace mekiki::store
