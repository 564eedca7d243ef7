// Validation of an ARC chain (RFC 8617 5.2) on one mail whose body arrives in
// pieces. What a chain is worth depends on who sealed it: that is judged
// elsewhere. A pass does not say that From or all of the body were signed: see
// `signed_fields` and `partial` of the newest instance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/arc/errc.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/pending.hpp"
#include "auth/dkim/verify.hpp"
#include "auth/result.hpp"
#include "base/clock.hpp"
#include "dns/resolver.hpp"
#include "message/header.hpp"

namespace mekiki::arc {

/// One ARC set. Names are A-labels in lower case, empty if unreadable.
struct instance_result {
  // ARC-Seal
  std::string domain;    // d=
  std::string selector;  // s=
  std::string algorithm;
  std::optional<std::int64_t> sealed_at;  // t=, Unix seconds
  /// Nothing if the seal was not looked at, because the chain had failed.
  std::optional<dkim::errc> seal;

  // ARC-Message-Signature
  std::string message_domain;
  std::string message_selector;
  std::vector<std::string> signed_fields;  // h=, lower case, in order
  /// Nothing if it was not looked at. Only the newest one decides.
  std::optional<dkim::errc> message;
  /// It covers a part of the body (l=), and nothing is wrong with it so far.
  bool partial = false;

  /// Of ARC-Authentication-Results what follows "i=N;", as it stands: an
  /// Authentication-Results field's value, folds and all.
  std::string authentication_results;
};

struct chain_result {
  auth::result status = auth::result::none;
  errc code = errc::no_chain;
  std::string reason;  // one English sentence without final stop

  /// By instance, i=1 first. Empty if the sets are not complete.
  std::vector<instance_result> instances;

  /// If it failed: the newest sets whose seals can be checked by themselves,
  /// in the same order, from the newest down to the first that is wrong; at
  /// most `max_standing`. A seal says so of its set, whatever is wrong below it
  /// or beside it.
  std::vector<instance_result> standing;

  /// If the chain passed: the lowest instance since which the mail is
  /// unchanged; 0 if it is unchanged since the first (oldest-pass, 5.2 step 5).
  /// Only as many sets as `max_signatures` are looked at, newest first.
  std::optional<std::size_t> oldest_pass;

  /// If the status is temperror: the signatures whose keys could not be
  /// fetched, the newest ARC-Message-Signature's before the seals'. The chain
  /// passes if all of them do: the rest of it is good. Each is kept as one of
  /// From alone. Empty if they are more than `max_pending`.
  std::vector<dkim::pending_signature> pending;
};

constexpr std::size_t max_pending = 20;
constexpr std::size_t max_standing = 4;

/// Validates the chain of one mail; as dkim::verifier is used. Of `options`,
/// max_signatures bounds how many ARC-Message-Signatures are looked at. Asks
/// for at most 20 keys.
///
/// The octets behind `header` must live until `finish` has returned.
class verifier {
 public:
  /// `shared_body` and `shared_fields` are those of dkim::verifier.
  verifier(const message::header_view& header,
           const dkim::verify_options& options,
           dkim::body_hasher* shared_body = nullptr,
           const dkim::field_index* shared_fields = nullptr);
  ~verifier();
  verifier(verifier&&) noexcept;
  verifier& operator=(verifier&&) noexcept;

  /// The key records that `finish` may ask for.
  const std::vector<dns::question>& questions() const;

  /// The next octets of the body (what follows the header's empty line).
  void body(std::string_view octets);

  /// Once. The times are those of dkim::verifier::finish.
  boost::asio::awaitable<chain_result> finish(
      dns::resolver& resolver, dkim::key_cache& keys, time_point at,
      time_point now = time_point::min());

  /// `finish` in steps, for those who decide elsewhere: ask, check, and again
  /// until `check` has checked all.
  boost::asio::awaitable<void> ask(dns::resolver& resolver, time_point at,
                                   time_point now = time_point::min());
  /// After `ask`: the octets of all keys that signatures will be tried with.
  std::size_t key_octets() const;
  /// Asks nobody. False if there is more to be asked.
  bool check(dkim::key_cache& keys);
  /// Once, at the end.
  chain_result take_result();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace mekiki::arc
