#include "delivery/desk.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/compute_pool.hpp"
#include "base/log.hpp"
#include "base/one_shot_event.hpp"
#include "base/unix_time.hpp"

namespace mekiki::delivery {

namespace asio = boost::asio;

namespace {

/// A mail that is judged in a coroutine of its own, while its session also
/// serves the client.
struct judging {
  std::shared_ptr<arriving_mail> mail;
  std::optional<verdict::judgement> judgement;
  one_shot_event done;
};

/// Abandons a mail if the wait for its judgement ends early, however it ends.
struct waiter {
  judging& work;
  ~waiter() {
    if (!work.done.is_set())
      work.mail->abandon();
  }
};

asio::awaitable<void> judge_beside(std::shared_ptr<judging> work) {
  try {
    work->judgement = co_await work->mail->judge();
  } catch (const std::exception&) {
    work->judgement = verdict::undecided("checks-failed");
  }
  work->done.set();
}

}  // namespace

desk::desk(delivery::settings s, delivery::services with)
    : settings_{std::move(s)}, with_(std::move(with)) {}

void desk::note_work(std::string_view what, const recipient& r,
                     std::size_t octets) const {
  const std::lock_guard lock(mutex_);
  last_.what = what;
  last_.account = r.from.account;
  last_.octets = octets;
}

std::string desk::last_work() const {
  const std::lock_guard lock(mutex_);
  return fmt::format("{}, a mail of {} octets for {}", last_.what, last_.octets,
                     log::quoted(last_.account));
}

std::int64_t desk::seconds_now() const {
  return unix_seconds(with_.verdict.clock.now());
}

asio::awaitable<void> desk::prepare(recipient& r) const {
  if (!with_.verdict.start)
    co_return;
  std::function<void()> broken_off = [] {
    log::error("a lookup of a session failed with an exception");
  };
  r.start = co_await make_spawner(std::move(broken_off));
}

asio::awaitable<store::user_answer> desk::load_choice(recipient& r) {
  r.settings = &settings();
  co_await prepare(r);
  store::user_answer user;
  if (with_.history != nullptr)
    user = co_await with_.history->choice_of(r.from.account);
  r.choice =
      notify::choice_of(user.chosen, settings(r).choice, settings(r).limits);
  r.recent = notify::recent_of(user.recent, r.choice);
  if (r.choice.secret_word.empty() && with_.word)
    r.choice.secret_word = with_.word(r.from.account);
  if (with_.labels)
    r.labels = with_.labels(r.from.account, seconds_now());
  tell_of_unmarked(r);
  if (!notify::is_over_budget(r.recent, settings(r).limits.budget))
    over_budget_.erase(r.from.account);
  co_return user;
}

std::shared_ptr<arriving_mail> desk::begin(
    const recipient& r, std::optional<verdict::smtp_facts> session) const {
  note_work("arrives", r, 0);
  verdict::services with = with_.verdict;
  if (r.start)
    with.start = r.start;
  return std::make_shared<arriving_mail>(settings(r).spool, settings(r).verdict,
                                         std::move(with), r.from,
                                         std::move(session));
}

asio::awaitable<bool> desk::catch_up(arriving_mail& mail,
                                     wait_observer& observer) {
  constexpr std::chrono::milliseconds tick{500};
  for (;;) {
    const bool caught_up = co_await mail.caught_up(tick);
    if (caught_up)
      co_return true;
    const bool goes_on = co_await observer.on_wait();
    if (!goes_on)
      co_return false;
  }
}

asio::awaitable<void> desk::compute(const recipient& r,
                                    const arriving_mail& mail,
                                    std::function<void()> step) const {
  if (with_.verdict.pool == nullptr) {
    step();
    co_return;
  }
  compute_pool::job j{
      .client = r.from.client,
      .owner = r.from.account,
      .about = fmt::format("a mail of {} octets, to be rewritten", mail.size()),
      .work = std::move(step)};
  co_await with_.verdict.pool->run(std::move(j));
}

asio::awaitable<std::optional<judged_mail>> desk::judge(
    std::shared_ptr<arriving_mail> mail, const recipient& r,
    wait_observer& observer) {
  note_work("is judged", r, mail->size());
  const auto begun = with_.verdict.clock.steady();
  std::optional<judged_mail> answer;
  const auto& start = r.start ? r.start : with_.verdict.start;
  if (!start) {
    verdict::judgement v = co_await mail->judge();
    answer = mark(std::move(v), r);
  } else {
    const auto work = std::make_shared<judging>();
    work->mail = mail;
    const waiter waiting{*work};
    start(judge_beside(work));
    while (!work->done.is_set()) {
      const bool is_done = co_await work->done.wait(std::chrono::seconds(1));
      if (is_done)
        break;
      const bool goes_on = co_await observer.on_wait();
      if (!goes_on)
        co_return std::nullopt;
    }
    answer = mark(std::move(*work->judgement), r);
  }
  mail->took += with_.verdict.clock.steady() - begun;
  co_return answer;
}

judged_mail desk::unjudged(std::string_view cause, const recipient& r) const {
  judged_mail j = mark(verdict::undecided(cause), r);
  j.what = {};
  return j;
}

judged_mail desk::mark(verdict::judgement v, const recipient& r) const {
  note_work("is marked", r, 0);
  judged_mail j;
  j.fields = notify::annotate(v, settings(r).notify, r.labels);
  j.actions =
      notify::what_to_do(v, r.choice, settings(r).limits.budget, r.recent);
  j.what = {.rewrite = j.actions.rewrite,
            .mark_subject = j.actions.mark,
            .clean_subjects = r.choice.subject_mark};
  j.judgement = std::move(v);
  return j;
}

}  // namespace mekiki::delivery
