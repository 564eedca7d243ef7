// Senders: domains and their pairs, keys, and the rules about them.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "admin/api.hpp"
#include "base/unix_time.hpp"
#include "dns/name.hpp"
#include "store/rule_words.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::int64_t longest_days = 3'650;  // of a rule

json::object to_json(const verdict::pair_record& p) {
  return {{"signer", json_text(p.signer)}, {"mails", p.passed.mails},
          {"days", p.passed.days},         {"first", p.passed.first},
          {"last", p.passed.last},         {"known", is_known(p.passed)}};
}

json::object to_json(const store::domain_history& h) {
  json::array pairs;
  for (const verdict::pair_record& p : h.pairs) pairs.push_back(to_json(p));
  json::array days;
  for (const auto& d : h.days) {
    days.push_back(
        {{"day", d.day}, {"proven", d.proven}, {"unproven", d.unproven}});
  }
  return {{"scope", json_text(h.scope)},
          {"steadiness", h.steadiness},
          {"last", h.last},
          {"known", h.is_known},
          {"pairs", std::move(pairs)},
          {"days", std::move(days)}};
}

json::object to_json(const store::kept_rule& r) {
  return {{"id", r.id},
          {"account", json_text(r.account)},
          {"kind", store::to_string(r.what.what)},
          {"pattern", json_text(r.what.pattern)},
          {"signer", json_text(r.what.signer)},
          {"effect", store::to_string(r.what.does)},
          {"until", r.until ? json::value(*r.until) : json::value(nullptr)}};
}

/// A search text as domains are kept: in A-labels, or as typed if it is a part.
std::string domain_text(std::string_view text) {
  return dns::to_a_labels(text).value_or(std::string(text));
}

}  // namespace

/// Which histories somebody may see; "" for all.
std::string api::scope_for(const visitor& who) const {
  return who.is_administrator() ? std::string() : with_.scope_of(who.account);
}

asio::awaitable<response> api::domains(const api_request& c) {
  const store::page_range range = range_of(c);
  store::dashboard_queries::domain_filter which{
      .search = domain_text(c.query.text("search")),
      .scope = scope_for(c.who),
      .only_known = c.query.text("known") == "1"};
  const auto found = co_await with_.history->domains(std::move(which), range);
  if (!found)
    co_return unavailable(c);
  json::array rows;
  for (const store::domain_row& d : found->rows) {
    rows.push_back({{"domain", json_text(d.domain)},
                    {"mails", d.mails},
                    {"last", d.last},
                    {"known_by", d.known_by},
                    {"seen_by", d.seen_by}});
  }
  co_return json_response(
      {{"domains", std::move(rows)}, {"next", next_of(*found, range)}});
}

asio::awaitable<response> api::domain(const api_request& c) {
  const std::string name = domain_text(c.query.text("name"));
  if (name.empty())
    co_return bad_request(c, "name: expected a domain.");
  std::string scope = scope_for(c.who);
  const auto found = co_await with_.history->domain(name, std::move(scope));
  if (!found)
    co_return unavailable(c);
  std::string account = c.who.account;
  const auto rules = co_await with_.history->rules(std::move(account));
  if (!rules)
    co_return unavailable(c);
  account = c.who.account;
  const auto forgeries = co_await with_.history->forged(
      std::move(account), name, 0, seconds_now() + day_seconds);
  if (!forgeries)
    co_return unavailable(c);
  json::value forged = nullptr;
  if (!forgeries->names.domains.empty())
    forged = to_json(forgeries->names.domains.front());
  json::array histories;
  for (const store::domain_history& h : *found) histories.push_back(to_json(h));
  json::array about;
  for (const store::kept_rule& r : *rules) {
    const std::string& p = r.what.pattern;
    const std::string_view of = std::string_view(p).substr(p.rfind('@') + 1);
    if (of == name || of == "*." + name)
      about.push_back(to_json(r));
  }
  // Who distrusts it distrusts the reader's own mail.
  const bool is_own =
      with_.own_domains.is_watched(name) ||
      (!c.who.is_administrator() && with_.is_own_domain(c.who.account, name));
  co_return json_response({{"domain", json_text(name)},
                           {"own", is_own},
                           {"forged", std::move(forged)},
                           {"histories", std::move(histories)},
                           {"rules", std::move(about)}});
}

namespace {

json::array to_json(const std::vector<store::key_history>& keys) {
  json::array rows;
  for (const store::key_history& k : keys) {
    json::array records;
    for (const verdict::remembered_key& r : k.records) {
      records.push_back({{"text", json_text(r.text)},
                         {"first", r.first},
                         {"last", r.last},
                         {"authentic", r.authentic},
                         {"revoked", r.revoked}});
    }
    rows.push_back(
        {{"name", json_text(k.name)}, {"records", std::move(records)}});
  }
  return rows;
}

}  // namespace

asio::awaitable<response> api::keys(const api_request& c) {
  constexpr std::int64_t longest_ago = 3650;  // days
  std::string search = domain_text(c.query.text("search"));
  if (!c.query.text("changed").empty()) {
    const auto days = c.query.number("changed", 1, longest_ago);
    if (!days)
      co_return bad_request(c, "changed: expected a number from 1 to 3650.");
    const auto found = co_await with_.history->changed_keys(
        std::move(search), seconds_now() - *days * day_seconds);
    if (!found)
      co_return unavailable(c);
    co_return json_response({{"keys", to_json(*found)}, {"next", nullptr}});
  }
  const store::page_range range = range_of(c);
  const auto found = co_await with_.history->keys(std::move(search), range);
  if (!found)
    co_return unavailable(c);
  co_return json_response(
      {{"keys", to_json(found->rows)}, {"next", next_of(*found, range)}});
}

// ------------------------------------------------------------------- rules

asio::awaitable<response> api::rules(const api_request& c) {
  std::string account = c.who.account;
  const auto found = co_await with_.history->rules(std::move(account));
  if (!found)
    co_return unavailable(c);
  json::array rows;
  for (const store::kept_rule& r : *found) rows.push_back(to_json(r));
  co_return json_response({{"rules", std::move(rows)}});
}

asio::awaitable<response> api::add_rule(const api_request& c) {
  const auto what = store::read_rule(c.text("kind").value_or(""),
                                     c.text("effect").value_or(""));
  if (!what)
    co_return bad_request(c, "kind or effect: no such word.");
  auto rule = store::parse_rule(*what, c.text("pattern").value_or(""),
                                c.text("signer").value_or(""));
  if (!rule)
    co_return bad_request(c, rule.error().sentence);
  store::kept_rule r;
  r.what = std::move(*rule);
  r.account = c.who.account;
  if (c.who.is_administrator()) {
    const std::string login = c.text("account").value_or("");
    if (!login.empty()) {
      auto account = with_.account_of(login);
      if (!account)
        co_return bad_request(c, account.error());
      r.account = std::move(*account);
    }
  }
  const std::string& pattern = r.what.pattern;
  const bool is_own =
      r.what.does == verdict::rule::effect::distrust && !r.account.empty() &&
      with_.is_own_domain(r.account, pattern.substr(pattern.rfind('@') + 1));
  if (is_own)
    co_return conflict(
        c,
        "That is the domain of this account: its real mails would become "
        "unverified, and forged ones stay as they are.");
  const json::value* given = c.body.if_contains("days");
  if (given != nullptr && !given->is_null()) {
    const auto days = c.number("days");
    if (!days || *days < 1 || *days > longest_days)
      co_return bad_request(c,
                            "days: expected a number from 1 to 3650, or null.");
    r.until = seconds_now() + *days * day_seconds;
  }
  store::dashboard_queries::change_work work = [store = with_.changes, r] {
    return store->blocking().add_rule(r);
  };
  const auto id = co_await with_.history->change(std::move(work));
  if (!id)
    co_return conflict(c, id.error());
  co_return json_response({{"id", *id}});
}

asio::awaitable<response> api::remove_rule(const api_request& c) {
  const auto id = c.number("id");
  if (!id)
    co_return bad_request(c, "id: expected a number.");
  std::string account = c.who.account;
  const auto mine = co_await with_.history->rules(std::move(account));
  if (!mine)
    co_return unavailable(c);
  const bool may = std::ranges::any_of(*mine, [&](const store::kept_rule& r) {
    return r.id == *id &&
           (c.who.is_administrator() || r.account == c.who.account);
  });
  if (!may)
    co_return error_response(c, 404, "not-found", "There is no such rule.");
  store::dashboard_queries::change_work work = [store = with_.changes,
                                                number = *id] {
    return without_value(store->blocking().remove_rule(number));
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  co_return json_response(json::object());
}

}  // namespace mekiki::admin
