// Waiting warnings, and the mails that deliver them: the part of the store that
// keeps them from one session to the next.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "store/user.hpp"
#include "store/warning.hpp"

namespace mekiki::store {

class reading_thread;
class writer;

/// What is to be done about sending mail.
struct sending_work {
  bool available = false;          // false: there was no answer in time
  std::vector<outgoing_mail> due;  // at most `most_sent`
  struct reader {
    waiting_recipient who;
    std::optional<kept_choice> chosen;
  };
  std::vector<reader> waiting;      // at most a thousand
  std::int64_t digested_until = 0;  // 0: no digest yet
};
constexpr std::size_t most_sent = 20;

struct sending_result {
  std::int64_t id = 0;
  std::optional<std::int64_t> again;  // Unix seconds; none: it is over
};

/// From any thread. Where the store is read only nothing is kept.
class warning_store {
 public:
  /// `writing` null: read only. `deadline`: for what a session waits for.
  warning_store(reading_thread& reading, writer* writing, const clock& now,
                std::chrono::milliseconds deadline)
      : reading_(reading), writing_(writing), now_(now), deadline_(deadline) {}

  /// As store::note.
  void note(warning w);
  /// The same. True once it is kept for good; false where it is not in time.
  /// It may be kept later all the same.
  boost::asio::awaitable<bool> note_in_time(warning w);
  /// True once it is kept for good; false where it is not in time, or if
  /// another session has delivered its warnings. It may be kept later all the
  /// same.
  boost::asio::awaitable<bool> keep(warning_mail m);
  /// Nothing if it is gone, or there is no answer in time.
  boost::asio::awaitable<std::optional<std::string>> octets_of(
      std::string account, std::string uidl);
  void remove(std::string account, std::vector<std::string> uidls);

  boost::asio::awaitable<waiting_warnings> waiting_for(std::string reader);

  /// The mails to be sent, and the readers for whom warnings wait.
  boost::asio::awaitable<sending_work> sending(std::int64_t now);
  /// As for a warning_mail: of those that tell what waits, and together.
  boost::asio::awaitable<bool> keep(outgoing_mails all);
  /// True once it is kept.
  boost::asio::awaitable<bool> settle(sending_result r);
  /// Digests begin at that time.
  void begin_digests(std::int64_t from);

 private:
  reading_thread& reading_;
  writer* writing_;
  const clock& now_;
  std::chrono::milliseconds deadline_;
};

}  // namespace mekiki::store
