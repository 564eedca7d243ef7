#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/historic/pra.hpp"
#include "base/ascii.hpp"

// Whoever is named stands in one of the four fields, and has a domain.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const auto header = message::parse_header(octets);
  const auto found = historic::find_responsible(header);
  if (!found)
    return 0;
  if (found->field != "resent-sender" && found->field != "resent-from" &&
      found->field != "sender" && found->field != "from") {
    std::abort();
  }
  if (found->mailbox.domain.empty())
    std::abort();
  return 0;
}
