// Fetches mailboxes in which reports about our domains arrive (`[[reports]]`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"
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

  /// Fetches those that are due, one after the other. No mail is deleted before
  /// its reports are kept for good.
  boost::asio::awaitable<void> look();

  /// Breaks off what is under way, and begins nothing more. What was kept so
  /// far is kept; mails that were to be deleted may still be there.
  void stop();
  bool is_busy() const { return current_ != nullptr; }

 private:
  struct session;
  boost::asio::awaitable<void> fetch(config::report_mailbox box);
  boost::asio::awaitable<void> fetch_mails(session& s);
  boost::asio::awaitable<bool> take_mail(session& s, std::uint32_t number,
                                         std::string uidl);
  boost::asio::awaitable<bool> list(session& s);

  const fetcher_services with_;
  passwords passwords_;
  bool is_stopped_ = false;
  session* current_ = nullptr;               // while a mailbox is fetched
  std::map<std::string, steady_point> due_;  // by account as given
  std::map<std::string, std::string> told_;  // the last failure
  // How often the server broke off within a mail, by account and unique-id.
  std::map<std::pair<std::string, std::string>, int> broke_off_;
};

}  // namespace mekiki::daemon
