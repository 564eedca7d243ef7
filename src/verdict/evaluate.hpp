// One mail judged as its octets arrive: all checks, and the one answer.
//
// Coroutines of one executor ask the DNS and the history. Computations are
// plain functions: those of a usual mail run there, too; those of a mail above
// 64 KB or 100 header fields, and single steps that may take long, in the pool.
// While one of them runs, no other part of the evaluation touches its data.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "verdict/judgement.hpp"
#include "verdict/request.hpp"

namespace mekiki::verdict {

class evaluation {
 public:
  /// `s` and the services outlive the evaluation.
  evaluation(const settings& s, services with, source from = {},
             std::optional<smtp_facts> given = {});
  ~evaluation();
  evaluation(evaluation&&) noexcept;
  evaluation& operator=(evaluation&&) noexcept;

  /// The next octets of the mail, as they are on the wire without the dots
  /// of POP3. As soon as the header is complete, the DNS questions start.
  void write(std::string_view octets);
  /// If too many octets wait to be processed: waits until there are fewer, at
  /// most for `most`. False if there are still too many. One coroutine may wait
  /// at a time.
  boost::asio::awaitable<bool> caught_up(std::chrono::milliseconds most);

  /// Nobody waits for the judgement any more: steps that have not begun are
  /// skipped, and `finish` soon returns an undecided judgement. The destructor
  /// does the same.
  void abandon();

  /// After the last octet. `again` reads the mail once more, to undo changes;
  /// it may be null, and outlives the call.
  boost::asio::awaitable<judgement> finish(octet_source* again = nullptr);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mekiki::verdict
