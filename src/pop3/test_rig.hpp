// The proxy between a client and a server in memory, for tests of whole
// sessions: what goes in and comes out is octets, and time is moved by hand.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dkim/key_cache.hpp"
#include "net/test_stream.hpp"
#include "pop3/proxy.hpp"
#include "pop3/test_server.hpp"

namespace mekiki::pop3::test {

// ------------------------------------------------------------------ mails

/// A mail of that kind (see the table in test_rig.cpp) that tells `number`, or
/// nothing if there is no such kind. "long" and "large" take a size.
std::optional<std::string> make_mail(std::string_view kind, int number,
                                     std::size_t size = 0);

/// Without the fields that the proxy adds, and that it removes: X-DKIM-Check,
/// X-Mekiki-*, and Authentication-Results of its name.
std::string without_ours(std::string_view mail);

// ----------------------------------------------------------------- client

/// The whole answer to one command, or what came of it.
struct answer {
  std::string command;  // "" for the greeting
  std::string status;   // without its line break
  std::string body;     // of a multi-line response, dots undone
  bool is_whole = false;
  std::size_t octets = 0;  // on the wire

  bool is_ok() const { return status.starts_with("+OK"); }
};

/// Where lines end for a client: at LF for many, at CRLF by RFC 1939.
enum class line_end { lf, crlf };

/// A client that says what it is told to, and sorts what comes back.
class client {
 public:
  client(net::test::simulated_time& time, net::test::end& other,
         line_end end = line_end::lf);

  /// `octets` are one command line, or several; they go out at once.
  void say(std::string_view octets);
  /// Takes what has come, unless it has stopped reading.
  void read();
  void close() { hand_.close(); }
  void abort() { hand_.abort(); }
  void stop_reading(bool stops) { is_stopped_ = stops; }
  void set_room(std::size_t octets) { hand_.set_room(octets); }

  /// In order, one for each command; the last may not be whole.
  const std::deque<answer>& answers() const { return answers_; }
  std::size_t whole_answers() const;
  std::size_t octets() const { return octets_; }
  bool has_ended() const { return hand_.has_ended() && input_.empty(); }
  bool is_broken() const { return hand_.is_broken(); }
  bool is_alone() const { return hand_.is_alone(); }

 private:
  void line(std::string_view octets);

  net::test::hand hand_;
  line_end end_;
  std::string input_;   // of the line that has not ended
  std::string unsent_;  // of a command line
  std::deque<std::string> asked_{""};
  std::deque<answer> answers_;
  std::size_t octets_ = 0;
  bool is_stopped_ = false;
};

// ---------------------------------------------------------------- session

class rig {
 public:
  rig();
  ~rig();
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;

  net::test::simulated_time time;
  server upstream{time};
  proxy_settings settings;  // until the first session

  /// Of the proxy's ends, in all sessions.
  std::shared_ptr<net::test::fault> client_fault;
  std::shared_ptr<net::test::fault> upstream_fault;
  std::size_t piece = SIZE_MAX;  // that the proxy reads at a time
  std::size_t room = 256 << 10;  // of its peers, in octets

  /// A new session. The one before may still be there.
  client& connect();
  client& current() { return *clients_.back(); }
  /// Runs what is ready, and lets `by` pass.
  void pass(net::duration by);
  /// Lets time pass until the client has its `count`-th whole answer or no
  /// connection. False if that takes longer than `most`.
  bool await_answers(std::size_t count, net::duration most);
  /// The proxy's side of every session so far is over.
  bool is_over() const { return running_ == 0; }
  /// Lets time pass until it is, an hour at most.
  bool await_end();

 private:
  boost::asio::awaitable<expected<net::stream_ptr, net::connect_error>> dial();
  void settle();

  dkim::key_cache keys_;
  tls_memory seen_tls_{{}};
  host_memory hosts_{{}, time};
  std::unique_ptr<dns::resolver> resolver_;
  std::unique_ptr<proxy> proxy_;
  std::vector<std::unique_ptr<client>> clients_;
  std::size_t running_ = 0;
};

}  // namespace mekiki::pop3::test
