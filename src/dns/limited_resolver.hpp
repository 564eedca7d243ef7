// A resolver that lets only so many questions through: what one mail may ask.
#pragma once

#include <cstddef>
#include <set>

#include "dns/resolver.hpp"

namespace mekiki::dns {

/// Passes questions on to another resolver, which outlives it. Each question
/// counts once, however often it is asked; those beyond the limit are answered
/// with servfail and a detail that says so.
class limited_resolver final : public resolver {
 public:
  static constexpr std::size_t questions_per_mail = 100;

  explicit limited_resolver(resolver& inner,
                            std::size_t limit = questions_per_mail)
      : inner_(inner), limit_(limit) {}

  void prefetch(const question& q) override;
  boost::asio::awaitable<answer_ptr> resolve(question q) override;

  /// How many different questions were asked, refused ones left out.
  std::size_t asked() const { return asked_.size(); }

 private:
  bool admit(const question& q);

  resolver& inner_;
  std::size_t limit_;
  std::set<question> asked_;
};

}  // namespace mekiki::dns
