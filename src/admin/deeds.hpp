// What administrators did on the dashboard, and who of them.
#pragma once

#include <cstdint>
#include <string>

namespace mekiki::admin {

struct deed {
  std::int64_t at = 0;  // Unix seconds
  std::string who;      // "": the administrator who has no name
  std::string from;     // address
  std::string what;     // the request: "rules", "reports/answer", "sign-in"
  std::string details;  // a JSON object, without secrets
};

}  // namespace mekiki::admin
