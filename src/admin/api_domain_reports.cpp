// Who sends as our domains, by the reports of other hosts.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "admin/api.hpp"
#include "base/ascii.hpp"
#include "base/unix_time.hpp"
#include "dns/name.hpp"
#include "store/report_store.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::int64_t usual_days = 28;
constexpr std::int64_t most_days = 400;
constexpr std::size_t most_groups = 100;
constexpr std::size_t sources_of_group = 5;
constexpr std::size_t most_sources = 1'000;

/// The last days, today among them.
store::report_period period_of(const api_request& c, std::int64_t now) {
  const std::int64_t to = now / day_seconds + 1;
  return {
      .from = to - c.query.number("days", 1, most_days).value_or(usual_days),
      .to = to};
}

std::string domain_of(const api_request& c) {
  const std::string_view text = c.query.text("domain");
  return dns::to_a_labels(text).value_or(ascii::to_lower(text));
}

json::object to_json(const reports::source& s) {
  return {{"address", json_text(s.address)},
          {"name", json_text(s.name)},
          {"signer", json_text(s.signer)},
          {"sender", json_text(s.sender)},
          {"covered", json_text(s.covered)},
          {"first", s.first},
          {"last", s.last},
          {"mails", s.mails},
          {"passed", s.passed},
          {"dkim", s.dkim},
          {"spf", s.spf},
          {"forwarded", s.forwarded},
          {"stopped", s.stopped}};
}

void add(reports::source& sum, const reports::sender_group& g) {
  sum.mails += g.mails;
  sum.passed += g.passed;
  sum.dkim += g.dkim;
  sum.spf += g.spf;
  sum.forwarded += g.forwarded;
  sum.stopped += g.stopped;
}

json::array to_json(const std::vector<reports::source>& all, std::size_t most) {
  json::array out;
  for (std::size_t i = 0; i < std::min(all.size(), most); ++i)
    out.push_back(to_json(all[i]));
  return out;
}

json::object to_json(const store::sender_mark& m) {
  return {{"name", json_text(m.name)},
          {"owner", to_string(m.of)},
          {"note", json_text(m.note)},
          {"at", m.at},
          {"who", json_text(m.who)}};
}

/// With its mark, and whose it is.
json::object to_json(const reports::sender_group& g, std::size_t most,
                     const store::dashboard_queries::sending_view& seen) {
  const auto mark =
      std::ranges::find(seen.marks, g.name, &store::sender_mark::name);
  const bool is_marked = mark != seen.marks.end();
  const reports::whose whose = reports::whose_is(
      g, is_marked ? std::optional(mark->of) : std::nullopt, seen.domain);
  return {{"mark", is_marked ? json::value(to_json(*mark)) : json::value()},
          {"owner", to_string(whose.of)},
          {"why", to_string(whose.why)},
          {"name", json_text(g.name)},
          {"service", g.is_service},
          {"step", to_string(g.step)},
          {"mails", g.mails},
          {"passed", g.passed},
          {"dkim", g.dkim},
          {"spf", g.spf},
          {"forwarded", g.forwarded},
          {"stopped", g.stopped},
          {"first", g.first},
          {"last", g.last},
          {"sources", to_json(g.sources, most)},
          {"all_sources", g.sources.size()}};
}

json::object to_json(const store::reported_row& r) {
  namespace of = store::report_outcome;
  const auto outcome = static_cast<unsigned>(r.outcome);
  const auto is = [outcome](unsigned bits) { return (outcome & bits) != 0; };
  return {{"kind", json_text(r.kind)},
          {"org", json_text(r.org)},
          {"author", json_text(r.author)},
          {"proven", r.is_proven},
          {"ignored", r.is_ignored},
          {"first", r.first},
          {"last", r.last},
          {"mails", r.mails},
          {"dkim", is(of::dkim)},
          {"spf", is(of::spf)},
          {"disposition", is(of::rejected)      ? "reject"
                          : is(of::quarantined) ? "quarantine"
                                                : "none"},
          {"forwarded", is(of::forwarded)},
          {"header_from", json_text(r.header_from)},
          {"envelope_from", json_text(r.envelope_from)},
          {"dkim_results", json_text(r.dkim)},
          {"spf_results", json_text(r.spf)},
          {"note", json_text(r.note)}};
}

json::object to_json(const store::kept_report& r) {
  return {{"kind", json_text(r.kind)},
          {"org", json_text(r.org)},
          {"author", json_text(r.author)},
          {"proven", r.is_proven},
          {"ignored", r.is_ignored},
          {"id", json_text(r.number)},
          {"policy", json_text(r.policy)},
          {"faults", json_text(r.faults)},
          {"taken", r.taken},
          {"first", r.first},
          {"last", r.last},
          {"mails", r.mails},
          {"failed", r.failed},
          {"records", r.records}};
}

}  // namespace

asio::awaitable<response> api::sending(const api_request& c) {
  const store::report_period of = period_of(c, seconds_now());
  std::string domain = domain_of(c);
  const auto found = co_await with_.history->sending(std::move(domain), of,
                                                     with_.own_domains.names());
  if (!found)
    co_return unavailable(c);
  json::array domains;
  for (const store::reported_domain& d : found->domains) {
    domains.push_back({{"name", json_text(d.name)},
                       {"proven", d.is_proven},
                       {"reports", d.reports},
                       {"last", d.last}});
  }
  json::array days;
  for (const store::reported_day& d : found->sent.days) {
    days.push_back({{"day", d.day},
                    {"passed", d.passed},
                    {"forwarded", d.forwarded},
                    {"stopped", d.stopped},
                    {"failed", d.failed},
                    {"forged_here", d.forged_here}});
  }
  json::array groups;
  reports::source others = found->sent.others;
  for (std::size_t i = 0; i < found->groups.size(); ++i) {
    if (i < most_groups)
      groups.push_back(to_json(found->groups[i], sources_of_group, *found));
    else
      add(others, found->groups[i]);
  }
  // Of senders that are not among those: to be taken back.
  json::array marks;
  for (const store::sender_mark& m : found->marks) {
    const auto end =
        found->groups.begin() + static_cast<std::ptrdiff_t>(groups.size());
    if (std::find_if(found->groups.begin(), end,
                     [&](const auto& g) { return g.name == m.name; }) == end)
      marks.push_back(to_json(m));
  }
  json::array ignored;
  for (const store::ignored_reporter& r : found->ignored) {
    ignored.push_back({{"author", json_text(r.author)},
                       {"at", r.at},
                       {"who", json_text(r.who)},
                       {"reports", r.reports}});
  }
  const store::reported_sending& s = found->sent;
  co_return json_response(
      {{"domains", std::move(domains)},
       {"domain", json_text(found->domain)},
       {"from", of.from},
       {"to", of.to},
       {"policy", json_text(s.policy)},
       {"reports", s.reports},
       {"reporters", s.reporters},
       {"failures", s.failures},
       {"unproven",
        {{"reports", s.unproven_reports}, {"mails", s.unproven_mails}}},
       {"days", std::move(days)},
       {"groups", std::move(groups)},
       {"marks", std::move(marks)},
       {"ignored", std::move(ignored)},
       {"others",
        {{"mails", others.mails},
         {"passed", others.passed},
         {"dkim", others.dkim},
         {"spf", others.spf},
         {"forwarded", others.forwarded},
         {"stopped", others.stopped}}},
       {"all_groups", found->groups.size()}});
}

asio::awaitable<response> api::sending_group(const api_request& c) {
  const store::report_period of = period_of(c, seconds_now());
  const std::string name(c.query.text("name"));
  std::string domain = domain_of(c);
  const auto found = co_await with_.history->sending(std::move(domain), of,
                                                     with_.own_domains.names());
  if (!found)
    co_return unavailable(c);
  const auto group =
      std::ranges::find(found->groups, name, &reports::sender_group::name);
  if (group == found->groups.end())
    co_return error_response(c, 404, "not-found", "There is no such sender.");
  co_return json_response(to_json(*group, most_sources, *found));
}

asio::awaitable<response> api::sending_source(const api_request& c) {
  const store::report_period of = period_of(c, seconds_now());
  std::string domain = domain_of(c);
  std::string address(c.query.text("address"));
  const auto found = co_await with_.history->report_source(
      std::move(domain), std::move(address), of);
  if (!found)
    co_return unavailable(c);
  json::array rows;
  for (const store::reported_row& r : found->rows) rows.push_back(to_json(r));
  co_return json_response(
      {{"source", to_json(found->sum)}, {"rows", std::move(rows)}});
}

asio::awaitable<response> api::kept_reports(const api_request& c) {
  const store::report_period of = period_of(c, seconds_now());
  const store::page_range range = range_of(c);
  std::string domain = domain_of(c);
  const auto found =
      co_await with_.history->kept_reports(std::move(domain), of, range);
  if (!found)
    co_return unavailable(c);
  json::array rows;
  for (const store::kept_report& r : found->rows) rows.push_back(to_json(r));
  co_return json_response(
      {{"reports", std::move(rows)}, {"next", next_of(*found, range)}});
}

}  // namespace mekiki::admin
