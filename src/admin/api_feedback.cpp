// What people say of a mail's verdict, and what administrators answer. No rule
// comes of it.
#include <utility>

#include <boost/json/array.hpp>

#include "admin/api.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

json::value to_json(const std::optional<store::feedback>& said) {
  if (!said)
    return nullptr;
  return json::object{{"said", to_string(said->said)},
                      {"at", said->at},
                      {"answer", to_string(said->answer)},
                      {"answered", said->answered}};
}

asio::awaitable<response> api::reports(const api_request& c) {
  std::string account = c.who.account;
  const auto found = co_await with_.history->reports(std::move(account));
  if (!found)
    co_return unavailable(c);
  json::array rows;
  for (const store::reported_mail& r : *found) {
    json::object row = to_json(r.mail, c.in);
    row["feedback"] = to_json(std::optional(r.said));
    rows.push_back(std::move(row));
  }
  co_return json_response({{"reports", std::move(rows)}});
}

asio::awaitable<response> api::say_about(const api_request& c) {
  const auto mail = c.number("mail");
  const std::string word = c.text("said").value_or("");
  const auto said = store::read_feedback_word(word);
  if (!mail)
    co_return bad_request(c, "mail: expected a number.");
  if (!said && !word.empty())
    co_return bad_request(c, "said: expected agree, mistake, report or \"\".");
  store::dashboard_queries::change_work work =
      [store = with_.changes, id = *mail, account = c.who.account,
       said]() -> expected<std::int64_t, std::string> {
    const auto done = store->blocking().say_about(id, account, said);
    if (!done)
      return unexpected(done.error());
    return *done ? 1 : 0;
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  if (*done == 0) {
    co_return conflict(
        c,
        "There is no such mail, this cannot be said of it, or it was answered "
        "already.");
  }
  co_return json_response(json::object());
}

asio::awaitable<response> api::answer_report(const api_request& c) {
  const auto mail = c.number("mail");
  const auto answer = store::read_feedback_reply(c.text("answer").value_or(""));
  if (!mail)
    co_return bad_request(c, "mail: expected a number.");
  if (!answer)
    co_return bad_request(c, "answer: expected forged, good or unclear.");
  store::dashboard_queries::change_work work =
      [store = with_.changes, id = *mail,
       answer = *answer]() -> expected<std::int64_t, std::string> {
    const auto done = store->blocking().answer_report(id, answer);
    if (!done)
      return unexpected(done.error());
    return *done ? 1 : 0;
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  if (*done == 0)
    co_return error_response(c, 404, "not-found", "That was not reported.");
  co_return json_response(json::object());
}

}  // namespace mekiki::admin
