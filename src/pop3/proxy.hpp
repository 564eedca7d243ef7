// One client session from greeting to end: the coroutine that joins the
// client's session machine, the upstream and the judging of mails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/random.hpp"
#include "message/spool.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "notify/choice.hpp"
#include "notify/edit.hpp"
#include "notify/texts.hpp"
#include "pop3/account.hpp"
#include "pop3/counters.hpp"
#include "pop3/throttle.hpp"
#include "pop3/tls_memory.hpp"
#include "pop3/upstream.hpp"
#include "store/store.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::pop3 {

enum class prefetch : std::uint8_t {
  off,
  on,     // unless the upstream says EXPIRE 0
  force,  // even then
};

struct proxy_settings {
  std::vector<route> routes;
  upstream_rules upstream;

  bool clear_logins = false;  // on addresses that are not loopback, too
  net::duration idle_timeout = std::chrono::minutes(10);  // of the client
  net::duration login_timeout = std::chrono::minutes(1);  // of the client
  net::duration failed_login_delay = std::chrono::seconds(1);
  std::size_t sessions_per_client = 64;
  std::size_t line_limit = 8192;

  /// While a mail is slow to arrive, one of its header lines goes to the
  /// client each time this has passed.
  net::duration first_lines = std::chrono::seconds(15);

  pop3::prefetch ahead = prefetch::on;
  std::size_t ahead_commands = 64;
  std::size_t ahead_octets = 2 << 20;

  /// TOP of a mail up to this size is answered from the whole, judged mail.
  std::size_t top_whole = 1 << 20;

  message::spool_limits spool;
  verdict::settings verdict;
  notify::settings notify;
  notify::choice choice;  // of accounts that have none in the store
  notify::limits limits;
  notify::texts texts;

  /// The story of every mail is kept, not of forged ones alone.
  bool all_stories = false;

  /// How warnings reach people (method B).
  struct {
    bool in_listing = true;  // of the user's own mailbox; false: sent
    std::string from = "mekiki@localhost";  // addr-spec
    bool tell_administrators = false;       // of each forged mail
  } warnings;
};

struct proxy_services {
  boost::asio::io_context& io;
  verdict::services verdict;
  net::tls_context* client_side;  // our certificate; null: no STLS
  net::tls_context& upstream_side;
  tls_memory& seen_tls;
  store::store* history = nullptr;  // where judged mails are noted
  /// The story of a mail with this header, for the history. May be empty.
  std::function<std::string(const verdict::verdict& v,
                            const std::string& header)>
      story = {};
};

/// Serves client connections, all on one thread. Outlives its sessions.
class proxy {
 public:
  proxy(proxy_settings settings, proxy_services with);

  /// `implicit_tls`: the listener is the POP3S one, TLS comes first.
  boost::asio::awaitable<void> serve(net::stream_ptr client, bool implicit_tls);

  const proxy_settings& settings() const { return settings_; }
  const proxy_services& with() const { return with_; }
  throttle& failures() { return failures_; }
  counters& counts() { return counts_; }
  const counters& counts() const { return counts_; }
  random_source& random() { return random_; }
  std::uint64_t next_session() { return ++last_session_; }

  /// The account makes more warnings than users.budget allows. True the first
  /// time since it was within it.
  bool is_over_budget(const std::string& account);
  void is_within_budget(const std::string& account) {
    over_budget_.erase(account);
  }

 private:
  proxy_settings settings_;
  proxy_services with_;
  throttle failures_;
  counters counts_;
  system_random random_;
  std::uint64_t last_session_ = 0;
  std::unordered_map<std::string, std::size_t> clients_;  // by address
  std::unordered_set<std::string> over_budget_;           // accounts
};

}  // namespace mekiki::pop3
