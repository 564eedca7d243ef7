#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/dkim/tag_list.hpp"

// Tags lie within the text, in order, and no name occurs twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::dkim;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto empty : {empty_elements::refused, empty_elements::ignored}) {
    const auto list = parse_tag_list(text, empty);
    if (!list)
      continue;
    const char* last = text.data();
    for (const tag_view& tag : list->tags) {
      if (tag.name.data() < last || list->find(tag.name) != &tag ||
          tag.raw.data() + tag.raw.size() > text.data() + text.size()) {
        std::abort();
      }
      last = tag.raw.data() + tag.raw.size();
      split_elements(tag.value);
    }
  }
  return 0;
}
