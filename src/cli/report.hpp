// One judged mail as JSON for programs and as a line for people; the same for
// the results of commands for single checks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "auth/dmarc/evaluate.hpp"
#include "auth/spf/check_host.hpp"
#include "notify/words/sentence.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::cli {

/// One line of `verify --json`. Its members are always there: null stands for
/// a check that was not made. Octets that are not UTF-8 become U+FFFD.
std::string json_line(std::string_view file, const verdict::judgement& v,
                      std::string_view authserv_id);
/// The line for a mail that could not be read: file and error.
std::string json_error_line(std::string_view file, std::string_view problem);

/// One line of `verify`.
std::string text_line(std::string_view file, const verdict::judgement& v,
                      notify::language in = notify::language::english);

/// Why the verdict is what it is, for people.
std::string sentence(const verdict::judgement& v, notify::language in);

boost::json::object to_json(const dmarc::outcome& result);

enum class spf_check : std::uint8_t { made, left_out };

/// Lines for people, each with its end and indented by two.
std::string tell(const dmarc::outcome& result,
                 notify::language in = notify::language::english,
                 spf_check spf = spf_check::made);

/// A step as one line; the steps of an include follow its domain's record.
std::string tell(const spf::trace_step& step,
                 notify::language in = notify::language::english);

}  // namespace mekiki::cli
