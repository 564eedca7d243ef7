#include <cstdint>
#include <functional>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "message/received.hpp"

using mekiki::fuzz::require;

// Every answer lies within the value, and the address is what stands there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto read = message::parse_received(value);
  if (!read)
    return 0;
  const std::less_equal<const char*> not_behind;
  for (const std::string_view part :
       {read->helo, read->reverse_name, read->address_text, read->by,
        read->protocol, read->id, read->for_path, read->envelope_from}) {
    require(part.empty() || (not_behind(value.data(), part.data()) &&
                             not_behind(part.data() + part.size(),
                                        value.data() + value.size())));
  }
  require(read->address.has_value() == !read->address_text.empty());
  require(!read->address || read->has_from);
  require(!read->within_host || (!read->has_from && read->by.empty()));
  if (read->address) {
    std::string_view text =
        read->address_text.substr(0, read->address_text.find('%'));
    const auto tag = text.substr(0, 5);
    if (tag.ends_with(':') && (tag[0] == 'I' || tag[0] == 'i'))
      text.remove_prefix(5);
    const auto again = parse_ip_address(text);
    require(again && again->unmapped() == read->address);
  }
  return 0;
}
