#include "admin/server.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "admin/forwarded.hpp"
#include "base/secret.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;

namespace {

class server_connection {
 public:
  server_connection(net::stream& client, const router& pages,
                    const server_settings& settings, const clock& clock)
      : client_(client),
        pages_(pages),
        settings_(settings),
        clock_(clock),
        local_(client.local().address),
        peer_(client.peer().address),
        is_by_proxy_(any_contains(settings.proxies, peer_.unmapped())),
        reader_(settings.limits) {}

  asio::awaitable<void> run() {
    for (std::size_t left = settings_.requests; left > 0; --left) {
      request asked;
      const got what = co_await receive(asked);
      if (what == got::nothing)
        co_return;
      response r;
      const auto client =
          find_client(peer_, asked.forwarded_for, settings_.proxies);
      if (what == got::request && !client) {
        r = make_error(400);
        r.body = "what the proxy says of the client cannot be read\n";
      } else if (what == got::request) {
        asked.client = *client;
        asked.is_tls = client_.is_tls() ||
                       (is_by_proxy_ && asked.forwarded_proto == "https");
        r = co_await pages_.answer(asked, local_);
      } else {
        r = make_error(what == got::part ? 408 : reader_.status());
      }
      const bool goes_on =
          what == got::request && asked.keep_alive && left > 1 && !r.next;
      const bool is_head = what == got::request && asked.method == "HEAD";
      const std::string octets = format(
          r, is_head ? body_part::left_out : body_part::sent,
          goes_on ? connection::stays : connection::closes, clock_.now());
      bool written = co_await send(octets);
      if (r.next && !is_head) {
        while (written) {
          const std::string piece = co_await r.next();
          if (piece.empty())
            co_return;
          written = co_await send(piece);
        }
      }
      if (!written || !goes_on)
        co_return;
    }
  }

 private:
  /// What came before the deadline. `part`: of a request, and no more.
  enum class got : std::uint8_t { request, garbage, part, nothing };

  asio::awaitable<got> receive(request& out) {
    using event = request_reader::event;
    const auto deadline = clock_.steady() + settings_.deadline;
    for (;;) {
      const event e = reader_.next(out);
      if (e != event::need_more)
        co_return e == event::request ? got::request : got::garbage;
      const net::duration rest = deadline - clock_.steady();
      const net::read_result r = co_await client_.read_some(
          buffer_, std::max(rest, net::duration::zero()));
      if (r.error == std::errc::timed_out || rest <= net::duration::zero())
        co_return reader_.is_within_request() ? got::part : got::nothing;
      if (r.error || r.octets == 0)
        co_return got::nothing;
      reader_.append({buffer_.data(), r.octets});
      wipe(buffer_.data(), r.octets);  // may hold a password
    }
  }

  /// In pieces: the stream's own deadline starts anew whenever the client takes
  /// something.
  asio::awaitable<bool> send(std::string_view octets) {
    constexpr std::size_t piece = 4096;
    const auto deadline = clock_.steady() + settings_.deadline;
    while (!octets.empty()) {
      const net::duration rest = deadline - clock_.steady();
      if (rest <= net::duration::zero())
        co_return false;
      const std::error_code error =
          co_await client_.write(octets.substr(0, piece), rest);
      if (error)
        co_return false;
      octets.remove_prefix(std::min(piece, octets.size()));
    }
    co_return true;
  }

  net::stream& client_;
  const router& pages_;
  const server_settings& settings_;
  const clock& clock_;
  ip_address local_;
  ip_address peer_;
  bool is_by_proxy_;
  request_reader reader_;
  std::array<char, 4096> buffer_{};
};

}  // namespace

asio::awaitable<void> serve(net::stream_ptr client, const router& pages,
                            server_settings settings, const clock& clock) {
  if (settings.tls != nullptr) {
    const std::error_code error =
        co_await client->start_tls(*settings.tls, "", settings.deadline);
    if (error)
      co_return;
  }
  server_connection c(*client, pages, settings, clock);
  co_await c.run();
  client->close();
}

}  // namespace mekiki::admin
