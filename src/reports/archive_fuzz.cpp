#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "reports/archive.hpp"

using namespace mekiki::reports;

// The octets are an archive. No more comes out of it than the limits allow.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const archive_kind kind : {archive_kind::zip, archive_kind::gzip}) {
    limits limit;
    limit.octets = 1 << 20;
    limit.files = 20;
    budget left{.octets = limit.octets, .files = limit.files};
    std::size_t files = 0;
    std::size_t unpacked = 0;
    octets_at_hand from(octets);
    const auto result =
        unpack(from, kind, limit, left,
               [&](const std::string& name, octet_source& file) {
                 ++files;
                 if (name.size() > 1000)
                   std::abort();
                 for (;;) {
                   const auto piece = file.read();
                   if (!piece) {
                     if (piece.error().empty() || file.read())
                       std::abort();
                     return;
                   }
                   if (piece->empty())
                     return;
                   unpacked += piece->size();
                 }
               });
    if (!result && result.error().empty())
      std::abort();
    if (files > limit.files || unpacked > limit.octets)
      std::abort();
  }
  return 0;
}
