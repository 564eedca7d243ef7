#include "daemon/domain_pages.hpp"

#include <algorithm>
#include <utility>

#include "auth/records/make.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "cli/domain_report.hpp"
#include "cli/words.hpp"
#include "notify/words/reasons.hpp"

namespace mekiki::daemon {
namespace {

namespace json = boost::json;
using kind = notify::domain_change::kind;

json::value time_or_null(std::int64_t at) {
  return at == 0 ? json::value(nullptr) : json::value(at);
}

json::value word_or_null(const std::string& word) {
  return word.empty() ? json::value(nullptr) : json::value(to_utf8(word));
}

json::object change_json(const notify::domain_change& c, notify::language in) {
  return {{"what", to_string(c.what)},
          {"level", to_string(notify::level_of(c))},
          {"at", c.at},
          {"name", to_utf8(c.name)},
          {"record", to_utf8(c.record)},
          {"was", to_utf8(c.was)},
          {"is", to_utf8(c.is)},
          {"text", to_utf8(words_of(c, in).text)}};
}

/// Of the last look that brought something worth a row of a table the gravest.
const notify::domain_change* last_change(const seen_domain& seen) {
  const notify::domain_change* out = nullptr;
  for (const notify::domain_change& c : seen.changes) {
    if (!is_news(c))
      continue;
    if (out == nullptr || c.at != out->at ||
        notify::level_of(c) > notify::level_of(*out))
      out = &c;
  }
  return out;
}

std::size_t count(const seen_domain& seen, records::level level) {
  return static_cast<std::size_t>(
      std::ranges::count_if(seen.findings, [level](const std::string& key) {
        notify::domain_change c{.what = kind::finding};
        c.name = key.substr(0, key.find(' '));
        return notify::level_of(c) == level;
      }));
}

json::array parked_lines(const std::string& domain) {
  json::array out;
  for (const records::zone_line& line :
       records::make_parked_records({.domain = domain, .terms = {}}))
    out.push_back(json::value(cli::zone_text(line)));
  return out;
}

/// As far as is known it neither receives nor sends mail, and not all of its
/// records say so.
bool could_be_parked(const seen_domain& seen) {
  const auto text = [&](std::string_view name) {
    const auto found = seen.records.find(std::string(name));
    return found == seen.records.end() ? std::string_view("?")
                                       : std::string_view(found->second);
  };
  const std::string_view mx = text("MX");
  const std::string_view spf = text("SPF");
  const bool has_keys =
      std::ranges::any_of(seen.records, [](const auto& record) {
        return record.first.starts_with("DKIM ") && !record.second.empty();
      });
  return !seen.parked && !has_keys && (mx.empty() || mx == "0 .") &&
         (spf.empty() || spf == "v=spf1 -all");
}

json::object head_of(const domain_watch& watch, const std::string& domain,
                     notify::language in) {
  const seen_domain none;
  const seen_domain* const found = watch.seen(domain);
  const seen_domain& seen = found == nullptr ? none : *found;
  const notify::domain_change* const last = last_change(seen);
  json::value change = nullptr;
  if (last != nullptr)
    change = change_json(*last, in);
  return {{"domain", to_utf8(domain)},
          {"grade", word_or_null(seen.grade)},
          {"policy", word_or_null(seen.policy)},
          {"parked", seen.parked},
          {"bad", count(seen, records::level::bad)},
          {"warn", count(seen, records::level::warn)},
          {"checked", time_or_null(seen.checked)},
          {"checking", watch.is_waiting(domain)},
          {"silent_since", time_or_null(seen.silent_since)},
          {"last_change", std::move(change)},
          {"parked_lines",
           could_be_parked(seen) ? parked_lines(domain) : json::array()}};
}

/// Notes of terms and states of keys are English in the report, for programs.
void word_terms(json::value* terms, notify::language in) {
  if (terms == nullptr || !terms->is_array())
    return;
  for (json::value& one : terms->get_array()) {
    json::object& term = one.get_object();
    if (json::value* const note = term.if_contains("note")) {
      const std::string said(cli::say(in, std::string(note->get_string())));
      *note = to_utf8(notify::check_phrase(said, in));
    }
    word_terms(term.if_contains("terms"), in);
  }
}

json::object report_json(const records::domain_report& report,
                         notify::language in) {
  json::object out = cli::to_json(report, in);
  word_terms(out["spf"].get_object().if_contains("terms"), in);
  json::array& keys = out["dkim"].get_array();
  for (std::size_t i = 0; i < keys.size() && i < report.dkim.size(); ++i) {
    keys[i].get_object()["words"] =
        to_utf8(notify::check_phrase(dkim::describe(report.dkim[i].code), in));
  }
  return out;
}

}  // namespace

json::array domain_rows(const domain_watch& watch, notify::language in) {
  json::array out;
  for (const std::string& domain : watch.domains())
    out.push_back(head_of(watch, domain, in));
  return out;
}

std::optional<json::object> domain_page(const domain_watch& watch,
                                        const std::string& domain,
                                        notify::language in) {
  const auto watched = watch.domains();
  if (std::ranges::find(watched, domain) == watched.end())
    return std::nullopt;
  json::object out = head_of(watch, domain, in);
  const auto report = watch.report(domain);
  out["report"] =
      report ? json::value(report_json(*report, in)) : json::value(nullptr);
  json::array changes;
  if (const seen_domain* const seen = watch.seen(domain)) {
    for (auto c = seen->changes.rbegin(); c != seen->changes.rend(); ++c)
      changes.push_back(change_json(*c, in));
  }
  out["changes"] = std::move(changes);
  out["parked_lines"] = parked_lines(domain);
  return out;
}

domain_health health_of(const domain_watch& watch, std::int64_t now) {
  domain_health out;
  for (const std::string& domain : watch.domains()) {
    ++out.all;
    const seen_domain* const seen = watch.seen(domain);
    if (seen == nullptr)
      continue;
    const bool has_changed =
        std::ranges::any_of(seen->changes, [now](const auto& c) {
          return c.what == kind::record && c.at > now - day_seconds;
        });
    if (seen->grade == "bad")
      ++out.bad;
    else if (seen->silence_told)
      ++out.silent;
    else if (has_changed)
      ++out.changed;
  }
  return out;
}

boost::asio::awaitable<std::optional<domain_past>> past_of(
    store::dashboard_queries* history, const clock* clock, std::string domain) {
  constexpr std::int64_t days = 30;
  if (history == nullptr)
    co_return std::nullopt;
  domain_past out;
  std::string name = domain;
  auto keys = co_await history->seen_keys_of(std::move(name));
  if (!keys)
    co_return std::nullopt;
  for (store::seen_key& k : *keys) {
    out.keys.push_back(
        {std::move(k.selector), std::move(k.text), k.first, k.last});
  }
  auto histories = co_await history->domain(std::move(domain), "");
  if (!histories)
    co_return out;
  const std::int64_t today = unix_seconds(clock->now()) / day_seconds;
  records::arrived_mails arrived;
  for (const store::domain_history& h : *histories) {
    for (const store::domain_history::day& d : h.days) {
      if (d.day <= today - days)
        continue;
      arrived.proven += d.proven;
      arrived.unproven += d.unproven;
    }
  }
  out.arrived = arrived;
  co_return out;
}

}  // namespace mekiki::daemon
