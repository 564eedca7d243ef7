// New mails, sent to the open pages (server-sent events).
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/one_shot_event.hpp"
#include "store/dashboard_queries.hpp"

namespace mekiki::admin {

/// For one thread only. A page that reads too slowly loses its oldest waiting
/// events.
class event_hub {
 public:
  static constexpr std::size_t most_listeners = 64;
  static constexpr std::size_t most_of_one = 8;  // of one account
  static constexpr std::size_t most_waiting = 200;

  class listener {
   public:
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    /// The mails since the last call. Waits for one, up to `most`.
    boost::asio::awaitable<std::vector<store::mail_row>> next(
        std::chrono::milliseconds most);

   private:
    friend event_hub;
    listener(event_hub& hub, std::string account, store::shown_texts which);

    event_hub& hub_;
    std::string account_;  // "": all
    store::shown_texts texts_;
    std::deque<store::mail_row> waiting_;
    one_shot_event came_;
  };

  /// Null if too many listen. The hub outlives it.
  std::shared_ptr<listener> listen(std::string account,
                                   store::shown_texts which);
  void publish(const std::vector<store::mail_row>& mails);

 private:
  std::vector<listener*> listeners_;
};

}  // namespace mekiki::admin
