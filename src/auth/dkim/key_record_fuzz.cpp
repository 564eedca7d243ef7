#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/key_record.hpp"

// A key comes only of a record that can be read; asking twice tells the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::dkim;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto record = parse_key_record(text);
  key_cache keys(1);
  const cached_key& key = keys.get(text);
  if (key.key.has_value() != (key.problem == errc::ok))
    std::abort();
  if (key.key.has_value() && !record)
    std::abort();
  if (&keys.get(text) != &key)
    std::abort();
  return 0;
}
