#include "reports/test_read.hpp"

#include <utility>

#include <fmt/format.h>

namespace mekiki::reports {
namespace {

std::size_t records_of(const report& r) {
  if (const auto* a = std::get_if<aggregate_report>(&r.what))
    return a->records.size();
  if (const auto* t = std::get_if<tls_report>(&r.what)) {
    std::size_t sum = 0;
    for (const tls_policy& p : t->policies) sum += p.failures.size();
    return sum;
  }
  return 1;
}

std::string or_dash(std::string_view text) {
  return text.empty() ? "-" : std::string(text);
}

std::string shown(const report& r) {
  const auto number = [](const std::optional<std::int64_t>& n) {
    return n ? std::to_string(*n) : "-";
  };
  std::string out = fmt::format(
      "{} {} {} {} {} {}: {} records, {} mails", type_of(r),
      or_dash(org_name(r)), or_dash(report_id(r)), or_dash(domain(r)),
      number(begin(r)), number(end(r)), records_of(r), messages(r));
  std::string faults;
  for (const warning& w : r.warnings) {
    faults += faults.empty() ? " [" : ", ";
    faults += to_string(w.what);
    if (w.times > 1)
      faults += fmt::format(" {}", w.times);
  }
  return out + faults + (faults.empty() ? "" : "]");
}

}  // namespace

std::vector<finding> read_all(std::string_view octets, const options& how) {
  std::vector<finding> out;
  octets_at_hand source(octets);
  read(source, how, [&](finding f) { out.push_back(std::move(f)); });
  return out;
}

std::string shown(const std::vector<finding>& found) {
  std::string out;
  for (const finding& f : found) {
    if (!f.part.empty())
      out += "(" + f.part + ") ";
    out += f.what ? shown(*f.what) : f.what.error();
    out += '\n';
  }
  return out;
}

}  // namespace mekiki::reports
