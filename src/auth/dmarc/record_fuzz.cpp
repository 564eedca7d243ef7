#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/dmarc/record.hpp"

// What the older RFC can read, the newer one can; a record that states no
// policy states none for subdomains either.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::dmarc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto newer = parse_record(text, spec::rfc9989);
  const auto older = parse_record(text, spec::rfc7489);
  if (older && !newer)
    std::abort();
  if (!newer && newer.error() != errc::no_record)
    std::abort();
  for (const auto* read : {&newer, &older}) {
    if (!*read)
      continue;
    const record& r = **read;
    if (r.text != text || r.percent > 100 || (!r.p && (r.sp || r.np)))
      std::abort();
  }
  return 0;
}
