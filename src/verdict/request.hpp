// The inputs of an evaluation beside the mail: settings, services, and where
// the mail came from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/verify.hpp"
#include "auth/dmarc/evaluate.hpp"
#include "base/clock.hpp"
#include "base/compute_pool.hpp"
#include "base/ip_address.hpp"
#include "dns/resolver.hpp"
#include "message/header.hpp"
#include "verdict/decide.hpp"
#include "verdict/history.hpp"
#include "verdict/own_sender.hpp"

namespace mekiki::verdict {

class silent_signers;

/// What the settings say about a provider.
struct provider_rule {
  std::string upstream;              // host or "*.example.jp"
  std::vector<ip_network> networks;  // its own hosts
  std::string mail_domain;  // of its accounts, where logins do not say it
  std::string host_domain;  // of its hosts, where not the upstream's
  bool mail_only = false;   // no customer's programs run on its mail hosts
  std::vector<std::string> authserv_ids;  // believed above the border
  bool shares_history = false;            // between accounts
};

struct settings {
  own_sender own;
  dkim::verify_options dkim;
  message::header_limits header;
  dmarc::options dmarc;
  bool senderid = false;
  bool adsp = false;
  bool iprev = false;
  policy decision;
  std::vector<provider_rule> providers;  // the first that matches counts
  std::vector<std::string> watched;      // domains compared with look-alikes
  std::chrono::milliseconds history_deadline{200};
  /// DNS questions are asked only within this time after the mail's first one.
  std::chrono::milliseconds dns_budget{std::chrono::seconds(8)};
};

/// The rule for a host that mails are fetched from; an empty one if there is
/// none. Part of `s`.
const provider_rule& rule_for(const settings& s, std::string_view upstream);

/// The services that an evaluation uses; all of them outlive it.
struct services {
  dns::resolver& resolver;
  dkim::key_cache& keys;
  const mekiki::clock& clock;
  verdict::history* history = nullptr;
  /// Domains that look-alikes are compared with beside those of the history.
  const correspondents* watched = nullptr;
  /// Runs a coroutine beside the session. Empty: what could be looked up
  /// while the body arrives is looked up after it.
  std::function<void(boost::asio::awaitable<void>)> start = {};
  /// The pool for long computations; destroy it before the loop on which
  /// evaluations run. Used only together with `start`. Null: everything is
  /// computed on that loop.
  compute_pool* pool = nullptr;
  /// What several mails remember of their signers' name servers. May be null.
  silent_signers* silent = nullptr;
};

/// Where a mail was fetched from.
struct source {
  std::string account;      // pop3::account_id, or "" if unknown
  std::string login;        // as the upstream knows it
  std::string upstream;     // host
  std::string client = {};  // address that asks for it, or "" if unknown
  /// The envelope sender, where who takes the mail knows it; "" is the null
  /// reverse-path. Else the trace tells it.
  std::optional<std::string> mail_from = {};
};

/// What the receiving host saw of the SMTP session, instead of what the trace
/// tells of it.
struct smtp_facts {
  std::optional<ip_address> ip;  // of the client; nothing: it is not known
  std::string mail_from;         // "" is the null reverse-path
  std::string helo;
  /// When the host took the mail (Unix seconds): it is taking it now. Nothing:
  /// the facts are given by hand, and the newest Received field tells the time.
  std::optional<std::int64_t> received = {};
};

/// A mail's octets, read a second time to undo what was done to it on the way.
class octet_source {
 public:
  virtual ~octet_source() = default;
  virtual std::size_t size() const = 0;
  /// All octets of the mail, header too, or nothing if they cannot be read.
  virtual std::optional<std::string> read() = 0;
};

}  // namespace mekiki::verdict
