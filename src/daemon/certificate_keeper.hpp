// Renews our own server certificate while the program runs.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "net/tls.hpp"

namespace mekiki::daemon {

class certificate_keeper {
 public:
  /// `settings` are those in force, which a reload changes; `tls` is what the
  /// listeners use. All outlive this.
  certificate_keeper(const config::settings& settings,
                     std::filesystem::path state, const clock& clock,
                     net::tls_context& tls);

  /// Makes a new certificate if the old one is about to expire. If the state
  /// folder then has another one than `tls`, which `mekiki cert` may have made,
  /// connections that begin from now on have it, and the answer is true. With a
  /// certificate of the settings it does nothing: that one is read at a reload.
  /// The reason of a failure is a sentence.
  expected<bool, std::string> look();

 private:
  const config::settings& settings_;
  const std::filesystem::path state_;
  const clock& clock_;
  net::tls_context& tls_;
};

}  // namespace mekiki::daemon
