#include "delivery/desk.hpp"

#include <chrono>
#include <utility>

#include "base/event.hpp"
#include "base/unix_time.hpp"

namespace mekiki::delivery {

namespace asio = boost::asio;

namespace {

/// A mail that is judged while its session waits for more than that.
struct judging {
  std::shared_ptr<arriving_mail> mail;
  std::optional<verdict::judgement> said;
  event done;
};

asio::awaitable<void> judge_beside(std::shared_ptr<judging> work) {
  work->said = co_await work->mail->judge();
  work->done.set();
}

}  // namespace

desk::desk(delivery::settings s, delivery::services with)
    : settings_(std::move(s)), with_(std::move(with)) {}

std::int64_t desk::seconds_now() const {
  return unix_seconds(with_.verdict.clock.now());
}

asio::awaitable<store::user_answer> desk::welcome(reader& r) {
  store::user_answer user;
  if (with_.history != nullptr)
    user = co_await with_.history->choice_of(r.from.account);
  r.choice = notify::choice_of(user.chosen, settings_.choice, settings_.limits);
  r.recent = notify::recent_of(user.recent, r.choice);
  if (!notify::is_over_budget(r.recent, settings_.limits.budget))
    over_budget_.erase(r.from.account);
  co_return user;
}

std::shared_ptr<arriving_mail> desk::begin(const reader& r) const {
  return std::make_shared<arriving_mail>(settings_.spool, settings_.verdict,
                                         with_.verdict, r.from);
}

asio::awaitable<std::optional<judged_mail>> desk::judge(
    std::shared_ptr<arriving_mail> mail, const reader& r,
    wait_observer& observer) {
  const auto begun = with_.verdict.clock.steady();
  std::optional<judged_mail> answer;
  if (!with_.verdict.start) {
    verdict::judgement v = co_await mail->judge();
    answer = mark(std::move(v), r);
  } else {
    const auto work = std::make_shared<judging>();
    work->mail = mail;
    with_.verdict.start(judge_beside(work));
    while (!work->done.is_set()) {
      const bool is_done = co_await work->done.wait(std::chrono::seconds(1));
      if (is_done)
        break;
      const bool goes_on = co_await observer.waited();
      if (!goes_on)
        co_return std::nullopt;
    }
    answer = mark(std::move(*work->said), r);
  }
  mail->took += with_.verdict.clock.steady() - begun;
  co_return answer;
}

judged_mail desk::unjudged(std::string_view cause, const reader& r) const {
  judged_mail j = mark(verdict::undecided(cause), r);
  j.what = {};
  return j;
}

judged_mail desk::mark(verdict::judgement v, const reader& r) const {
  judged_mail j;
  j.fields = notify::annotate(v, settings_.notify);
  j.todo = notify::what_to_do(v, r.choice, settings_.limits.budget, r.recent);
  j.what = {.rewrite = j.todo.rewrite,
            .mark_subject = j.todo.mark,
            .clean_subjects = r.choice.subject_mark};
  j.said = std::move(v);
  return j;
}

}  // namespace mekiki::delivery
