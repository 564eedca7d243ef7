// The daemon's dashboard: the interface of `admin`, joined to the proxy, the
// history and the settings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "admin/api.hpp"
#include "admin/events.hpp"
#include "admin/health.hpp"
#include "admin/pairing.hpp"
#include "admin/router.hpp"
#include "admin/sessions.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "config/manual.hpp"
#include "config/settings.hpp"
#include "daemon/domain_watch.hpp"
#include "daemon/labels.hpp"
#include "daemon/metrics.hpp"
#include "daemon/serve.hpp"
#include "daemon/sign_in.hpp"
#include "pop3/proxy.hpp"
#include "store/dashboard_queries.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {

/// All of them outlive it.
struct dashboard_parts {
  const config::settings& settings;
  const serve_options& options;
  pop3::proxy& proxy;
  label_book& labels;
  std::function<admin::door_list()> doors;
  /// The certificate of our own authority, as a file; "": there is none.
  std::function<std::string()> authority;
  store::store* history;  // null: there is none
  admin::event_hub& events;
  const metric_sources& counted;
  std::function<boost::asio::awaitable<std::vector<admin::health_item>>()>
      health;
  domain_watch& domains;
  random_source& random;
  const clock& now;
};

class dashboard {
 public:
  /// The reason of a failure is a sentence.
  static expected<std::unique_ptr<dashboard>, std::string> open(
      const dashboard_parts& parts);

  /// This object outlives `to`.
  void add_pages(admin::router& to);
  /// What the pages show and allow, from now on; `lines` are those of the
  /// settings file.
  void use(const config::settings& settings,
           const std::map<std::string, unsigned>& lines);
  /// The path of the one-time link that sets the administrator's password; ""
  /// if there is one already.
  std::string setup_path() const;

  store::dashboard_queries* history() { return history_.get(); }
  std::optional<std::int64_t> addon_seen() const { return api_.addon_seen(); }

 private:
  dashboard(const dashboard_parts& parts, std::unique_ptr<sign_in> in,
            std::unique_ptr<store::dashboard_queries> history);

  const serve_options& options_;
  std::unique_ptr<sign_in> sign_in_;
  std::unique_ptr<store::dashboard_queries> history_;
  admin::sessions sessions_;
  admin::pairing_codes codes_;
  std::function<std::string()> authority_;
  admin::api api_;
};

}  // namespace mekiki::daemon
