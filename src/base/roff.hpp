// Text for manual pages (man(7)).
#pragma once

#include <string>
#include <string_view>

namespace mekiki {

/// `text` so that troff prints it as it is, on lines of its own. What stands
/// `so` becomes bold.
std::string roff(std::string_view text);

}  // namespace mekiki
