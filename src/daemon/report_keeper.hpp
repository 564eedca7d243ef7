// Keeps the reports that mails bring (docs/reports.md). Reading and writing
// them has a thread of its own, so that no mail waits for a report of a hundred
// thousand rows.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "dns/resolver.hpp"
#include "message/spool.hpp"
#include "store/job_thread.hpp"
#include "store/report_store.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::daemon {

class report_keeper {
 public:
  /// `settings` are those in force, which a reload changes. All outlive this.
  report_keeper(const config::settings& settings, std::filesystem::path history,
                dns::resolver& resolver, const clock& clock);

  /// What became of the reports in one mail.
  struct outcome {
    std::size_t kept = 0;
    std::size_t known = 0;  // before
    std::string failure;    // why not all were read; a sentence, or ""
    /// The failure is ours, and the next try may succeed.
    bool is_ours = false;

    bool is_done() const { return failure.empty() && kept + known > 0; }
  };
  /// `mail` was judged to be `v`, and nobody else uses it any more.
  boost::asio::awaitable<outcome> keep(std::shared_ptr<message::spool> mail,
                                       const verdict::judgement& v);

  /// Reports since the start, however they came.
  struct counters {
    std::uint64_t kept = 0, known = 0;
  };
  const counters& counted() const { return counted_; }

  /// Octets of a mail that is read.
  static constexpr std::size_t most_mail = 32 << 20;
  /// Whether a mail of so many octets may wait for `keep_beside`: it is not
  /// too large, and of 200 mails or 256 MiB in all there is room. Where that is
  /// used up, the log is told of `account`.
  bool has_room(const std::string& account, std::size_t octets) const;
  /// Mails of `keep_beside` wait.
  bool is_busy() const { return waiting_ > 0; }
  /// Ends the work of the thread soon: what it was at is taken up at the next
  /// start, or told as a failure of ours.
  void stop() { *is_over_ = true; }
  /// The same as `keep`, told to the log, for a coroutine beside the mail's
  /// session. Only where there was room.
  boost::asio::awaitable<void> keep_beside(std::shared_ptr<message::spool> mail,
                                           const verdict::judgement& v,
                                           std::string account);

  /// Asks the DNS for the names of addresses in reports, a few at a time.
  boost::asio::awaitable<void> find_names();

  /// `work` on the thread, with the store; a sentence where it fails.
  template <class T>
  using store_work =
      std::function<expected<T, std::string>(store::report_store&)>;
  template <class T>
  boost::asio::awaitable<expected<T, std::string>> with_store(
      store_work<T> work);

 private:
  using names = store::report_store::source_names;
  static outcome keep_now(store::report_store& history, message::spool& mail,
                          const store::report_origin& from, std::int64_t now,
                          const std::atomic<bool>& is_over);
  boost::asio::awaitable<void> keep_and_tell(
      std::shared_ptr<message::spool> mail, verdict::judgement v,
      std::string account);
  boost::asio::awaitable<names> names_of(
      store::report_store::open_source source);

  const config::settings& settings_;
  const std::filesystem::path history_;
  dns::resolver& resolver_;
  const clock& clock_;
  counters counted_;
  std::size_t waiting_ = 0;         // of keep_beside
  std::size_t waiting_octets_ = 0;  // of these
  const std::shared_ptr<std::atomic<bool>> is_over_ =
      std::make_shared<std::atomic<bool>>(false);
  store::job_thread thread_;
};

template <class T>
boost::asio::awaitable<expected<T, std::string>> report_keeper::with_store(
    store_work<T> work) {
  using answer = std::optional<expected<T, std::string>>;
  std::function<answer()> job =
      [file = history_, octets = settings_.domains.report_octets,
       ours = settings_.domains.watch, &clock = clock_, is_over = is_over_,
       work = std::move(work)]() -> answer {
    if (*is_over)
      return unexpected(std::string("mekiki is stopping"));
    auto opened = store::report_store::open(
        file,
        {.octets = octets,
         .ours = ours,
         .is_over = [is_over] { return is_over->load(); }},
        clock);
    if (!opened)
      return unexpected(opened.error());
    return work(**opened);
  };
  auto done = co_await store::answer_in_time(thread_, std::move(job),
                                             std::chrono::minutes(10));
  if (!done)
    co_return unexpected(std::string("reports could not be kept in time"));
  co_return std::move(*done);
}

}  // namespace mekiki::daemon
