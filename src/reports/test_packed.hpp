// Archives for tests.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mekiki::reports {

using named_files = std::vector<std::pair<std::string, std::string>>;

/// A zip with these files, in order; deflated.
std::string zip(const named_files& files);
std::string gzip(std::string_view octets);
/// A zip that asks for a password.
std::string encrypted_zip(const named_files& files);

/// An aggregate report of example.com by "Reporter" with id "1", from the 1st
/// to the 2nd of January 2026, and these records.
std::string aggregate_xml(std::string_view records);
/// One record: so many mails from there, with the results "pass" or "fail".
std::string record_xml(std::string_view source_ip, std::string_view count,
                       std::string_view dkim = "pass",
                       std::string_view spf = "fail");

}  // namespace mekiki::reports
