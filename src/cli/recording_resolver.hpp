// A resolver that remembers questions and answers, to show people the records
// that a verdict rests on.
#pragma once

#include <vector>

#include "dns/resolver.hpp"

namespace mekiki::cli {

/// A question and what the DNS said.
struct dns_note {
  dns::question asked;
  dns::answer_ptr answer;  // never null
};

/// Passes questions on to another resolver, which outlives it.
class recording_resolver final : public dns::resolver {
 public:
  explicit recording_resolver(dns::resolver& inner) : inner_(inner) {}

  void prefetch(const dns::question& q) override { inner_.prefetch(q); }
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override;

  /// Each question once, in the order of their answers; at most 1000.
  const std::vector<dns_note>& notes() const { return notes_; }
  void forget() { notes_.clear(); }

 private:
  dns::resolver& inner_;
  std::vector<dns_note> notes_;
};

}  // namespace mekiki::cli
