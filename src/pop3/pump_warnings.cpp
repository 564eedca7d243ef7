#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "notify/schedule.hpp"
#include "notify/warning_mail.hpp"
#include "pop3/pump.hpp"
#include "pop3/warning_address.hpp"
#include "verdict/display_name.hpp"
#include "verdict/look_around.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

// ------------------------------------------------- warnings in the listing

/// What waits becomes one more mail of the account, and its mails stand behind
/// the upstream's. Where the store or the upstream does not play its part, the
/// session goes on without.
asio::awaitable<void> pump::list_warnings(store::user_answer user) {
  const bool wants_mail = choice_.methods.warn || choice_.methods.rewrite;
  const verdict::provider_rule& rule =
      verdict::rule_for(settings_.verdict, from_.upstream);
  const bool is_sent =
      !settings_.warnings.in_listing && !warning_address(from_, rule).empty();
  if (!wants_mail || is_sent)
    co_return;
  if (!user.waiting.empty()) {
    const bool kept = co_await write_warning(user.waiting, user.listed);
    if (!kept)
      log::info("session {}: a warning mail is not kept yet, and not listed",
                id_);
  }
  if (user.listed.empty())
    co_return;
  const auto status = co_await exchange("STAT\r\n");
  if (!status)
    co_return;
  if (const auto count = count_of_stat(*status))
    extra_ = extra_mails(*count, user.listed);
}

/// True if it is kept, and at the end of `listed`.
asio::awaitable<bool> pump::write_warning(
    const store::waiting_warnings& waiting,
    std::vector<store::listed_warning>& listed) {
  const std::int64_t now = seconds_now();
  const notify::warning_reader reader{.in = choice_.in,
                                      .secret_word = choice_.secret_word,
                                      .account = from_.account,
                                      .east_of_utc = notify::east_of_utc(now)};
  notify::own_mail mail =
      notify::warning_mail(waiting, reader, settings_.texts);
  mail.from = settings_.warnings.from;
  mail.to = verdict::own_address(
      from_, verdict::rule_for(settings_.verdict, from_.upstream));
  if (!notify::is_plain_address(mail.to))
    mail.to = mail.from;
  mail.date = now;
  mail.east_of_utc = reader.east_of_utc;
  mail.label = "warning-" + settings_.notify.label_secret;
  store::warning_mail kept{.account = from_.account,
                           .uidl = "mekiki-" + random_hex(proxy_.random(), 16),
                           .octets = notify::format(mail, proxy_.random()),
                           .last = waiting.last};
  const store::listed_warning entry{.uidl = kept.uidl,
                                    .size = kept.octets.size()};
  const bool is_kept = co_await proxy_.with().history->keep(std::move(kept));
  if (is_kept)
    listed.push_back(entry);
  co_return is_kept;
}

/// A command about a mail of ours.
asio::awaitable<pump::next> pump::extra(const action& a) {
  using kind = action::kind;
  const store::listed_warning* mail = extra_.find(a.message);
  if (mail == nullptr) {
    out_ += "-ERR this message is deleted\r\n";
    co_return next::go_on;
  }
  if (a.what == kind::remove) {
    extra_.remove(a.message);
    out_ += "+OK deleted\r\n";
    co_return next::go_on;
  }
  if (a.what == kind::single) {
    if (a.text.starts_with("LIST"))
      out_ += fmt::format("+OK {} {}\r\n", a.message, mail->size);
    else
      out_ += fmt::format("+OK {} {}\r\n", a.message, mail->uidl);
    co_return next::go_on;
  }
  const auto octets =
      co_await proxy_.with().history->octets_of(from_.account, mail->uidl);
  if (!octets || octets->size() != mail->size) {
    out_ += "-ERR [SYS/TEMP] Mekiki: this warning cannot be had now\r\n";
    co_return next::go_on;
  }
  dot_encoder encoder;
  out_ += "+OK\r\n";
  encoder.write(a.what == kind::top ? head_of(*octets, a.lines) : *octets,
                out_);
  encoder.finish(out_);
  co_return next::go_on;
}

// ----------------------------------------------------- what is to be told

std::int64_t pump::seconds_now() const {
  return std::chrono::system_clock::to_time_t(
      proxy_.with().verdict.clock.now());
}

/// Notes what is to be told of a mail, to its user and to the administrators.
void pump::warn(incoming& mail, const verdict::verdict& v,
                const notify::deeds& todo) {
  store::store* history = proxy_.with().history;
  const bool tell_all = settings_.warnings.tell_administrators &&
                        v.result.what == verdict::level::forged;
  if (history == nullptr || v.digest.empty() || (!todo.warn && !tell_all))
    return;
  const verdict::header_facts& said = v.known.header;
  store::warning w;
  w.account = from_.account;
  w.digest = v.digest;
  w.noted = seconds_now();
  w.result = v.result;
  w.author = said.author.empty() ? said.author_domain : said.author;
  w.author_name = verdict::readable(said.display_name);
  w.subject = verdict::readable(said.subject);
  if (todo.warn) {
    w.reader = from_.account;
    history->note(w);
  }
  if (tell_all) {
    w.reader.clear();
    w.header = header_of(mail.spool);
    history->note(std::move(w));
  }
}

/// The account has more to be warned about than the budget allows: that is told
/// once a day.
void pump::warn_of_budget() const {
  if (!settings_.warnings.tell_administrators ||
      proxy_.with().history == nullptr)
    return;
  constexpr std::int64_t day = 86'400;
  store::warning w;
  w.what = store::warning::kind::budget;
  w.account = from_.account;
  w.noted = seconds_now();
  w.digest = fmt::format("day {}", w.noted / day);
  proxy_.with().history->note(std::move(w));
}

/// Who is warned by mail, or finds a mail replaced, is told when a second
/// judgement changes whether to be told.
store::mail_event::follow_up pump::follow_up(const verdict::verdict& v) const {
  store::mail_event::follow_up f;
  if (!choice_.methods.warn && !choice_.methods.rewrite)
    return f;
  const bool now = notify::is_told(v, choice_.when);
  f.if_pass =
      now != notify::is_told(v.if_pass.what, auth::result::pass, choice_.when);
  f.if_fail =
      now != notify::is_told(v.if_fail.what, auth::result::fail, choice_.when);
  if (!f.if_pass && !f.if_fail)
    return f;
  const verdict::header_facts& said = v.known.header;
  f.author = said.author.substr(0, store::most_warning_text);
  f.author_name =
      verdict::readable(said.display_name).substr(0, store::most_warning_text);
  f.subject =
      verdict::readable(said.subject).substr(0, store::most_warning_text);
  return f;
}

}  // namespace mekiki::pop3
