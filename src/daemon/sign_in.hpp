// Signs in to the dashboard: the administrator by a password, and users by
// their mailboxes, whose logins are tried at their own servers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "admin/authenticator.hpp"
#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/random.hpp"
#include "daemon/administrators.hpp"
#include "pop3/account.hpp"
#include "pop3/proxy.hpp"
#include "pop3/throttle.hpp"
#include "store/job_thread.hpp"

namespace mekiki::daemon {

/// The administrators' passwords are hashes in the file `admin-password` of the
/// state folder (administrators.hpp); without that file, a link that works once
/// sets it. If the file is removed, the next start makes a new link. `mekiki
/// passwd` replaces it, which counts at once.
///
/// Refused passwords slow down the next ones, for each client and, for
/// mailboxes, for each account, where logins of mail clients count as well.
class sign_in final : public admin::authenticator {
 public:
  static constexpr std::size_t shortest_password = 10;  // octets
  static constexpr std::size_t longest_password = 1'000;
  // Logins of mailboxes that are tried at the same time, for 10 s at most: so a
  // server that does not answer keeps nobody else out.
  static constexpr std::size_t most_logins = 64;
  static constexpr std::size_t most_logins_of_client = 4;

  /// `proxy` outlives it. The reason of a failure is a sentence.
  static expected<std::unique_ptr<sign_in>, std::string> open(
      const std::filesystem::path& state, pop3::proxy& proxy,
      random_source& random, const clock& clock);

  /// Sets the administrator's password, for `demo`.
  void set_password_now(const secret& password);
  /// The token of the one-time link; "" once there is a password.
  const std::string& link_token() const { return token_; }

  bool password_has_changed() override;
  bool has_password() const override { return all_.has_any(); }
  answer<void> set_password(std::string token, secret password,
                            ip_address client) override;
  answer<void> administrator(std::string name, secret password,
                             ip_address client) override;
  answer<std::string> mailbox(std::string login, secret password,
                              ip_address client) override;

 private:
  sign_in(std::filesystem::path file, pop3::proxy& proxy, const clock& clock);

  boost::asio::awaitable<expected<void, admin::denial>> wait_turn(
      pop3::throttle& of, std::string key);
  answer<std::string> log_in(const pop3::target& where,
                             const pop3::credentials& who);
  answer<std::string> log_in_by(std::vector<pop3::target> ways,
                                pop3::credentials who);
  bool is_crowded(const std::string& network) const;

  /// The file as it was last seen.
  struct seen_file {
    std::uint64_t inode = 0;
    std::int64_t changed = 0;  // nanoseconds
    bool operator==(const seen_file&) const = default;
  };
  seen_file look() const;

  std::filesystem::path file_;
  seen_file seen_;
  pop3::proxy& proxy_;
  administrators all_;
  std::string token_;
  pop3::throttle by_client_;
  std::map<std::string, std::size_t> logins_;  // being tried, by network
  store::job_thread hashing_;
};

}  // namespace mekiki::daemon
