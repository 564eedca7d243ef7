#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "message/header.hpp"
#include "mime/charset.hpp"
#include "notify/edit/subject.hpp"

using mekiki::fuzz::require;

// No mark is left in what a mark was taken out of, and as little in the
// Subject fields of a header; a header without a mark stays as it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::string text = mime::decode_charset(octets, "utf-8");
  if (const auto left = notify::without_marks(text)) {
    require(left->size() < text.size());
    require(!notify::without_marks(*left));
  }
  const std::string cleaned = notify::edit_subjects(octets, "");
  require(notify::edit_subjects(cleaned, "") == cleaned);
  notify::edit_subjects(octets, "[SPOOFED?]");
  return 0;
}
