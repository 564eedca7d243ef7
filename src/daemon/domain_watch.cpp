#include "daemon/domain_watch.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/printable.hpp"
#include "base/small_file.hpp"
#include "base/utf8.hpp"
#include "daemon/state.hpp"
#include "dns/limited_resolver.hpp"
#include "notify/words/findings.hpp"
#include "store/seen_selectors.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {
namespace {

namespace json = boost::json;
using severity = domain_event::severity;

constexpr std::chrono::hours pause{24};
constexpr std::chrono::hours pause_without_answer{1};
constexpr std::size_t most_questions = 1500;
constexpr std::chrono::seconds most_time{60};
constexpr std::size_t most_octets = 4 << 20;  // of the file
constexpr std::string_view file_name = "domains";

std::string key_of(const records::finding& f) {
  return fmt::format("{} {}", to_string(f.id), f.record);
}

bool has_no_answer(const records::domain_report& report) {
  return std::ranges::any_of(report.findings, [](const records::finding& f) {
    return f.id == records::finding_id::dns_no_answer;
  });
}

severity severity_of(records::level l) {
  switch (l) {
    case records::level::info:
      break;
    case records::level::warn:
      return severity::warning;
    case records::level::bad:
      return severity::error;
  }
  return severity::info;
}

std::string joined(std::vector<std::string> parts) {
  std::ranges::sort(parts);
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

void tell(const domain_event& event) {
  switch (event.how) {
    case severity::info:
      log::info("{}", event.text);
      break;
    case severity::warning:
      log::warning("{}", event.text);
      break;
    case severity::error:
      log::error("{}", event.text);
      break;
  }
}

}  // namespace

seen_domain remember(const records::domain_report& report) {
  seen_domain out;
  out.grade = records::grade(report.findings);
  std::vector<std::string> hosts;
  hosts.reserve(report.mx.hosts.size());
  for (const records::mx_host& host : report.mx.hosts)
    hosts.push_back(fmt::format("{} {}", host.preference, host.name));
  out.records["MX"] = joined(std::move(hosts));
  out.records["SPF"] = report.spf.root.text;
  if (report.dmarc.record() != nullptr)
    out.records["DMARC"] = report.dmarc.record()->text;
  for (const records::dkim_key& key : report.dkim)
    out.records["DKIM " + key.selector] = joined(key.texts);
  for (const records::finding& f : report.findings)
    out.findings.push_back(key_of(f));
  std::ranges::sort(out.findings);
  return out;
}

std::vector<domain_event> compare(const seen_domain* before,
                                  const records::domain_report& report) {
  const std::string domain = printable(report.domain);
  std::vector<domain_event> out;
  if (has_no_answer(report)) {
    out.push_back({severity::warning,
                   fmt::format("domain {}: the DNS did not answer for all of "
                               "its records; nothing else is told",
                               domain)});
    return out;
  }
  const seen_domain now = remember(report);
  if (before == nullptr) {
    out.push_back(
        {severity::info, fmt::format("domain {}: watched from now on; grade {}",
                                     domain, now.grade)});
  } else {
    std::map<std::string, std::string> all = before->records;
    all.insert(now.records.begin(), now.records.end());
    for (const auto& [name, unused] : all) {
      const auto text = [&name](const seen_domain& of) {
        const auto at = of.records.find(name);
        return at == of.records.end() || at->second.empty()
                   ? std::string("(none)")
                   : printable(at->second);
      };
      const std::string was = text(*before);
      const std::string is = text(now);
      if (was != is) {
        out.push_back({severity::warning,
                       fmt::format("domain {}: {} changed from {} to {}",
                                   domain, name, was, is)});
      }
    }
  }
  for (const records::finding& f : report.findings) {
    if (before != nullptr && std::ranges::find(before->findings, key_of(f)) !=
                                 before->findings.end())
      continue;
    out.push_back(
        {severity_of(records::level_of(f.id)),
         fmt::format("domain {}: {} ({}): {}", domain, to_string(f.id),
                     f.record,
                     notify::words_of(f, notify::language::english).text)});
  }
  if (before != nullptr) {
    for (const std::string& key : before->findings) {
      if (std::ranges::find(now.findings, key) == now.findings.end())
        out.push_back({severity::info, fmt::format("domain {}: mended: {}",
                                                   domain, printable(key))});
    }
    if (before->grade != now.grade) {
      out.push_back(
          {severity::info, fmt::format("domain {}: grade {}, was {}", domain,
                                       now.grade, printable(before->grade))});
    }
  }
  return out;
}

std::string format(const seen_domains& all) {
  json::object out;
  for (const auto& [domain, seen] : all) {
    json::object records;
    for (const auto& [name, text] : seen.records)
      records[to_utf8(name)] = to_utf8(text);
    json::array findings;
    for (const std::string& f : seen.findings)
      findings.push_back(json::value(to_utf8(f)));
    out[domain] = json::object{{"grade", seen.grade},
                               {"records", std::move(records)},
                               {"findings", std::move(findings)}};
  }
  return serialize(out) + "\n";
}

expected<seen_domains, std::string> parse_seen_domains(std::string_view text) {
  json::error_code failed;
  const json::value value = json::parse(text, failed);
  const auto wrong = [] {
    return unexpected(std::string("it is not as it was written"));
  };
  if (failed || !value.is_object())
    return wrong();
  seen_domains out;
  for (const auto& [domain, of] : value.get_object()) {
    const json::object* const one = of.if_object();
    if (one == nullptr)
      return wrong();
    const json::value* const grade = one->if_contains("grade");
    const json::value* const records = one->if_contains("records");
    const json::value* const findings = one->if_contains("findings");
    if (grade == nullptr || !grade->is_string() || records == nullptr ||
        !records->is_object() || findings == nullptr || !findings->is_array())
      return wrong();
    seen_domain& seen = out[std::string(domain)];
    seen.grade = std::string(grade->get_string());
    for (const auto& [name, record] : records->get_object()) {
      if (!record.is_string())
        return wrong();
      seen.records[std::string(name)] = std::string(record.get_string());
    }
    for (const json::value& f : findings->get_array()) {
      if (!f.is_string())
        return wrong();
      seen.findings.emplace_back(f.get_string());
    }
  }
  return out;
}

domain_watch::domain_watch(const config::settings& settings,
                           std::filesystem::path state, dns::resolver& resolver,
                           const clock& clock)
    : settings_(settings),
      state_(std::move(state)),
      resolver_(resolver),
      clock_(clock) {
  for (const std::string& domain : settings.domains.watch) {
    auto known = store::seen_selectors(state_ / store::file_name, domain);
    if (known)
      selectors_[domain] = std::move(*known);
  }
}

void domain_watch::load() {
  const std::filesystem::path file = state_ / file_name;
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))
    return;
  const auto text = read_small_file(file, most_octets);
  auto seen =
      text ? parse_seen_domains(*text)
           : expected<seen_domains, std::string>(unexpected(text.error()));
  if (seen)
    seen_ = std::move(*seen);
  else
    log::warning(
        "{} cannot be read ({}): the watched domains are looked at as "
        "for the first time",
        file.string(), seen.error());
}

void domain_watch::keep() const {
  const auto written =
      write_private_file(state_ / file_name, format(seen_), existing::replace);
  if (!written)
    log::error("what was seen of the watched domains cannot be kept: {}",
               written.error());
}

boost::asio::awaitable<void> domain_watch::look_at(std::string domain) {
  dns::limited_resolver limited(
      resolver_,
      {.questions = most_questions, .time = most_time, .clock = &clock_});
  std::vector<std::string> selectors;
  const auto known = selectors_.find(domain);
  if (known != selectors_.end())
    selectors = known->second;
  const records::domain_report report =
      co_await records::check_domain(domain, std::move(selectors), limited);
  const auto before = seen_.find(domain);
  for (const domain_event& event :
       compare(before == seen_.end() ? nullptr : &before->second, report))
    tell(event);
  const bool answered = !has_no_answer(report);
  due_[domain] = clock_.steady() + (answered ? pause : pause_without_answer);
  if (!answered)
    co_return;
  seen_domain now = remember(report);
  if (before != seen_.end() && before->second == now)
    co_return;
  seen_[domain] = std::move(now);
  keep();
}

boost::asio::awaitable<void> domain_watch::look() {
  const std::vector<std::string> domains = settings_.domains.watch;
  if (!domains.empty() && !std::exchange(loaded_, true))
    load();
  for (const std::string& domain : domains) {
    const auto due = due_.find(domain);
    if (due == due_.end() || clock_.steady() >= due->second)
      co_await look_at(domain);
  }
}

}  // namespace mekiki::daemon
