// One mail judged as its octets arrive: all checks, and the one answer.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/verify.hpp"
#include "auth/result.hpp"
#include "base/clock.hpp"
#include "dns/resolver.hpp"
#include "message/header.hpp"

namespace mekiki::verdict {

struct settings {
  dkim::verify_options dkim;
  message::header_limits header;
};

/// What an evaluation needs from outside; all of it outlives the evaluation.
struct services {
  dns::resolver& resolver;
  dkim::key_cache& keys;
  const mekiki::clock& clock;
};

/// The one answer for people. `new_` is spelled "new".
enum class level : std::uint8_t { genuine, new_, unverified, altered, forged };
std::string_view to_string(level l);

/// What all checks said about one mail.
struct verdict {
  level answer = level::unverified;
  /// ASCII: a reason code, then its facts as name=value, separated by spaces.
  std::string reason;
  /// pass, fail or none (never another word): the value of X-DKIM-Check.
  auth::result dkim_check = auth::result::none;

  std::string author;            // the From address a client would show, or ""
  std::string author_domain;     // A-labels, lower case, or ""
  std::size_t author_count = 0;  // mailboxes in all From fields

  std::vector<dkim::signature_result> dkim;
};

/// X-DKIM-Check from the results of all signatures.
auth::result summarize(const std::vector<dkim::signature_result>& results);

/// The verdict on a mail that could not be judged: unverified, with temperror
/// for what was not decided. `reason` is a code ("no-room", "too-late", ...).
verdict undecided(std::string_view reason);

class evaluation {
 public:
  evaluation(const settings& s, services with);
  ~evaluation();
  evaluation(evaluation&&) noexcept;
  evaluation& operator=(evaluation&&) noexcept;

  /// The next octets of the mail, as they are on the wire without the dots
  /// of POP3. As soon as the header is complete, the DNS questions start.
  void write(std::string_view octets);

  /// After the last octet.
  boost::asio::awaitable<verdict> finish();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace mekiki::verdict
