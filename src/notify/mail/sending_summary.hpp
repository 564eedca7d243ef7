// The monthly mail for administrators about who sends as a domain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "notify/mail/own_mail.hpp"
#include "notify/words/sentence.hpp"
#include "notify/words/texts.hpp"
#include "reports/sending_plan.hpp"
#include "store/browse_reports.hpp"

namespace mekiki::notify {

/// A month of UTC, as reports have days; days are counted from 1970-01-01.
struct past_month {
  int year = 0;
  unsigned month = 0;             // 1 to 12
  std::int64_t from = 0, to = 0;  // days, `to` is not included

  bool operator==(const past_month&) const = default;
};
/// The month before the one in which `now` (Unix seconds) is as clocks here
/// show it, once it is the third at `time_of_day`; before, the one before that.
past_month last_month(std::chrono::minutes time_of_day, std::int64_t now);
past_month month_before(const past_month& m);

struct sending_month {
  std::string domain;
  past_month when;
  store::reported_sending sent;               // its sources may be gone
  std::vector<reports::sender_group> groups;  // of them
  reports::owner_marks marks;
  /// The sums of the month before; nothing: no reports.
  std::optional<store::reported_day> before;
  records::plan plan;
};

/// All days as one.
store::reported_day sum_of(const std::vector<store::reported_day>& days);

/// Subject, text and HTML; the caller fills in the rest. What reports say is
/// inert and cut.
own_mail sending_summary(const sending_month& of, language in, const texts& t);

}  // namespace mekiki::notify
