// Sends warnings and digests by SMTP: makes mails of what waits in the store,
// and sends them.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "config/settings.hpp"
#include "daemon/domain_watch.hpp"
#include "daemon/labels.hpp"
#include "daemon/mail_sender.hpp"
#include "daemon/sending_watch.hpp"
#include "notify/mail/digest.hpp"
#include "notify/mail/own_mail.hpp"
#include "notify/words/texts.hpp"
#include "store/dashboard_queries.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {

/// Polls the store, in which pending warnings and unsent mails survive a
/// restart. A mail that cannot be sent is tried again
/// after 1 minute, then after twice as long each time, at least every 4 hours,
/// for 5 days; one that the smarthost refuses for good is given up at once. The
/// log says so each time. One mail at a time.
class warning_sender {
 public:
  /// All arguments outlive it. Without `queries` digests tell nothing of what
  /// is open. What `domains` and `sending` (may be null) have news of is told
  /// to administrators.
  warning_sender(const config::settings& settings, const notify::texts& texts,
                 const label_book& labels, store::store& history,
                 mail_sender& sender, const clock& clock,
                 store::dashboard_queries* queries, domain_watch* domains,
                 sending_watch* sending);

  /// Works until the loop ends.
  boost::asio::awaitable<void> run();

 private:
  boost::asio::awaitable<void> look();
  boost::asio::awaitable<void> tell(const store::sending_work::reader& r,
                                    std::int64_t now);
  boost::asio::awaitable<void> tell_administrators(std::int64_t now);
  boost::asio::awaitable<void> tell_user(const store::sending_work::reader& r,
                                         std::int64_t now);
  boost::asio::awaitable<void> tell_of_domains(std::int64_t now);
  boost::asio::awaitable<void> tell_of_sending(std::int64_t now);
  boost::asio::awaitable<void> digest(std::int64_t digested_until,
                                      std::int64_t now);
  boost::asio::awaitable<notify::open_matters> look_at_open_matters(
      std::int64_t from, std::int64_t to);
  boost::asio::awaitable<bool> keep_for_administrators(
      const notify::own_mail& mail, store::outgoing_mails all,
      std::int64_t now);
  boost::asio::awaitable<void> send(store::outgoing_mail m, std::int64_t now);
  std::string octets_for(notify::own_mail mail, std::string recipient,
                         std::int64_t now);

  const config::settings& settings_;
  const notify::texts& texts_;
  const label_book& labels_;
  store::store& history_;
  mail_sender& sender_;
  const clock& clock_;
  store::dashboard_queries* queries_;
  domain_watch* domains_;
  sending_watch* sending_;
  system_random random_;
  /// Sent or given up, but not noted in the store yet: not to be sent twice.
  std::set<std::int64_t> done_;
};

}  // namespace mekiki::daemon
