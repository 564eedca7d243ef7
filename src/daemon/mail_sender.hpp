// Sends mails of our own: signs them, and hands them to the smarthost that the
// settings name.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "crypto/private_key.hpp"
#include "net/submit.hpp"

namespace mekiki::daemon {

class mail_sender {
 public:
  /// Reads password, key and authorities, once. Null where smtp.host is empty.
  /// The reason of a failure is a sentence without final stop. `clock` must
  /// outlive it.
  static expected<std::unique_ptr<mail_sender>, std::string> make(
      const config::settings& settings, const clock& clock);

  /// Signs `mail` (see notify::format) where a key is set, and sends it. Blocks
  /// for smtp.timeout at most; see net::submit. For one thread at a time.
  expected<void, net::submit_failure> send(
      std::string_view recipient, std::string_view mail,
      const net::submit_observer& observe = {}) const;

  /// From any thread: what is being sent, and all after it, fails soon.
  void stop() { stopped_ = true; }

  bool signs() const { return signer_.has_value(); }

 private:
  struct signer {
    std::string domain;
    std::string selector;
    crypto::private_key key;
  };

  explicit mail_sender(const clock& clock) : clock_(clock) {}
  expected<std::string, net::submit_failure> sign(std::string_view mail) const;

  const clock& clock_;
  net::smarthost smarthost_;
  std::optional<signer> signer_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace mekiki::daemon
