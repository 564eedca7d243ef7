// TLS reports (RFC 8460 4.4), which are JSON.
#pragma once

#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "reports/read.hpp"
#include "reports/report.hpp"

namespace mekiki::reports {

/// The reason where JSON is something else.
inline constexpr std::string_view no_tls_report =
    "it is JSON, but no TLS report";

/// The reason of a failure is a sentence. Comments and commas too many are
/// read over; members of a wrong type are taken as absent. Linear.
expected<report, std::string> read_tls_report(std::string_view json,
                                              const options& how);

}  // namespace mekiki::reports
