#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "changes/addition.hpp"

// What is told of an addition has its bounds; links of a text are found in the
// same text as HTML, too, and numbers change nothing of the digest.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const char* charset : {"", "utf-8", "iso-2022-jp"}) {
    const auto plain =
        changes::report({{text, false, charset}}, "taro@example.jp");
    const auto html =
        changes::report({{text, true, charset}}, "taro@example.jp");
    for (const auto* told : {&plain, &html}) {
      if (told->shown.size() > text.size() || told->links.size() > 64)
        std::abort();
      for (const std::string& link : told->links) {
        if (link.empty() || link.size() > 253)
          std::abort();
      }
    }
    if (plain.links.size() > html.links.size())
      std::abort();
  }
  return 0;
}
