// What people need to set up their mail clients by themselves: rules, the
// add-on's code and connection, and where clients find us.
#include <utility>

#include <boost/json/array.hpp>

#include "admin/api.hpp"
#include "base/log.hpp"
#include "notify/rules/rules.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

template <class Values>
json::array to_array(const Values& values) {
  json::array out;
  for (const auto& v : values) out.emplace_back(v);
  return out;
}

}  // namespace

asio::awaitable<response> api::client_rules(const api_request& c) {
  const auto client = notify::parse_mail_client(c.query.text("client"));
  if (!client)
    co_return bad_request(c, "client: no such mail client.");
  const account_labels labels = with_.labels(c.who.account);
  const notify::client_rules made =
      notify::make_rules(*client, {.label_values = labels.values,
                                   .tag_value = labels.tag,
                                   .classic = false,
                                   .in = c.in});
  json::array files;
  for (const notify::rule_file& f : made.files)
    files.push_back({{"name", f.name}, {"text", json_text(f.text)}});
  co_return json_response(
      {{"steps", json_text(made.steps)}, {"files", std::move(files)}});
}

/// It is in this answer alone.
asio::awaitable<response> api::make_code(const api_request& c) {
  const std::string code = with_.codes.make(c.who.account, c.who.csrf);
  co_return json_response(
      {{"code", code},
       {"seconds", std::chrono::seconds(pairing_codes::lifetime).count()}});
}

/// CONNECTION; nothing if the history gave no answer.
asio::awaitable<std::optional<json::object>> api::connection_of(
    std::string account) {
  const auto user = co_await with_.history->user(account);
  if (!user)
    co_return std::nullopt;
  const account_labels labels = with_.labels(account);
  notify::choice standard;
  notify::choice chosen = in_force(account, user->chosen, standard);
  chosen.methods = chosen.methods & with_.limits.allowed;
  co_return json::object{{"account", json_text(account)},
                         {"values", to_array(labels.values)},
                         {"tag", labels.tag},
                         {"choice", to_json(chosen, word_is::shown)},
                         {"version", MEKIKI_VERSION}};
}

/// The code is the only proof that is asked for.
asio::awaitable<response> api::pair(const api_request& c) {
  constexpr std::size_t octets = 32;
  const std::string client = format(network_of_client(c.asked.client));
  const auto account = with_.codes.take(c.text("code").value_or(""), client);
  if (!account) {
    const pairing_codes::refusal& why = account.error();
    if (!why.account.empty()) {
      log::warning(
          "admin: a code for the add-on of {} was guessed at too often, the "
          "last time from {}; it counts no more",
          log::quoted(why.account), client);
    }
    if (why.again.count() > 0) {
      co_return error_response(
          c, denial{.status = 429,
                    .code = "too-many",
                    .text = "Too many attempts. Please wait a little.",
                    .again = why.again});
    }
    co_return error_response(
        c, 403, "refused",
        "This code does not count, or no longer: make a new one on \"My "
        "page\".");
  }
  const std::string token = random_hex(with_.random, octets);
  store::dashboard_queries::change_work work =
      [store = with_.changes, name = *account, hash = hash_of(token)] {
        auto& change = store->blocking();
        auto done = without_value(change.add_token(name, hash, "code"));
        return done ? without_value(change.note_token(hash)) : done;
      };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  std::string name = *account;
  co_await keep_language(c, std::move(name));
  auto made = co_await connection_of(*account);
  if (!made)
    co_return unavailable(c);
  log::info("admin: an add-on was connected with {}", log::quoted(*account));
  (*made)["token"] = token;
  co_return json_response(std::move(*made));
}

asio::awaitable<response> api::connection(const api_request& c) {
  const auto made = co_await connection_of(c.who.account);
  if (!made)
    co_return unavailable(c);
  if (!c.who.token.empty()) {
    store::dashboard_queries::change_work work = [store = with_.changes,
                                                  hash = c.who.token] {
      return without_value(store->blocking().note_token(hash));
    };
    const auto done = co_await with_.history->change(std::move(work));
    if (!done)
      log::warning("admin: that an add-on was seen is not noted: {}",
                   done.error());
  }
  co_return json_response(*made);
}

/// Of the token that asks.
asio::awaitable<response> api::end_connection(const api_request& c) {
  if (c.who.token.empty())
    co_return bad_request(c, "This is for add-ons.");
  store::dashboard_queries::change_work work =
      [store = with_.changes, account = c.who.account, hash = c.who.token] {
        return store->blocking().forget_tokens(account, hash);
      };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  co_return json_response(json::object());
}

/// Routes are for administrators: they name servers of others.
asio::awaitable<response> api::doors(const api_request& c) {
  const door_list d = with_.doors();
  json::value authority = nullptr;
  if (!d.ca_sha256.empty())
    authority = d.ca_sha256;
  json::object out = {{"pop3", to_array(d.pop3)},
                      {"pop3s", to_array(d.pop3s)},
                      {"ca_sha256", std::move(authority)}};
  if (c.who.is_administrator()) {
    json::array routes;
    for (const door_list::route& r : d.routes) {
      routes.push_back(
          {{"pattern", json_text(r.pattern)}, {"host", json_text(r.host)}});
    }
    out["routes"] = std::move(routes);
  }
  co_return json_response(out);
}

}  // namespace mekiki::admin
