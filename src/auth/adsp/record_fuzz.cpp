#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/adsp/record.hpp"

// Tags after the first change nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using mekiki::adsp::parse_record;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (parse_record(text) != parse_record(text + ";dkim=all;x"))
    std::abort();
  return 0;
}
