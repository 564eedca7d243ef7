// What `read` finds, for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/read.hpp"

namespace mekiki::reports {

std::vector<finding> read_all(std::string_view octets, const options& how = {});

/// A line for each finding: "aggregate Reporter 1 example.com 1767225600
/// 1767311999: 2 records, 3 mails [cut, count]", with its part before it; or
/// the reason why there is none.
std::string shown(const std::vector<finding>& found);

}  // namespace mekiki::reports
