// One judged mail as JSON for programs and as text for people.
#pragma once

#include <string>
#include <string_view>

#include "verdict/evaluate.hpp"

namespace mekiki::app {

/// The value of the Authentication-Results field that would be added.
std::string authentication_results(const verdict::verdict& v,
                                   std::string_view authserv_id);

/// One line of `verify --json`: an object with the members file, author,
/// x_dkim_check, dkim, authentication_results, verdict, reason. Octets that
/// are not UTF-8 become U+FFFD.
std::string json_line(std::string_view file, const verdict::verdict& v,
                      std::string_view authserv_id);
/// The line for a mail that could not be read: file and error.
std::string json_error_line(std::string_view file, std::string_view problem);

/// One line of `verify`.
std::string text_line(std::string_view file, const verdict::verdict& v);

/// What `explain` tells.
std::string story(std::string_view file, const verdict::verdict& v,
                  std::string_view authserv_id);

}  // namespace mekiki::app
