// A resolver for DKIM keys: asks the DNS, and falls back to remembered keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dns/resolver.hpp"
#include "verdict/history.hpp"

namespace mekiki::verdict {

/// A resolver for the questions of DKIM. Passes them on to another one, which
/// outlives it. A name that does not exist, or has no text, is answered from
/// memory if the mail came, by the time of a border that proves, between the
/// day that the key was first seen and two days after it was last seen, and it
/// was never seen revoked. A failure of the DNS stays one.
class key_memory final : public dns::resolver {
 public:
  /// `came`: the time of a border that proves; without one, memory is not used.
  key_memory(dns::resolver& inner, const std::vector<remembered_key>& keys,
             std::optional<std::int64_t> came)
      : inner_(inner), keys_(keys), came_(came) {}

  void prefetch(const dns::question& q) override { inner_.prefetch(q); }
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override;

  /// The names that were answered from memory.
  const std::vector<std::string>& used() const { return used_; }
  /// What the DNS itself said, for remembering: name and text.
  const std::vector<remembered_key>& seen() const { return seen_; }

 private:
  dns::answer_ptr recall(const dns::question& q) const;

  dns::resolver& inner_;
  const std::vector<remembered_key>& keys_;
  std::optional<std::int64_t> came_;
  std::vector<std::string> used_;
  std::vector<remembered_key> seen_;
};

}  // namespace mekiki::verdict
