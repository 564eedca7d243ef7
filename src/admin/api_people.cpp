// How people are warned: the administrator sees all of them, each user only
// their own choice.
#include <utility>

#include <boost/json/array.hpp>

#include "admin/api.hpp"
#include "base/log.hpp"
#include "base/unix_time.hpp"
#include "notify/policy/actions.hpp"
#include "notify/policy/rehearsal.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::int64_t rehearsed_days = 30;

json::array to_json(const notify::methods& m) {
  json::array out;
  for (const char c : notify::format(m)) {
    if (c >= 'A' && c <= 'D')
      out.push_back(json::string(1, c));
  }
  return out;
}

}  // namespace

json::object to_json(const notify::choice& c, word_is word) {
  json::object out = {
      {"methods", to_json(c.methods)},
      {"language", c.in == notify::language::japanese ? "ja" : "en"},
      {"when", notify::to_string(c.when)},
      {"subject_mark", c.subject_mark}};
  if (word == word_is::shown)
    out["word"] = json_text(c.secret_word);
  return out;
}

namespace {

bool is_over_budget(const std::vector<store::mail_count>& recent,
                    const std::optional<store::kept_choice>& chosen,
                    const api_parts& with) {
  const notify::choice in_force =
      notify::choice_of(chosen, with.standard, with.limits);
  return notify::is_over_budget(notify::recent_of(recent, in_force),
                                with.limits.budget);
}

notify::choice chosen_or(const std::optional<store::kept_choice>& chosen,
                         const notify::choice& standard) {
  return chosen ? notify::read_choice(*chosen, standard) : standard;
}

json::array to_json(const std::vector<store::kept_token>& tokens) {
  json::array out;
  for (const store::kept_token& t : tokens) {
    out.push_back(
        {{"id", t.mark}, {"way", t.way}, {"made", t.made}, {"seen", t.seen}});
  }
  return out;
}

}  // namespace

notify::choice api::in_force(const std::string& account,
                             const std::optional<store::kept_choice>& chosen,
                             notify::choice& standard) const {
  standard = with_.standard;
  if (chosen && !notify::is_chosen(chosen))
    standard.in = notify::parse_language(chosen->language);
  if (with_.word)
    standard.secret_word = with_.word(account);
  notify::choice out = chosen_or(chosen, standard);
  if (out.secret_word.empty())
    out.secret_word = standard.secret_word;
  return out;
}

asio::awaitable<response> api::people(const api_request& c) {
  const store::page_range range = range_of(c);
  const auto found = co_await with_.history->people(range);
  if (!found)
    co_return unavailable(c);
  json::array rows;
  for (const store::person& p : found->rows) {
    rows.push_back({{"account", json_text(p.account)},
                    {"mails", p.mails},
                    {"forged", p.forged},
                    {"last", p.last},
                    {"warned", p.warned},
                    {"over_budget", is_over_budget(p.recent, p.chosen, with_)},
                    {"chosen", notify::is_chosen(p.chosen)},
                    {"tokens", p.tokens},
                    {"addon_seen", p.addon_seen},
                    {"knows_word", p.knows_word},
                    {"choice", to_json(chosen_or(p.chosen, with_.standard),
                                       word_is::left_out)}});
  }
  co_return json_response({{"people", std::move(rows)},
                           {"next", next_of(*found, range)},
                           {"allowed", to_json(with_.limits.allowed)}});
}

/// Counts as the user's own choice. Language, secret word and subject mark
/// stay as they are.
asio::awaitable<response> api::choose_for(const api_request& c) {
  const auto login = c.text("account");
  const auto methods = read_methods(c);
  const auto when = notify::parse_occasion(c.text("when").value_or(""));
  if (!login || login->empty())
    co_return bad_request(c, "account: expected a name.");
  if (!methods)
    co_return bad_request(c, methods.error());
  if (!when)
    co_return bad_request(c, "when: no such word.");
  auto account = with_.account_of(*login);
  if (!account)
    co_return bad_request(c, account.error());
  const auto user = co_await with_.history->user(*account);
  if (!user)
    co_return unavailable(c);
  if (!user->chosen && user->recent.empty())
    co_return error_response(c, 404, "not-found", "There is no such account.");
  notify::choice chosen = chosen_or(user->chosen, with_.standard);
  chosen.methods = *methods;
  chosen.when = *when;
  store::kept_choice kept = notify::to_kept(chosen);
  kept.account = std::move(*account);
  store::dashboard_queries::change_work work = [store = with_.changes,
                                                kept = std::move(kept)] {
    return without_value(store->blocking().set_choice(kept));
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  co_return json_response(json::object());
}

asio::awaitable<response> api::settings(const api_request& c) {
  co_return json_response(with_.settings(c.in));
}

// ---------------------------------------------------------------- one's own

asio::awaitable<response> api::deeds(const api_request& /*c*/) {
  json::array rows;
  for (const deed& d : with_.deeds()) {
    rows.push_back({{"at", d.at},
                    {"who", json_text(d.who)},
                    {"from", json_text(d.from)},
                    {"what", json_text(d.what)},
                    {"details", json_text(d.details)}});
  }
  co_return json_response({{"deeds", std::move(rows)}});
}

asio::awaitable<response> api::me(const api_request& c) {
  std::string account = c.who.account;
  const auto user = co_await with_.history->user(account);
  if (!user)
    co_return unavailable(c);
  const auto access = co_await with_.history->access_of(std::move(account));
  if (!access)
    co_return unavailable(c);
  notify::choice standard;
  const notify::choice chosen = in_force(c.who.account, user->chosen, standard);
  co_return json_response(
      {{"account", json_text(c.who.account)},
       {"chosen", notify::is_chosen(user->chosen)},
       {"choice", to_json(chosen, word_is::shown)},
       {"standard", to_json(standard, word_is::shown)},
       {"allowed", to_json(with_.limits.allowed)},
       {"budget", with_.limits.budget},
       {"over_budget", is_over_budget(user->recent, user->chosen, with_)},
       {"knows_word", access->knows_word},
       {"tokens", to_json(access->tokens)}});
}

expected<notify::methods, std::string> api::read_methods(
    const api_request& c) const {
  const json::value* methods = c.body.if_contains("methods");
  if (methods == nullptr || !methods->is_array() ||
      methods->get_array().size() > 4)
    return unexpected(std::string("methods: expected a list of A, B, C, D."));
  std::string letters;
  for (const json::value& v : methods->get_array()) {
    if (!v.is_string())
      return unexpected(std::string("methods: expected letters."));
    letters += letters.empty() ? "" : ",";
    letters += std::string_view(v.get_string());
  }
  auto parsed = notify::parse_methods(letters.empty() ? "none" : letters);
  if (!parsed)
    return unexpected(parsed.error());
  if ((*parsed & with_.limits.allowed) != *parsed)
    return unexpected(std::string("methods: one of them is not allowed here."));
  return *parsed;
}

/// CHOICE; all of it is needed.
expected<notify::choice, std::string> api::read_choice(
    const api_request& c) const {
  const auto methods = read_methods(c);
  const auto language = c.text("language");
  const auto when = notify::parse_occasion(c.text("when").value_or(""));
  const auto mark = c.truth("subject_mark");
  const auto word = c.text("word");
  if (!methods)
    return unexpected(methods.error());
  if (!language || (*language != "en" && *language != "ja"))
    return unexpected(std::string("language: expected en or ja."));
  if (!when)
    return unexpected(std::string("when: no such word."));
  if (!mark)
    return unexpected(std::string("subject_mark: expected true or false."));
  if (!word || !notify::is_secret_word(*word)) {
    return unexpected(
        std::string("word: expected one line of at most 64 octets."));
  }
  return notify::choice{.methods = *methods,
                        .in = notify::parse_language(*language),
                        .when = *when,
                        .secret_word = *word,
                        .subject_mark = *mark};
}

asio::awaitable<response> api::change_mine(
    const api_request& c, store::dashboard_queries::change_work work) {
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  response r = co_await me(c);
  co_return r;
}

asio::awaitable<response> api::choose(const api_request& c) {
  const auto chosen = read_choice(c);
  if (!chosen)
    co_return bad_request(c, chosen.error());
  store::kept_choice kept = notify::to_kept(*chosen);
  kept.account = c.who.account;
  store::dashboard_queries::change_work work = [store = with_.changes,
                                                kept = std::move(kept)] {
    return without_value(store->blocking().set_choice(kept));
  };
  response r = co_await change_mine(c, std::move(work));
  co_return r;
}

/// Without a choice one is warned in the language in which one came. That it
/// cannot be kept hinders nobody.
asio::awaitable<void> api::keep_language(const api_request& c,
                                         std::string account) {
  if (with_.history == nullptr || with_.changes == nullptr ||
      c.query.text("lang").empty() || c.in == with_.standard.in)
    co_return;
  store::kept_choice kept = notify::to_kept(c.in);
  kept.account = std::move(account);
  store::dashboard_queries::change_work work = [store = with_.changes,
                                                kept = std::move(kept)] {
    return without_value(store->blocking().preset_choice(kept));
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    log::warning("admin: the language of an account is not kept: {}",
                 done.error());
}

asio::awaitable<response> api::forget_choice(const api_request& c) {
  store::dashboard_queries::change_work work = [store = with_.changes,
                                                account = c.who.account] {
    return without_value(store->blocking().forget_choice(account));
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  std::string account = c.who.account;
  co_await keep_language(c, std::move(account));
  response r = co_await me(c);
  co_return r;
}

asio::awaitable<response> api::rehearse(const api_request& c) {
  const auto chosen = read_choice(c);
  if (!chosen)
    co_return bad_request(c, chosen.error());
  std::string account = c.who.account;
  const auto judged = co_await with_.history->judged(
      std::move(account), seconds_now() - rehearsed_days * day_seconds);
  if (!judged)
    co_return unavailable(c);
  const notify::rehearsal r = notify::rehearse(*judged, *chosen, with_.limits);
  co_return json_response({{"days", rehearsed_days},
                           {"mails", r.mails},
                           {"genuine", r.genuine},
                           {"new", r.new_},
                           {"unverified", r.unverified},
                           {"altered", r.altered},
                           {"forged", r.forged},
                           {"rewritten", r.rewritten},
                           {"warned", r.warned},
                           {"popped", r.popped},
                           {"marked", r.marked},
                           {"red", r.red},
                           {"green", r.green},
                           {"over_budget", r.over_budget}});
}

asio::awaitable<response> api::make_token(const api_request& c) {
  constexpr std::size_t octets = 32;
  const std::string token = random_hex(with_.random, octets);
  store::dashboard_queries::change_work work = [store = with_.changes,
                                                account = c.who.account,
                                                hash = hash_of(token)] {
    return without_value(store->blocking().add_token(account, hash, "page"));
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  co_return json_response({{"token", token}});
}

/// All of them, or the one that is named.
asio::awaitable<response> api::forget_tokens(const api_request& c) {
  constexpr std::size_t mark_length = 16;
  std::string mark;
  if (c.body.contains("id")) {
    mark = c.text("id").value_or("");
    if (mark.size() != mark_length)
      co_return bad_request(c, "id: expected that of a token.");
  }
  store::dashboard_queries::change_work work =
      [store = with_.changes, account = c.who.account, mark = std::move(mark)] {
        return store->blocking().forget_tokens(account, mark);
      };
  response r = co_await change_mine(c, std::move(work));
  co_return r;
}

asio::awaitable<response> api::erase_mine(const api_request& c) {
  store::dashboard_queries::change_work work = [store = with_.changes,
                                                account = c.who.account] {
    return store->blocking().erase(account, store::erasure::history);
  };
  response r = co_await change_mine(c, std::move(work));
  co_return r;
}

asio::awaitable<response> api::note_word_known(const api_request& c) {
  store::dashboard_queries::change_work work = [store = with_.changes,
                                                account = c.who.account] {
    return without_value(store->blocking().note_word_known(account));
  };
  response r = co_await change_mine(c, std::move(work));
  co_return r;
}

}  // namespace mekiki::admin
