// Signing in and out.
#include <algorithm>
#include <utility>

#include "admin/api.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// Takes a password out of the body, which then has it no more.
std::optional<secret> take_password(const api_request& c) {
  const json::value* v = c.body.if_contains("password");
  if (v == nullptr || !v->is_string())
    return std::nullopt;
  const json::string& text = v->get_string();
  secret out{std::string(text.data(), text.size())};
  // `c` is const for the handlers, its body is not.
  wipe(const_cast<char*>(text.data()), text.size());
  return out;
}

}  // namespace

json::object api::session_object(const visitor& who) const {
  json::object out = {{"role", "none"},
                      {"setup", !with_.authenticator.has_password()},
                      {"demo", with_.is_demo},
                      {"version", MEKIKI_VERSION}};
  if (who.role == role::none)
    return out;
  out["role"] = who.is_administrator() ? "admin" : "user";
  out["csrf"] = who.csrf;
  if (who.role == role::user)
    out["account"] = json_text(who.account);
  else
    out["name"] = json_text(who.name);
  return out;
}

asio::awaitable<response> api::get_session(const api_request& c) {
  co_return json_response(session_object(c.who));
}

/// A new session in place of the one that there was: a token that somebody else
/// may have planted in the browser becomes useless.
response api::begun(const api_request& c, role who, const std::string& name) {
  with_.codes.end(c.who.csrf);
  with_.sessions.end(session_token(c.asked.cookie));
  if (who == role::administrator)
    note_deed(c, name, "");
  const std::string token = with_.sessions.begin(who, name);
  response r = json_response(session_object(*with_.sessions.find(token)));
  r.fields.emplace_back(
      "Set-Cookie", set_cookie(token, c.asked.is_tls ? cookie_security::secure
                                                     : cookie_security::any));
  return r;
}

asio::awaitable<response> api::set_up(const api_request& c) {
  auto token = c.text("token");
  auto password = take_password(c);
  if (!token || !password)
    co_return bad_request(c, "token and password are needed.");
  auto done = co_await with_.authenticator.set_password(
      std::move(*token), std::move(*password), c.asked.client);
  if (!done)
    co_return error_response(c, done.error());
  with_.sessions.end_administrators();
  co_return begun(c, role::administrator, "");
}

asio::awaitable<response> api::sign_in(const api_request& c) {
  auto password = take_password(c);
  if (!password)
    co_return bad_request(c, "A password is needed.");
  auto login = c.text("account");
  if (!login) {
    std::string name = c.text("name").value_or("");
    auto done = co_await with_.authenticator.administrator(
        name, std::move(*password), c.asked.client);
    if (!done)
      co_return error_response(c, done.error());
    co_return begun(c, role::administrator, name);
  }
  auto account = co_await with_.authenticator.mailbox(
      std::move(*login), std::move(*password), c.asked.client);
  if (!account)
    co_return error_response(c, account.error());
  std::string name = *account;
  co_await keep_language(c, std::move(name));
  co_return begun(c, role::user, *account);
}

asio::awaitable<response> api::sign_out(const api_request& c) {
  with_.codes.end(c.who.csrf);
  with_.sessions.end(session_token(c.asked.cookie));
  response r = json_response(session_object({}));
  r.fields.emplace_back("Set-Cookie",
                        set_cookie("", c.asked.is_tls ? cookie_security::secure
                                                      : cookie_security::any));
  co_return r;
}

}  // namespace mekiki::admin
