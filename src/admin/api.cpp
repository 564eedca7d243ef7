#include "admin/api.hpp"

#include <chrono>
#include <new>
#include <utility>

#include <boost/json/memory_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t deepest_json = 8;
constexpr std::string_view bearer = "Bearer ";

/// Whether one of our pages sent it. A browser always names the origin of a
/// POST (Fetch, "Origin"); its scheme differs if TLS ends before us.
bool is_from_here(const request& r) {
  const std::size_t at = r.origin.find("://");
  return at != std::string::npos && !r.authority.empty() &&
         ascii::iequals(std::string_view(r.origin).substr(at + 3), r.authority);
}

/// Whether no web page sent it but ours: an add-on, or no browser.
bool is_from_addon(const request& r) {
  constexpr std::string_view extension = "moz-extension://";
  return r.origin.empty() || r.origin.starts_with(extension);
}

bool is_json(std::string_view content_type) {
  return ascii::iequals(
      ascii::trim(content_type.substr(0, content_type.find(';'))),
      "application/json");
}

// A body may hold a password. Boost.JSON does not always name the same
// alignment when it gives memory back; what `new` gives suits all of them.
class wiping_memory final : public json::memory_resource {
  void* do_allocate(std::size_t octets, std::size_t /*alignment*/) override {
    return ::operator new(octets);
  }
  void do_deallocate(void* at, std::size_t octets,
                     std::size_t /*alignment*/) override {
    wipe(static_cast<char*>(at), octets);
    ::operator delete(at, octets);
  }
  bool do_is_equal(const json::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

json::storage_ptr wiping_storage() {
  static wiping_memory memory;
  return json::storage_ptr(&memory);
}

std::optional<json::object> read_body(std::string_view text) {
  json::parse_options how;
  how.max_depth = deepest_json;
  boost::system::error_code error;
  json::value v(wiping_storage());
  {
    json::stream_parser parser(wiping_storage(), how);
    parser.reset(wiping_storage());
    parser.write(text.data(), text.size(), error);
    if (!error)
      parser.finish(error);
    if (!error)
      v = parser.release();
  }
  wipe_stack();
  if (error || !v.is_object())
    return std::nullopt;
  return std::move(v.get_object());
}

}  // namespace

response conflict(const api_request& c, std::string_view english) {
  return error_response(c, 409, "conflict", english);
}

store::page_range range_of(const api_request& c) {
  constexpr std::int64_t furthest = 1'000'000;
  constexpr std::int64_t most_rows = 200;
  constexpr std::int64_t usual_rows = 50;
  return {.offset = static_cast<std::size_t>(
              c.query.number("offset", 0, furthest).value_or(0)),
          .limit = static_cast<std::size_t>(
              c.query.number("limit", 1, most_rows).value_or(usual_rows))};
}

std::int64_t api::seconds_now() const {
  return unix_seconds(with_.clock.now());
}

void api::add_get(router& to, std::string path, access a, handler h) {
  to.add(std::move(path),
         [this, a, h](const request& r) { return answer(r, a, h); });
}

void api::add_post(router& to, std::string path, access a, handler h) {
  to.add_post(std::move(path),
              [this, a, h](const request& r) { return answer(r, a, h); });
}

void api::add_pages(router& to) {
  constexpr access anybody{.who = need::nothing, .needs_history = false};
  constexpr access begins{
      .who = need::nothing, .begins_session = true, .needs_history = false};
  constexpr access leaves{.needs_history = false};
  constexpr access signed_in{.who = need::sign_in};
  // What an add-on may do: read and mark, no more.
  constexpr access read_or_mark{.who = need::sign_in, .by_token = true};
  constexpr access addon{.who = need::user, .by_token = true};
  constexpr access pairs{.who = need::nothing, .is_for_addon = true};
  constexpr access administrator{.who = need::administrator};
  constexpr access user{.who = need::user};

  add_get(to, "/api/session", anybody, &api::get_session);
  add_post(to, "/api/setup", begins, &api::set_up);
  add_post(to, "/api/sign-in", begins, &api::sign_in);
  add_post(to, "/api/sign-out", leaves, &api::sign_out);

  add_get(to, "/api/overview", read_or_mark, &api::overview);
  add_get(to, "/api/mails", read_or_mark, &api::mails);
  add_get(to, "/api/mails/count", read_or_mark, &api::count_mails);
  add_get(to, "/api/suggestions", signed_in, &api::suggestions);
  add_get(to, "/api/mail", read_or_mark, &api::mail);
  add_get(to, "/api/domains", read_or_mark, &api::domains);
  add_get(to, "/api/domain", read_or_mark, &api::domain);
  add_get(to, "/api/keys", administrator, &api::keys);
  add_get(to, "/api/sending", administrator, &api::sending);
  add_get(to, "/api/sending/group", administrator, &api::sending_group);
  add_get(to, "/api/sending/source", administrator, &api::sending_source);
  add_get(to, "/api/sending/reports", administrator, &api::kept_reports);
  add_get(to, "/api/sending/plan", administrator, &api::sending_plan);
  add_post(to, "/api/sending/mark", administrator, &api::mark_sender);
  add_post(to, "/api/sending/ignore", administrator, &api::ignore_reporter);
  add_get(to, "/api/people", administrator, &api::people);
  add_post(to, "/api/people/choice", administrator, &api::choose_for);
  add_get(to, "/api/settings",
          {.who = need::administrator, .needs_history = false}, &api::settings);
  add_get(to, "/api/deeds",
          {.who = need::administrator, .needs_history = false}, &api::deeds);
  add_get(to, "/api/own-domains",
          {.who = need::administrator, .needs_history = false},
          &api::own_domains);
  add_get(to, "/api/own-domain",
          {.who = need::administrator, .needs_history = false},
          &api::own_domain);
  add_get(to, "/api/events", signed_in, &api::listen);

  add_get(to, "/api/rules", read_or_mark, &api::rules);
  add_post(to, "/api/rules", read_or_mark, &api::add_rule);
  add_post(to, "/api/rules/remove", read_or_mark, &api::remove_rule);
  add_get(to, "/api/reports", read_or_mark, &api::reports);
  add_post(to, "/api/feedback", addon, &api::say_about);
  add_post(to, "/api/reports/answer", administrator, &api::answer_report);
  add_get(to, "/api/borders", signed_in, &api::borders);
  add_post(to, "/api/borders/answer", signed_in, &api::answer_border);
  add_post(to, "/api/own-domains/check",
           {.who = need::administrator, .needs_history = false},
           &api::look_at_own_domain);
  add_get(to, "/api/me", addon, &api::me);
  add_post(to, "/api/me/choice", user, &api::choose);
  add_post(to, "/api/me/forget", user, &api::forget_choice);
  add_post(to, "/api/me/rehearse", user, &api::rehearse);
  add_post(to, "/api/me/token", user, &api::make_token);
  add_post(to, "/api/me/tokens/forget", user, &api::forget_tokens);
  add_post(to, "/api/me/erase", user, &api::erase_mine);
  add_post(to, "/api/me/word-known", user, &api::note_word_known);

  add_get(to, "/api/me/rules", user, &api::client_rules);
  add_post(to, "/api/me/code", user, &api::make_code);
  add_post(to, "/api/pair", pairs, &api::pair);
  add_get(to, "/api/connection", addon, &api::connection);
  add_post(to, "/api/connection/end", addon, &api::end_connection);
  add_get(to, "/api/doors", {.who = need::sign_in, .needs_history = false},
          &api::doors);
}

/// By the cookie of a page, or by the token that an add-on was given.
asio::awaitable<visitor> api::find_visitor(const request& r) {
  if (with_.authenticator.password_has_changed())
    with_.sessions.end_administrators();
  if (!r.authorization.starts_with(bearer)) {
    auto found = with_.sessions.find(session_token(r.cookie));
    co_return found ? std::move(*found) : visitor{};
  }
  visitor who;
  if (with_.history == nullptr)
    co_return who;
  std::string hash =
      hash_of(std::string_view(r.authorization).substr(bearer.size()));
  auto account = co_await with_.history->account_of_token(hash);
  if (account && !account->empty()) {
    who.role = role::user;
    who.account = std::move(*account);
    who.token = std::move(hash);
    addon_seen_ = seconds_now();
  }
  co_return who;
}

/// `answer` tells what the deed made, where that is short: the rule's number.
void api::note_deed(const api_request& c, std::string who,
                    std::string_view answer) {
  constexpr std::size_t short_answer = 64;
  constexpr std::string_view prefix = "/api/";
  constexpr std::size_t most_details = 1'000;
  deed d{.at = seconds_now(),
         .who = std::move(who),
         .from = format(c.asked.client),
         .what = c.asked.path.substr(prefix.size()),
         .details = {}};
  json::object details;
  for (const auto& [name, value] : c.body) {
    if (name != "password" && name != "token" && name != "name")
      details[name] = value;
  }
  d.details = first_octets(json::serialize(details), most_details);
  if (answer.size() > 2 && answer.size() <= short_answer)
    d.details.append(" ").append(answer);
  with_.note_deed(d);
}

asio::awaitable<response> api::answer(const request& r, access a, handler h) {
  api_request c{.asked = r,
                .who = {},
                .query = {},
                .body = json::object(wiping_storage())};
  auto query = parameters::parse(r.query);
  if (query)
    c.in = notify::parse_language(query->text("lang"));
  c.who = co_await find_visitor(r);
  if (c.who.role == role::user || with_.all_texts)
    c.texts = store::shown_texts::of_all;

  if (a.who != need::nothing && c.who.role == role::none) {
    co_return error_response(c, 401, "sign-in", "Please sign in.");
  }
  if ((a.who == need::administrator && c.who.role != role::administrator) ||
      (a.who == need::user && c.who.role != role::user)) {
    co_return error_response(c, 403, "forbidden", "This is not for you.");
  }
  if (!c.who.token.empty() && !a.by_token) {
    co_return error_response(c, 403, "forbidden",
                             "An add-on may not do this: sign in on the page.");
  }
  if (a.needs_history && with_.history == nullptr)
    co_return unavailable(c);
  if (!query)
    co_return bad_request(c, "The query cannot be read.");
  c.query = std::move(*query);

  if (r.method == "POST") {
    // A token in Authorization is nothing that a browser adds by itself.
    const bool by_page = a.begins_session || !c.who.csrf.empty();
    if (by_page && !is_from_here(r))
      co_return error_response(c, 403, "csrf", "This came from another page.");
    if (a.is_for_addon && !is_from_addon(r))
      co_return error_response(c, 403, "csrf", "This came from another page.");
    if (!a.begins_session && !is_same_secret(c.who.csrf, r.csrf))
      co_return error_response(c, 403, "csrf",
                               "The session's token is missing.");
    if (!is_json(r.content_type))
      co_return bad_request(c, "Content-Type must be application/json.");
    auto body = read_body(r.body);
    if (!body)
      co_return bad_request(c, "The body must be a JSON object.");
    c.body = std::move(*body);
  }
  response made = co_await (this->*h)(c);
  // Who signs in is noted there, once it is known who that is.
  constexpr unsigned first_failure = 300;
  if (r.method == "POST" && c.who.is_administrator() && !a.begins_session &&
      made.status < first_failure)
    note_deed(c, c.who.name, made.body);
  co_return made;
}

}  // namespace mekiki::admin
