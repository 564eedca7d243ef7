#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/ascii.hpp"
#include "message/header.hpp"

// Some client may read whatever is a field of that name as one, and one more
// on top.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  const message::header_view header = message::parse_header(mail);
  for (const std::string_view name : {"from", "subject"}) {
    std::size_t fields = 0;
    for (const message::field_view& field : header.fields)
      fields += ascii::iequals(field.name, name) ? 1 : 0;
    const std::size_t possible = message::count_possible(header, name);
    if (possible < fields)
      std::abort();
    message::header_view more = header;
    more.fields.push_back({"From: a\r\n", "From", " a"});
    if (message::count_possible(more, name) !=
        possible + (name == "from" ? 1 : 0)) {
      std::abort();
    }
  }
  return 0;
}
