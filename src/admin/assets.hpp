// The built pages of web/, embedded in the program.
#pragma once

#include <span>
#include <string_view>

#include "admin/router.hpp"

namespace mekiki::admin {

struct asset {
  std::string_view path;  // "/assets/index-1a2b3c4d.js"
  std::string_view type;
  std::string_view octets;
  std::string_view gzip;  // the same, compressed (RFC 1952)
};

/// All of them; none if the program was built without them (-DWEB=OFF).
std::span<const asset> assets();

/// Each at its path, index.html at "/" too.
void add_assets(router& to, std::span<const asset> all);

}  // namespace mekiki::admin
