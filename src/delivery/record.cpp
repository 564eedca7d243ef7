// All side effects of a delivered mail: counters, one line in the log, the
// history, and warnings.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "auth/authres/format.hpp"
#include "auth/authres/shown.hpp"
#include "base/log.hpp"
#include "base/unix_time.hpp"
#include "delivery/desk.hpp"
#include "mime/encoded_word.hpp"
#include "verdict/accused.hpp"

namespace mekiki::delivery {

namespace asio = boost::asio;

namespace {

using verdict::level;

/// Over-budget accounts that are remembered, so that each is logged once, and
/// its mails are counted.
constexpr std::size_t most_over_budget = 10'000;

/// Users of methods A and B get a warning mail if a second judgement changes
/// whether they should be warned.
void follow_up(const verdict::judgement& v, const notify::choice& c,
               store::mail_event& e) {
  if (!c.methods.warn && !c.methods.rewrite)
    return;
  e.tell.is_told = notify::is_told(v, c.when);
  bool may_change = false;
  for (std::size_t i = 0; i < e.answers.size(); ++i) {
    const verdict::possible_answer& a = v.later.answers[i];
    e.answers[i].is_told = notify::is_told(a.said.what, a.dkim_check, c.when);
    may_change = may_change || e.answers[i].is_told != e.tell.is_told;
  }
  if (!may_change)
    return;
  const verdict::shown_author whose = verdict::accused_author(v);
  e.tell.author = whose.address.substr(0, store::most_warning_text);
  e.tell.author_name = mime::decode_words(whose.display_name)
                           .substr(0, store::most_warning_text);
  e.tell.subject = mime::decode_words(v.known.header.subject)
                       .substr(0, store::most_warning_text);
}

}  // namespace

asio::awaitable<void> desk::delivered(const recipient& r, arriving_mail& mail,
                                      const judged_mail& j) const {
  if (!with_.has_reports || !j.judgement.is_judged() ||
      !with_.has_reports(r.from.account, mail.size()))
    co_return;
  message::spool_limits limits = settings(r).spool;
  limits.budget = nullptr;  // few are kept, with little memory each
  limits.memory = std::min<std::size_t>(limits.memory, 64 << 10);
  // A copy: the session may read the mail again.
  const auto copy = std::make_shared<message::spool>(std::move(limits));
  bool is_whole = false;
  std::function<void()> step = [&mail, &copy, &is_whole] {
    for (std::size_t at = 0; at < mail.size();) {
      const auto piece = mail.octets().read(at);
      if (!piece || piece->empty() || !copy->append(*piece))
        return;
      at += piece->size();
    }
    is_whole = true;
  };
  co_await compute(r, mail, std::move(step));
  if (!is_whole)
    co_return;
  with_.look_for_reports(copy, j.judgement, r.from.account);
}

asio::awaitable<void> desk::record(recipient& r, arriving_mail& mail,
                                   const judged_mail& j, const mail_id& id) {
  const verdict::judgement& v = j.judgement;
  note_work("is recorded", r, mail.size());
  count(v);

  using std::chrono::milliseconds;
  const auto took = std::chrono::duration_cast<milliseconds>(mail.took).count();
  const std::string reason = encode(v.result.why);
  const std::string results =
      authres::format_value(settings(r).notify.authserv_id, v.results);
  const log::fact facts[] = {{"session", id.session},
                             {"account", r.from.account},
                             {"number", std::uint64_t{id.number}},
                             {"uidl", id.uidl},
                             {"octets", std::uint64_t{mail.size()}},
                             {"milliseconds", static_cast<std::uint64_t>(took)},
                             {"author_domain", v.known.header.author_domain},
                             {"x_dkim_check", auth::to_string(v.dkim_check)},
                             {"verdict", verdict::to_string(v.result.what)},
                             {"reason", reason},
                             {"authentication_results", results}};
  log::event("mail", facts);

  notify::count(r.recent, j.actions);
  if (j.actions.over_budget)
    tell_of_budget(r);
  if (with_.history == nullptr)
    co_return;
  note(r, mail, j, id);
  co_await warn(r, mail, j);
}

void desk::count(const verdict::judgement& v) {
  ++counts_.mails[{v.result.what, v.dkim_check}];
  for (const authres::method_result& r : v.results)
    ++counts_.checks[{r.method, std::string(authres::word_of(r))}];
  const std::string_view way = verdict::way_of(v.known.found_border);
  ++counts_.ways[way.empty() ? "not-looked-for" : std::string(way)];
}

void desk::note(const recipient& r, arriving_mail& mail, const judged_mail& j,
                const mail_id& id) const {
  const verdict::judgement& v = j.judgement;
  if (!v.is_judged())
    return;
  store::mail_event e = store::event_of(v, {.account = r.from.account,
                                            .upstream = r.from.upstream,
                                            .uidl = id.uidl,
                                            .at = seconds_now(),
                                            .client = r.from.client});
  follow_up(v, r.choice, e);
  const bool is_forged = v.result.what == level::forged;
  if (with_.story && (is_forged || settings(r).all_stories)) {
    e.header = mail.header();
    e.story = with_.story(v);
  }
  with_.history->note(std::move(e));
}

/// Notes the warnings about a mail, for its user and for the administrators,
/// and waits for that: a client that has the mail does not ask for it again.
asio::awaitable<void> desk::warn(const recipient& r, arriving_mail& mail,
                                 const judged_mail& j) const {
  const verdict::judgement& v = j.judgement;
  const bool tell_all = settings(r).warnings.tell_administrators &&
                        v.result.what == level::forged;
  if (!v.is_judged() || (!j.actions.warn && !tell_all))
    co_return;
  const verdict::shown_author whose = verdict::accused_author(v);
  store::warning w;
  w.account = r.from.account;
  w.digest = v.digest;
  w.noted = seconds_now();
  w.result = v.result;
  w.author = whose.address;
  w.author_name = mime::decode_words(whose.display_name);
  w.subject = mime::decode_words(v.known.header.subject);
  bool kept = true;
  if (j.actions.warn) {
    w.reader = r.from.account;
    kept = co_await with_.history->warnings().note_in_time(w);
  }
  if (tell_all) {
    w.reader.clear();
    w.header = mail.header();
    kept &= co_await with_.history->warnings().note_in_time(std::move(w));
  }
  if (!kept)
    log::warning("{}: a warning is not kept in time; the mail goes on",
                 log::quoted(r.from.account));
}

/// The account has more to be warned about than the budget allows. The log says
/// so once for each time this begins, administrators are told once a day.
void desk::tell_of_budget(const recipient& r) {
  if (over_budget_.size() >= most_over_budget)
    over_budget_.clear();
  const auto [pause, begins] = over_budget_.try_emplace(r.from.account);
  ++pause->second.unmarked;
  pause->second.last = seconds_now();
  if (!begins)
    return;
  log::warning(
      "{}: {} of the last {} mails are to be warned about, more than 1 in "
      "{} (users.budget): they are only labelled",
      log::quoted(r.from.account), r.recent.warned, r.recent.mails,
      settings(r).limits.budget);
  if (!settings(r).warnings.tell_administrators || with_.history == nullptr)
    return;
  store::warning w;
  w.what = store::warning::kind::budget;
  w.account = r.from.account;
  w.noted = seconds_now();
  w.digest = fmt::format("day {}", w.noted / day_seconds);
  with_.history->warnings().note(std::move(w));
}

std::size_t desk::accounts_over_budget() const {
  const std::int64_t since = seconds_now() - day_seconds;
  return static_cast<std::size_t>(std::ranges::count_if(
      over_budget_,
      [since](const auto& account) { return account.second.last > since; }));
}

/// The user's warning mail says how many mails came without a warning: at the
/// first login after the pause began or ended, else once a day. A restart
/// forgets those that were not told yet.
void desk::tell_of_unmarked(const recipient& r) {
  const auto at = over_budget_.find(r.from.account);
  if (at == over_budget_.end() || with_.history == nullptr)
    return;
  budget_pause& pause = at->second;
  const std::int64_t now = seconds_now();
  const bool goes_on =
      notify::is_over_budget(r.recent, settings(r).limits.budget);
  if (pause.unmarked == 0 || (goes_on && now - pause.told < day_seconds))
    return;
  store::warning w;
  w.what = store::warning::kind::budget;
  w.reader = w.account = r.from.account;
  w.noted = now;
  w.digest = fmt::format("unmarked {}", now);
  w.subject = std::to_string(pause.unmarked);
  with_.history->warnings().note(std::move(w));
  pause = {.unmarked = 0, .told = now, .last = pause.last};
}

}  // namespace mekiki::delivery
