#include "daemon/warning_sender.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/unix_time.hpp"
#include "config/own_names.hpp"
#include "daemon/state.hpp"
#include "delivery/warning_address.hpp"
#include "net/sleep.hpp"
#include "notify/mail/digest.hpp"
#include "notify/mail/domain_mail.hpp"
#include "notify/mail/schedule.hpp"
#include "notify/mail/warning_mail.hpp"
#include "notify/policy/choice.hpp"
#include "pop3/account.hpp"

namespace mekiki::daemon {

using boost::asio::awaitable;
using std::chrono::seconds;

namespace {

constexpr std::chrono::milliseconds longest_pause{10'000};
constexpr std::int64_t first_wait = 60;
constexpr std::int64_t longest_wait = 4 * hour_seconds;
constexpr std::int64_t given_up_after = 5 * day_seconds;
constexpr std::int64_t until_noted = 60;  // the store's queue is empty then

std::int64_t whole_seconds(std::chrono::milliseconds d) {
  return std::chrono::ceil<seconds>(d).count();
}

std::int64_t wait_after(std::int64_t tries) {
  constexpr std::int64_t most_doublings = 10;
  return std::min(longest_wait, first_wait << std::min(tries, most_doublings));
}

std::string warning_address(const std::string& account,
                            const config::settings& settings) {
  const auto where =
      pop3::find_target(account, pop3::client_leg::implicit_tls, {});
  if (!where)
    return {};
  const verdict::source from{
      .account = account, .login = where->user, .upstream = where->host};
  return delivery::warning_address(
      from, verdict::rule_for(settings.verdict, from.upstream));
}

}  // namespace

warning_sender::warning_sender(const config::settings& settings,
                               const notify::texts& texts,
                               const label_book& labels, store::store& history,
                               mail_sender& sender, const clock& clock,
                               store::dashboard_queries* queries,
                               domain_watch* domains, sending_watch* sending)
    : settings_(settings),
      texts_(texts),
      labels_(labels),
      history_(history),
      sender_(sender),
      clock_(clock),
      queries_(queries),
      domains_(domains),
      sending_(sending) {}

awaitable<void> warning_sender::run() {
  const auto pause = std::min(settings_.warnings.gather, longest_pause);
  for (;;) {
    co_await net::sleep(pause);
    co_await look();
  }
}

awaitable<void> warning_sender::look() {
  const std::int64_t now = unix_seconds(clock_.now());
  store::sending_work work = co_await history_.warnings().sending(now);
  if (!work.available)
    co_return;
  for (const store::sending_work::reader& r : work.waiting) {
    const auto& w = settings_.warnings;
    const bool gathered = now - r.who.since >= whole_seconds(w.gather);
    const bool rested = r.who.told_last == 0 ||
                        now - r.who.told_last >= whole_seconds(w.interval);
    if (gathered && rested)
      co_await tell(r, now);
  }
  co_await digest(work.digested_until, now);
  co_await tell_of_domains(now);
  co_await tell_of_sending(now);
  for (store::outgoing_mail& m : work.due) co_await send(std::move(m), now);
}

std::string warning_sender::octets_for(notify::own_mail mail,
                                       std::string recipient,
                                       std::int64_t now) {
  mail.from = config::own_address(settings_);
  mail.to = std::move(recipient);
  mail.key = labels_.mail_key();
  mail.date = now;
  mail.east_of_utc = notify::east_of_utc(now);
  return notify::format(mail, random_);
}

awaitable<void> warning_sender::tell(const store::sending_work::reader& r,
                                     std::int64_t now) {
  if (r.who.reader.empty())
    co_await tell_administrators(now);
  else
    co_await tell_user(r, now);
}

// ------------------------------------------------------------ who is told

/// One mail for each of them, alike.
awaitable<bool> warning_sender::keep_for_administrators(
    const notify::own_mail& mail, store::outgoing_mails all, std::int64_t now) {
  for (const std::string& address : settings_.warnings.administrators) {
    all.mails.push_back(
        {.recipient = address, .octets = octets_for(mail, address, now)});
  }
  const bool kept = co_await history_.warnings().keep(std::move(all));
  co_return kept;
}

awaitable<void> warning_sender::tell_administrators(std::int64_t now) {
  const store::waiting_warnings waiting =
      co_await history_.warnings().waiting_for("");
  if (waiting.empty() || settings_.warnings.administrators.empty())
    co_return;
  const notify::warning_recipient reader{
      .in = settings_.warnings.in, .east_of_utc = notify::east_of_utc(now)};
  const notify::own_mail mail = notify::warning_mail(waiting, reader, texts_);
  store::outgoing_mails all;
  all.last = waiting.last;
  co_await keep_for_administrators(mail, std::move(all), now);
}

awaitable<void> warning_sender::tell_user(const store::sending_work::reader& r,
                                          std::int64_t now) {
  if (settings_.warnings.by != config::warning_way::smtp)
    co_return;
  const std::string address = warning_address(r.who.reader, settings_);
  const auto& users = settings_.users;
  const notify::choice c =
      notify::choice_of(r.chosen, users.standard, users.limits);
  const bool wants_mail = c.methods.warn || c.methods.rewrite;
  if (!wants_mail || address.empty())
    co_return;
  const store::waiting_warnings waiting =
      co_await history_.warnings().waiting_for(r.who.reader);
  if (waiting.empty())
    co_return;
  const notify::warning_recipient reader{
      .in = c.in,
      .secret_word =
          c.secret_word.empty() ? labels_.word_of(r.who.reader) : c.secret_word,
      .account = r.who.reader,
      .east_of_utc = notify::east_of_utc(now)};
  store::outgoing_mails one;
  one.reader = r.who.reader;
  one.last = waiting.last;
  one.mails.push_back(
      {.recipient = address,
       .octets = octets_for(notify::warning_mail(waiting, reader, texts_),
                            address, now)});
  co_await history_.warnings().keep(std::move(one));
}

awaitable<notify::open_matters> warning_sender::look_at_open_matters(
    std::int64_t from, std::int64_t to) {
  constexpr std::size_t most = 10;
  notify::open_matters out;
  if (queries_ == nullptr)
    co_return out;
  auto forged = co_await queries_->forged("", "", from, to);
  if (forged) {
    if (forged->begins > 0)
      out.begins = queries_->zone().begin_of(forged->begins);
    out.forged = std::move(forged->names);
  }
  const auto sights = co_await queries_->sights("");
  const auto reports = co_await queries_->reports("");
  if (sights) {
    for (const store::server_sight& s : sights->servers) {
      if (s.what == store::sight::blind && out.blind.size() < most)
        out.blind.push_back({s.host, s.mails - s.certain});
    }
  }
  if (!reports)
    co_return out;
  std::map<std::string, std::uint64_t> domains;
  for (const store::reported_mail& r : *reports) {
    if (r.said.answered == 0)
      ++domains[r.mail.author_domain];
  }
  for (const auto& [domain, mails] : domains) {
    if (out.reported.size() < most)
      out.reported.push_back({domain, mails});
  }
  co_return out;
}

/// What changed about the watched domains, in one mail.
awaitable<void> warning_sender::tell_of_domains(std::int64_t now) {
  if (domains_ == nullptr || settings_.warnings.administrators.empty())
    co_return;
  const std::vector<notify::changed_domain> news = domains_->take_news();
  if (news.empty())
    co_return;
  const notify::own_mail mail =
      notify::domain_mail(news, settings_.warnings.in);
  store::outgoing_mails all;
  const bool kept = co_await keep_for_administrators(mail, std::move(all), now);
  domains_->end_news(news, kept);
}

/// Who is new among those who send as the watched domains, and their months.
awaitable<void> warning_sender::tell_of_sending(std::int64_t now) {
  if (sending_ == nullptr || settings_.warnings.administrators.empty())
    co_return;
  std::vector<sending_watch::due_mail> due = co_await sending_->look();
  for (sending_watch::due_mail& one : due) {
    store::outgoing_mails all;
    all.told = std::move(one.told);
    co_await keep_for_administrators(one.mail, std::move(all), now);
  }
}

/// The digest of the last period that is over, if it was not made. Of several
/// that were missed only the last one is made.
awaitable<void> warning_sender::digest(std::int64_t digested_until,
                                       std::int64_t now) {
  const auto& w = settings_.warnings;
  const auto last =
      notify::last_complete(w.digest, w.digest_at, now - until_noted);
  if (!last || w.administrators.empty() || last->to <= digested_until)
    co_return;
  if (digested_until == 0) {
    history_.warnings().begin_digests(last->to);
    co_return;
  }
  const auto before = notify::last_complete(w.digest, w.digest_at, last->from);
  const auto totals =
      co_await history_.totals(last->from, last->to, last->columns);
  if (!totals)
    co_return;  // at the next look
  std::vector<std::int64_t> no_columns;
  const auto totals_before =
      co_await history_.totals(before->from, before->to, std::move(no_columns));
  const notify::open_matters open =
      co_await look_at_open_matters(last->from, last->to);
  const notify::own_mail mail =
      notify::digest(*totals, totals_before, w.digest, w.in, texts_, open);
  store::outgoing_mails all;
  all.digest_until = last->to;
  co_await keep_for_administrators(mail, std::move(all), now);
}

// ---------------------------------------------------------------- sending

awaitable<void> warning_sender::send(store::outgoing_mail m, std::int64_t now) {
  store::sending_result result{.id = m.id};
  if (!done_.contains(m.id)) {
    const auto sent = co_await sender_.send(m.recipient, m.octets, {});
    const std::string to = log::quoted(m.recipient);
    if (sent) {
      log::info("a mail to {} was sent", to);
    } else if (sent.error().permanent || now - m.made > given_up_after) {
      log::error("a mail to {} is given up: {}", to, sent.error().reason);
    } else {
      log::warning("a mail to {} was not sent yet: {}", to,
                   sent.error().reason);
      result.again = now + wait_after(m.tries);
    }
    if (!result.again)
      done_.insert(result.id);
  }
  const bool kept = co_await history_.warnings().settle(result);
  if (kept)
    done_.erase(result.id);
}

}  // namespace mekiki::daemon
