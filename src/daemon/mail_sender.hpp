// Sends mails of our own: signs them, and hands them to the smarthost that the
// settings name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "crypto/private_key.hpp"
#include "dns/resolver.hpp"
#include "net/submit.hpp"

namespace mekiki::daemon {

class mail_sender {
 public:
  /// Reads password, key and authorities, once. Null where smtp.host is empty.
  /// The reason of a failure is a sentence without final stop. `resolver` and
  /// `clock` must outlive it.
  static expected<std::unique_ptr<mail_sender>, std::string> make(
      const config::settings& settings, dns::resolver& resolver,
      const clock& clock);

  /// Signs `mail` (see notify::format) where a key is set, and sends it, for
  /// smtp.timeout at most; see net::submit. All arguments outlive it.
  boost::asio::awaitable<expected<void, net::submit_failure>> send(
      std::string_view recipient, std::string_view mail,
      const net::submit_observer& observe) const;

  bool signs() const { return signer_.has_value(); }

 private:
  struct signer {
    std::string domain;
    std::string selector;
    crypto::private_key key;
  };

  mail_sender(dns::resolver& resolver, const clock& clock)
      : services_{.resolver = resolver, .clock = clock} {}
  expected<std::string, net::submit_failure> sign(std::string_view mail) const;

  net::submit_services services_;
  net::smarthost smarthost_;
  std::optional<signer> signer_;
};

}  // namespace mekiki::daemon
