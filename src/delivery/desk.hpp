// Where mails are judged, marked and recorded, for all front ends. A front end
// hands octets in (arriving_mail), has the mail judged, and pulls out the
// octets for its client (outgoing_mail). No protocol is known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/random.hpp"
#include "delivery/arriving_mail.hpp"
#include "delivery/wait_observer.hpp"
#include "message/spool.hpp"
#include "notify/edit/edit.hpp"
#include "notify/edit/labels.hpp"
#include "notify/edit/rewrite.hpp"
#include "notify/policy/actions.hpp"
#include "notify/policy/choice.hpp"
#include "notify/words/texts.hpp"
#include "store/store.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::delivery {

struct settings {
  message::spool_limits spool;
  verdict::settings verdict;
  notify::settings notify;
  notify::choice choice;  // of accounts that have none in the store
  notify::limits limits;
  notify::texts texts;

  /// The story of every mail is kept, not of forged ones alone.
  bool all_stories = false;

  /// How warnings reach people (method B).
  struct {
    bool in_listing = true;  // of the user's own mailbox; false: sent
    std::string from = "mekiki@localhost";  // addr-spec
    bool tell_administrators = false;       // of each forged mail
  } warnings;
};

struct services {
  verdict::services verdict;
  store::store* history = nullptr;  // where judged mails are recorded
  /// The story of a mail, for the history. May be empty.
  std::function<std::string(const verdict::judgement& v)> story = {};
  /// The values of X-Mekiki-Label for an account at a time (Unix seconds),
  /// asked at each login.
  std::function<notify::labels(const std::string& account, std::int64_t now)>
      labels = {};
  /// The secret word of a user who chose none.
  std::function<std::string(const std::string& account)> word = {};
  /// Whether a mail of so many octets for the account is looked into once more
  /// after the client has it, for reports; and what looks, beside the session.
  /// May be empty.
  std::function<bool(const std::string& account, std::size_t octets)>
      has_reports = {};
  std::function<void(std::shared_ptr<message::spool> octets,
                     const verdict::judgement& v, const std::string& account)>
      look_for_reports = {};
};

/// The user whose mails these are, the user's choice of warnings, and the
/// settings that the session began with.
struct recipient {
  verdict::source from;
  notify::choice choice;  // allowed methods only
  notify::recent_mails recent;
  notify::labels labels;
  /// Runs a coroutine beside the session, on its executor; set by
  /// desk::load_choice.
  std::function<void(boost::asio::awaitable<void>)> start = {};
  const delivery::settings* settings = nullptr;  // set there, too
};

/// The identifiers of a mail in the log and the history.
struct mail_id {
  std::uint64_t session = 0;
  std::uint32_t number = 0;
  std::string uidl;  // empty: not known
};

/// A mail with its verdict and all that follows from it. Made once.
struct judged_mail {
  verdict::judgement judgement;
  std::string fields;  // ours, each with its CRLF
  notify::actions actions;
  notify::changes what;  // to the mail itself, beside our fields
};

/// Counts of delivered mails since the start.
struct counters {
  /// Mails by what our fields say: the verdict and X-DKIM-Check.
  std::map<std::pair<verdict::level, auth::result>, std::uint64_t> mails;
  /// The results in their Authentication-Results, by method and word.
  std::map<std::pair<std::string, std::string>, std::uint64_t> checks;
  /// By how they came: verdict::way_of.
  std::map<std::string, std::uint64_t, std::less<>> ways;
};

/// One for each process. Outlives what it hands out.
class desk {
 public:
  desk(delivery::settings s, delivery::services with);

  const delivery::settings& settings() const { return settings_.back(); }
  /// Those that hold for the mails of `r`.
  const delivery::settings& settings(const recipient& r) const {
    return r.settings != nullptr ? *r.settings : settings();
  }
  /// For sessions that begin from now on. What was handed out stays.
  void use(delivery::settings s) { settings_.push_back(std::move(s)); }
  const delivery::services& with() const { return with_; }
  const counters& counts() const { return counts_; }
  random_source& random() { return random_; }
  std::int64_t seconds_now() const;  // Unix seconds

  /// The last step and its mail, as text for the watchdog. From any thread.
  std::string last_work() const;

  /// How many accounts got mails in the last 24 hours that they were not
  /// warned about, being over their budget (users.budget).
  std::size_t accounts_over_budget() const;

  /// Sets `r.start`: once for each session, before its first mail.
  boost::asio::awaitable<void> prepare(recipient& r) const;
  /// At login: does that, sets `r.settings`, and loads the user's choice from
  /// the store (else from the settings) and the label's values into `r`.
  boost::asio::awaitable<store::user_answer> load_choice(recipient& r);

  /// `session`: what is known of it, if this host takes the mail by SMTP.
  std::shared_ptr<arriving_mail> begin(
      const recipient& r,
      std::optional<verdict::smtp_facts> session = {}) const;

  /// Waits while a mail arrives faster than it is processed. False if the
  /// observer gave up.
  static boost::asio::awaitable<bool> catch_up(arriving_mail& mail,
                                               wait_observer& observer);

  /// After the mail's last octet. Nothing if the observer gave up.
  boost::asio::awaitable<std::optional<judged_mail>> judge(
      std::shared_ptr<arriving_mail> mail, const recipient& r,
      wait_observer& observer);

  /// The verdict on a mail that did not arrive as a whole: it gets our fields,
  /// and no other change. `cause` is a word.
  judged_mail unjudged(std::string_view cause, const recipient& r) const;

  /// Runs `step`, which may take long, in the pool, and waits for its end.
  /// Until then nobody else may touch its data.
  boost::asio::awaitable<void> compute(const recipient& r,
                                       const arriving_mail& mail,
                                       std::function<void()> step) const;

  /// The only side effects of a mail: counters, log line, history, warnings.
  /// Its warnings are kept for good when this returns, unless the store takes
  /// longer than `history.deadline`.
  boost::asio::awaitable<void> record(recipient& r, arriving_mail& mail,
                                      const judged_mail& j, const mail_id& id);

  /// The client has all of the mail. Does not wait for what is done with it.
  boost::asio::awaitable<void> delivered(const recipient& r,
                                         arriving_mail& mail,
                                         const judged_mail& j) const;

 private:
  judged_mail mark(verdict::judgement v, const recipient& r) const;
  void note_work(std::string_view what, const recipient& r,
                 std::size_t octets) const;
  void count(const verdict::judgement& v);
  void note(const recipient& r, arriving_mail& mail, const judged_mail& j,
            const mail_id& id) const;
  boost::asio::awaitable<void> warn(const recipient& r, arriving_mail& mail,
                                    const judged_mail& j) const;
  void tell_of_budget(const recipient& r);
  void tell_of_unmarked(const recipient& r);

  std::deque<delivery::settings> settings_;  // the last one counts
  delivery::services with_;
  counters counts_;
  system_random random_;
  /// The state of an account that is over its budget.
  struct budget_pause {
    std::uint64_t unmarked = 0;  // mails that its user was not told of
    std::int64_t told = 0;       // when he was last told how many; 0: never
    std::int64_t last = 0;       // when the last of them came
  };
  std::unordered_map<std::string, budget_pause> over_budget_;

  struct work {
    std::string_view what = "nothing yet";
    std::string account;
    std::size_t octets = 0;
  };
  mutable std::mutex mutex_;  // of `last_`
  mutable work last_;
};

}  // namespace mekiki::delivery
