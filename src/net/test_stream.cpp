#include "net/test_stream.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/tls.hpp"

namespace mekiki::net::test {

namespace asio = boost::asio;

// ------------------------------------------------------------------- time

simulated_time::~simulated_time() = default;

time_point simulated_time::now() const {
  constexpr std::chrono::seconds begin{1'800'000'000};  // in January 2027
  return time_point(begin) + std::chrono::duration_cast<time_point::duration>(
                                 steady_.time_since_epoch());
}

void simulated_time::settle() {
  io_.restart();
  while (io_.poll() > 0) io_.restart();
}

void simulated_time::pass(duration by) {
  const steady_point until = steady_ + by;
  settle();
  while (!deadlines_.empty() && deadlines_.begin()->first <= until) {
    steady_ = std::max(steady_, deadlines_.begin()->first);
    alarm* due = deadlines_.begin()->second;
    due->timed_out_ = true;
    due->timer_.cancel();
    settle();
  }
  steady_ = until;
  settle();
}

std::optional<steady_point> simulated_time::next_deadline() const {
  if (deadlines_.empty())
    return std::nullopt;
  return deadlines_.begin()->first;
}

asio::awaitable<void> simulated_time::sleep(duration time) {
  alarm a(*this);
  co_await a.wait(steady_ + time);
}

simulated_time::alarm::alarm(simulated_time& time)
    : time_(time), timer_(time.io_, steady_point::max()) {}

void simulated_time::alarm::wake() {
  woken_ = true;
  timer_.cancel();
}

asio::awaitable<std::error_code> simulated_time::alarm::wait(
    steady_point deadline) {
  // Also when the loop goes away under the wait.
  struct entry {
    std::multimap<steady_point, alarm*>& all;
    std::multimap<steady_point, alarm*>::iterator at;
    ~entry() {
      if (at != all.end())
        all.erase(at);
    }
  };
  woken_ = timed_out_ = false;
  auto& all = time_.deadlines_;
  const entry noted{all, deadline == steady_point::max()
                             ? all.end()
                             : all.emplace(deadline, this)};
  const auto [error] =
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (timed_out_)
    co_return std::make_error_code(std::errc::timed_out);
  if (woken_)
    co_return std::error_code();
  co_return error;
}

// ---------------------------------------------------------------- streams

namespace {

/// What one end has sent and the other has not read.
struct lane {
  std::string octets;
  std::size_t taken = 0;     // of the octets, those that were read
  std::size_t in_clear = 0;  // of the unread ones, those sent before TLS
  bool ended = false;        // the sender closed
  bool broken = false;       // the sender aborted, or the connection failed

  std::string_view unread() const {
    return std::string_view(octets).substr(taken);
  }
  void take(std::size_t n) {
    taken += n;
    in_clear -= std::min(in_clear, n);
    if (taken == octets.size())
      clear();
  }
  void clear() {
    octets.clear();
    taken = in_clear = 0;
  }
};

struct wire {
  std::array<lane, 2> from;  // each end
  std::array<simulated_time::alarm*, 2> waiting{};
  std::array<bool, 2> is_closed{};
  std::array<bool, 2> is_tls{};
  std::array<std::shared_ptr<end_plan>, 2> plans;
};

class memory_stream final : public stream {
 public:
  memory_stream(simulated_time& time, std::shared_ptr<wire> w, std::size_t me)
      : time_(time), alarm_(time), wire_(std::move(w)), me_(me) {
    wire_->waiting[me_] = &alarm_;
  }
  ~memory_stream() override {
    abort();
    wire_->waiting[me_] = nullptr;
  }
  memory_stream(const memory_stream&) = delete;
  memory_stream& operator=(const memory_stream&) = delete;

  asio::awaitable<std::error_code> wait_readable(duration timeout) override;
  asio::awaitable<read_result> read_some(std::span<char> buffer,
                                         duration timeout) override;
  asio::awaitable<std::error_code> write(std::string_view octets,
                                         duration timeout) override;
  asio::awaitable<write_result> write_some(std::string_view octets,
                                           duration timeout) override;
  peer_state look() const override;
  asio::awaitable<std::error_code> start_tls(tls_context& context,
                                             std::string host,
                                             duration timeout) override;

  bool is_tls() const override { return is_tls_; }
  endpoint local() const override { return address(me_); }
  endpoint peer() const override { return address(1 - me_); }
  std::string tls_detail() const override { return tls_detail_; }
  void close() override;
  void abort() override;

 private:
  enum class fate : std::uint8_t { goes_on, fails, times_out };
  /// One operation at a time: what a second one would do is not defined.
  struct operation {
    explicit operation(std::shared_ptr<end_plan> p) : plan(std::move(p)) {
      assert(!plan->is_waiting && "two operations at once on one stream");
      plan->is_waiting = true;
    }
    ~operation() { plan->is_waiting = false; }
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;
    // Shared: where the loop goes away, the stream went before the operation.
    std::shared_ptr<end_plan> plan;
  };

  static endpoint address(std::size_t end) {
    return {ip_address::v4({127, 0, 0, 1}),
            static_cast<std::uint16_t>(end == 0 ? 50'000 : 1110)};
  }

  end_plan& plan() { return *wire_->plans[me_]; }
  lane& in() { return wire_->from[1 - me_]; }
  lane& out() { return wire_->from[me_]; }
  bool peer_is_gone() const { return wire_->is_closed[1 - me_]; }
  void wake_peer() {
    if (auto* peer = wire_->waiting[1 - me_]; peer != nullptr)
      peer->wake();
  }

  steady_point after(duration timeout) const {
    return timeout >= steady_point::max() - time_.steady()
               ? steady_point::max()
               : time_.steady() + timeout;
  }
  fate begin();
  void break_off();
  bool is_readable() {
    return is_over_ || !in().unread().empty() || in().ended || in().broken;
  }
  std::size_t send(std::string_view octets);
  void go();

  simulated_time& time_;
  simulated_time::alarm alarm_;
  std::shared_ptr<wire> wire_;
  std::size_t me_;
  bool is_over_ = false;
  bool is_tls_ = false;
  std::error_code why_ = std::make_error_code(std::errc::bad_file_descriptor);
  std::string tls_detail_;
};

memory_stream::fate memory_stream::begin() {
  fault& f = *plan().fault;
  if (++f.operations != f.at || is_over_)
    return fate::goes_on;
  if (f.error == std::errc::timed_out)
    return fate::times_out;
  return fate::fails;
}

/// The connection fails: for this end at once, for the peer once it has read
/// what came before.
void memory_stream::break_off() {
  why_ = plan().fault->error;
  go();
  (why_ ? out().broken : out().ended) = true;
  wake_peer();
}

/// This end is over.
void memory_stream::go() {
  is_over_ = plan().is_over = true;
  wire_->is_closed[me_] = true;
  in().clear();
}

asio::awaitable<std::error_code> memory_stream::wait_readable(
    duration timeout) {
  const operation running(wire_->plans[me_]);
  const steady_point deadline = after(timeout);
  const fate f = begin();
  if (f == fate::fails)
    break_off();  // the read that follows reports it
  while (f == fate::times_out || !is_readable()) {
    const std::error_code error = co_await alarm_.wait(deadline);
    if (error)
      co_return error;
  }
  co_return std::error_code();
}

asio::awaitable<read_result> memory_stream::read_some(std::span<char> buffer,
                                                      duration timeout) {
  const operation running(wire_->plans[me_]);
  const steady_point deadline = after(timeout);
  const fate f = begin();
  if (f == fate::fails) {
    const std::size_t half = std::min(buffer.size(), in().unread().size() / 2);
    in().unread().copy(buffer.data(), half);
    break_off();
    if (half > 0)
      co_return read_result{half, {}};
  }
  while (f == fate::times_out || !is_readable()) {
    const std::error_code error = co_await alarm_.wait(deadline);
    if (error)
      co_return read_result{0, error};
  }
  if (is_over_)
    co_return read_result{0, why_};
  lane& from = in();
  if (from.unread().empty()) {
    co_return from.broken
        ? read_result{0, std::make_error_code(std::errc::connection_reset)}
        : read_result{};
  }
  const std::size_t n =
      std::min({buffer.size(), plan().piece, from.unread().size()});
  from.unread().copy(buffer.data(), n);
  from.take(n);
  wake_peer();
  co_return read_result{n, {}};
}

/// Sends what the peer has room for.
std::size_t memory_stream::send(std::string_view octets) {
  const std::size_t room = wire_->plans[1 - me_]->room;
  const std::size_t unread = out().unread().size();
  const std::size_t n =
      unread >= room ? 0 : std::min(room - unread, octets.size());
  out().octets += octets.substr(0, n);
  if (!is_tls_)
    out().in_clear = out().unread().size();
  if (n > 0)
    wake_peer();
  return n;
}

asio::awaitable<std::error_code> memory_stream::write(std::string_view octets,
                                                      duration timeout) {
  const write_result done = co_await write_some(octets, timeout);
  co_return done.error;
}

asio::awaitable<write_result> memory_stream::write_some(std::string_view octets,
                                                        duration timeout) {
  const operation running(wire_->plans[me_]);
  const fate f = begin();
  write_result done;
  if (f == fate::fails) {
    if (!peer_is_gone())
      send(octets.substr(0, octets.size() / 2));
    break_off();
  }
  while (done.octets < octets.size()) {
    if (is_over_ && why_)
      done.error = why_;
    else if (is_over_ || in().broken)
      done.error = std::make_error_code(std::errc::broken_pipe);
    if (done.error)
      co_return done;
    if (f != fate::times_out && peer_is_gone()) {
      // As a kernel does: the first octets are taken, and answered by a reset.
      in().broken = true;
      in().clear();
      done.octets = octets.size();
      co_return done;
    }
    const std::size_t n =
        f == fate::times_out ? 0 : send(octets.substr(done.octets));
    done.octets += n;
    if (n > 0 || done.octets == octets.size())
      continue;
    done.error = co_await alarm_.wait(after(timeout));
    if (done.error)
      co_return done;
  }
  co_return done;
}

peer_state memory_stream::look() const {
  const lane& from = wire_->from[1 - me_];
  if (is_over_ || from.broken)
    return peer_state::gone;
  if (from.ended)
    return peer_state::ended;
  return from.unread().empty() ? peer_state::open : peer_state::speaks;
}

asio::awaitable<std::error_code> memory_stream::start_tls(tls_context&,
                                                          std::string,
                                                          duration timeout) {
  const operation running(wire_->plans[me_]);
  const steady_point deadline = after(timeout);
  const fate f = begin();
  if (f == fate::fails)
    break_off();
  wire_->is_tls[me_] = is_tls_ = true;
  wake_peer();
  std::error_code error;
  while (!error) {
    if (is_over_) {
      error = why_ ? why_ : tls_errc::truncated;
    } else if (in().in_clear > 0) {
      error = tls_errc::protocol;
      tls_detail_ = "the peer does not speak TLS";
    } else if (f != fate::times_out && wire_->is_tls[1 - me_]) {
      co_return std::error_code();
    } else if (in().broken) {
      error = std::make_error_code(std::errc::connection_reset);
    } else if (in().ended) {
      error = tls_errc::truncated;
    } else {
      error = co_await alarm_.wait(deadline);
      if (error)
        tls_detail_ = "the TLS handshake was not finished in time";
    }
  }
  close();
  co_return error;
}

void memory_stream::close() {
  if (is_over_)
    return;
  go();
  out().ended = true;
  wake_peer();
}

void memory_stream::abort() {
  if (is_over_)
    return;
  go();
  out().broken = true;
  wake_peer();
}

}  // namespace

memory_pair::memory_pair(simulated_time& time) {
  const auto w = std::make_shared<wire>();
  w->plans = {std::make_shared<end_plan>(), std::make_shared<end_plan>()};
  left = {std::make_unique<memory_stream>(time, w, 0), w->plans[0]};
  right = {std::make_unique<memory_stream>(time, w, 1), w->plans[1]};
}

struct hand::state {
  std::shared_ptr<wire> w;
  lane& in() { return w->from[0]; }
  lane& out() { return w->from[1]; }
  void wake() {
    if (w->waiting[0] != nullptr)
      w->waiting[0]->wake();
  }
};

hand::hand(simulated_time& time, end& other)
    : state_(std::make_unique<state>()) {
  state_->w = std::make_shared<wire>();
  state_->w->plans = {std::make_shared<end_plan>(),
                      std::make_shared<end_plan>()};
  other = {std::make_unique<memory_stream>(time, state_->w, 0),
           state_->w->plans[0]};
}

hand::~hand() {
  if (state_)
    abort();
}
hand::hand(hand&&) noexcept = default;

void hand::put(std::string_view octets) {
  if (state_->w->is_closed[0] || state_->w->is_closed[1])
    return;
  state_->out().octets += octets;
  state_->out().in_clear += octets.size();
  state_->wake();
}

std::string hand::take(std::size_t most) {
  std::string out(state_->in().unread().substr(0, most));
  state_->in().take(out.size());
  if (!out.empty())
    state_->wake();
  return out;
}

bool hand::has_ended() const {
  return state_->in().unread().empty() &&
         (state_->in().ended || state_->in().broken);
}

bool hand::is_broken() const { return has_ended() && state_->in().broken; }

bool hand::is_alone() const { return state_->w->is_closed[0]; }

void hand::close() {
  if (std::exchange(state_->w->is_closed[1], true))
    return;
  state_->out().ended = true;
  state_->in().clear();
  state_->wake();
}

void hand::abort() {
  if (std::exchange(state_->w->is_closed[1], true))
    return;
  state_->out().broken = true;
  state_->in().clear();
  state_->wake();
}

void hand::set_room(std::size_t octets) { state_->w->plans[1]->room = octets; }

}  // namespace mekiki::net::test
