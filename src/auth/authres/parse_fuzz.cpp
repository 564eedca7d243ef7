#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/authres/parse.hpp"

// What the grammar allows is read in the same way by those who are lenient,
// and the limits hold.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::authres;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto strict = parse(text, parse_mode::strict);
  const auto relaxed = parse(text, parse_mode::relaxed);
  if (strict && !relaxed)
    std::abort();
  if (strict && (strict->authserv_id != relaxed->authserv_id ||
                 strict->results.size() != relaxed->results.size())) {
    std::abort();
  }
  if (!relaxed)
    return 0;
  if (relaxed->results.size() > 100)
    std::abort();
  for (const reported_result& r : relaxed->results) {
    if (r.method.empty() || r.result.empty() || r.properties.size() > 50 ||
        r.comments.size() > 20) {
      std::abort();
    }
  }
  return 0;
}
