#include "verdict/signer_resolver.hpp"

#include <algorithm>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"

namespace mekiki::verdict {

using boost::asio::awaitable;
using dns::answer_ptr;

namespace {

answer_ptr no_answer(std::string_view why) {
  dns::answer a;
  a.status = dns::status::timeout;
  a.detail = why;
  return std::make_shared<const dns::answer>(std::move(a));
}

}  // namespace

// ----------------------------------------------------------- silent_signers

bool silent_signers::is_silent(const std::string& organization,
                               steady_point now) const {
  const auto at = until_.find(organization);
  return at != until_.end() && now < at->second;
}

bool silent_signers::is_silence(const dns::answer& a, duration took) {
  // A time-out that says why is one of our own limits. A resolver that asks
  // another one hears of silence as a failure that takes its time.
  return a.status == dns::status::timeout
             ? a.detail.empty()
             : dns::is_temporary(a.status) && took >= slow_failure;
}

void silent_signers::note(const std::string& organization, const dns::answer& a,
                          duration took, steady_point now) {
  if (is_silence(a, took))
    remember(organization, now);
  else
    note(organization, took, now);
}

void silent_signers::note(const std::string& organization, duration took,
                          steady_point now) {
  if (took >= too_slow)
    remember(organization, now);
}

void silent_signers::remember(const std::string& organization,
                              steady_point now) {
  if (!until_.contains(organization)) {
    order_.push_back(organization);
    if (order_.size() > most) {
      until_.erase(order_.front());
      order_.pop_front();
    }
  }
  until_[organization] = now + remembered_for;
}

// ---------------------------------------------------------- signer_resolver

void signer_resolver::add_author(const std::string& domain) {
  authors_.push_back(dmarc::registered_domain(domain));
}

void signer_resolver::add_mediator(std::string domain) {
  handing_over_.push_back(std::move(domain));
}

bool signer_resolver::is_mediators(std::string_view name) const {
  constexpr std::string_view below = "._domainkey.";
  const std::size_t at = name.rfind(below);
  return at != name.npos &&
         std::ranges::find(handing_over_, name.substr(at + below.size())) !=
             handing_over_.end();
}

bool signer_resolver::is_authors(const std::string& organization) const {
  return std::ranges::find(authors_, organization) != authors_.end();
}

bool signer_resolver::is_silent(const std::string& organization) const {
  return silent_ != nullptr &&
         silent_->is_silent(organization, clock_.steady());
}

void signer_resolver::prefetch(const dns::question& q) {
  const std::string organization = dmarc::registered_domain(q.name);
  if (is_silent(organization))
    return;
  if (is_authors(organization))
    inner_.prefetch(q);
  else if (std::ranges::find(waiting_, q) == waiting_.end())
    waiting_.push_back(q);
}

std::size_t signer_resolver::strangers_to_ask() const {
  return std::min(most_at_a_time, waiting_.size());
}

void signer_resolver::prefetch_strangers() {
  for (std::size_t i = 0; i < strangers_to_ask(); ++i)
    inner_.prefetch(waiting_[i]);
}

awaitable<void> signer_resolver::ask_strangers() {
  while (!waiting_.empty() && !gave_up_ && in_flight_ < most_at_a_time) {
    dns::question q = std::move(waiting_.front());
    waiting_.pop_front();
    std::string organization = dmarc::registered_domain(q.name);
    const bool is_asked = std::ranges::find(asked_, q) != asked_.end();
    if (!is_asked && !is_silent(organization))
      co_await ask(std::move(q), std::move(organization));
  }
}

/// Of a stranger.
awaitable<answer_ptr> signer_resolver::ask(dns::question q,
                                           std::string organization) {
  asked_.push_back(q);
  ++in_flight_;
  const steady_point began = clock_.steady();
  answer_ptr a = co_await inner_.resolve(std::move(q));
  --in_flight_;
  const steady_point now = clock_.steady();
  if (a->status == dns::status::timeout ||
      silent_signers::is_silence(*a, now - began))
    gave_up_ = true;
  if (silent_ != nullptr)
    silent_->note(organization, *a, now - began, now);
  std::exchange(one_less_, one_shot_event()).set();
  co_return a;
}

awaitable<bool> signer_resolver::has_policy(std::string organization,
                                            dns::resolver& by) {
  dns::question q{"_dmarc." + organization, dns::record_type::txt};
  const dns::answer_ptr a = co_await by.resolve(std::move(q));
  co_return !dns::is_temporary(a->status);
}

awaitable<answer_ptr> signer_resolver::resolve(dns::question q) {
  std::string organization = dmarc::registered_domain(q.name);
  static const answer_ptr silent_lately =
      no_answer("its name servers did not answer lately");
  const bool is_mediators_key = is_mediators(q.name);
  if (is_authors(organization) || is_mediators_key) {
    if (is_silent(organization)) {
      dns::resolver& by = is_mediators_key ? mediators_ : policies_;
      const bool answers = co_await has_policy(organization, by);
      if (!answers)
        co_return silent_lately;
    }
    const steady_point began = clock_.steady();
    dns::resolver& by = is_mediators_key ? mediators_ : inner_;
    answer_ptr a = co_await by.resolve(std::move(q));
    const steady_point now = clock_.steady();
    if (silent_ != nullptr)
      silent_->note(organization, *a, now - began, now);
    co_return a;
  }
  const auto is_asked = [&] {
    return std::ranges::find(asked_, q) != asked_.end();
  };
  while (in_flight_ >= most_at_a_time && !is_asked() && !gave_up_) {
    const one_shot_event turn = one_less_;
    co_await turn.wait_always();
  }
  // What is in flight is joined.
  if (is_asked())
    co_return co_await inner_.resolve(std::move(q));
  if (is_silent(organization))
    co_return silent_lately;
  static const answer_ptr not_asked =
      no_answer("another signer's name servers did not answer");
  if (gave_up_)
    co_return not_asked;
  co_return co_await ask(std::move(q), std::move(organization));
}

}  // namespace mekiki::verdict
