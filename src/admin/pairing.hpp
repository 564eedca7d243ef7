// Codes by which an add-on is connected with an account: its user reads one on
// the page and types it into the add-on, which gets a token for it. In memory:
// after a restart a new one is needed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/random.hpp"

namespace mekiki::admin {

/// A code has 12 symbols of Crockford's base 32 in groups of four. The first
/// group names the code; the other two are its secret, 40 bits, of which the
/// hash is kept. So a wrong guess counts against the one code it was made for.
/// A code works once, within 10 minutes, until five wrong secrets were tried
/// with its name, and as long as the session lasts that made it.
class pairing_codes {
 public:
  static constexpr std::chrono::minutes lifetime{10};
  static constexpr unsigned most_tries = 5;  // of one code
  static constexpr unsigned most_tries_of_client = 20;
  static constexpr std::chrono::minutes client_rest{10};
  static constexpr std::size_t most = 1'000;          // codes
  static constexpr std::size_t most_clients = 1'000;  // that are remembered

  pairing_codes(random_source& random, const clock& clock)
      : random_(random), clock_(clock) {}

  /// A new code, "7K3M-0QXA-V9TB"; the one that the account had before counts
  /// no more. `session`: what names the session of whoever sees it.
  std::string make(std::string account, std::string session);
  /// The codes of that session count no more.
  void end(std::string_view session);

  struct refusal {
    /// Not 0: this client has tried too often, and may try again after it.
    std::chrono::seconds again{0};
    /// Whose code has just been used up by wrong tries; "" nobody's.
    std::string account;
  };
  /// The account of the code, which is used up by it. `client`: a text for the
  /// client's network, whose wrong tries are counted together. Letters that are
  /// easily confused (O and 0; I, L and 1), hyphens and blanks make no
  /// difference.
  expected<std::string, refusal> take(std::string_view typed,
                                      const std::string& client);

 private:
  struct code {
    std::string hash;
    std::string account;
    std::string session;
    steady_point until;
    unsigned tries = 0;  // wrong ones
  };
  struct client_tries {
    unsigned wrong = 0;
    steady_point until;
  };
  refusal count_wrong(const std::string& client);
  void drop_old();

  random_source& random_;
  const clock& clock_;
  std::map<std::string, code, std::less<>> codes_;  // by name
  std::map<std::string, client_tries> clients_;
};

}  // namespace mekiki::admin
