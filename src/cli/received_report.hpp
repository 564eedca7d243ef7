// A report that another host sent about a domain, as JSON for programs and as
// lines for people.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "notify/words/sentence.hpp"
#include "reports/report.hpp"

namespace mekiki::cli {

/// Takes the next octets of an output; false if they could not be written.
using output = std::function<bool(std::string_view)>;

/// What is known of the mail that brought a report.
struct report_sender {
  std::string author_domain;  // that it names; may be empty
  bool is_proven = false;     // to come from there
};

/// One line of `reports read --json`, written piece by piece: a report can have
/// many records. False if it could not be written.
bool write_json(std::string_view file, std::string_view part,
                const reports::report& r,
                const std::optional<report_sender>& sender, const output& to);

/// For people: what it is about, its largest records, its warnings.
std::string tell(std::string_view file, std::string_view part,
                 const reports::report& r,
                 const std::optional<report_sender>& sender = std::nullopt,
                 notify::language in = notify::language::english);

/// A warning as a sentence.
std::string sentence(const reports::warning& w, notify::language in);

}  // namespace mekiki::cli
