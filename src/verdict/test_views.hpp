// The places of one provider: an inner host, its border, what lies below.
#pragma once

#include <cstdint>
#include <string>

#include "base/unix_time.hpp"

namespace mekiki::verdict::test {

inline constexpr std::int64_t start = 1'790'000'000 / day_seconds * day_seconds;

inline const std::string inner = "border by p.example in";
inline const std::string door =
    "public p.example by p.example smtp\n"
    "border by p.example mx";
inline const std::string below =
    "public p.example by p.example smtp\n"
    "public - by p.example smtp\n"
    "border by p.example mx";

}  // namespace mekiki::verdict::test
