#include "dns/limited_resolver.hpp"

#include <algorithm>
#include <utility>

#include "base/one_shot_event.hpp"

namespace mekiki::dns {
namespace {

answer_ptr failure(status s, std::string detail) {
  answer made;
  made.status = s;
  made.detail = std::move(detail);
  return std::make_shared<const answer>(std::move(made));
}

}  // namespace

answer_ptr limited_resolver::refuse(const question& q) {
  if (std::ranges::find(asked_, q) != asked_.end())
    return nullptr;
  if (asked_.size() >= limits_.questions) {
    static const answer_ptr too_many =
        failure(status::servfail, "too many DNS questions for one mail");
    return too_many;
  }
  if (limits_.clock != nullptr) {
    const steady_point now = limits_.clock->steady();
    if (!began_)
      began_ = now;
    if (now - *began_ > limits_.time) {
      static const answer_ptr too_late =
          failure(status::timeout, "the time for one mail's questions is over");
      return too_late;
    }
  }
  constexpr std::size_t usual = 24;
  if (asked_.empty())
    asked_.reserve(usual);
  asked_.push_back(q);
  return nullptr;
}

void limited_resolver::begin() {
  if (limits_.clock != nullptr)
    began_ = limits_.clock->steady();
}

void limited_resolver::prefetch(const question& q) {
  if (refuse(q) == nullptr)
    inner_.prefetch(q);
}

boost::asio::awaitable<answer_ptr> limited_resolver::resolve(question q) {
  constexpr std::size_t most_in_a_row = 4;
  if (++answers_ % most_in_a_row == 0)
    co_await yield_to_others();
  answer_ptr refused = refuse(q);
  if (refused != nullptr)
    co_return refused;
  co_return co_await inner_.resolve(std::move(q));
}

}  // namespace mekiki::dns
