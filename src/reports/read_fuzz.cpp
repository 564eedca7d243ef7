#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "reports/read.hpp"

using namespace mekiki::reports;

// The octets are a file or a mail: a report, an archive, a failure report. What
// is found keeps within the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  options how;
  how.limit.octets = 1 << 20;
  how.limit.archive = 1 << 20;
  how.limit.files = 20;
  how.limit.records = 1000;
  how.now = 1'800'000'000;
  octets_at_hand octets(
      std::string_view(reinterpret_cast<const char*>(data), size));
  std::size_t reports = 0;
  std::size_t findings = 0;
  read(octets, how, [&](const finding& f) {
    ++findings;
    if (!f.what) {
      if (f.what.error().empty())
        std::abort();
      return;
    }
    ++reports;
    const report& r = *f.what;
    if (org_name(r).size() > 1000 || report_id(r).size() > 1000 ||
        domain(r).size() > 1000 || type_of(r).empty())
      std::abort();
    for (const warning& w : r.warnings) {
      if (to_string(w.what).empty() || w.times == 0 || w.example.size() > 1000)
        std::abort();
    }
    identity(r);
  });
  if (findings == 0)
    std::abort();
  return 0;
}
