// One mail judged as its octets arrive: all checks, and the one answer.
//
// Coroutines of one executor ask the DNS and the history. What is computed is
// plain functions: those of a usual mail run there, too; those of a mail above
// 64 KB or 100 header fields, and single steps that may take long, in the pool.
// While one of them runs, nothing else of the evaluation does that touches the
// same.
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
  /// `s` outlives the evaluation, too.
  evaluation(const settings& s, services with, source from = {},
             std::optional<smtp_facts> given = {});
  ~evaluation();
  evaluation(evaluation&&) noexcept;
  evaluation& operator=(evaluation&&) noexcept;

  /// The next octets of the mail, as they are on the wire without the dots
  /// of POP3. As soon as the header is complete, the DNS questions start.
  void write(std::string_view octets);
  /// Where more octets wait to be computed than should: until they are fewer,
  /// or `most` has passed. False if they are still too many. By one coroutine
  /// at a time.
  boost::asio::awaitable<bool> caught_up(std::chrono::milliseconds most);

  /// Nobody waits for the judgement any more: what is not begun is left out,
  /// and `finish` soon returns one that decides nothing. As at the end of the
  /// evaluation's life.
  void abandon();

  /// After the last octet. `again` may be null; it must live until then.
  boost::asio::awaitable<judgement> finish(octet_source* again = nullptr);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mekiki::verdict
