// Makes up seven weeks of mail, so that the dashboard of `mekiki demo` has
// something to show. None of these mails exists: the results of their checks
// are invented, and the verdict follows from these and from earlier mails by
// the same code as for real mail.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "demo/recording.hpp"
#include "store/mail_event.hpp"

namespace mekiki::demo {

/// The last one is a Saturday. Weekends are quiet, so they are shown as whole
/// weeks; what is to come this week is left out.
constexpr std::int64_t made_up_days = 49;

struct made_up_mail {
  store::mail_event event;
  /// Texts in it that other mails share, a row for each of whom they tell:
  /// recipient, sender, subject, signers.
  std::vector<std::vector<std::string>> texts;
};

struct made_up_history {
  recorded_people people;
  std::vector<made_up_mail> mails;  // oldest first
};

/// The same each time, on every machine.
made_up_history make_up_history();

/// The end of people.last_day.
std::int64_t end_of(const made_up_history& h);

}  // namespace mekiki::demo
