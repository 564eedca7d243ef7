#include "cli/received_report.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"

namespace mekiki::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using reports::aggregate_record;
using reports::aggregate_report;
using reports::failure_report;
using reports::tls_failure;
using reports::tls_policy;
using reports::tls_report;

constexpr std::size_t most_records_told = 20;
constexpr std::size_t written_at_once = 64 << 10;

// ------------------------------------------------------------------- JSON

value or_null(std::string_view text) {
  return text.empty() ? value(nullptr) : value(text);
}

value or_null(const std::optional<std::int64_t>& number) {
  return number ? value(*number) : value(nullptr);
}

array to_json(const std::vector<std::string>& texts) {
  array out;
  for (const std::string& text : texts) out.push_back(value(text));
  return out;
}

object results_json(const std::vector<reports::dkim_result>& dkim,
                    const std::vector<reports::spf_result>& spf) {
  array signatures;
  for (const reports::dkim_result& r : dkim) {
    signatures.push_back(object{{"domain", or_null(r.domain)},
                                {"selector", or_null(r.selector)},
                                {"result", or_null(r.result)},
                                {"human_result", or_null(r.human_result)}});
  }
  array paths;
  for (const reports::spf_result& r : spf) {
    paths.push_back(object{{"domain", or_null(r.domain)},
                           {"scope", or_null(r.scope)},
                           {"result", or_null(r.result)},
                           {"human_result", or_null(r.human_result)}});
  }
  return {{"dkim", std::move(signatures)}, {"spf", std::move(paths)}};
}

/// What a record of any kind has.
object record_json(std::string_view source_ip, std::uint64_t count) {
  return {{"source_ip", or_null(source_ip)},
          {"count", count},
          {"disposition", nullptr},
          {"dkim", nullptr},
          {"spf", nullptr},
          {"header_from", nullptr},
          {"envelope_from", nullptr},
          {"envelope_to", nullptr},
          {"auth_results", nullptr}};
}

object to_json(const aggregate_record& r) {
  object out = record_json(r.source_ip, r.count);
  out["disposition"] = or_null(r.disposition);
  out["dkim"] = or_null(r.dkim);
  out["spf"] = or_null(r.spf);
  out["header_from"] = or_null(r.header_from);
  out["envelope_from"] = or_null(r.envelope_from);
  out["envelope_to"] = or_null(r.envelope_to);
  out["auth_results"] = results_json(r.dkim_results, r.spf_results);
  array reasons;
  for (const reports::override_reason& reason : r.reasons) {
    reasons.push_back(object{{"type", or_null(reason.type)},
                             {"comment", or_null(reason.comment)}});
  }
  out["reasons"] = std::move(reasons);
  return out;
}

/// The word that sums up several results; "" for none.
template <class Results>
std::string_view best(const Results& results) {
  for (const auto& r : results) {
    if (r.result == "pass")
      return "pass";
  }
  return results.empty() ? std::string_view() : results.front().result;
}

/// Identity-Alignment lists the methods that did not prove the author's domain
/// (RFC 9991 4).
std::string_view result_of(std::string_view method, const failure_report& r,
                           std::string_view otherwise) {
  return r.identity_alignment.find(method) != std::string::npos ? "fail"
                                                                : otherwise;
}

object to_json(const failure_report& r) {
  object out = record_json(r.source_ip, r.incidents);
  out["disposition"] = or_null(r.delivery_result);
  out["dkim"] = or_null(result_of("dkim", r, best(r.dkim_results)));
  out["spf"] = or_null(result_of("spf", r, best(r.spf_results)));
  out["header_from"] = or_null(r.header_from);
  out["envelope_from"] = or_null(r.original_mail_from);
  out["envelope_to"] = or_null(r.original_rcpt_to);
  out["auth_results"] = results_json(r.dkim_results, r.spf_results);
  return out;
}

object tls_record_json(const tls_policy& p, std::string_view source_ip,
                       std::uint64_t count, std::string_view result) {
  object out = record_json(source_ip, count);
  out["policy_domain"] = or_null(p.domain);
  out["policy_type"] = or_null(p.type);
  out["result_type"] = or_null(result);
  out["receiving_mx_hostname"] = nullptr;
  out["receiving_mx_helo"] = nullptr;
  out["receiving_ip"] = nullptr;
  out["additional_information"] = nullptr;
  out["failure_reason_code"] = nullptr;
  return out;
}

object to_json(const tls_policy& p, const tls_failure& f) {
  object out = tls_record_json(p, f.sending_mta_ip, f.count, f.result_type);
  out["receiving_mx_hostname"] = or_null(f.receiving_mx_hostname);
  out["receiving_mx_helo"] = or_null(f.receiving_mx_helo);
  out["receiving_ip"] = or_null(f.receiving_ip);
  out["additional_information"] = or_null(f.additional_information);
  out["failure_reason_code"] = or_null(f.failure_reason_code);
  return out;
}

/// Failed sessions that no detail tells of.
std::uint64_t without_details(const tls_policy& p) {
  std::uint64_t told = 0;
  for (const tls_failure& f : p.failures) told = reports::add_up(told, f.count);
  return p.failed > told ? p.failed - told : 0;
}

void each_record(const reports::report& r,
                 const std::function<void(const object&)>& take) {
  if (const auto* a = std::get_if<aggregate_report>(&r.what)) {
    for (const aggregate_record& record : a->records) take(to_json(record));
  } else if (const auto* f = std::get_if<failure_report>(&r.what)) {
    take(to_json(*f));
  } else {
    for (const tls_policy& p : std::get<tls_report>(r.what).policies) {
      if (p.successful > 0)
        take(tls_record_json(p, "", p.successful, "successful"));
      for (const tls_failure& failure : p.failures) take(to_json(p, failure));
      if (const std::uint64_t rest = without_details(p); rest > 0)
        take(tls_record_json(p, "", rest, "failed"));
    }
  }
}

object policy_json(const reports::report& r) {
  reports::published_policy p;
  if (const auto* a = std::get_if<aggregate_report>(&r.what))
    p = a->policy;
  return {{"p", or_null(p.p)},
          {"sp", or_null(p.sp)},
          {"np", or_null(p.np)},
          {"adkim", or_null(p.adkim)},
          {"aspf", or_null(p.aspf)},
          {"testing", or_null(p.testing)},
          {"discovery_method", or_null(p.discovery_method)},
          {"pct", or_null(p.pct)},
          {"fo", or_null(p.fo)}};
}

void add_own_members(const reports::report& r, object& out) {
  if (const auto* a = std::get_if<aggregate_report>(&r.what)) {
    out["email"] = or_null(a->email);
    out["extra_contact_info"] = or_null(a->extra_contact_info);
    out["generator"] = or_null(a->generator);
    out["version"] = or_null(a->version);
    out["errors"] = to_json(a->errors);
  } else if (const auto* f = std::get_if<failure_report>(&r.what)) {
    out["feedback_type"] = or_null(f->feedback_type);
    out["auth_failure"] = or_null(f->auth_failure);
    out["identity_alignment"] = or_null(f->identity_alignment);
    out["dmarc"] = or_null(f->dmarc);
    out["user_agent"] = or_null(f->user_agent);
  } else {
    const auto& t = std::get<tls_report>(r.what);
    out["contact_info"] = or_null(t.contact_info);
    array policies;
    for (const tls_policy& p : t.policies) {
      policies.push_back(object{{"policy_type", or_null(p.type)},
                                {"policy_domain", or_null(p.domain)},
                                {"policy_string", to_json(p.text)},
                                {"mx_host", to_json(p.mx_hosts)},
                                {"successful", p.successful},
                                {"failed", p.failed}});
    }
    out["policies"] = std::move(policies);
  }
}

std::string warning_json(const reports::warning& w) {
  std::string out(to_string(w.what));
  if (w.times > 1)
    out += fmt::format(" ({} times)", w.times);
  if (!w.example.empty())
    out += ": " + w.example;
  return to_utf8(out);
}

// ----------------------------------------------------------------- people

std::string date(std::int64_t seconds) {
  const std::chrono::year_month_day day{
      std::chrono::floor<std::chrono::days>(at_unix_seconds(seconds))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

std::string period(const reports::report& r, notify::language in) {
  const auto first = begin(r);
  const auto last = end(r);
  if (!first && !last)
    return std::string(say(in, "no date"));
  const std::string from = first ? date(*first) : "?";
  const std::string to = last ? date(*last) : "?";
  return from == to ? from : from + " – " + to;
}

std::string shown(std::string_view text, notify::language in) {
  return text.empty() ? std::string(say(in, "(not told)")) : printable(text);
}

std::string paint_word(std::string_view word) {
  return word.empty() ? "-" : paint_result(printable(word));
}

template <class Record, class Line>
std::string largest(const std::vector<Record>& records, notify::language in,
                    const Line& line) {
  std::vector<const Record*> sorted;
  sorted.reserve(records.size());
  for (const Record& r : records) sorted.push_back(&r);
  const auto end_told = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(
                                             sorted.size(), most_records_told));
  std::partial_sort(sorted.begin(), end_told, sorted.end(),
                    [](const Record* a, const Record* b) {
                      return a->count != b->count ? a->count > b->count : a < b;
                    });
  std::string out;
  for (auto it = sorted.begin(); it != end_told; ++it) out += line(**it);
  if (sorted.size() > most_records_told) {
    out += "  " +
           say(in, "and {} records with fewer mails each",
               sorted.size() - most_records_told) +
           "\n";
  }
  return out;
}

std::string tell_records(const aggregate_report& a, notify::language in) {
  std::uint64_t mails = 0;
  std::uint64_t passed = 0;
  std::uint64_t stopped = 0;
  for (const aggregate_record& r : a.records) {
    mails = reports::add_up(mails, r.count);
    if (r.dkim == "pass" || r.spf == "pass")
      passed = reports::add_up(passed, r.count);
    if (r.disposition == "quarantine" || r.disposition == "reject")
      stopped = reports::add_up(stopped, r.count);
  }
  std::string out = "  " +
                    say(in, "mails {}, of which {} pass DMARC; {} were stopped",
                        mails, passed, stopped) +
                    "\n";
  out += largest(a.records, in, [](const aggregate_record& r) {
    return fmt::format("  {:>8}  {:<39}  dkim={} spf={} {}  {}\n", r.count,
                       printable(r.source_ip), paint_word(r.dkim),
                       paint_word(r.spf),
                       r.disposition.empty() ? "-" : printable(r.disposition),
                       printable(r.header_from));
  });
  return out;
}

std::string tell_records(const failure_report& f, notify::language in) {
  std::string out = "  " +
                    say(in, "{} from {}, author {}", shown(f.feedback_type, in),
                        shown(f.source_ip, in), shown(f.header_from, in)) +
                    "\n";
  for (const auto& r : f.dkim_results) {
    out += fmt::format("  dkim={} {}\n", paint_word(r.result),
                       printable(r.domain));
  }
  for (const auto& r : f.spf_results) {
    out +=
        fmt::format("  spf={} {}\n", paint_word(r.result), printable(r.domain));
  }
  return out;
}

std::string tell_records(const tls_report& t, notify::language in) {
  std::string out;
  for (const tls_policy& p : t.policies) {
    out += "  " +
           say(in, "{} ({}): sessions good {}, failed {}", shown(p.domain, in),
               shown(p.type, in), p.successful, p.failed) +
           "\n";
    out += largest(p.failures, in, [](const tls_failure& f) {
      return fmt::format("  {:>8}  {:<39}  {}  {}\n", f.count,
                         printable(f.sending_mta_ip), printable(f.result_type),
                         printable(f.receiving_mx_hostname));
    });
  }
  return out;
}

std::string_view phrase_of(reports::fault f) {
  using reports::fault;
  switch (f) {
    case fault::encoding:
      return "its octets are not in the encoding that it declares";
    case fault::not_utf8:
      return "it has octets that are not UTF-8";
    case fault::xml_mended:
      return "its XML is not well-formed, and was mended";
    case fault::xml_broken:
      return "its XML is broken, and could be read in part only";
    case fault::cut:
      return "it ends too early: records may be missing";
    case fault::archive_damaged:
      return "the archive is damaged: records may be missing";
    case fault::doctype:
      return "it has a document type declaration, which was not read";
    case fault::entity:
      return "it refers to entities, which stay as written";
    case fault::record_too_large:
      return "a record is too large, and was left out";
    case fault::no_org_name:
      return "it does not name its reporter";
    case fault::no_report_id:
      return "it has no id, so that a copy of it cannot be told";
    case fault::no_domain:
      return "it does not name the domain";
    case fault::no_policy:
      return "it does not tell the policy";
    case fault::no_date:
      return "it does not tell its period";
    case fault::date_form:
      return "a date has another form than it should";
    case fault::date_order:
      return "its end is before its begin";
    case fault::date_future:
      return "it is of the future";
    case fault::no_records:
      return "it has no records";
    case fault::count:
      return "a number is missing or is none";
    case fault::address:
      return "a source is no IP address";
    case fault::word:
      return "it has a word that no RFC knows";
    case fault::more_results:
      return "a record has more results than are read";
    case fault::sums:
      return "its sums are not those of its details";
    case fault::content_type:
      return "the mail calls it another kind of file";
    case fault::no_arrival:
      return "it does not tell when the mail arrived; the date of the report "
             "stands for it";
  }
  return "";
}

}  // namespace

bool write_json(std::string_view file, std::string_view part,
                const reports::report& r,
                const std::optional<report_sender>& sender, const output& to) {
  object head{{"file", to_utf8(file)},
              {"part", or_null(to_utf8(part))},
              {"type", type_of(r)},
              {"org_name", or_null(org_name(r))},
              {"report_id", or_null(report_id(r))},
              {"begin", or_null(begin(r))},
              {"end", or_null(end(r))},
              {"domain", or_null(domain(r))},
              {"policy", policy_json(r)},
              {"messages", messages(r)}};
  if (sender) {
    head["proven"] = sender->is_proven;
    head["author_domain"] = or_null(to_utf8(sender->author_domain));
  }
  add_own_members(r, head);
  array warnings;
  for (const reports::warning& w : r.warnings)
    warnings.push_back(value(warning_json(w)));
  head["warnings"] = std::move(warnings);

  std::string out = boost::json::serialize(head);
  out.pop_back();
  out += ",\"records\":[";
  bool good = true;
  bool first = true;
  each_record(r, [&](const object& record) {
    if (!first)
      out += ',';
    first = false;
    out += boost::json::serialize(record);
    if (out.size() >= written_at_once) {
      good = good && to(out);
      out.clear();
    }
  });
  out += "]}\n";
  return good && to(out);
}

std::string tell(std::string_view file, std::string_view part,
                 const reports::report& r,
                 const std::optional<report_sender>& sender,
                 notify::language in) {
  std::string out = paint(colour::bold, printable(file));
  if (!part.empty())
    out += " (" + printable(part) + ")";
  out += "\n  ";
  if (const auto* a = std::get_if<aggregate_report>(&r.what)) {
    out += say(in, "DMARC report of {} about {}, {}, p={}",
               shown(org_name(r), in), shown(domain(r), in), period(r, in),
               a->policy.p.empty() ? "-" : printable(a->policy.p));
  } else if (std::holds_alternative<failure_report>(r.what)) {
    out += say(in, "report of {} about one mail in the name of {}, {}",
               shown(org_name(r), in), shown(domain(r), in), period(r, in));
  } else {
    out += say(in, "TLS report of {} about {}, {}", shown(org_name(r), in),
               shown(domain(r), in), period(r, in));
  }
  out += "\n";
  if (sender) {
    const std::string author = shown(sender->author_domain, in);
    out += "  ";
    out += sender->is_proven
               ? say(in, "sent by {}, which is proven", author)
               : paint(colour::yellow,
                       say(in,
                           "NOT PROVEN: it may be from anybody; its mail names "
                           "{}",
                           author));
    out += "\n";
  }
  out +=
      std::visit([&](const auto& it) { return tell_records(it, in); }, r.what);
  for (const reports::warning& w : r.warnings) {
    out += "  " + paint(colour::yellow, say(in, "warning")) + ": " +
           sentence(w, in) + "\n";
  }
  return out;
}

std::string sentence(const reports::warning& w, notify::language in) {
  std::string out(say(in, phrase_of(w.what)));
  if (w.times > 1)
    out += say(in, " ({} times)", w.times);
  if (!w.example.empty())
    out += ": " + printable(w.example);
  return out;
}

}  // namespace mekiki::cli
