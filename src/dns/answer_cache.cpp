#include "dns/answer_cache.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mekiki::dns {
namespace {

// What an entry holds in memory, roughly.
std::size_t estimate(const question& q, const answer& a) {
  std::size_t octets = 512 + 2 * q.name.size() + a.detail.size();
  for (const auto& text : a.texts) octets += sizeof(std::string) + text.size();
  for (const auto& name : a.names) octets += sizeof(std::string) + name.size();
  for (const auto& mx : a.exchanges)
    octets += sizeof(mail_exchange) + mx.host.size();
  return octets + a.addresses.size() * sizeof(ip_address);
}

std::chrono::seconds lifetime(const answer& a, const cache_limits& limits,
                              bool silent) {
  if (silent && is_temporary(a.status))
    return limits.silence;
  if (is_temporary(a.status))
    return limits.failure;
  const auto max =
      a.status == status::success ? limits.max : limits.max_negative;
  return std::clamp(a.ttl, limits.min, max);
}

}  // namespace

answer_ptr answer_cache::find(const question& q) {
  const auto found = entries_.find(q);
  if (found == entries_.end())
    return nullptr;
  if (found->second.end <= clock_.steady()) {
    erase(found);
    return nullptr;
  }
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return found->second.answer;
}

void answer_cache::clear() {
  entries_.clear();
  uses_.clear();
  octets_ = 0;
}

void answer_cache::insert(const question& q, answer_ptr a, bool silent) {
  if (const auto old = entries_.find(q); old != entries_.end())
    erase(old);
  entry e;
  e.octets = estimate(q, *a);
  if (e.octets > limits_.octets)
    return;
  while (octets_ + e.octets > limits_.octets) {
    erase(entries_.find(*uses_.back()));
  }
  e.end = clock_.steady() + lifetime(*a, limits_, silent);
  e.answer = std::move(a);
  octets_ += e.octets;
  const auto at = entries_.emplace(q, std::move(e)).first;
  uses_.push_front(&at->first);
  at->second.use = uses_.begin();
}

void answer_cache::erase(map::iterator at) {
  octets_ -= at->second.octets;
  uses_.erase(at->second.use);
  entries_.erase(at);
}

}  // namespace mekiki::dns
