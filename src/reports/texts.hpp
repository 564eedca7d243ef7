// The single values of a report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reports/faults.hpp"

namespace mekiki::reports {

inline constexpr std::size_t most_of_text = 1000;  // octets

/// Without white space around it, in UTF-8, at most `most_of_text` octets.
/// Octets that are not UTF-8 are read as mails' texts are.
std::string read_value(std::string_view text, fault_list& faults);

/// The same in lower case.
std::string read_word(std::string_view text, fault_list& faults);

/// A number of mails or sessions; nothing if it is none.
std::optional<std::uint64_t> read_number(std::string_view text);

/// Unix seconds. Milliseconds and dates of RFC 3339, or nearly so, are read
/// with a fault. Nothing if it is no time from 1970 to 9999.
std::optional<std::int64_t> read_unix_time(std::string_view text,
                                           fault_list& faults);

/// "2016-04-01T00:00:00Z" (RFC 3339), with a space for the "T", without
/// seconds or time, without an offset (it is then UTC).
std::optional<std::int64_t> read_rfc3339(std::string_view text);

/// What is odd about a period.
void check_period(const std::optional<std::int64_t>& begin,
                  const std::optional<std::int64_t>& end,
                  const std::optional<std::int64_t>& now, fault_list& faults);

/// `text` without "<" and ">" around it, if it has both.
std::string_view without_brackets(std::string_view text);

}  // namespace mekiki::reports
