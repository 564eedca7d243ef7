#include <cstdint>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "message/header.hpp"

using mekiki::fuzz::require;

// The ranges tile the input, and the finder sees the same end in any pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  using namespace mekiki::message;
  const header_view header = parse_header(mail, {.octets = 4096, .fields = 50});

  const char* at = mail.data();
  for (const field_view& field : header.fields) {
    require(field.raw.data() == at && !field.raw.empty());
    at += field.raw.size();
    if (field.is_field()) {
      require(field.raw.starts_with(field.name));
      require(field.raw.find(field.value) != std::string_view::npos);
    }
  }
  require(at == mail.data() + header.size);
  const std::string_view separator =
      mail.substr(header.size, header.body - header.size);
  require(header.has_separator ? separator == "\n" || separator == "\r\n"
                               : separator.empty());
  if (header.truncated)
    return 0;

  const std::size_t cut = size == 0 ? 0 : data[0] % size;
  header_end_finder finder;
  auto end = finder.find(mail.substr(0, cut));
  if (!end) {
    end = finder.find(mail.substr(cut));
    if (end)
      *end += cut;
  }
  require(end.has_value() == header.has_separator);
  require(!end || *end == header.body);
  return 0;
}
