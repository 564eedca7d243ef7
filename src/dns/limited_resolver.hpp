// A resolver that limits the number of questions, and the time for them: the
// budget of one mail.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dns {

/// Passes questions on to another resolver, which outlives it. Each question
/// counts once, however often it is asked; those beyond the limit are answered
/// with servfail and a detail that says so. Questions first asked later than
/// `budget.time` after the first one of all are answered with timeout.
///
/// Cached answers come without a wait, so a caller with many questions would
/// block the loop. Therefore `resolve` yields at every fourth question.
class limited_resolver final : public resolver {
 public:
  static constexpr std::size_t questions_per_mail = 100;

  struct budget {
    std::size_t questions = questions_per_mail;
    std::chrono::milliseconds time{0};
    const mekiki::clock* clock = nullptr;  // null: `time` does not count
  };

  explicit limited_resolver(resolver& inner) : inner_(inner) {}
  limited_resolver(resolver& inner, const budget& limits)
      : inner_(inner), limits_(limits) {}

  /// The time counts from now, else from the first question.
  void begin();

  void prefetch(const question& q) override;
  boost::asio::awaitable<answer_ptr> resolve(question q) override;

  /// How many different questions were asked, refused ones left out.
  std::size_t asked() const { return asked_.size(); }

 private:
  /// Nothing if the question may be asked, else the answer it gets.
  answer_ptr refuse(const question& q);

  resolver& inner_;
  budget limits_;
  std::optional<steady_point> began_;
  std::vector<question> asked_;  // few enough to look through
  std::size_t answers_ = 0;
};

}  // namespace mekiki::dns
