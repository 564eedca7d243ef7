#include "dns/limited_resolver.hpp"

#include <utility>

namespace mekiki::dns {
namespace {

const answer_ptr& refusal() {
  static const answer_ptr a = [] {
    answer made;
    made.status = status::servfail;
    made.detail = "too many DNS questions for one mail";
    return std::make_shared<const answer>(std::move(made));
  }();
  return a;
}

}  // namespace

bool limited_resolver::admit(const question& q) {
  if (asked_.size() >= limit_)
    return asked_.contains(q);
  asked_.insert(q);
  return true;
}

void limited_resolver::prefetch(const question& q) {
  if (admit(q))
    inner_.prefetch(q);
}

boost::asio::awaitable<answer_ptr> limited_resolver::resolve(question q) {
  if (!admit(q))
    co_return refusal();
  co_return co_await inner_.resolve(std::move(q));
}

}  // namespace mekiki::dns
