// Who is signed in. In memory: a restart signs everybody out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace mekiki::admin {

enum class role : std::uint8_t { none, administrator, user };

/// Who asks for something.
struct visitor {
  admin::role role = role::none;
  std::string account;  // of a user
  std::string name;     // of an administrator who has one
  std::string csrf;     // that the visitor's POSTs must carry; "": none needed
  std::string token;    // hash of an add-on's token, by which it came; or ""

  bool is_administrator() const { return role == role::administrator; }
};

/// A session ends 12 hours after it was last used, and a week after it began.
/// At most 1,000 are open, 20 of one account; the one that was used longest ago
/// makes room. Session tokens are kept as hashes.
class sessions {
 public:
  static constexpr std::size_t most = 1'000;
  static constexpr std::size_t most_of_one = 20;

  sessions(random_source& random, const clock& clock)
      : random_(random), clock_(clock) {}

  /// The token: what only the cookie carries. 64 hexadecimal digits.
  /// `name`: of the account, or of the administrator.
  std::string begin(role who, std::string name);
  /// Whose session it is; marks it as used.
  std::optional<visitor> find(std::string_view token);
  /// Whether it is still open; does not mark it as used.
  bool is_open(std::string_view token) const;
  void end(std::string_view token);
  /// Ends all administrators' sessions, after the password was changed.
  void end_administrators();

 private:
  struct session {
    visitor who;
    steady_point begun;
    steady_point used;
  };
  bool is_over(const session& s) const;
  template <class Among>
  void drop_oldest(Among is_candidate);

  random_source& random_;
  const clock& clock_;
  std::map<std::string, session, std::less<>> sessions_;  // by hash of token
};

/// The value of our cookie in a Cookie field (RFC 6265 4.2.1); "" if it has
/// none.
std::string_view session_token(std::string_view cookie_field);

/// A Set-Cookie field's value (RFC 6265 4.1). An empty token ends the cookie.
/// `secure`: it is sent over TLS alone.
enum class cookie_security : std::uint8_t { any, secure };
std::string set_cookie(std::string_view token, cookie_security way);

/// The hash under which a token is kept, in hexadecimal digits.
std::string hash_of(std::string_view token);
/// Takes the same time wherever they differ.
bool is_same_secret(std::string_view a, std::string_view b);

}  // namespace mekiki::admin
