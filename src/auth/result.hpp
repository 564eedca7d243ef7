// The words of RFC 8601 2.7 that all checks share.
#pragma once

#include <cstdint>
#include <string_view>

namespace mekiki::auth {

enum class result : std::uint8_t {
  none,       // nothing to check
  pass,       // checked and true
  fail,       // checked and false
  softfail,   // SPF: probably false
  policy,     // true, but refused by a rule of ours (a weak key, ...)
  neutral,    // could not be processed, or no statement is made
  temperror,  // could not be decided for now
  permerror,  // can never be decided
};

constexpr std::string_view to_string(result r) {
  switch (r) {
    case result::none:
      return "none";
    case result::pass:
      return "pass";
    case result::fail:
      return "fail";
    case result::softfail:
      return "softfail";
    case result::policy:
      return "policy";
    case result::neutral:
      return "neutral";
    case result::temperror:
      return "temperror";
    case result::permerror:
      return "permerror";
  }
  return "none";
}

}  // namespace mekiki::auth
