// A resolver for the keys of a mail's signatures, so that nobody's name servers
// that say nothing, or answer slowly, delay mail after mail.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/one_shot_event.hpp"
#include "dns/resolver.hpp"

namespace mekiki::verdict {

/// The registered domains whose name servers did not answer lately: of all
/// mails together. For one thread only.
class silent_signers {
 public:
  static constexpr std::chrono::minutes remembered_for{3};
  /// Beyond, the one that was noted first is forgotten.
  static constexpr std::size_t most = 1'000;
  /// An answer that takes as long is no better than none.
  static constexpr std::chrono::seconds too_slow{3};
  /// Nor is a failure that takes this long.
  static constexpr std::chrono::seconds slow_failure{1};

  using duration = std::chrono::steady_clock::duration;
  /// Whether the answer means that the name servers were silent.
  static bool is_silence(const dns::answer& a, duration took);
  bool is_silent(const std::string& organization, steady_point now) const;
  /// What a question about one of its names was answered with, and how long
  /// that took. Answers that our own limits gave do not count.
  void note(const std::string& organization, const dns::answer& a,
            duration took, steady_point now);
  /// How long something took that several of its names are asked for.
  void note(const std::string& organization, duration took, steady_point now);

 private:
  void remember(const std::string& organization, steady_point now);

  std::map<std::string, steady_point> until_;
  std::deque<std::string> order_;
};

/// Passes questions for keys on to another resolver, which outlives it.
///
/// Those of the author's registered domain go first, all at once. Of strangers'
/// at most three are asked at a time, in their order; once one of them was not
/// answered, those that were not asked yet are answered with timeout, as are
/// all of a domain that was silent lately: a stranger's signature proves no
/// author, and the mail is judged again. Names of an author's domain that was
/// silent lately are asked only if its policy can be had.
class signer_resolver final : public dns::resolver {
 public:
  static constexpr std::size_t most_at_a_time = 3;

  /// `policies` is asked for an author's policy, `mediators` for the keys of
  /// those who hand mail over; `silent` may be null.
  signer_resolver(dns::resolver& inner, dns::resolver& policies,
                  dns::resolver& mediators, const mekiki::clock& clock,
                  silent_signers* silent)
      : inner_(inner),
        policies_(policies),
        mediators_(mediators),
        clock_(clock),
        silent_(silent) {}

  /// Who is no stranger: an author, or somebody whom the user trusts. Asked
  /// for at once from then on, names below the domain too.
  void add_author(const std::string& domain);
  /// Who hands over mail by the user's rules or by experience: he is no
  /// stranger, either. His keys excuse a mail while they have no answer, so
  /// nothing that its sender makes us ask may use up their time. This very
  /// domain: names below it are no others' choice.
  void add_mediator(std::string domain);

  /// Of a stranger it only waits for `ask_strangers`.
  void prefetch(const dns::question& q) override;
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override;

  /// As many of these are to run beside the mail as may be asked at a time;
  /// each ends when no question waits.
  std::size_t strangers_to_ask() const;
  boost::asio::awaitable<void> ask_strangers();
  /// Where nothing runs beside the mail: the first of them are under way.
  void prefetch_strangers();

 private:
  bool is_authors(const std::string& organization) const;
  bool is_mediators(std::string_view name) const;
  bool is_silent(const std::string& organization) const;
  boost::asio::awaitable<dns::answer_ptr> ask(dns::question q,
                                              std::string organization);
  boost::asio::awaitable<bool> has_policy(std::string organization,
                                          dns::resolver& by);

  dns::resolver& inner_;
  dns::resolver& policies_;
  dns::resolver& mediators_;
  const mekiki::clock& clock_;
  silent_signers* silent_;
  std::vector<std::string> authors_;  // registered domains
  std::vector<std::string> handing_over_;
  std::deque<dns::question> waiting_;
  std::vector<dns::question> asked_;  // of strangers
  std::size_t in_flight_ = 0;         // of these
  bool gave_up_ = false;
  one_shot_event one_less_;
};

}  // namespace mekiki::verdict
