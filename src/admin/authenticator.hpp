// How people prove who they are. `daemon/sign_in` implements it: it knows
// mailboxes and the password file. Tests have a stand-in.
#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/expected.hpp"
#include "base/ip_address.hpp"
#include "base/secret.hpp"

namespace mekiki::admin {

struct denial {
  unsigned status = 403;          // 400, 403, 409, 429 or 503
  std::string code;               // docs/dashboard.md
  std::string text;               // a sentence
  std::chrono::seconds again{0};  // with 429: when to try again
};

class authenticator {
 public:
  virtual ~authenticator() = default;
  template <class T>
  using answer = boost::asio::awaitable<expected<T, denial>>;

  /// Whether an administrator's password was changed by another program since
  /// the last call: those who are signed in must not stay so.
  virtual bool password_has_changed() = 0;
  /// Whether an administrator has a password.
  virtual bool has_password() const = 0;
  /// Needs the one-time link's token, which is used up by it.
  virtual answer<void> set_password(std::string token, secret password,
                                    ip_address client) = 0;
  /// `name` "": the one who has none.
  virtual answer<void> administrator(std::string name, secret password,
                                     ip_address client) = 0;
  /// Tries the login at its upstream. The answer is the account.
  virtual answer<std::string> mailbox(std::string login, secret password,
                                      ip_address client) = 0;
};

}  // namespace mekiki::admin
