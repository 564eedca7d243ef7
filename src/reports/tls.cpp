#include "reports/tls.hpp"

#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "base/utf8.hpp"
#include "reports/texts.hpp"

namespace mekiki::reports {
namespace {

namespace json = boost::json;

constexpr std::size_t most_lines = 100;
constexpr std::size_t most_depth = 16;

class member_reader {
 public:
  explicit member_reader(fault_list& faults) : faults_(faults) {}

  std::string text(const json::object& of, std::string_view name) {
    const json::value* v = of.if_contains(name);
    return v != nullptr && v->is_string() ? read_value(v->get_string(), faults_)
                                          : "";
  }

  std::string word(const json::object& of, std::string_view name) {
    const json::value* v = of.if_contains(name);
    return v != nullptr && v->is_string() ? read_word(v->get_string(), faults_)
                                          : "";
  }

  /// A list of texts; some write a single one.
  std::vector<std::string> texts(const json::object& of,
                                 std::string_view name) {
    std::vector<std::string> out;
    const json::value* v = of.if_contains(name);
    if (v == nullptr)
      return out;
    if (v->is_string())
      out.push_back(read_value(v->get_string(), faults_));
    if (v->is_array()) {
      for (const json::value& each : v->get_array()) {
        if (each.is_string() && out.size() < most_lines)
          out.push_back(read_value(each.get_string(), faults_));
      }
    }
    return out;
  }

  /// A number of sessions; some write it as a text.
  std::uint64_t number(const json::object& of, std::string_view name) {
    const json::value* v = of.if_contains(name);
    if (v != nullptr && v->is_uint64())
      return v->get_uint64();
    if (v != nullptr && v->is_int64() && v->get_int64() >= 0)
      return static_cast<std::uint64_t>(v->get_int64());
    if (v != nullptr && v->is_string()) {
      if (const auto read = read_number(v->get_string()))
        return *read;
    }
    if (v != nullptr)
      faults_.add(fault::count, name);
    return 0;
  }

  std::optional<std::int64_t> date(const json::object& of,
                                   std::string_view name) {
    const json::value* v = of.if_contains(name);
    if (v == nullptr)
      return std::nullopt;
    if (v->is_string()) {
      if (const auto date = read_rfc3339(v->get_string()))
        return date;
      const auto seconds = read_unix_time(v->get_string(), faults_);
      if (seconds)
        faults_.add(fault::date_form);
      return seconds;
    }
    if (!v->is_int64() || v->get_int64() < 0)
      return std::nullopt;
    faults_.add(fault::date_form);
    return v->get_int64();
  }

  static const json::object& object(const json::object& of,
                                    std::string_view name) {
    static const json::object none;
    const json::value* v = of.if_contains(name);
    return v != nullptr && v->is_object() ? v->get_object() : none;
  }

  static const json::array& array(const json::object& of,
                                  std::string_view name) {
    static const json::array none;
    const json::value* v = of.if_contains(name);
    return v != nullptr && v->is_array() ? v->get_array() : none;
  }

 private:
  fault_list& faults_;
};

}  // namespace

expected<report, std::string> read_tls_report(std::string_view text,
                                              const options& how) {
  if (text.size() > how.limit.json) {
    return unexpected("it is JSON of more than " +
                      std::to_string(how.limit.json) + " octets");
  }
  fault_list faults;
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  json::parse_options lenient;
  lenient.max_depth = most_depth;
  lenient.allow_comments = true;
  lenient.allow_trailing_commas = true;
  json::error_code error;
  json::value parsed = json::parse(text, error, {}, lenient);
  if (error == json::error::syntax || error) {
    // Octets that are not UTF-8 are no syntax either.
    const std::string valid = to_utf8(text);
    if (valid != text) {
      faults.add(fault::not_utf8);
      parsed = json::parse(valid, error, {}, lenient);
    }
  }
  if (error)
    return unexpected("it is no JSON that can be read: " + error.message());
  if (!parsed.is_object())
    return unexpected(std::string(no_tls_report));
  const json::object& from = parsed.get_object();
  if (!from.contains("policies") && !from.contains("date-range"))
    return unexpected(std::string(no_tls_report));

  member_reader value(faults);
  tls_report out;
  out.org_name = value.text(from, "organization-name");
  out.contact_info = value.text(from, "contact-info");
  out.report_id = value.text(from, "report-id");
  const json::object& range = member_reader::object(from, "date-range");
  out.begin = value.date(range, "start-datetime");
  out.end = value.date(range, "end-datetime");

  std::size_t details = 0;
  for (const json::value& each : member_reader::array(from, "policies")) {
    if (!each.is_object())
      continue;
    const json::object& whole = each.get_object();
    const json::object& policy = member_reader::object(whole, "policy");
    const json::object& summary = member_reader::object(whole, "summary");
    tls_policy p;
    p.type = value.word(policy, "policy-type");
    p.domain = value.text(policy, "policy-domain");
    p.text = value.texts(policy, "policy-string");
    // The RFC's own example has another name than its text.
    p.mx_hosts = value.texts(policy, "mx-host");
    if (p.mx_hosts.empty())
      p.mx_hosts = value.texts(policy, "mx-host-pattern");
    p.successful = value.number(summary, "total-successful-session-count");
    p.failed = value.number(summary, "total-failure-session-count");
    std::uint64_t sum = 0;
    for (const json::value& d :
         member_reader::array(whole, "failure-details")) {
      if (!d.is_object())
        continue;
      if (++details > how.limit.records) {
        return unexpected("it has details of more than " +
                          std::to_string(how.limit.records) + " failures");
      }
      const json::object& detail = d.get_object();
      tls_failure f;
      f.result_type = value.word(detail, "result-type");
      f.sending_mta_ip = value.text(detail, "sending-mta-ip");
      f.receiving_mx_hostname = value.text(detail, "receiving-mx-hostname");
      f.receiving_mx_helo = value.text(detail, "receiving-mx-helo");
      f.receiving_ip = value.text(detail, "receiving-ip");
      f.count = value.number(detail, "failed-session-count");
      f.additional_information = value.text(detail, "additional-information");
      f.failure_reason_code = value.text(detail, "failure-reason-code");
      sum = add_up(sum, f.count);
      p.failures.push_back(std::move(f));
    }
    if (sum > p.failed) {
      faults.add(fault::sums);
      p.failed = sum;
    }
    out.policies.push_back(std::move(p));
  }

  if (out.org_name.empty())
    faults.add(fault::no_org_name);
  if (out.report_id.empty())
    faults.add(fault::no_report_id);
  if (out.policies.empty())
    faults.add(fault::no_records);
  else if (out.policies.front().domain.empty())
    faults.add(fault::no_domain);
  check_period(out.begin, out.end, how.now, faults);
  return report{.what = std::move(out), .warnings = faults.take()};
}

}  // namespace mekiki::reports
