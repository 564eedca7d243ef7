#include "daemon/dashboard.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "admin/assets.hpp"
#include "base/unix_time.hpp"
#include "cli/story_facts.hpp"
#include "daemon/open_history.hpp"
#include "pop3/account.hpp"

namespace mekiki::daemon {

namespace json = boost::json;

namespace {

json::object settings_object(const config::settings& settings,
                             const serve_options& options) {
  json::array rows;
  for (const config::shown_setting& s :
       config::in_force(settings, options.lines)) {
    json::value line = nullptr;
    if (s.line != 0)
      line = s.line;
    rows.push_back({{"name", s.name},
                    {"value", admin::json_text(s.value)},
                    {"default", s.standard},
                    {"type", s.type},
                    {"help", s.help},
                    {"line", std::move(line)}});
  }
  json::value file = nullptr;
  if (!options.settings_file.empty())
    file = admin::json_text(options.settings_file.string());
  return {{"file", std::move(file)}, {"settings", std::move(rows)}};
}

/// Whose history the account's mails are counted in: its own, or that of its
/// upstream.
std::string scope_of(const std::string& account, const store::options& how) {
  const auto where =
      pop3::find_target(account, pop3::client_leg::implicit_tls, {});
  const bool is_shared = where && how.is_shared && how.is_shared(where->host);
  return is_shared ? where->host : account;
}

admin::api_parts parts_of_api(const dashboard_parts& p, sign_in& authenticator,
                              store::dashboard_queries* history,
                              admin::sessions& sessions) {
  const std::int64_t since = unix_seconds(p.now.now());
  return {
      .history = history,
      .changes = p.history,
      .authenticator = authenticator,
      .sessions = sessions,
      .events = p.events,
      .random = p.random,
      .clock = p.now,
      .standard = p.settings.users.standard,
      .word = p.proxy.desk().with().word,
      .limits = p.settings.users.limits,
      .is_demo = !p.options.demo_password.empty(),
      .settings = settings_object(p.settings, p.options),
      .health = [&counted = p.counted, &now = p.now,
                 since] { return health(counted, now.steady(), since); },
      .story = cli::kept_story,
      .scope_of =
          [how = history_options(p.settings, p.now)](
              const std::string& account) { return scope_of(account, how); },
      .account_of =
          [&settings = p.settings](const std::string& login) {
            return account_of(login, settings.routes);
          },
  };
}

}  // namespace

expected<std::unique_ptr<dashboard>, std::string> dashboard::open(
    const dashboard_parts& parts) {
  auto access =
      sign_in::open(parts.options.state, parts.proxy, parts.random, parts.now);
  if (!access)
    return unexpected(access.error());
  if (!parts.options.demo_password.empty())
    (*access)->set_password_now(
        secret(std::string(parts.options.demo_password)));
  std::unique_ptr<store::dashboard_queries> history;
  if (parts.history != nullptr) {
    auto opened = store::open_dashboard_queries(
        parts.options.state / store::file_name,
        history_options(parts.settings, parts.now));
    if (!opened)
      return unexpected(opened.error());
    history = std::move(*opened);
  }
  return std::unique_ptr<dashboard>(
      new dashboard(parts, std::move(*access), std::move(history)));
}

dashboard::dashboard(const dashboard_parts& parts, std::unique_ptr<sign_in> in,
                     std::unique_ptr<store::dashboard_queries> history)
    : sign_in_(std::move(in)),
      history_(std::move(history)),
      sessions_(parts.random, parts.now),
      api_(parts_of_api(parts, *sign_in_, history_.get(), sessions_)) {}

void dashboard::add_pages(admin::router& to) {
  api_.add_pages(to);
  admin::add_assets(to, admin::assets());
}

std::string dashboard::setup_path() const {
  return sign_in_->link_token().empty()
             ? std::string()
             : fmt::format("/#/setup/{}", sign_in_->link_token());
}

}  // namespace mekiki::daemon
