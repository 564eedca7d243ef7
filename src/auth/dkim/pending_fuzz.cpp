#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/dkim/pending.hpp"

// What is read can be written and read again, and stays the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::dkim;
  const auto first =
      parse_pending_signature({reinterpret_cast<const char*>(data), size});
  if (!first)
    return 0;
  const auto second = parse_pending_signature(format(*first));
  if (!second || format(*second) != format(*first))
    std::abort();
  return 0;
}
