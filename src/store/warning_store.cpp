#include "store/warning_store.hpp"

#include <utility>

#include "base/unix_time.hpp"
#include "store/reading_thread.hpp"
#include "store/warning_rows.hpp"
#include "store/writer.hpp"

namespace mekiki::store {
namespace {

constexpr std::chrono::seconds sending_deadline{2};  // no mail waits for it

}  // namespace

namespace asio = boost::asio;

void warning_store::note(warning w) {
  change(writing_, [w = std::move(w)](sqlite::database& db) {
    mekiki::store::note(db, w);
  });
}

asio::awaitable<bool> warning_store::note_in_time(warning w) {
  return change_in_time(writing_, deadline_,
                        [w = std::move(w)](sqlite::database& db) {
                          mekiki::store::note(db, w);
                          return true;
                        });
}

asio::awaitable<bool> warning_store::keep(warning_mail m) {
  return change_in_time(
      writing_, deadline_,
      [m = std::move(m), now = unix_seconds(now_.now())](sqlite::database& db) {
        return mekiki::store::keep(db, m, now);
      });
}

asio::awaitable<std::optional<std::string>> warning_store::octets_of(
    std::string account, std::string uidl) {
  return reading_.ask([account = std::move(account), uidl = std::move(uidl)](
                          reader& r) { return r.octets_of(account, uidl); });
}

void warning_store::remove(std::string account,
                           std::vector<std::string> uidls) {
  change(writing_, [account = std::move(account),
                    uidls = std::move(uidls)](sqlite::database& db) {
    remove_warning_mails(db, account, uidls);
  });
}

asio::awaitable<waiting_warnings> warning_store::waiting_for(std::string who) {
  return reading_.ask(
      [who = std::move(who)](reader& r) { return r.waiting(who); });
}

asio::awaitable<sending_work> warning_store::sending(std::int64_t now) {
  return reading_.ask([now](reader& r) { return r.sending(now); });
}

asio::awaitable<bool> warning_store::keep(outgoing_mails all) {
  return change_in_time(
      writing_, sending_deadline,
      [all = std::move(all), now = unix_seconds(now_.now())](
          sqlite::database& db) { return mekiki::store::keep(db, all, now); });
}

asio::awaitable<bool> warning_store::settle(sending_result r) {
  return change_in_time(writing_, sending_deadline, [r](sqlite::database& db) {
    if (r.again)
      delay_outgoing(db, r.id, *r.again);
    else
      remove_outgoing(db, r.id);
    return true;
  });
}

void warning_store::begin_digests(std::int64_t from) {
  change(writing_, [from](sqlite::database& db) { note_digested(db, from); });
}

}  // namespace mekiki::store
