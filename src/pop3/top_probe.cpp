#include "pop3/top_probe.hpp"

namespace mekiki::pop3 {

bool top_probe::compare(delivery::arriving_mail& other) {
  const auto kept = std::exchange(mail_, nullptr);
  message::spool& a = kept->octets();
  message::spool& b = other.octets();
  if (a.size() != b.size())
    return false;
  for (std::size_t at = 0; at < a.size();) {
    const auto left = a.read(at);
    if (!left)
      return false;
    const auto right = b.read(at, left->size());
    if (!right || left->substr(0, right->size()) != *right)
      return false;
    at += right->size();
  }
  return true;
}

}  // namespace mekiki::pop3
