// The dashboard's interface, in the order of docs/dashboard.md. Its answers are
// made in api_*.cpp; the access to them is decided in one place, api.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/api_request.hpp"
#include "admin/authenticator.hpp"
#include "admin/deeds.hpp"
#include "admin/events.hpp"
#include "admin/pairing.hpp"
#include "admin/router.hpp"
#include "admin/sessions.hpp"
#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/random.hpp"
#include "base/time_zone.hpp"
#include "notify/policy/choice.hpp"
#include "reports/sending_plan.hpp"
#include "store/dashboard_queries.hpp"
#include "store/store.hpp"

namespace mekiki::admin {

/// What would let forgeries be recognised at a server.
struct border_proposal {
  /// The lines of a [[provider]] table; "": nothing that was seen tells.
  std::string settings;
  /// The settings have a table for the server, which the lines belong into.
  bool has_provider = false;
};

/// How an account's mails are told from others'.
struct account_labels {
  std::vector<std::string> values;  // the new one, and perhaps the one before
  std::string tag;                  // the end of Thunderbird's tags
};

/// Where mail clients find us.
struct door_list {
  /// Of the settings: which login names need no "%SERVER".
  struct route {
    std::string pattern, host;
  };
  std::vector<std::uint16_t> pop3;
  std::vector<std::uint16_t> pop3s;
  std::string ca_sha256;  // of our own authority; "": it is not in use
  std::vector<route> routes;
};

/// The domains whose records are watched.
struct own_domain_parts {
  std::function<std::vector<std::string>()> names;
  std::function<boost::json::array(notify::language in)> rows;
  /// Nothing: it is not watched.
  std::function<std::optional<boost::json::object>(const std::string& domain,
                                                   notify::language in)>
      one;
  std::function<bool(const std::string& domain)> is_watched;
  /// Has its records looked at soon. False: it is not watched.
  std::function<bool(const std::string& domain)> look;
  /// What the last look found; nothing: it is not watched, or was not looked at
  /// yet.
  std::function<std::optional<reports::policy_now>(const std::string& domain)>
      policy;
};

/// They outlive the pages.
struct api_parts {
  store::dashboard_queries* history = nullptr;  // both null: there is none
  store::store* changes = nullptr;
  admin::authenticator& authenticator;
  admin::sessions& sessions;
  event_hub& events;
  pairing_codes& codes;
  random_source& random;
  const mekiki::clock& clock;

  notify::choice standard;  // of users who have not chosen
  /// The secret word of an account that chose none.
  std::function<std::string(const std::string& account)> word;
  notify::limits limits;
  bool is_demo = false;
  /// Administrators see the texts of all mails that are kept.
  bool all_texts = false;

  /// GET /api/settings.
  std::function<boost::json::object(notify::language in)> settings;
  std::function<boost::asio::awaitable<boost::json::object>()>
      health;  // HEALTH
  std::function<border_proposal(
      const store::server_sight& s,
      const std::vector<store::learned_provider>& learned)>
      propose;
  /// The story of a mail in that language, where one is kept.
  std::function<std::string(const store::mail_detail& m, notify::language in)>
      story;
  /// Whose history the account has, as domain_history::scope names it.
  std::function<std::string(const std::string& account)> scope_of;
  /// Whether the domain is that of the account's own addresses.
  std::function<bool(const std::string& account, const std::string& domain)>
      is_own_domain;
  /// The account that a login name means. The error is a sentence.
  std::function<expected<std::string, std::string>(const std::string& login)>
      account_of;
  std::function<account_labels(const std::string& account)> labels;
  std::function<door_list()> doors;
  own_domain_parts own_domains;
  std::function<void(const deed& d)> note_deed;
  /// What administrators did; the newest first.
  std::function<std::vector<deed>()> deeds;
};

class api {
 public:
  explicit api(api_parts parts) : with_(std::move(parts)) {}
  api(const api&) = delete;
  api& operator=(const api&) = delete;

  /// Adds all pages of the interface. This object outlives `to`.
  void add_pages(router& to);

  /// When an add-on last asked something (Unix seconds); nothing: not since the
  /// start.
  std::optional<std::int64_t> addon_seen() const { return addon_seen_; }

  /// From now on these hold.
  struct choices {
    notify::choice standard;
    notify::limits limits;
    std::function<boost::json::object(notify::language in)> settings;
  };
  void use(choices c) {
    with_.standard = std::move(c.standard);
    with_.limits = c.limits;
    with_.settings = std::move(c.settings);
  }

 private:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;
  using handler = awaitable<response> (api::*)(const api_request& c);

  enum class need : std::uint8_t { nothing, sign_in, administrator, user };
  struct access {
    need who = need::sign_in;
    /// Starts a session, so the request carries no CSRF token yet.
    bool begins_session = false;
    bool needs_history = true;
    /// For those who came by an add-on's token, too.
    bool by_token = false;
    /// Asked by an add-on without a token: never by a page.
    bool is_for_addon = false;
  };
  void add_get(router& to, std::string path, access a, handler h);
  void add_post(router& to, std::string path, access a, handler h);
  awaitable<response> answer(const request& r, access a, handler h);
  awaitable<visitor> find_visitor(const request& r);

  // api_session.cpp
  awaitable<response> get_session(const api_request& c);
  awaitable<response> set_up(const api_request& c);
  awaitable<response> sign_in(const api_request& c);
  awaitable<response> sign_out(const api_request& c);
  response begun(const api_request& c, role who, const std::string& name);
  void note_deed(const api_request& c, std::string who,
                 std::string_view answer);
  boost::json::object session_object(const visitor& who) const;

  // api_mails.cpp
  awaitable<response> overview(const api_request& c);
  boost::json::object sight_object(
      const store::dashboard_queries::found_sights& found,
      const visitor& who) const;
  expected<store::mail_filter, std::string_view> read_filter(
      const api_request& c) const;
  awaitable<response> mails(const api_request& c);
  awaitable<response> count_mails(const api_request& c);
  awaitable<response> suggestions(const api_request& c);
  awaitable<response> mail(const api_request& c);
  awaitable<response> listen(const api_request& c);

  // api_feedback.cpp
  awaitable<response> reports(const api_request& c);
  awaitable<response> say_about(const api_request& c);
  awaitable<response> answer_report(const api_request& c);

  // api_domain_reports.cpp
  awaitable<response> sending(const api_request& c);
  awaitable<response> sending_group(const api_request& c);
  awaitable<response> sending_source(const api_request& c);
  awaitable<response> kept_reports(const api_request& c);

  // api_sending_plan.cpp
  awaitable<response> sending_plan(const api_request& c);
  awaitable<response> mark_sender(const api_request& c);
  awaitable<response> ignore_reporter(const api_request& c);

  // api_senders.cpp
  awaitable<response> domains(const api_request& c);
  awaitable<response> domain(const api_request& c);
  awaitable<response> keys(const api_request& c);
  awaitable<response> rules(const api_request& c);
  awaitable<response> add_rule(const api_request& c);
  awaitable<response> remove_rule(const api_request& c);
  std::string scope_for(const visitor& who) const;

  // api_domains.cpp
  awaitable<response> own_domains(const api_request& c);
  awaitable<response> own_domain(const api_request& c);
  awaitable<response> look_at_own_domain(const api_request& c);
  awaitable<boost::json::array> likely_domains();

  // api_people.cpp
  awaitable<response> people(const api_request& c);
  awaitable<response> choose_for(const api_request& c);
  awaitable<response> settings(const api_request& c);
  awaitable<response> deeds(const api_request& c);
  awaitable<response> me(const api_request& c);
  awaitable<response> choose(const api_request& c);
  awaitable<response> forget_choice(const api_request& c);
  awaitable<response> rehearse(const api_request& c);
  awaitable<response> make_token(const api_request& c);
  awaitable<response> forget_tokens(const api_request& c);
  awaitable<response> erase_mine(const api_request& c);
  awaitable<response> note_word_known(const api_request& c);

  // api_setup.cpp
  awaitable<response> client_rules(const api_request& c);
  awaitable<response> make_code(const api_request& c);
  awaitable<response> pair(const api_request& c);
  awaitable<response> connection(const api_request& c);
  awaitable<response> end_connection(const api_request& c);
  awaitable<response> doors(const api_request& c);
  awaitable<std::optional<boost::json::object>> connection_of(
      std::string account);
  /// What the account chose, or what holds for it.
  notify::choice in_force(const std::string& account,
                          const std::optional<store::kept_choice>& chosen,
                          notify::choice& standard) const;

  // api_borders.cpp
  awaitable<response> borders(const api_request& c);
  awaitable<response> answer_border(const api_request& c);
  expected<std::string, std::string> border_scope(
      const api_request& c, const std::string& login) const;
  awaitable<response> questions_of(const api_request& c, std::string scope);
  expected<notify::methods, std::string> read_methods(
      const api_request& c) const;
  expected<notify::choice, std::string> read_choice(const api_request& c) const;
  awaitable<void> keep_language(const api_request& c, std::string account);
  /// Changes something of the user's, and answers with ME.
  awaitable<response> change_mine(const api_request& c,
                                  store::dashboard_queries::change_work work);

  std::int64_t seconds_now() const;

  api_parts with_;
  std::optional<std::int64_t> addon_seen_;
};

/// MAIL of docs/dashboard.md
boost::json::object to_json(const store::mail_row& m, notify::language in);
/// GROUP
boost::json::object to_json(const store::forged_group& g);
/// ZONE, as its clocks are at `now`.
boost::json::object to_json(time_zone zone, std::int64_t now);
/// FEEDBACK, or null
boost::json::value to_json(const std::optional<store::feedback>& said);

/// The store's refusal, as an answer.
response conflict(const api_request& c, std::string_view english);

/// `offset` and `limit` of a list's query.
store::page_range range_of(const api_request& c);
/// Where its next page begins, or null.
template <class Row>
boost::json::value next_of(const store::page_of<Row>& page,
                           store::page_range r) {
  return page.more ? boost::json::value(r.offset + page.rows.size())
                   : boost::json::value(nullptr);
}

/// CHOICE of docs/dashboard.md
enum class word_is { shown, left_out };
boost::json::object to_json(const notify::choice& c, word_is word);

/// The store's success or error, without its value.
template <class T>
expected<std::int64_t, std::string> without_value(
    const expected<T, std::string>& done) {
  if (!done)
    return unexpected(done.error());
  return 0;
}

}  // namespace mekiki::admin
