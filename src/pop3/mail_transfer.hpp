// RETR and TOP: one mail from the server to the client, judged on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "delivery/desk.hpp"
#include "delivery/outgoing_mail.hpp"
#include "pop3/client_connection.hpp"
#include "pop3/own_mails.hpp"
#include "pop3/server_session.hpp"

namespace mekiki::pop3 {

/// How the session goes on after a step. `broken` ends it so that the client
/// sees a broken connection.
enum class next : std::uint8_t { go_on, end, broken, server_lost };

/// Serves RETR and TOP of one session. All references outlive it.
class mail_transfer final : public delivery::wait_observer {
 public:
  struct settings {
    /// While a mail is slow to arrive, a line goes to the client each time
    /// this has passed.
    net::duration first_lines = std::chrono::seconds(15);
    /// TOP of a mail up to this size is answered from the whole, judged mail.
    std::size_t top_whole = 1 << 20;
  };

  /// `ours`: mails that are not the server's.
  mail_transfer(std::uint64_t session, const settings& s,
                client_connection& client, server_session& server,
                delivery::desk& desk, delivery::recipient& recipient,
                const own_mails& ours)
      : session_(session),
        settings_(s),
        client_(client),
        server_(server),
        desk_(desk),
        recipient_(recipient),
        ours_(ours) {}

  boost::asio::awaitable<next> retrieve(std::uint32_t number);
  boost::asio::awaitable<next> top(std::uint32_t number, std::uint32_t lines);

  /// While an answer of the server is waited for: false once the client is
  /// gone.
  boost::asio::awaitable<bool> on_wait() override;

 private:
  /// One RETR or TOP.
  struct delivery_in_progress {
    std::uint32_t number;
    std::shared_ptr<delivery::arriving_mail> mail;
    delivery::outgoing_mail out;
    dot_encoder encoder;
    bool is_judged = false;
  };

  delivery_in_progress begin_delivery(
      std::uint32_t number,
      const std::shared_ptr<delivery::arriving_mail>& mail,
      std::optional<std::uint32_t> lines = {}) const {
    return {.number = number,
            .mail = mail,
            .out{*mail, desk_.settings(recipient_), recipient_, lines},
            .encoder = {},
            .is_judged = false};
  }
  steady_point now() const { return desk_.with().verdict.clock.steady(); }

  boost::asio::awaitable<std::optional<std::string>> open_top(
      std::uint32_t number, std::uint32_t lines, bool& whole);
  std::vector<std::uint32_t> wanted_next() const;
  boost::asio::awaitable<next> fetch(std::uint32_t number);
  boost::asio::awaitable<next> receive(delivery_in_progress& d);
  boost::asio::awaitable<next> stream_through(delivery_in_progress& d);
  boost::asio::awaitable<next> deliver(delivery_in_progress& d);
  boost::asio::awaitable<std::optional<std::string_view>> read(
      delivery_in_progress& d);
  boost::asio::awaitable<next> begin(delivery_in_progress& d);
  boost::asio::awaitable<next> write_all(delivery_in_progress& d);
  boost::asio::awaitable<next> finish(delivery_in_progress& d);
  boost::asio::awaitable<void> record(delivery_in_progress& d,
                                      const delivery::judged_mail& j);

  std::uint64_t session_;
  const settings& settings_;
  client_connection& client_;
  server_session& server_;
  delivery::desk& desk_;
  delivery::recipient& recipient_;
  const own_mails& ours_;
  delivery::outgoing_mail* slow_ = nullptr;  // while its client waits
  steady_point next_line_{};                 // when it gets another one
};

}  // namespace mekiki::pop3
