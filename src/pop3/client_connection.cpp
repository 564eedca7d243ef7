#include "pop3/client_connection.hpp"

#include <algorithm>
#include <memory>
#include <span>

#include "base/ascii.hpp"
#include "base/secret.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

/// So much of what the client says is read before its turn comes.
constexpr std::size_t most_waiting = 16 << 10;
/// How often `while_slow` is called.
constexpr std::chrono::seconds slow_tick{10};

}  // namespace

asio::awaitable<client_connection::event> client_connection::next_line(
    std::string& line, net::duration patience) {
  for (;;) {
    const auto found = lines_.next(line);
    if (found == line_buffer::event::line)
      co_return event::line;
    if (found == line_buffer::event::too_long)
      co_return event::too_long;
    const bool written = co_await flush();
    if (!written)
      co_return event::gone;
    const bool received = co_await receive(std::min(patience, idle_timeout_));
    if (!received)
      co_return event::gone;
  }
}

asio::awaitable<bool> client_connection::receive(net::duration patience) {
  // An idle session holds no buffer.
  const std::error_code idle = co_await stream_->wait_readable(patience);
  if (idle)
    co_return false;
  const bool received = co_await take(patience);
  co_return received;
}

asio::awaitable<bool> client_connection::take(net::duration patience) {
  constexpr std::size_t size = 4096;
  const auto buffer = std::make_unique_for_overwrite<char[]>(size);
  const net::read_result got = co_await stream_->read_some(
      std::span<char>(buffer.get(), size), patience);
  if (got.error || got.octets == 0)
    co_return false;
  count_.received += got.octets;
  lines_.append({buffer.get(), got.octets});
  wipe(buffer.get(), got.octets);
  co_return true;
}

asio::awaitable<bool> client_connection::on_wait() {
  bool goes_on = co_await poll();
  goes_on = goes_on && wants_more();
  co_return goes_on;
}

asio::awaitable<bool> client_connection::poll() {
  bool is_more = true;
  while (is_more && lines_.waiting().size() < most_waiting) {
    const net::peer_state state = stream_->look();
    if (state == net::peer_state::gone)
      co_return false;
    is_more = state != net::peer_state::open;
    if (is_more)
      is_more = co_await take(net::duration::zero());
  }
  bool open = stream_->look() != net::peer_state::gone;
  if (open && !out.empty())
    open = co_await flush();
  co_return open;
}

std::vector<std::uint32_t> client_connection::next_retrievals(
    std::size_t most) const {
  constexpr std::size_t longest = 100;
  std::vector<std::uint32_t> numbers;
  std::string_view rest = lines_.waiting();
  while (numbers.size() < most) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos)
      break;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    // The session may refuse it.
    const bool is_odd = line.size() > longest || line.find('\r') != line.npos;
    if (is_odd || !ascii::iequals(take_word(line), "RETR"))
      break;
    const auto number = parse_number(ascii::trim(line));
    if (!number || *number == 0)
      break;
    numbers.push_back(*number);
  }
  return numbers;
}

asio::awaitable<bool> client_connection::flush() {
  std::string_view left = out;
  net::duration silent{};
  bool open = true;
  while (open && !left.empty()) {
    const net::duration tick =
        std::min<net::duration>(slow_tick, idle_timeout_);
    const net::write_result done = co_await stream_->write_some(left, tick);
    left.remove_prefix(done.octets);
    count_.sent += done.octets;
    if (!done.error)
      continue;
    silent = done.octets > 0 ? net::duration::zero() : silent + tick;
    open = done.error == std::errc::timed_out && silent < idle_timeout_;
    if (open && while_slow != nullptr)
      co_await while_slow->on_wait();
  }
  out.clear();
  // The room for a large mail goes back; an idle session keeps little.
  if (out.capacity() > 1024)
    out.shrink_to_fit();
  co_return open;
}

asio::awaitable<bool> client_connection::flush_if_large() {
  bool open = true;
  if (out.size() >= flush_size)
    open = co_await flush();
  co_return open;
}

asio::awaitable<std::error_code> client_connection::start_tls(
    net::tls_context& context, net::duration timeout) {
  lines_.clear();
  const std::error_code error =
      co_await stream_->start_tls(context, "", timeout);
  co_return error;
}

}  // namespace mekiki::pop3
