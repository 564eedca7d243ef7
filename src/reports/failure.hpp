// Reports about a single mail: the Abuse Reporting Format (RFC 5965) and what
// authentication failures add to it (RFC 6591, RFC 9991).
#pragma once

#include <string_view>

#include "message/header.hpp"
#include "reports/read.hpp"
#include "reports/report.hpp"

namespace mekiki::reports {

/// `fields` is the body of the part message/feedback-report, `about` what the
/// report has of the mail it is about ("" for nothing), `mail` the header of
/// the report. Fields are read in any case and order; of those that may stand
/// once the first counts. Of `about` only the header is read.
///
/// It stands for one mail unless Incidents says otherwise; the arrival is that
/// of Arrival-Date, else the date of the report. Linear.
report read_failure_report(std::string_view fields, std::string_view about,
                           const message::header_view& mail,
                           const options& how);

}  // namespace mekiki::reports
