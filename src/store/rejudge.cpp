#include "store/rejudge.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/unix_time.hpp"

namespace mekiki::store {
namespace {

using outcome = second_judgement::outcome;

constexpr std::size_t most_at_once = 50;
constexpr std::int64_t first_wait = 5 * 60;
constexpr std::int64_t longest_wait = 12 * hour_seconds;

std::int64_t wait_after(std::int64_t tries) {
  constexpr std::int64_t most_doublings = 10;
  return std::min(longest_wait, first_wait << std::min(tries, most_doublings));
}

boost::asio::awaitable<second_judgement> judge_one(pending_mail mail,
                                                   dns::resolver& resolver,
                                                   dkim::key_cache& keys,
                                                   dkim::verify_options options,
                                                   std::int64_t now) {
  second_judgement j;
  j.mail = mail.mail;
  bool undecided = false;
  for (dkim::pending_signature& p : mail.signatures) {
    const dkim::signature_result r =
        co_await dkim::judge_again(std::move(p), resolver, keys, options);
    if (r.status == auth::result::pass) {
      // The answer for a pass was made without knowing the key.
      j.what = r.testing ? outcome::given_up : outcome::passed;
      j.signer = r.domain;
      co_return j;
    }
    undecided = undecided || r.status == auth::result::temperror;
  }
  j.due = now + wait_after(mail.tries + 1);
  if (!undecided) {
    j.what = mail.signatures.empty() ? outcome::given_up : outcome::failed;
  } else {
    j.what = j.due < mail.expires ? outcome::undecided : outcome::given_up;
  }
  co_return j;
}

}  // namespace

boost::asio::awaitable<std::size_t> judge_due(store& s, dns::resolver& resolver,
                                              dkim::key_cache& keys,
                                              dkim::verify_options options,
                                              std::int64_t now) {
  std::size_t decided = 0;
  std::vector<pending_mail> mails = co_await s.due(now, most_at_once);
  for (pending_mail& mail : mails) {
    second_judgement j;
    j.mail = mail.mail;
    try {
      j = co_await judge_one(std::move(mail), resolver, keys, options, now);
    } catch (const std::exception& e) {
      log::warning("store: a mail could not be judged again: {}", e.what());
    }
    if (j.what == outcome::passed || j.what == outcome::failed)
      ++decided;
    s.note(std::move(j));
  }
  co_return decided;
}

}  // namespace mekiki::store
