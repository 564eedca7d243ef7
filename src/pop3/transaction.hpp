// A session after login: the TRANSACTION state of RFC 1939 section 5, and QUIT.
// Commands about mails of ours are answered here, mails are served by
// mail_transfer, everything else goes to the server and back.
#pragma once

#include <cstdint>

#include <boost/asio/awaitable.hpp>

#include "delivery/desk.hpp"
#include "pop3/account.hpp"
#include "pop3/client_connection.hpp"
#include "pop3/mail_transfer.hpp"
#include "pop3/own_mails.hpp"
#include "pop3/proxy.hpp"
#include "pop3/server_login.hpp"
#include "pop3/server_session.hpp"
#include "pop3/session.hpp"

namespace mekiki::pop3 {

class transaction {
 public:
  /// The references outlive it. `id` is the session's.
  transaction(proxy& p, const proxy_settings& s, client_connection& client,
              const session& machine, std::uint64_t id,
              server_login::logged_in_server in, const target& where);
  ~transaction() { client_.while_slow = nullptr; }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// Before the first command: the user's choice, and the mails of ours.
  boost::asio::awaitable<void> begin();

  boost::asio::awaitable<next> perform(action a);

  /// The session ends with `last`: if the server was lost, this writes the
  /// error for the client.
  void note_end(next last);

 private:
  boost::asio::awaitable<next> capa();
  boost::asio::awaitable<next> pass_on(const action& a);
  boost::asio::awaitable<next> pass_on_list(const action& a);
  boost::asio::awaitable<next> erase(const action& a);
  boost::asio::awaitable<next> quit(std::string command);

  /// While the client reads slowly, the server is kept from being idle: not
  /// within an answer of its own.
  struct keeper final : delivery::wait_observer {
    explicit keeper(server_session& s) : server(s) {}
    boost::asio::awaitable<bool> on_wait() override;
    server_session& server;
    bool is_on = true;
  };
  /// QUIT is carried out whether or not its client still waits.
  struct patient final : delivery::wait_observer {
    explicit patient(client_connection& c) : client(c) {}
    boost::asio::awaitable<bool> on_wait() override;
    client_connection& client;
  };

  proxy& proxy_;
  client_connection& client_;
  const session& machine_;
  std::uint64_t id_;
  delivery::recipient recipient_;
  own_mails own_mails_;
  server_session server_;
  mail_transfer transfer_;
  keeper alive_{server_};
  patient patient_{client_};
};

}  // namespace mekiki::pop3
