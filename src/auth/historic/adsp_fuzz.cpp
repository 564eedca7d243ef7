#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/historic/adsp.hpp"

// Tags after the first change nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using mekiki::historic::parse_adsp_record;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (parse_adsp_record(text) != parse_adsp_record(text + ";dkim=all;x"))
    std::abort();
  return 0;
}
