#include "store/rejudge.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/unix_time.hpp"
#include "dns/limited_resolver.hpp"
#include "verdict/reconsider.hpp"

namespace mekiki::store {
namespace {

using outcome = second_judgement::outcome;

constexpr std::size_t most_at_once = 50;
constexpr std::int64_t first_wait = 300;
constexpr std::int64_t longest_wait = 12 * hour_seconds;

std::int64_t wait_after(std::int64_t tries) {
  constexpr std::int64_t most_doublings = 10;
  return std::min(longest_wait, first_wait << std::min(tries, most_doublings));
}

second_judgement::policy_result told(const dmarc::outcome& o) {
  return {.status = std::string(to_string(o.status)),
          .asked = o.asked ? std::string(to_string(*o.asked)) : "",
          .author = o.author_domain,
          .accuses = std::string(to_string(o.accuses)),
          .domain = o.policy_domain};
}

boost::asio::awaitable<second_judgement> judge_one(const pending_mail& mail,
                                                   const rejudge_services& with,
                                                   std::int64_t now) {
  second_judgement j;
  j.mail = mail.mail;
  // What cannot be read is given up.
  std::vector<std::size_t> cases;
  for (const std::size_t number : mail.cases) {
    if (number < mail.alike.size())
      cases.push_back(mail.alike[number]);
  }
  if (mail.open.empty() || cases.size() != mail.cases.size() ||
      cases.size() != count_combinations(mail.open))
    co_return j;
  const dns::limited_resolver::budget budget{.time = with.dns_budget,
                                             .clock = &with.now};
  dns::limited_resolver resolver(with.resolver, budget);
  dns::limited_resolver policy_resolver(with.resolver, budget);
  dns::limited_resolver chain_resolver(with.resolver, budget);
  const verdict::reconsider_services services{
      .resolver = resolver,
      .policy_resolver = policy_resolver,
      .chain_resolver = chain_resolver,
      .keys = with.keys,
      .dkim = with.dkim,
      .dmarc = with.dmarc};
  const verdict::reconsidered found =
      co_await reconsider(mail.open, cases, services);
  using state = verdict::reconsidered::state;
  if (found.status != state::open) {
    j.answer = mail.cases[found.combination];
    const std::size_t passed =
        combination_at(found.combination, mail.open).signature;
    if (passed < mail.open.signatures.size())
      j.passed = passed;
  }
  if (found.policy)
    j.policy = told(*found.policy);
  j.due = now + wait_after(mail.tries + 1);
  const bool is_last = j.due >= mail.expires;
  if (is_last)
    j.due = 0;
  if (found.status == state::decided) {
    j.what = outcome::decided;
  } else if (found.status == state::so_far) {
    j.what = outcome::so_far;
  } else {
    j.what = is_last ? outcome::given_up : outcome::undecided;
  }
  co_return j;
}

}  // namespace

boost::asio::awaitable<std::size_t> judge_due(store& s, rejudge_services with) {
  const std::int64_t now = unix_seconds(with.now.now());
  std::size_t decided = 0;
  const std::vector<pending_mail> mails = co_await s.due(now, most_at_once);
  for (const pending_mail& mail : mails) {
    second_judgement j;
    j.mail = mail.mail;
    try {
      j = co_await judge_one(mail, with, now);
    } catch (const std::exception& e) {
      log::warning("store: a mail could not be judged again: {}", e.what());
    }
    if (j.what == outcome::decided)
      ++decided;
    s.note(std::move(j));
  }
  co_return decided;
}

}  // namespace mekiki::store
