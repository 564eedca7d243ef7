#include "base/one_shot_event.hpp"

#include <exception>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mekiki {

namespace asio = boost::asio;

struct one_shot_event::state {
  std::mutex mutex;
  bool happened = false;
  /// While a coroutine waits. Only its executor's thread touches the timer.
  std::shared_ptr<asio::steady_timer> waiting;
};

one_shot_event::one_shot_event() : state_(std::make_shared<state>()) {}

void one_shot_event::set() const {
  // Posted under the lock: whoever waits goes, and its loop with it, only
  // after that.
  const std::lock_guard lock(state_->mutex);
  state_->happened = true;
  if (const auto timer = std::move(state_->waiting)) {
    const asio::any_io_executor executor = timer->get_executor();
    asio::post(executor, [timer] { timer->cancel(); });
  }
}

bool one_shot_event::is_set() const {
  const std::lock_guard lock(state_->mutex);
  return state_->happened;
}

asio::awaitable<bool> one_shot_event::wait(
    std::chrono::milliseconds most) const {
  const std::shared_ptr<state> s = state_;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor, most);
  {
    const std::lock_guard lock(s->mutex);
    if (s->happened)
      co_return true;
    s->waiting = timer;
  }
  // However the wait ends, by the end of the loop too.
  struct leaver {
    state& left;
    ~leaver() {
      const std::lock_guard lock(left.mutex);
      left.waiting.reset();
    }
  } const leaving{*s};
  std::ignore = co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  const std::lock_guard lock(s->mutex);
  co_return s->happened;
}

asio::awaitable<void> one_shot_event::wait_always() const {
  const one_shot_event same = *this;
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  bool happened = false;
  while (!happened) happened = co_await same.wait(std::chrono::hours(1));
  co_await asio::this_coro::throw_if_cancelled(throws);
}

asio::awaitable<void> yield_to_others() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

asio::awaitable<std::function<void(asio::awaitable<void>)>> make_spawner(
    std::function<void()> failed) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  co_return [executor, failed](asio::awaitable<void> work) {
    asio::co_spawn(executor, std::move(work),
                   [failed](const std::exception_ptr& error) {
                     if (error)
                       failed();
                   });
  };
}

}  // namespace mekiki
