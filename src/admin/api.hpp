// The dashboard's interface: docs/dashboard.md, in its order. The answers are
// made in api_*.cpp; who may have them is decided here, in one place.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "admin/call.hpp"
#include "admin/events.hpp"
#include "admin/gate.hpp"
#include "admin/router.hpp"
#include "admin/sessions.hpp"
#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/random.hpp"
#include "notify/policy/choice.hpp"
#include "store/browser.hpp"
#include "store/store.hpp"

namespace mekiki::admin {

/// Outlives the pages.
struct api_parts {
  store::browser* history = nullptr;  // both null: there is none
  store::store* changes = nullptr;
  admin::gate& gate;
  admin::sessions& sessions;
  event_hub& events;
  random_source& random;
  const mekiki::clock& clock;

  notify::choice standard;  // of users who have not chosen
  notify::limits limits;
  bool is_demo = false;

  boost::json::object settings;                 // GET /api/settings
  std::function<boost::json::object()> health;  // HEALTH
  /// The story of a mail in that language, where one is kept.
  std::function<std::string(const store::mail_detail& m, notify::language in)>
      story;
  /// Whose history the account has, as domain_history::scope names it.
  std::function<std::string(const std::string& account)> scope_of;
  /// The account that a login name means. The error is a sentence.
  std::function<expected<std::string, std::string>(const std::string& login)>
      account_of;
};

class api {
 public:
  explicit api(api_parts parts) : with_(std::move(parts)) {}
  api(const api&) = delete;
  api& operator=(const api&) = delete;

  /// This outlives them.
  void add_pages(router& to);

 private:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;
  using handler = awaitable<response> (api::*)(const call& c);

  enum class need : std::uint8_t { nothing, sign_in, administrator, user };
  struct access {
    need who = need::sign_in;
    /// Starts a session, so the request carries no CSRF token yet.
    bool begins_session = false;
    bool needs_history = true;
  };
  void add_get(router& to, std::string path, access a, handler h);
  void add_post(router& to, std::string path, access a, handler h);
  awaitable<response> answer(const request& r, access a, handler h);
  awaitable<visitor> find_visitor(const request& r);

  // api_session.cpp
  awaitable<response> get_session(const call& c);
  awaitable<response> set_up(const call& c);
  awaitable<response> sign_in(const call& c);
  awaitable<response> sign_out(const call& c);
  response begun(const call& c, role who, std::string account);
  boost::json::object session_object(const visitor& who) const;

  // api_mails.cpp
  awaitable<response> overview(const call& c);
  awaitable<response> mails(const call& c);
  awaitable<response> mail(const call& c);
  awaitable<response> listen(const call& c);

  // api_senders.cpp
  awaitable<response> domains(const call& c);
  awaitable<response> domain(const call& c);
  awaitable<response> keys(const call& c);
  awaitable<response> rules(const call& c);
  awaitable<response> add_rule(const call& c);
  awaitable<response> remove_rule(const call& c);
  std::string scope_for(const visitor& who) const;

  // api_people.cpp
  awaitable<response> people(const call& c);
  awaitable<response> settings(const call& c);
  awaitable<response> me(const call& c);
  awaitable<response> choose(const call& c);
  awaitable<response> forget_choice(const call& c);
  awaitable<response> rehearse(const call& c);
  awaitable<response> make_token(const call& c);
  awaitable<response> forget_tokens(const call& c);
  expected<notify::choice, std::string> read_choice(const call& c) const;
  /// Changes something of the user's, and shows what there is then.
  awaitable<response> change_mine(const call& c,
                                  store::browser::change_work work);

  std::int64_t seconds_now() const;

  api_parts with_;
};

/// The store's refusal, as an answer.
response conflict(std::string_view sentence);

/// `offset` and `limit` of a list's query.
store::page_range range_of(const call& c);
/// Where its next page begins, or null.
template <class Row>
boost::json::value next_of(const store::page_of<Row>& page,
                           store::page_range r) {
  return page.more ? boost::json::value(r.offset + page.rows.size())
                   : boost::json::value(nullptr);
}

/// What the store did, where its answer is of no use.
template <class T>
expected<std::int64_t, std::string> without_value(
    const expected<T, std::string>& done) {
  if (!done)
    return unexpected(done.error());
  return 0;
}

}  // namespace mekiki::admin
