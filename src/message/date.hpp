// Dates of mails (RFC 5322 3.3, obsolete forms of 4.3) as Unix seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "message/header.hpp"

namespace mekiki::message {

/// Unix seconds, from "Fri, 21 Nov 1997 09:55:06 -0600" and every obsolete
/// form: no seconds, years of two or three digits, named zones, comments.
/// Nothing if the text is not a date or names a day or time that does not
/// exist; the day of the week need only be one. A leap second is the second
/// after it. Years from 1900 to 9999.
std::optional<std::int64_t> parse_date(std::string_view text);

/// The date of a Received field (RFC 5321 4.4), which stands after the last
/// semicolon of its value.
std::optional<std::int64_t> received_date(std::string_view value);
/// That of the topmost Received field, if it has one.
std::optional<std::int64_t> newest_received_date(const header_view& header);

/// "Fri, 21 Nov 1997 09:55:06 -0600": as clocks show it that are `east` of UTC.
std::string format_date(std::int64_t unix_seconds, std::chrono::minutes east);

}  // namespace mekiki::message
