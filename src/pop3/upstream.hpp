// The connection to a mailbox's real server: connecting, TLS, login, and the
// octets of its responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "delivery/wait_observer.hpp"
#include "dns/resolver.hpp"
#include "net/connect.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "pop3/account.hpp"
#include "pop3/codec.hpp"
#include "pop3/counters.hpp"
#include "pop3/sasl.hpp"
#include "pop3/session.hpp"
#include "pop3/tls_memory.hpp"

namespace mekiki::pop3 {

/// A stream with a read buffer that exists only while it holds something, so
/// that an idle session costs little.
class upstream {
 public:
  /// `count`, if not null, counts what passes, and outlives this.
  upstream(net::stream_ptr stream, const clock& clock, std::size_t line_limit,
           octet_counts* count = nullptr)
      : stream_(std::move(stream)),
        clock_(clock),
        line_limit_(line_limit),
        count_(count) {}

  /// Called while octets are waited for, so that the client does not give
  /// up; may be null.
  delivery::wait_observer* observer = nullptr;

  boost::asio::awaitable<std::error_code> send(std::string_view octets,
                                               net::duration timeout) {
    if (count_ != nullptr)
      count_->sent += octets.size();
    return stream_->write(octets, timeout);
  }

  /// Octets that were received and not yet consumed.
  std::string_view buffered() const {
    return {buffer_.get() + begin_, end_ - begin_};
  }
  void consume(std::size_t octets);
  /// Receives more octets. Fails with timed_out (and may be called again), with
  /// operation_canceled where the observer gave up, or with connection_reset at
  /// the end of the stream, however it came about.
  boost::asio::awaitable<std::error_code> fill(net::duration timeout);
  /// Takes what has come. Does not wait: timed_out where there is nothing.
  boost::asio::awaitable<std::error_code> fill_now() {
    return receive(net::duration::zero());
  }
  /// `fill` is under way.
  bool is_filling() const { return is_filling_; }

  /// The next line that was received, without its line break; nothing while it
  /// is not complete. Fails with protocol_error where no line ends within the
  /// limit.
  expected<std::optional<std::string>, std::error_code> take_line();

  /// The next line, without its line break, within `timeout`. Fails as `fill`,
  /// and with protocol_error where no line ends within the limit.
  boost::asio::awaitable<expected<std::string, std::error_code>> read_line(
      net::duration timeout);

  net::stream& connection() { return *stream_; }
  std::uint64_t received() const { return received_; }  // octets, so far
  steady_point time() const { return clock_.steady(); }

  /// When it was last seen that everything sent so far had been received, and
  /// how much that was: what comes later shows how fast the line is.
  struct lull {
    steady_point at{};
    std::uint64_t received = 0;
  };
  const lull& last_lull() const { return last_lull_; }

  std::string greeting;  // what the server said first

 private:
  boost::asio::awaitable<std::error_code> receive(net::duration timeout);

  net::stream_ptr stream_;
  const clock& clock_;
  std::size_t line_limit_;
  octet_counts* count_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t received_ = 0;
  bool is_filling_ = false;
  steady_point told_{};  // the observer
  lull last_lull_;
};

/// Where upstreams may be and how they may be reached.
struct upstream_rules {
  net::address_rules addresses;
  /// The only ones, as matches_host_pattern (base/pattern.hpp) reads them.
  /// Empty: any.
  std::vector<std::string> hosts;
  std::vector<std::string> clear_hosts;  // may be logged in to without TLS
  net::duration connect_timeout = std::chrono::seconds(20);
  net::duration silence_timeout = std::chrono::seconds(60);
  std::size_t line_limit = 8192;
};

/// How a connection is made: net::connect, and in tests what stands in for it.
using connector = std::function<
    boost::asio::awaitable<expected<net::stream_ptr, net::connect_error>>(
        dns::resolver& resolver, const net::address_rules& rules,
        net::connect_request request)>;

struct upstream_services {
  dns::resolver& resolver;
  net::tls_context& tls;
  tls_memory& seen_tls;
  const mekiki::clock& clock;
  octet_counts* count = nullptr;  // see `upstream`
  connector connect = net::connect;
};

/// What a refused login means for the next one.
enum class refusal_kind : std::uint8_t {
  credentials,  // the upstream takes them for wrong: the next try has to wait
  busy,         // the upstream does not take them now: in use, locked, ...
  client_left,  // none: the client did not wait for the answer
  other,        // anything else, by the upstream or by us
};

/// Why there is no login: a status line for the client, "-ERR ..." without
/// CRLF, which says who refused. The upstream's response code is kept, and none
/// is made up: to a client [AUTH] means that its password is wrong (RFC 3206
/// 4).
struct refusal {
  std::string status;
  refusal_kind kind = refusal_kind::other;
  session_stage at = session_stage::connect;
};

/// What an upstream's -ERR to USER, PASS or AUTH is about, by its code, else by
/// the words that servers use. Without a code and without words of another
/// reason it is the credentials.
refusal_kind kind_of_refusal(const status_view& status);

/// Whether the password that PASS refused with `status` may be tried once more
/// by AUTH PLAIN. Yes if the answer is about the command; also, if the client
/// itself used AUTH (`by_auth`), if the answer cannot be about the password,
/// since in a direct session the client would have used AUTH. No if the answer
/// says that name or password is wrong, that the mailbox is busy, or nothing: a
/// second try could count towards a lock-out.
bool may_try_sasl_after(const status_view& status, bool by_auth);

/// Called for each step that succeeds; the refusal says which one failed.
using step_observer = std::function<void(std::string_view step)>;

/// Connects to `where`, secures the connection as its `with` says, and logs
/// in. Where STLS is to be used on a port other than 110 that is silent for 10
/// s, or is known to begin with TLS, TLS from the first octet is used instead:
/// one name of a mailbox is right for every client. `observer`, if not null, is
/// told while the server's answers are waited for. A password goes by USER and
/// PASS, or by AUTH PLAIN where the upstream offers that and USER is refused,
/// or PASS as `may_try_sasl_after` says. A token goes only to an upstream whose
/// CAPA lists its mechanism.
boost::asio::awaitable<expected<std::unique_ptr<upstream>, refusal>> log_in(
    const target& where, const credentials& who, const upstream_rules& rules,
    upstream_services with, const step_observer& observe,
    delivery::wait_observer* observer = nullptr);

/// How a server took to CAPA.
enum class capa_answer : std::uint8_t {
  listed,
  refused,      // -ERR, or its like
  unreadable,   // something else, of which the end was found
  out_of_step,  // no answer, no end, or the connection is gone: what comes next
                // may be the rest of this answer
};

/// Where nothing was listed, `can` is what RFC 1939 has, and no more.
struct capability_answer {
  capabilities can;
  capa_answer how = capa_answer::listed;
  std::error_code error = {};  // of out_of_step
};

/// Asks a server for its CAPA. Reads at most 1,000 lines and 256 KB, for as
/// long as `timeout` in all.
boost::asio::awaitable<capability_answer> ask_capabilities(
    upstream& server, net::duration timeout);

/// `text` of a server made fit for one status line: printable, at most 200
/// octets.
std::string one_line(std::string_view text);

}  // namespace mekiki::pop3
