// One session at work: the coroutine that joins the client's session machine,
// the upstream, and the mails on their way.
//
// pump.cpp has the client's side, the login and the commands that pass through;
// pump_mails.cpp has RETR, TOP and prefetch; pump_warnings.cpp what the user is
// told in mails of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "net/stream.hpp"
#include "notify/deeds.hpp"
#include "notify/rewrite.hpp"
#include "pop3/account.hpp"
#include "pop3/codec.hpp"
#include "pop3/extra_mails.hpp"
#include "pop3/incoming.hpp"
#include "pop3/mailbox.hpp"
#include "pop3/proxy.hpp"
#include "pop3/session.hpp"
#include "pop3/upstream.hpp"

namespace mekiki::pop3 {

/// What waits for the client is written when it has this size.
constexpr std::size_t flush_size = 64 << 10;

/// One session. Its coroutines run one after another: there is never more
/// than one wait, and what the upstream sends ahead waits in the kernel.
class pump {
 public:
  pump(proxy& p, net::stream_ptr client, bool implicit_tls);

  boost::asio::awaitable<void> run();

 private:
  /// What becomes of the session after a step. `broken` ends it so that the
  /// client sees it was broken off.
  enum class next { go_on, end, broken };

  session_options options() const;

  boost::asio::awaitable<next> commands();
  boost::asio::awaitable<next> perform(action a);
  boost::asio::awaitable<bool> receive_from_client();
  boost::asio::awaitable<bool> flush();

  boost::asio::awaitable<next> start_tls(std::string reply);
  boost::asio::awaitable<next> log_in();
  boost::asio::awaitable<void> learn_choice();
  boost::asio::awaitable<void> list_warnings(store::user_answer user);
  boost::asio::awaitable<bool> write_warning(
      const store::waiting_warnings& waiting,
      std::vector<store::listed_warning>& listed);
  boost::asio::awaitable<next> extra(const action& a);
  void warn(incoming& mail, const verdict::verdict& v,
            const notify::deeds& todo);
  void warn_of_budget() const;
  store::mail_event::follow_up follow_up(const verdict::verdict& v) const;
  std::int64_t seconds_now() const;

  boost::asio::awaitable<std::optional<std::string>> exchange(
      std::string command);
  boost::asio::awaitable<std::optional<std::string>> read_status();
  bool pipelining() const { return capabilities_ && capabilities_->pipelining; }
  boost::asio::awaitable<bool> learn_capabilities();
  boost::asio::awaitable<next> capa();
  boost::asio::awaitable<next> relay(const action& a);
  boost::asio::awaitable<next> relay_list(const action& a);
  boost::asio::awaitable<bool> read_sizes(std::string command);
  boost::asio::awaitable<next> quit(std::string command);
  next upstream_lost();
  void count_error(step at);

  boost::asio::awaitable<next> retrieve(std::uint32_t number);
  boost::asio::awaitable<next> top(std::uint32_t number, std::uint32_t lines);
  std::unique_ptr<incoming> make_incoming(std::uint32_t number) const;
  boost::asio::awaitable<bool> receive(incoming& mail);
  boost::asio::awaitable<bool> receive_ahead();
  boost::asio::awaitable<bool> catch_up();
  void give_up_upstream();
  bool may_ask_ahead() const;
  boost::asio::awaitable<bool> prepare_to_ask_ahead();
  boost::asio::awaitable<void> ask_ahead(std::uint32_t after);
  void forget_ahead() { ahead_.clear(); }

  boost::asio::awaitable<next> receive_and_deliver(
      incoming& mail, std::optional<std::uint32_t> body_lines);
  void begin_delivery(notify::placement where);
  boost::asio::awaitable<bool> trickle(incoming& mail);
  boost::asio::awaitable<bool> stream_through(incoming& mail,
                                              std::string_view rest);
  boost::asio::awaitable<next> deliver(incoming& mail);
  boost::asio::awaitable<bool> write_spool(incoming& mail);
  boost::asio::awaitable<bool> write_changed(incoming& mail,
                                             const verdict::verdict& v,
                                             notify::changes what);
  boost::asio::awaitable<verdict::verdict> judge(incoming& mail);
  notify::deeds decide(const verdict::verdict& v);
  std::string annotate(incoming& mail, const verdict::verdict& v);
  void note(incoming& mail, const verdict::verdict& v,
            const std::string& results) const;

  proxy& proxy_;
  const proxy_settings& settings_;
  net::stream_ptr client_;
  std::string peer_;  // for the log: a closed stream has none
  client_leg leg_;
  std::uint64_t id_;
  line_buffer lines_;
  session session_;
  std::string out_;  // for the client, not yet written
  int failed_logins_ = 0;

  // After login:
  verdict::source from_;
  notify::choice choice_;  // allowed methods only
  notify::recent_mails recent_;
  std::unique_ptr<upstream> upstream_;
  std::optional<capabilities> capabilities_;  // once they were needed
  mailbox mailbox_;
  extra_mails extra_;

  // Prefetch: RETRs sent and not yet answered, and mails received unasked.
  std::deque<std::uint32_t> asked_;
  std::map<std::uint32_t, std::unique_ptr<incoming>> ahead_;
  std::uint32_t last_retrieved_ = 0;
  int in_a_row_ = 0;
  bool dropping_ = false;  // what still comes in is not wanted any more

  /// The mail that is being delivered.
  struct delivery {
    std::optional<std::uint32_t> body_lines;  // of TOP
    std::unique_ptr<outgoing> out;            // once something of it went out
    std::size_t taken = 0;   // octets of the spool that went into `out`
    std::string lines;       // held for the next trickle
    bool streaming = false;  // no room: octets go straight through
  } delivery_;
};

}  // namespace mekiki::pop3
