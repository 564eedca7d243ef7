#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "message/date.hpp"

// A date lies in its range and is the same behind a Received field's
// semicolon.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::message;
  const std::string text(reinterpret_cast<const char*>(data), size);
  received_date(text);
  const auto date = parse_date(text);
  if (!date)
    return 0;
  constexpr std::int64_t first = -2'209'000'000 - 360'000;
  constexpr std::int64_t last = 253'402'300'800 + 360'000;
  if (*date < first || *date > last)
    std::abort();
  if (received_date(" by x (y; z);" + text) != date)
    std::abort();
  return 0;
}
