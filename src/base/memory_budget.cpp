#include "base/memory_budget.hpp"

namespace mekiki {

bool memory_share::hold(std::size_t octets) {
  if (budget_ != nullptr && octets > held_) {
    const std::size_t more = octets - held_;
    std::size_t used = budget_->used();
    do {
      if (used > budget_->octets_ || more > budget_->octets_ - used)
        return false;
    } while (!budget_->used_.compare_exchange_weak(used, used + more,
                                                   std::memory_order_relaxed));
  } else if (budget_ != nullptr) {
    budget_->used_.fetch_sub(held_ - octets, std::memory_order_relaxed);
  }
  held_ = octets;
  return true;
}

}  // namespace mekiki
