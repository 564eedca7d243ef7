#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "reports/aggregate.hpp"
#include "reports/cut_records.hpp"

using namespace mekiki::reports;

namespace {

void require(bool truth) {
  if (!truth)
    std::abort();
}

/// All that was read, or why nothing was.
std::string read(std::string_view xml, std::size_t step) {
  options how;
  how.limit.records = 1000;
  how.limit.record = 4096;
  how.limit.head = 16384;
  aggregate_reader reader(how);
  for (std::size_t at = 0; at < xml.size(); at += step) {
    if (!reader.write(xml.substr(at, step)))
      break;
  }
  const auto r = reader.finish();
  if (!r)
    return r.error();
  const auto& a = std::get<aggregate_report>(r->what);
  require(a.records.size() <= how.limit.records);
  require(a.org_name.size() <= 1000 && a.policy.domain.size() <= 1000);
  std::string out = a.org_name + '\n' + a.report_id + '\n' + a.policy.domain;
  std::uint64_t sum = 0;
  for (const aggregate_record& record : a.records) {
    require(record.dkim_results.size() <= 100);
    out += '\n' + record.source_ip + ' ' + std::to_string(record.count) + ' ' +
           record.header_from;
    sum = add_up(sum, record.count);
  }
  require(sum == messages(*r));
  for (const warning& w : r->warnings) {
    // What stands behind the end is decoded with it, if it comes with it.
    if (w.what == fault::encoding)
      continue;
    out += ' ';
    out += to_string(w.what);
  }
  return out;
}

}  // namespace

// The first octet says how the rest is cut; what is read must not depend on it.
// What was mended is well-formed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view xml(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(read(xml, xml.size() + 1) == read(xml, data[0] + 1U));
  const std::string mended = mend(xml);
  require(mended.size() <= 6 * xml.size() + 64UL * 200);
  require(mend(mended) == mended);
  return 0;
}
