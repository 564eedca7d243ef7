// What `mekiki domain check` prints of a domain's records.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "auth/records/check.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::cli {

/// The members that docs/json.md lists.
boost::json::object to_json(const records::domain_report& report,
                            notify::language in);

/// The same for people.
std::string tell(const records::domain_report& report, notify::language in);

/// "example.jp. IN TXT "v=spf1 -all""
std::string zone_text(const records::zone_line& line);

}  // namespace mekiki::cli
