// A mail as it arrives: kept, and judged at the same time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "message/spool.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::delivery {

class arriving_mail {
 public:
  /// `s` outlives it.
  arriving_mail(const message::spool_limits& limits, const verdict::settings& s,
                verdict::services with, verdict::source from,
                std::optional<verdict::smtp_facts> session = {})
      : settings_(s),
        with_(std::move(with)),
        from_(std::move(from)),
        session_(std::move(session)),
        octets_(limits),
        evaluation_(s, with_, from_, session_) {}

  /// Takes the next octets. False when there is no room to keep them: the mail
  /// is whole up to here, and no more can be taken.
  bool take(std::string_view octets);

  /// Removes the last octets, which turned out not to belong to the mail.
  void drop_end(std::size_t octets);

  /// The octets may be only a part of the mail. It is then judged only if a
  /// signature over the whole body proves that it is complete; otherwise it is
  /// `not-judged` with this `cause` (one word).
  void doubt_completeness(std::string_view cause) { doubt_ = cause; }

  /// Waits, at most for `most`, until few enough octets wait to be processed.
  /// False if there are still too many.
  boost::asio::awaitable<bool> caught_up(std::chrono::milliseconds most) {
    return evaluation_.caught_up(most);
  }

  /// After the last octet, once.
  boost::asio::awaitable<verdict::judgement> judge();

  /// Nobody waits for it any more: its octets are freed, `judge` ends soon.
  void abandon();

  message::spool& octets() { return octets_; }
  std::size_t size() const { return octets_.size(); }
  bool ends_with_crlf();
  /// The header, or as much of it as is kept in the history.
  std::string header();

  /// Time spent on receiving and judging it.
  std::chrono::steady_clock::duration took{};

 private:
  const verdict::settings& settings_;
  verdict::services with_;
  verdict::source from_;
  std::optional<verdict::smtp_facts> session_;
  message::spool octets_;
  verdict::evaluation evaluation_;
  bool is_to_be_read_again_ = false;  // by the evaluation
  std::optional<std::string> doubt_;
};

}  // namespace mekiki::delivery
