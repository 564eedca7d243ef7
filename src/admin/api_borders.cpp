// Questions whether a host that mails come in through is the provider's, asked
// while the history has too few mails to know. For a history that accounts
// share only the administrator is asked: a user would answer for the others.
#include <optional>
#include <utility>

#include <boost/json/array.hpp>

#include "admin/api.hpp"
#include "verdict/view_host.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

std::optional<verdict::border_reply> read_reply(std::string_view text) {
  using enum verdict::border_reply;
  for (const verdict::border_reply r : {yes, no, later}) {
    if (to_string(r) == text)
      return r;
  }
  return std::nullopt;
}

}  // namespace

/// The history that a question or answer is about: of the account that the
/// administrator names, or the user's own; "" if the visitor may not answer for
/// it. The error is a sentence.
expected<std::string, std::string> api::border_scope(
    const api_request& c, const std::string& login) const {
  if (!c.who.is_administrator()) {
    std::string scope = with_.scope_of(c.who.account);
    return scope == c.who.account ? scope : std::string();
  }
  auto account = with_.account_of(login);
  if (!account)
    return unexpected("account: " + account.error());
  return with_.scope_of(*account);
}

asio::awaitable<response> api::questions_of(const api_request& c,
                                            std::string scope) {
  json::array rows;
  json::array answers;
  if (!scope.empty()) {
    const auto found = co_await with_.history->questions(scope);
    const auto said = co_await with_.history->border_answers(scope);
    if (!found || !said)
      co_return unavailable(c);
    for (const verdict::open_question& q : *found) {
      rows.push_back({{"view", json_text(q.view)},
                      {"host", json_text(q.host)},
                      {"mails", q.mails},
                      {"senders", q.organizations}});
    }
    for (const verdict::border_answer& a : *said) {
      answers.push_back({{"view", json_text(a.view)},
                         {"host", json_text(verdict::host_of_view(a.view))},
                         {"answer", to_string(a.said)},
                         {"at", a.at}});
    }
  }
  co_return json_response({{"scope", json_text(scope)},
                           {"questions", std::move(rows)},
                           {"answers", std::move(answers)}});
}

asio::awaitable<response> api::borders(const api_request& c) {
  auto scope = border_scope(c, std::string(c.query.text("account")));
  if (!scope)
    co_return bad_request(c, scope.error());
  response r = co_await questions_of(c, std::move(*scope));
  co_return r;
}

asio::awaitable<response> api::answer_border(const api_request& c) {
  const auto view = c.text("view");
  const auto said = read_reply(c.text("answer").value_or(""));
  if (!view)
    co_return bad_request(c, "view: expected that of a question.");
  if (!said)
    co_return bad_request(c, "answer: expected yes, no or later.");
  const auto scope = border_scope(c, c.text("account").value_or(""));
  if (!scope)
    co_return bad_request(c, scope.error());
  store::dashboard_queries::change_work work =
      [store = with_.changes, scope = *scope, view = *view,
       said = *said]() -> expected<std::int64_t, std::string> {
    const auto kept = store->answer_question(scope, view, said);
    if (!kept)
      return unexpected(kept.error());
    return *kept ? 1 : 0;
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  if (*done == 0)
    co_return error_response(c, 404, "not-found", "That is not asked.");
  response r = co_await questions_of(c, *scope);
  co_return r;
}

}  // namespace mekiki::admin
