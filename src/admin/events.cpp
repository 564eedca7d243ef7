#include "admin/events.hpp"

#include <algorithm>
#include <utility>

namespace mekiki::admin {

namespace asio = boost::asio;

event_hub::listener::listener(event_hub& hub, std::string account,
                              store::shown_texts which)
    : hub_(hub), account_(std::move(account)), texts_(which) {
  hub_.listeners_.push_back(this);
}

event_hub::listener::~listener() { std::erase(hub_.listeners_, this); }

asio::awaitable<std::vector<store::mail_row>> event_hub::listener::next(
    std::chrono::milliseconds most) {
  if (waiting_.empty()) {
    came_ = one_shot_event();
    co_await came_.wait(most);
  }
  std::vector<store::mail_row> out(std::make_move_iterator(waiting_.begin()),
                                   std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  co_return out;
}

std::shared_ptr<event_hub::listener> event_hub::listen(
    std::string account, store::shown_texts which) {
  const auto same =
      std::ranges::count(listeners_, account, &listener::account_);
  if (listeners_.size() >= most_listeners ||
      (!account.empty() && static_cast<std::size_t>(same) >= most_of_one))
    return nullptr;
  return std::shared_ptr<listener>(
      new listener(*this, std::move(account), which));
}

void event_hub::publish(const std::vector<store::mail_row>& mails) {
  for (listener* l : listeners_) {
    bool has_new = false;
    for (const store::mail_row& m : mails) {
      if (!l->account_.empty() && l->account_ != m.account)
        continue;
      store::hide_texts(l->waiting_.emplace_back(m), l->texts_);
      has_new = true;
      if (l->waiting_.size() > most_waiting)
        l->waiting_.pop_front();
    }
    if (has_new)
      l->came_.set();
  }
}

}  // namespace mekiki::admin
