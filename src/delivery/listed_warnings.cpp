#include "delivery/listed_warnings.hpp"

#include <utility>

#include "base/log.hpp"
#include "delivery/warning_address.hpp"
#include "notify/mail/schedule.hpp"
#include "notify/mail/warning_mail.hpp"
#include "verdict/lookups.hpp"

namespace mekiki::delivery {

namespace asio = boost::asio;

namespace {

notify::own_mail made_of(const store::waiting_warnings& waiting, desk& at,
                         const recipient& r) {
  const settings& s = at.settings(r);
  const std::int64_t now = at.seconds_now();
  const notify::warning_recipient told{.in = r.choice.in,
                                       .secret_word = r.choice.secret_word,
                                       .account = r.from.account,
                                       .east_of_utc = notify::east_of_utc(now)};
  notify::own_mail mail = notify::warning_mail(waiting, told, s.texts);
  mail.from = s.warnings.from;
  mail.to = verdict::own_address(r.from,
                                 verdict::rule_for(s.verdict, r.from.upstream));
  if (!notify::is_plain_address(mail.to))
    mail.to = mail.from;
  mail.date = now;
  mail.east_of_utc = told.east_of_utc;
  mail.labels.push_back("warning-" + r.labels.current);
  if (!r.labels.previous.empty())
    mail.labels.push_back("warning-" + r.labels.previous);
  return mail;
}

}  // namespace

asio::awaitable<std::vector<store::listed_warning>> listed_warnings(
    desk& at, const recipient& r, store::user_answer user) {
  const settings& s = at.settings(r);
  const bool wants_mail = r.choice.methods.warn || r.choice.methods.rewrite;
  const bool is_sent =
      !s.warnings.in_listing &&
      !warning_address(r.from, verdict::rule_for(s.verdict, r.from.upstream))
           .empty();
  if (!wants_mail || is_sent)
    co_return std::vector<store::listed_warning>();
  std::vector<store::listed_warning> listed = std::move(user.listed);
  if (user.waiting.empty())
    co_return listed;
  const notify::own_mail mail = made_of(user.waiting, at, r);
  store::warning_mail kept{.account = r.from.account,
                           .uidl = "mekiki-" + random_hex(at.random(), 16),
                           .octets = notify::format(mail, at.random()),
                           .last = user.waiting.last};
  const store::listed_warning entry{.uidl = kept.uidl,
                                    .size = kept.octets.size()};
  const bool is_kept =
      co_await at.with().history->warnings().keep(std::move(kept));
  if (is_kept) {
    listed.push_back(entry);
  } else {
    log::info("{}: a warning mail is not kept yet, and not listed",
              log::quoted(r.from.account));
  }
  co_return listed;
}

}  // namespace mekiki::delivery
