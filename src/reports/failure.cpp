#include "reports/failure.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "auth/authres/parse.hpp"
#include "base/ascii.hpp"
#include "base/ip_address.hpp"
#include "message/address.hpp"
#include "message/date.hpp"
#include "reports/texts.hpp"

namespace mekiki::reports {
namespace {

constexpr std::size_t most_results = 100;  // of a method
constexpr std::uint64_t most_incidents = 1'000'000'000;

/// Folded lines become one (RFC 5322 2.2.3).
std::string unfold(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c != '\r' && c != '\n')
      out += c;
  }
  return out;
}

/// The first word; what stands behind it is a comment or a guess.
std::string_view first_word(std::string_view value) {
  value = ascii::trim(value);
  std::size_t end = 0;
  while (end < value.size() && ascii::is_graph(value[end]) &&
         value[end] != '(' && value[end] != ';')
    ++end;
  return value.substr(0, end);
}

std::string domain_of_author(const message::header_view& header,
                             fault_list& faults) {
  const message::author_list found = message::authors(header);
  return found.from.mailboxes.empty()
             ? ""
             : read_word(found.from.mailboxes.front().domain, faults);
}

std::string property(const authres::reported_result& of, std::string_view ptype,
                     std::string_view name) {
  const std::string* value = of.find(ptype, name);
  return value != nullptr ? *value : "";
}

void add_results(std::string_view value, failure_report& out,
                 fault_list& faults) {
  const auto field = authres::parse(value, authres::parse_mode::relaxed);
  if (!field)
    return;
  for (const authres::reported_result& r : field->results) {
    if (r.method == "dkim" && out.dkim_results.size() < most_results) {
      out.dkim_results.push_back(
          {.domain = read_word(property(r, "header", "d"), faults),
           .selector = read_value(property(r, "header", "s"), faults),
           .result = read_word(r.result, faults),
           .human_result = read_value(r.reason, faults)});
    } else if (r.method == "spf" && out.spf_results.size() < most_results) {
      std::string path = property(r, "smtp", "mailfrom");
      std::string scope = "mfrom";
      if (path.empty())
        path = property(r, "smtp", "mail");
      if (path.empty() && r.find("smtp", "helo") != nullptr) {
        path = property(r, "smtp", "helo");
        scope = "helo";
      }
      const std::size_t at = path.rfind('@');
      out.spf_results.push_back(
          {.domain = read_word(
               at == std::string::npos ? path : path.substr(at + 1), faults),
           .scope = std::move(scope),
           .result = read_word(r.result, faults),
           .human_result = read_value(r.reason, faults)});
    } else if (r.method == "dmarc" && out.dmarc.empty()) {
      out.dmarc = read_word(r.result, faults);
      if (out.header_from.empty())
        out.header_from = read_word(property(r, "header", "from"), faults);
    }
  }
}

}  // namespace

report read_failure_report(std::string_view fields, std::string_view about,
                           const message::header_view& mail,
                           const options& how) {
  fault_list faults;
  failure_report out;
  const message::header_view header = message::parse_header(fields);
  const auto text = [&](std::string_view name) {
    const auto value = message::first_value(header, name);
    return value ? read_value(unfold(*value), faults) : std::string();
  };
  const auto word = [&](std::string_view name) {
    const auto value = message::first_value(header, name);
    return value ? read_word(first_word(*value), faults) : std::string();
  };

  out.feedback_type = word("feedback-type");
  // RFC 5965 7.3, RFC 6591 3.1, RFC 6430, RFC 6650 6.
  constexpr std::array<std::string_view, 8> types{
      "abuse",    "fraud",   "virus",        "other",
      "not-spam", "opt-out", "auth-failure", "opt-out-list"};
  if (std::find(types.begin(), types.end(), out.feedback_type) == types.end())
    faults.add(fault::word, out.feedback_type);
  out.user_agent = text("user-agent");
  out.auth_failure = word("auth-failure");
  out.delivery_result = word("delivery-result");
  out.identity_alignment = text("identity-alignment");
  out.identity_alignment = ascii::to_lower(out.identity_alignment);
  out.original_mail_from =
      std::string(without_brackets(text("original-mail-from")));
  out.original_rcpt_to =
      std::string(without_brackets(text("original-rcpt-to")));
  out.domain = word("reported-domain");

  // RFC 5965 3.2: an address; some write a name behind it.
  if (const auto value = message::first_value(header, "source-ip")) {
    std::string_view source = first_word(*value);
    if (source.starts_with('[') && source.ends_with(']'))
      source = source.substr(1, source.size() - 2);
    if (ascii::istarts_with(source, "ipv6:"))
      source.remove_prefix(5);
    out.source_ip = read_value(source, faults);
    if (const auto address = parse_ip_address(out.source_ip))
      out.source_ip = format(address->unmapped());
    else
      faults.add(fault::address, out.source_ip);
  }
  if (const auto value = message::first_value(header, "incidents")) {
    const auto number = read_number(first_word(*value));
    if (number && *number <= most_incidents)
      out.incidents = *number;
    else
      faults.add(fault::count, read_value(*value, faults));
  }

  // Reporting-MTA: dns; mail.example.com (RFC 3464 2.2.2)
  if (const auto value = message::first_value(header, "reporting-mta")) {
    const std::size_t semicolon = value->find(';');
    out.org_name = read_value(first_word(semicolon == std::string_view::npos
                                             ? *value
                                             : value->substr(semicolon + 1)),
                              faults);
  }
  if (out.org_name.empty())
    out.org_name = domain_of_author(mail, faults);
  if (out.org_name.empty())
    faults.add(fault::no_org_name);
  if (const auto id = message::first_value(mail, "message-id")) {
    out.report_id =
        std::string(without_brackets(read_value(first_word(*id), faults)));
  }
  if (out.report_id.empty())
    faults.add(fault::no_report_id);

  if (!about.empty())
    out.header_from = domain_of_author(message::parse_header(about), faults);
  for (const message::field_view& field : header.fields) {
    if (ascii::iequals(field.name, "authentication-results"))
      add_results(field.value, out, faults);
  }
  if (const std::string domain = word("dkim-domain"); !domain.empty()) {
    const bool known =
        std::any_of(out.dkim_results.begin(), out.dkim_results.end(),
                    [&](const dkim_result& r) { return r.domain == domain; });
    if (!known && out.dkim_results.size() < most_results) {
      out.dkim_results.push_back(
          {.domain = domain,
           .selector = text("dkim-selector"),
           .result = out.auth_failure == "signature" ||
                             out.auth_failure == "bodyhash" ||
                             out.auth_failure == "revoked"
                         ? "fail"
                         : "",
           .human_result = ""});
    }
  }
  if (out.domain.empty())
    out.domain = out.header_from;
  if (out.domain.empty())
    faults.add(fault::no_domain);

  std::optional<std::int64_t> arrival;
  for (const std::string_view name : {"arrival-date", "received-date"}) {
    if (const auto value = message::first_value(header, name);
        value && !arrival)
      arrival = message::parse_date(unfold(*value));
  }
  if (!arrival) {
    faults.add(fault::no_arrival);
    if (const auto date = message::first_value(mail, "date"))
      arrival = message::parse_date(unfold(*date));
    if (!arrival)
      arrival = message::newest_received_date(mail);
  }
  out.arrival = arrival;
  check_period(out.arrival, out.arrival, how.now, faults);
  return {.what = std::move(out), .warnings = faults.take()};
}

}  // namespace mekiki::reports
