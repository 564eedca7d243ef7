// One session at work: the coroutine that joins the client and its session
// machine, with TLS and login. What follows is the transaction's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "pop3/account.hpp"
#include "pop3/client_connection.hpp"
#include "pop3/proxy.hpp"
#include "pop3/session.hpp"
#include "pop3/transaction.hpp"

namespace mekiki::pop3 {

class session_runner {
 public:
  session_runner(proxy& p, net::stream_ptr client, bool implicit_tls);

  boost::asio::awaitable<void> run();

 private:
  session_options options() const;
  boost::asio::awaitable<next> commands();
  boost::asio::awaitable<next> perform(action a);

  boost::asio::awaitable<next> start_tls(std::string reply);
  boost::asio::awaitable<next> log_in();
  next refuse(const refusal& why, const target& where, const std::string& key);

  proxy& proxy_;
  const proxy_settings& settings_;
  client_connection client_;
  std::string peer_;  // for the log: a closed stream has none
  client_leg leg_;
  std::uint64_t id_;
  session session_;
  int failed_logins_ = 0;
  std::unique_ptr<transaction> in_;  // after login
};

}  // namespace mekiki::pop3
