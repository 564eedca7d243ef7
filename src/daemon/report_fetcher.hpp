// Fetches mailboxes in which reports about our domains arrive (`[[reports]]`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"
#include "daemon/health.hpp"
#include "daemon/report_keeper.hpp"
#include "pop3/proxy.hpp"
#include "pop3/server_login.hpp"
#include "verdict/request.hpp"

namespace mekiki::daemon {

/// They outlive the fetcher.
struct fetcher_services {
  const config::settings& settings;  // those in force, which a reload changes
  /// Rules for upstreams and limits of mails, those in force.
  std::function<const pop3::proxy_settings&()> rules;
  pop3::upstream_services upstream;
  pop3::host_memory& hosts;
  verdict::services verdict;
  report_keeper& keeper;
  const mekiki::clock& clock;
};

class report_fetcher {
 public:
  explicit report_fetcher(fetcher_services with) : with_(std::move(with)) {}

  /// The passwords, by the file that the settings name.
  using passwords = std::map<std::filesystem::path, secret>;
  void use(passwords p) { passwords_ = std::move(p); }

  /// Fetches those that are due, one after the other, of each at most 2,000
  /// mails, the newest first. No mail is deleted before all its reports are
  /// kept for good, and whole.
  boost::asio::awaitable<void> look();

  /// Breaks off what is under way, and begins nothing more. What was kept so
  /// far is kept; mails that were to be deleted may still be there.
  void stop();
  bool is_busy() const { return current_ != nullptr; }

  /// What is known of a mailbox since the start.
  struct box_state {
    std::optional<std::int64_t> fetched;  // Unix seconds, without a failure
    std::string failure;  // of the last look: a sentence; "": none
  };
  /// In the order of the settings.
  std::vector<box_state> boxes() const;
  struct counters {
    std::uint64_t fetched = 0, failed = 0;  // looks into a mailbox
    std::uint64_t unread = 0, deleted = 0;  // mails
  };
  const counters& counted() const { return counted_; }

 private:
  struct session;
  struct box : box_state {
    steady_point due{};
  };
  boost::asio::awaitable<void> fetch(config::report_mailbox box);
  boost::asio::awaitable<void> fetch_mails(session& s);
  bool waits_for_dns(const session& s, const std::string& uidl,
                     const verdict::judgement& v);
  boost::asio::awaitable<bool> take_mail(session& s, std::uint32_t number,
                                         std::string uidl);
  void note(const config::report_mailbox& of, std::string failure);
  boost::asio::awaitable<bool> list(session& s);

  const fetcher_services with_;
  passwords passwords_;
  bool is_stopped_ = false;
  session* current_ = nullptr;        // while a mailbox is fetched
  std::map<std::string, box> boxes_;  // by account as given
  counters counted_;
  // How often the server broke off within a mail, by account and unique-id.
  std::map<std::pair<std::string, std::string>, int> broke_off_;
  // Since when mails wait for the DNS to say whose they are, in Unix seconds.
  std::map<std::pair<std::string, std::string>, std::int64_t> open_since_;
};

report_health health_of(const report_fetcher& fetcher);

}  // namespace mekiki::daemon
