#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/authres/identity.hpp"

// Whatever stands around it: an id with its semicolon on top is seen, and so
// is one behind anything that is not a whole id.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  using namespace mekiki::authres;
  could_name(text, "id.example");
  if (!could_name(" id.example;" + text, "id.example"))
    std::abort();
  if (!has_whole_id(text) && !text.ends_with('\\') &&
      !could_name(text + " id.example ", "id.example") &&
      text.find_first_of("()") == std::string::npos) {
    std::abort();
  }
  return 0;
}
