#include "reports/report.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "reports/texts.hpp"

namespace mekiki::reports {

std::string_view to_string(fault f) {
  switch (f) {
    case fault::encoding:
      return "encoding";
    case fault::not_utf8:
      return "not-utf8";
    case fault::xml_mended:
      return "xml-mended";
    case fault::xml_broken:
      return "xml-broken";
    case fault::cut:
      return "cut";
    case fault::archive_damaged:
      return "archive-damaged";
    case fault::doctype:
      return "doctype";
    case fault::entity:
      return "entity";
    case fault::record_too_large:
      return "record-too-large";
    case fault::no_org_name:
      return "no-org-name";
    case fault::no_report_id:
      return "no-report-id";
    case fault::no_domain:
      return "no-domain";
    case fault::no_policy:
      return "no-policy";
    case fault::no_date:
      return "no-date";
    case fault::date_form:
      return "date-form";
    case fault::date_order:
      return "date-order";
    case fault::date_future:
      return "date-future";
    case fault::no_records:
      return "no-records";
    case fault::count:
      return "count";
    case fault::address:
      return "address";
    case fault::word:
      return "word";
    case fault::more_results:
      return "more-results";
    case fault::sums:
      return "sums";
    case fault::content_type:
      return "content-type";
    case fault::no_arrival:
      return "no-arrival";
  }
  return "";
}

std::string_view type_of(const report& r) {
  static constexpr std::array<std::string_view, 3> names{"aggregate", "failure",
                                                         "tls"};
  return names.at(r.what.index());
}

const std::string& org_name(const report& r) {
  return std::visit(
      [](const auto& it) -> const std::string& { return it.org_name; }, r.what);
}

const std::string& report_id(const report& r) {
  return std::visit(
      [](const auto& it) -> const std::string& { return it.report_id; },
      r.what);
}

std::string_view domain(const report& r) {
  if (const auto* a = std::get_if<aggregate_report>(&r.what))
    return a->policy.domain;
  if (const auto* f = std::get_if<failure_report>(&r.what))
    return f->domain;
  const auto& policies = std::get<tls_report>(r.what).policies;
  return policies.empty() ? std::string_view() : policies.front().domain;
}

std::optional<std::int64_t> begin(const report& r) {
  if (const auto* a = std::get_if<aggregate_report>(&r.what))
    return a->begin;
  if (const auto* f = std::get_if<failure_report>(&r.what))
    return f->arrival;
  return std::get<tls_report>(r.what).begin;
}

std::optional<std::int64_t> end(const report& r) {
  if (const auto* a = std::get_if<aggregate_report>(&r.what))
    return a->end;
  if (const auto* f = std::get_if<failure_report>(&r.what))
    return f->arrival;
  return std::get<tls_report>(r.what).end;
}

std::uint64_t messages(const report& r) {
  std::uint64_t sum = 0;
  if (const auto* a = std::get_if<aggregate_report>(&r.what)) {
    for (const aggregate_record& record : a->records)
      sum = add_up(sum, record.count);
  } else if (const auto* f = std::get_if<failure_report>(&r.what)) {
    sum = f->incidents;
  } else {
    for (const tls_policy& p : std::get<tls_report>(r.what).policies)
      sum = add_up(sum, add_up(p.successful, p.failed));
  }
  return sum;
}

std::string identity(const report& r) {
  // A character of four octets may not have fitted.
  const auto is_cut = [](std::string_view text) {
    return text.size() + 3 >= most_of_text;
  };
  std::string about = ascii::to_lower(domain(r));
  while (about.ends_with('.')) about.pop_back();
  for (const std::string_view text :
       {std::string_view(org_name(r)), std::string_view(report_id(r)),
        std::string_view(about)})
    if (is_cut(text))
      return "";
  if (org_name(r).empty() || report_id(r).empty())
    return "";
  return std::string(type_of(r)) + '\n' + ascii::to_lower(org_name(r)) + '\n' +
         std::string(without_brackets(report_id(r))) + '\n' + about;
}

bool is_incomplete(const report& r) {
  return std::ranges::any_of(r.warnings, [](const warning& w) {
    return std::ranges::find(losses, w.what) != losses.end();
  });
}

}  // namespace mekiki::reports
