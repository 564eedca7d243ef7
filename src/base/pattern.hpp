// The two kinds of patterns that people write into settings and rules.
#pragma once

#include <string_view>

namespace mekiki {

/// Ignores case. '*' matches any octets, also none. Takes at most as many steps
/// as the product of both lengths.
bool matches_glob(std::string_view pattern, std::string_view text);

/// "*.example.jp" stands for each host below example.jp, and not for that one
/// itself; any other pattern for the host of this name. Both are in lower case.
bool matches_host_pattern(std::string_view pattern, std::string_view host);

}  // namespace mekiki
