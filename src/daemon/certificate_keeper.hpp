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
  /// `tls` has the certificate that is in the state folder now. All outlive
  /// this.
  certificate_keeper(const config::settings& settings,
                     std::filesystem::path state, const clock& clock,
                     net::tls_context& tls);

  /// Makes a new certificate if the old one is about to expire. If there is
  /// another one than before, `mekiki cert` may have made it, connections that
  /// begin from now on have it, and the answer is true. The reason of a failure
  /// is a sentence.
  expected<bool, std::string> look();

 private:
  const config::settings& settings_;
  const std::filesystem::path state_;
  const clock& clock_;
  net::tls_context& tls_;
  std::string chain_;  // that `tls_` has, as PEM
};

}  // namespace mekiki::daemon
