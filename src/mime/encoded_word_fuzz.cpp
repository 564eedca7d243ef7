#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "base/utf8.hpp"
#include "mime/charset.hpp"
#include "mime/encoded_word.hpp"

using mekiki::fuzz::require;

namespace {

using namespace mekiki;

bool is_utf8(std::string_view text) { return to_utf8(text) == text; }

}  // namespace

// Whatever is read is UTF-8 without control characters; what we write is read
// as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::string read = mime::decode_words(octets);
  require(is_utf8(read) && read.find_first_of("\r\n") == read.npos);
  for (const std::string_view label :
       {"", "utf-8", "iso-2022-jp", "shift_jis", "no-such-charset"})
    require(is_utf8(mime::read_text(octets, label)));

  std::string text =
      mime::decode_charset(octets.substr(0, octets.size() / 2), "utf-8");
  const std::string written = mime::encode_text(text);
  if (written.size() > mime::most_of_header_text)
    return 0;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      c = ' ';
  }
  require(mime::decode_words(written) == text);
  return 0;
}
