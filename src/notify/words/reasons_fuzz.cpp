#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "notify/words/reasons.hpp"

using mekiki::fuzz::require;

// Whatever a mail or a record puts into a reason, its translation is about as
// long, and texts without a phrase stay as they are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::notify;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  require(check_reason(octets, language::english) == octets);
  const std::string japanese = check_reason(octets, language::japanese);
  require(japanese.size() <= 8 * octets.size());
  require(japanese.empty() == octets.empty());
  if (octets.find_first_of(" abcdefghijklmnopqrstuvwxyz") == octets.npos)
    require(japanese == octets);
  return 0;
}
