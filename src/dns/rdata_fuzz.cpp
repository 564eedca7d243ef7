// Record data never crashes its reader, and what it gives is no longer than
// what came in. The first octet chooses the type.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dns/rdata.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::dns;
  constexpr std::array types{record_type::a,   record_type::aaaa,
                             record_type::txt, record_type::mx,
                             record_type::ptr, record_type::cname};
  if (size == 0)
    return 0;
  const std::string_view rdata(reinterpret_cast<const char*>(data + 1),
                               size - 1);
  answer out;
  const bool good = add_rdata(types[*data % types.size()], rdata, out);
  const std::size_t records = out.texts.size() + out.names.size() +
                              out.addresses.size() + out.exchanges.size();
  if (records != (good ? 1 : 0))
    std::abort();
  for (const auto& text : out.texts) {
    if (text.size() > rdata.size())
      std::abort();
  }
  for (const auto& name : out.names) {
    if (name.size() > rdata.size())
      std::abort();
  }
  return 0;
}
