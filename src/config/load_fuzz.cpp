#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "config/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = mekiki::config::parse(text, "/");
  if (parsed)
    return 0;
  if (parsed.error().empty())
    std::abort();
  for (const auto& p : parsed.error()) {
    // No control character of a file reaches the terminal or the log.
    for (const char c : format(p, "f")) {
      if (static_cast<unsigned char>(c) < ' ')
        std::abort();
    }
  }
  return 0;
}
