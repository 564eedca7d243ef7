// Whether forgeries can be recognised at all: asked of the history now and
// then, and told to the log, to /healthz and to /metrics.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "store/dashboard_queries.hpp"

namespace mekiki::daemon {

class sight_watch {
 public:
  /// Both outlive it.
  sight_watch(store::dashboard_queries& history, const clock& now)
      : history_(history), now_(now) {}

  /// As of at most five seconds ago. Nothing where there was no answer.
  boost::asio::awaitable<std::optional<std::vector<store::server_sight>>>
  look();
  /// The last answer.
  const std::optional<std::vector<store::server_sight>>& last() const {
    return servers_;
  }

  /// Tells the log at the start, and when something changes, until the loop
  /// ends.
  boost::asio::awaitable<void> run();

 private:
  void tell(const std::vector<store::server_sight>& servers);

  store::dashboard_queries& history_;
  const clock& now_;
  std::optional<std::vector<store::server_sight>> servers_;
  std::optional<steady_point> asked_;
  std::map<std::string, store::sight> told_;  // by server
};

/// "most forgeries cannot be recognised for pop.example.jp: of 15 of 15 mails
/// it is not known where they came in (provider-unknown mx.example.jp)"
std::string tell_blind(const store::server_sight& s);

}  // namespace mekiki::daemon
