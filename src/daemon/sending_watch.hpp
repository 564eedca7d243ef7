// Looks once an hour at what reports tell of the domains in `domains.watch`,
// and says which mails to administrators that calls for: news of senders, and
// a summary of each month.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/unix_time.hpp"
#include "config/settings.hpp"
#include "daemon/domain_watch.hpp"
#include "notify/mail/own_mail.hpp"
#include "notify/mail/sending_mail.hpp"
#include "notify/words/texts.hpp"
#include "store/dashboard_queries.hpp"
#include "store/warning.hpp"

namespace mekiki::daemon {

class sending_watch {
 public:
  /// `settings` are those in force, which a reload changes. All outlive this.
  sending_watch(const config::settings& settings, const notify::texts& texts,
                store::dashboard_queries& history, store::store& changes,
                const domain_watch& domains, const clock& clock)
      : settings_(settings),
        texts_(texts),
        history_(history),
        changes_(changes),
        domains_(domains),
        clock_(clock) {}

  /// `told` is kept together with the mails, so that none is sent twice.
  struct due_mail {
    notify::own_mail mail;
    std::vector<store::told_sending> told;
  };
  /// What is due; nothing where it looked less than an hour ago, or where the
  /// history has no answer.
  boost::asio::awaitable<std::vector<due_mail>> look();

  /// The time between two mails with news of a domain.
  static constexpr std::int64_t pause_of_news = day_seconds;
  /// A jump is told once in that time: it may go on.
  static constexpr std::int64_t pause_of_jumps = 14 * day_seconds;

 private:
  using view = store::dashboard_queries::sending_news_view;
  struct found {
    std::vector<notify::domain_sending_news> news;
    std::vector<store::told_sending> told;
    std::vector<store::told_sending> begun;  // without a mail
    std::vector<due_mail> summaries;
  };
  boost::asio::awaitable<void> look_at(std::string domain, std::int64_t now,
                                       found& out);
  boost::asio::awaitable<void> sum_up(std::string domain, const view& seen,
                                      std::int64_t now, found& out);

  const config::settings& settings_;
  const notify::texts& texts_;
  store::dashboard_queries& history_;
  store::store& changes_;
  const domain_watch& domains_;
  const clock& clock_;
  std::optional<steady_point> looked_;
};

/// What of `seen` is told now; `now` is Unix seconds. Nothing where nothing is,
/// or a mail came too lately.
std::optional<reports::sending_news> news_to_tell(
    const store::dashboard_queries::sending_news_view& seen,
    const std::string& domain, std::int64_t now);

}  // namespace mekiki::daemon
