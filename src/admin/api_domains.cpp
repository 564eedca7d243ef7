// The domains of our own: what they publish, what changed, and the forgeries of
// them that came to our mailboxes.
#include <algorithm>
#include <map>
#include <utility>

#include <boost/json/array.hpp>

#include "admin/api.hpp"
#include "dns/name.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::int64_t shown_days = 180;  // of forgeries

json::object forged_json(const store::dashboard_queries::forgeries& found,
                         std::int64_t from, std::int64_t to, time_zone zone,
                         std::int64_t now) {
  json::array days;
  for (const store::forged_day& d : found.names.days)
    days.push_back(json::object{{"day", d.day},
                                {"start", zone.begin_of(d.day)},
                                {"end", zone.begin_of(d.day + 1)},
                                {"mails", d.mails}});
  json::value group = nullptr;
  if (!found.names.domains.empty())
    group = to_json(found.names.domains.front());
  return {{"from", from},
          {"to", to},
          {"zone", to_json(zone, now)},
          {"begins", found.begins},
          {"days", std::move(days)},
          {"group", std::move(group)}};
}

}  // namespace

/// The domains of the accounts' addresses, those of most accounts first: for
/// who has not said yet which are his.
asio::awaitable<json::array> api::likely_domains() {
  constexpr std::size_t most = 5;
  constexpr std::size_t accounts = 200;
  json::array out;
  if (with_.history == nullptr)
    co_return out;
  const store::page_range all{.offset = 0, .limit = accounts};
  const auto people = co_await with_.history->people(all);
  if (!people)
    co_return out;
  std::map<std::string, int> found;
  for (const store::person& p : people->rows) {
    const std::string login = p.account.substr(0, p.account.rfind('%'));
    const std::size_t at = login.rfind('@');
    const std::string name =
        at == std::string::npos ? "" : dns::domain_name(login.substr(at + 1));
    if (!name.empty() && with_.is_own_domain(p.account, name))
      ++found[name];
  }
  std::vector<std::pair<int, std::string>> sorted;
  sorted.reserve(found.size());
  for (const auto& [name, number] : found) sorted.emplace_back(-number, name);
  std::ranges::sort(sorted);
  for (const auto& [number, name] : sorted) {
    if (out.size() < most)
      out.push_back(json_text(name));
  }
  co_return out;
}

asio::awaitable<response> api::own_domains(const api_request& c) {
  json::array rows = with_.own_domains.rows(c.in);
  json::array likely;
  if (rows.empty())
    likely = co_await likely_domains();
  co_return json_response(
      {{"domains", std::move(rows)}, {"likely", std::move(likely)}});
}

asio::awaitable<response> api::own_domain(const api_request& c) {
  const std::string name = dns::domain_name(c.query.text("name"));
  auto page = with_.own_domains.one(name, c.in);
  if (!page)
    co_return error_response(c, 404, "not-found",
                             "This domain is not watched.");
  json::value forged = nullptr;
  if (with_.history != nullptr) {
    const std::int64_t now = seconds_now();
    const time_zone zone = with_.history->zone();
    const std::int64_t to = zone.day_of(now) + 1;
    const std::int64_t from = to - shown_days;
    const auto found = co_await with_.history->forged(
        "", name, zone.begin_of(from), zone.begin_of(to));
    if (found)
      forged = forged_json(*found, from, to, zone, now);
  }
  (*page)["forged"] = std::move(forged);
  co_return json_response(std::move(*page));
}

asio::awaitable<response> api::look_at_own_domain(const api_request& c) {
  const std::string name = dns::domain_name(c.text("domain").value_or(""));
  if (!with_.own_domains.look(name))
    co_return error_response(c, 404, "not-found",
                             "This domain is not watched.");
  co_return json_response(json::object());
}

}  // namespace mekiki::admin
