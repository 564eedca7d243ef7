// Text that strangers wrote, fit for a terminal and a log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki {

/// At most `most` octets of `text`: control characters and what is not UTF-8 as
/// \xNN.
std::string printable(std::string_view text, std::size_t most = 1000);

}  // namespace mekiki
