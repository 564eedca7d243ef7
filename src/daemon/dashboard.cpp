#include "daemon/dashboard.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "admin/assets.hpp"
#include "base/unix_time.hpp"
#include "cli/story_facts.hpp"
#include "daemon/deed_log.hpp"
#include "daemon/domain_pages.hpp"
#include "daemon/open_history.hpp"
#include "daemon/propose.hpp"
#include "daemon/published_policy.hpp"
#include "pop3/account.hpp"
#include "store/sights.hpp"
#include "verdict/lookups.hpp"

namespace mekiki::daemon {

namespace json = boost::json;

namespace {

json::object settings_object(const config::settings& settings,
                             const std::map<std::string, unsigned>& lines,
                             const serve_options& options,
                             notify::language in) {
  json::array rows;
  for (const config::shown_setting& s : config::in_force(settings, lines, in)) {
    json::value line = nullptr;
    if (s.line != 0)
      line = s.line;
    rows.push_back({{"name", s.name},
                    {"value", admin::json_text(s.value)},
                    {"default", s.standard},
                    {"type", s.type},
                    {"help", s.help},
                    {"line", std::move(line)},
                    {"tables", admin::json_text(s.tables)}});
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

/// Whether the login, or else the settings, say that the account's addresses
/// are there.
bool is_own_domain(const config::settings& settings, const std::string& account,
                   const std::string& domain) {
  const std::string host = store::host_of_account(account);
  const verdict::source from{.account = account,
                             .login = account.substr(0, account.rfind('%')),
                             .upstream = host};
  const auto& rule = verdict::rule_for(settings.verdict, host);
  const std::string address = verdict::own_address(from, rule);
  return !domain.empty() && address.substr(address.rfind('@') + 1) == domain;
}

/// For everybody: it holds no secret, and is needed before one can sign in
/// without a warning of the browser.
admin::response authority_file(std::string pem) {
  if (pem.empty())
    return admin::make_error(404);
  admin::response r;
  r.type = "application/x-pem-file";
  r.body = std::move(pem);
  r.fields = {
      {"Content-Disposition", "attachment; filename=\"mekiki-ca.pem\""}};
  return r;
}

using look_at_health =
    std::function<boost::asio::awaitable<std::vector<admin::health_item>>()>;

boost::asio::awaitable<json::object> health_object(
    const metric_sources& counted, look_at_health look, std::int64_t since) {
  const std::vector<admin::health_item> items = co_await look();
  co_return health(counted, items, since);
}

admin::api_parts parts_of_api(const dashboard_parts& p, sign_in& authenticator,
                              store::dashboard_queries* history,
                              admin::sessions& sessions,
                              admin::pairing_codes& codes) {
  const std::int64_t since = unix_seconds(p.now.now());
  const deed_log log(p.options.state / "admin-log");
  return {
      .history = history,
      .changes = p.history,
      .authenticator = authenticator,
      .sessions = sessions,
      .events = p.events,
      .codes = codes,
      .random = p.random,
      .clock = p.now,
      .standard = p.settings.users.standard,
      .word = p.proxy.desk().with().word,
      .limits = p.settings.users.limits,
      .is_demo = !p.options.demo_password.empty(),
      .all_texts = p.settings.history.keep == store::text_retention::of_all,
      .settings =
          [&settings = p.settings, &options = p.options](notify::language in) {
            return settings_object(settings, options.lines, options, in);
          },
      .health = [&counted = p.counted, look = p.health,
                 since] { return health_object(counted, look, since); },
      .propose =
          [&p_settings = p.settings, &now = p.now](
              const store::server_sight& s,
              const std::vector<store::learned_provider>& learned) {
            return propose(p_settings, s, learned, unix_seconds(now.now()));
          },
      .story = cli::kept_story,
      .scope_of =
          [how = history_options(p.settings, p.now)](
              const std::string& account) { return scope_of(account, how); },
      .is_own_domain =
          [&settings = p.settings](const std::string& account,
                                   const std::string& domain) {
            return is_own_domain(settings, account, domain);
          },
      .account_of =
          [&proxy = p.proxy](const std::string& login) {
            return account_of(login, proxy.settings().routes);
          },
      .labels =
          [&labels = p.labels, &now = p.now](const std::string& account) {
            const notify::labels l =
                labels.of(account, unix_seconds(now.now()));
            admin::account_labels out{.values = {l.current},
                                      .tag = labels.tag_of(account)};
            if (!l.previous.empty())
              out.values.push_back(l.previous);
            return out;
          },
      .doors = p.doors,
      .own_domains = {.names = [&watch = p.domains] { return watch.domains(); },
                      .rows =
                          [&watch = p.domains](notify::language in) {
                            return domain_rows(watch, in);
                          },
                      .one =
                          [&watch = p.domains](const std::string& domain,
                                               notify::language in) {
                            return domain_page(watch, domain, in);
                          },
                      .is_watched =
                          [&watch = p.domains](const std::string& domain) {
                            const auto all = watch.domains();
                            return std::ranges::find(all, domain) != all.end();
                          },
                      .look =
                          [&watch = p.domains](const std::string& domain) {
                            return watch.look_soon(domain);
                          },
                      .policy =
                          [&watch = p.domains](const std::string& domain) {
                            return published_policy(watch, domain);
                          }},
      .note_deed = [log](const admin::deed& d) { log.note(d); },
      .deeds = [log] { return log.newest(); },
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
    : options_(parts.options),
      sign_in_(std::move(in)),
      history_(std::move(history)),
      sessions_(parts.random, parts.now),
      codes_(parts.random, parts.now),
      authority_(parts.authority),
      api_(parts_of_api(parts, *sign_in_, history_.get(), sessions_, codes_)) {}

void dashboard::add_pages(admin::router& to) {
  api_.add_pages(to);
  to.add("/mekiki-ca.pem", admin::at_once([this](const admin::request&) {
           return authority_file(authority_());
         }));
  admin::add_assets(to, admin::assets());
}

void dashboard::use(const config::settings& settings,
                    const std::map<std::string, unsigned>& lines) {
  api_.use({.standard = settings.users.standard,
            .limits = settings.users.limits,
            .settings = [&settings, lines,
                         &options = options_](notify::language in) {
              return settings_object(settings, lines, options, in);
            }});
}

std::string dashboard::setup_path() const {
  return sign_in_->link_token().empty()
             ? std::string()
             : fmt::format("/#/setup/{}", sign_in_->link_token());
}

}  // namespace mekiki::daemon
