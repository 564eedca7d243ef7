#include "pop3/server_link.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "delivery/desk.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

constexpr std::string_view broken_off = "the server broke the connection off";

}  // namespace

bool server_link::lose(std::string why) {
  if (why_lost_.empty())
    why_lost_ = std::move(why);
  connection_->connection().abort();
  return false;
}

asio::awaitable<bool> server_link::send(std::string command) {
  if (!why_lost_.empty())
    co_return false;
  const std::error_code error = co_await connection_->send(command, patience());
  if (error)
    co_return lose(std::string(broken_off));
  co_return true;
}

asio::awaitable<server_link::fill_result> server_link::fill(
    net::duration patience) {
  if (!why_lost_.empty())
    co_return fill_result::lost;
  const std::error_code error = co_await connection_->fill(patience);
  if (!error)
    co_return fill_result::filled;
  if (error == std::errc::timed_out)
    co_return fill_result::silent;
  if (error == std::errc::operation_canceled) {
    lose("the client is gone");
    co_return fill_result::abandoned;
  }
  lose(std::string(broken_off));
  co_return fill_result::lost;
}

asio::awaitable<server_link::fill_result> server_link::fill() {
  const fill_result w = co_await fill(patience());
  if (w != fill_result::silent)
    co_return w;
  using std::chrono::seconds;
  if (on_silence)
    on_silence();
  lose(fmt::format("the server did not answer within {} s",
                   std::chrono::duration_cast<seconds>(patience()).count()));
  co_return fill_result::lost;
}

asio::awaitable<bool> server_link::wait_for(delivery::arriving_mail& mail) {
  const bool goes_on =
      co_await delivery::desk::catch_up(mail, *connection_->observer);
  if (!goes_on)
    lose("the client is gone");
  co_return goes_on;
}

asio::awaitable<std::optional<std::string>> server_link::next_line() {
  for (;;) {
    auto line = connection_->take_line();
    if (!line) {
      lose("the server sent a line that is too long");
      co_return std::nullopt;
    }
    if (*line)
      co_return std::move(*line);
    const fill_result w = co_await fill();
    if (w != fill_result::filled)
      co_return std::nullopt;
  }
}

bool server_link::has_stray_octets() {
  const std::string_view octets = buffered();
  const std::size_t breaks =
      std::min(octets.find_first_not_of("\r\n"), octets.size());
  const bool is_more = breaks < octets.size();
  consume(breaks);
  return is_more;
}

}  // namespace mekiki::pop3
