// The built-in POP3 mailbox of `mekiki demo`: RFC 1939 with CAPA, without TLS.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/expected.hpp"
#include "demo/mailbox.hpp"
#include "net/listen.hpp"

namespace mekiki::demo {

/// One mailbox, served on a thread of its own for as long as this lives. User
/// and password are "demo". Every session finds all mails again: nothing is
/// really deleted.
class demo_server {
 public:
  /// `where.port` 0 takes a free port. The reason of a failure is a sentence.
  static expected<std::unique_ptr<demo_server>, std::string> start(
      net::endpoint where, std::vector<demo_mail> mails);
  ~demo_server();

  net::endpoint local() const { return listener_->local(); }

 private:
  explicit demo_server(std::vector<demo_mail> mails)
      : mails_(std::move(mails)) {}
  boost::asio::awaitable<void> serve(net::stream_ptr client) const;

  const std::vector<demo_mail> mails_;
  boost::asio::io_context io_{1};
  std::unique_ptr<net::listener> listener_;
  std::thread thread_;
};

}  // namespace mekiki::demo
