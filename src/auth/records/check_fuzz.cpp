// Whatever a zone holds, the check of its domain ends, with few questions, and
// what it would publish is a line of visible ASCII.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/records/check.hpp"
#include "base/ascii.hpp"
#include "dns/limited_resolver.hpp"
#include "dns/test_zone.hpp"

namespace {

bool is_visible(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c == ' ' || mekiki::ascii::is_graph(c); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto zone = dns::parse_zone(text);
  if (!zone)
    return 0;
  dns::limited_resolver limited(**zone, {.questions = 1500});
  const records::domain_report report = dns::test::run(records::check_domain(
      "honest.example", {.keys = {.selectors = {"s1", "s2"}}, .arrived = {}},
      limited));
  if (limited.asked() >= 1500)
    std::abort();
  for (const records::finding& f : report.findings) {
    if (!is_visible(f.record) || !std::ranges::all_of(f.facts, is_visible))
      std::abort();
    for (const records::zone_line& line : f.publish) {
      if (!is_visible(line.data))
        std::abort();
    }
  }
  return 0;
}
