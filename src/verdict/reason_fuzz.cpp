#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "verdict/reason.hpp"

// What is read is written so that it is read the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::verdict;
  const reason read = parse_reason({reinterpret_cast<const char*>(data), size});
  const std::string kept = encode(read);
  if (encode(parse_reason(kept)) != kept)
    std::abort();
  if (format(read).size() < read.code.size())
    std::abort();
  return 0;
}
