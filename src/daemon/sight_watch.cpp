#include "daemon/sight_watch.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/printable.hpp"
#include "net/sleep.hpp"

namespace mekiki::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds freshness{5};
constexpr std::chrono::minutes pause{1};

}  // namespace

asio::awaitable<std::optional<std::vector<store::server_sight>>>
sight_watch::look() {
  const steady_point now = now_.steady();
  if (asked_ && now - *asked_ < freshness)
    co_return servers_;
  auto found = co_await history_.sights("");
  if (found)
    servers_ = std::move(found->servers);
  else
    servers_.reset();
  asked_ = now;  // not before: meanwhile others ask, too
  co_return servers_;
}

asio::awaitable<void> sight_watch::run() {
  for (;;) {
    const auto servers = co_await look();
    if (servers)
      tell(*servers);
    co_await net::sleep(pause);
  }
}

void sight_watch::tell(const std::vector<store::server_sight>& servers) {
  std::map<std::string, store::sight> now;
  for (const store::server_sight& s : servers) {
    now[s.host] = s.what;
    const auto before = told_.find(s.host);
    if (before != told_.end() && before->second == s.what)
      continue;
    if (s.what == store::sight::blind) {
      log::warning("{}; the dashboard says what to set", tell_blind(s));
    } else if (before != told_.end() && before->second == store::sight::blind) {
      log::info("forgeries can be recognised again for {}", printable(s.host));
    }
  }
  told_ = std::move(now);
}

std::string tell_blind(const store::server_sight& s) {
  return fmt::format(
      "most forgeries cannot be recognised for {}: of {} of {} mails it is not "
      "known where they came in{}",
      printable(s.host), s.mails - s.certain, s.mails,
      s.why.empty() ? std::string()
                    : fmt::format(" ({})", printable(s.why.front().name)));
}

}  // namespace mekiki::daemon
