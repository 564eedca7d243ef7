// One session at work: the coroutine that joins the client, its session
// machine, and the server. Mails are served by mail_transfer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "delivery/desk.hpp"
#include "pop3/account.hpp"
#include "pop3/client_side.hpp"
#include "pop3/extra_mails.hpp"
#include "pop3/mail_transfer.hpp"
#include "pop3/proxy.hpp"
#include "pop3/server_session.hpp"
#include "pop3/session.hpp"

namespace mekiki::pop3 {

class pump {
 public:
  pump(proxy& p, net::stream_ptr client, bool implicit_tls);

  boost::asio::awaitable<void> run();

 private:
  session_options options() const;
  boost::asio::awaitable<next> commands();
  boost::asio::awaitable<next> perform(action a);

  boost::asio::awaitable<next> start_tls(std::string reply);
  boost::asio::awaitable<next> log_in();
  boost::asio::awaitable<void> begin(server_login::entered in, target where);
  next refuse(const refusal& why, const target& where, const std::string& key);

  boost::asio::awaitable<next> capa();
  boost::asio::awaitable<next> pass_on(const action& a);
  boost::asio::awaitable<next> pass_on_list(const action& a);
  boost::asio::awaitable<next> erase(const action& a);
  boost::asio::awaitable<next> quit(std::string command);
  void server_lost();
  void count_error(step at);

  /// While the client reads slowly, the server is kept from being idle: not
  /// within an answer of its own.
  struct keeper final : delivery::wait_observer {
    explicit keeper(server_session& s) : server(s) {}
    boost::asio::awaitable<bool> waited() override;
    server_session& server;
    bool is_on = true;
  };
  /// After login.
  struct logged_in {
    delivery::reader reader;
    extra_mails extra;
    std::unique_ptr<server_session> server;
    std::unique_ptr<mail_transfer> transfer;
    std::unique_ptr<keeper> alive;
  };
  /// QUIT is carried out whether or not its client still waits.
  struct patient final : delivery::wait_observer {
    explicit patient(client_side& c) : client(c) {}
    boost::asio::awaitable<bool> waited() override;
    client_side& client;
  };

  proxy& proxy_;
  const proxy_settings& settings_;
  client_side client_;
  std::string peer_;  // for the log: a closed stream has none
  client_leg leg_;
  std::uint64_t id_;
  session session_;
  int failed_logins_ = 0;
  std::unique_ptr<logged_in> in_;
};

}  // namespace mekiki::pop3
