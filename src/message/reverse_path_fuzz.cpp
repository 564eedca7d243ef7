#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "message/reverse_path.hpp"

// What is read has a domain and can stand in brackets again: it is read as the
// same path.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto path = mekiki::message::parse_reverse_path(value);
  if (!path)
    return 0;
  if (!path->empty() && path->find('@') == path->npos)
    std::abort();
  if (mekiki::message::parse_reverse_path('<' + *path + '>') != path)
    std::abort();
  return 0;
}
