// DKIM verification (RFC 6376 section 6) of one mail whose body arrives in
// pieces. See also RFC 8301 (algorithms), 8463 (ed25519), 8616 (EAI).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/result.hpp"
#include "base/clock.hpp"
#include "dns/resolver.hpp"
#include "message/header.hpp"

namespace mekiki::dkim {

class body_hasher;         // auth/dkim/body_hash.hpp
class field_index;         // auth/dkim/field_index.hpp
class key_cache;           // auth/dkim/key_cache.hpp
struct pending_signature;  // auth/dkim/pending.hpp

struct verify_options {
  bool allow_weak = false;  // accept rsa-sha1 and RSA keys below 1024 bits
  std::size_t max_signatures = 10;       // the topmost ones are verified
  int max_rsa_bits = 8192;               // longer keys cost too much to check
  std::chrono::seconds clock_skew{300};  // grace for t= in the future and x=
};

/// Why a signature got its result. The enumerator is what other programs see;
/// `signature_result::reason` words it for people.
enum class errc : std::uint8_t;  // auth/dkim/errc.hpp

/// The result for one DKIM-Signature field, in the words of RFC 8601 2.7.1:
/// pass and fail only where a key was at hand; policy for what RFC 8301
/// forbids; neutral for fields that cannot be understood, for signatures that
/// had expired or come from the future, and for l= beyond the body; permerror
/// for no, revoked or unusable keys; temperror where the DNS gave no answer.
struct signature_result {
  auth::result status = auth::result::neutral;
  errc code{};
  std::string reason;  // one English sentence without final stop

  std::string domain;           // d=, A-labels, lower case; empty if unreadable
  std::string selector;         // s=
  std::string identity;         // i=, or "@" and d=; empty if wrong
  std::string algorithm;        // a=
  std::string signature_start;  // first 8 characters of b= (RFC 6008)
  std::vector<std::string> signed_fields;  // h=, lower case, in order

  std::size_t body_octets = 0;   // length of the canonical body
  std::size_t body_covered = 0;  // how many of them are signed (l=)
  bool partial = false;          // body_covered < body_octets

  std::optional<std::int64_t> signed_at;   // t=, Unix seconds
  std::optional<std::int64_t> expires_at;  // x=

  int key_bits = 0;
  bool testing = false;  // t=y in the key
  /// It verifies, with a key that is no test, but `code` is malformed_header or
  /// in_future: it proves nothing, and nobody else can have made it.
  bool verifies = false;
  /// `code` is body_hash, and the signature over the header verifies, with a
  /// key that is no test: the domain signed a mail with these fields and
  /// another text. It proves nothing about this one.
  bool text_was_changed = false;
  bool authentic_key = false;  // the key came with DNSSEC
};

/// Verifies the signatures of one mail.
///
///   verifier v(header, options);          header complete
///   for (q : v.questions()) resolver.prefetch(q);
///   v.body(octets);                       as often as needed
///   auto results = co_await v.finish(resolver, keys, at);
///
/// The octets behind `header` must live until `finish` has returned.
/// Body hashes are taken once for each distinct canonicalization, algorithm
/// and length. Work is linear in the mail's size times max_signatures.
class verifier {
 public:
  /// With `shared_body`, body hashes are requested there: its owner writes the
  /// body and finishes it before `finish`, and `body` is not called. With
  /// `shared_fields`, the index of `header`, none is made; it must live as
  /// long.
  verifier(const message::header_view& header, const verify_options& options,
           body_hasher* shared_body = nullptr,
           const field_index* shared_fields = nullptr);
  ~verifier();
  verifier(verifier&&) noexcept;
  verifier& operator=(verifier&&) noexcept;

  /// The key records that `finish` will ask for.
  const std::vector<dns::question>& questions() const;

  /// The next octets of the body (what follows the header's empty line).
  void body(std::string_view octets);

  /// Once. One result for each DKIM-Signature field, top to bottom; fields
  /// beyond max_signatures are counted in one final result of `policy`. `at` is
  /// when the mail was received: x= is compared with it, and t= with the later
  /// of it and `now`, since a Received field may come from a clock that was
  /// wrong, but no signature from the future.
  boost::asio::awaitable<std::vector<signature_result>> finish(
      dns::resolver& resolver, key_cache& keys, time_point at,
      time_point now = time_point::min());

  /// `finish` in two halves, for those who decide elsewhere: the lookups that
  /// it needs, and the decision, which does none.
  boost::asio::awaitable<void> ask(dns::resolver& resolver, time_point at,
                                   time_point now = time_point::min());
  /// After `ask`: the octets of all keys that signatures will be tried with.
  std::size_t key_octets() const;
  std::vector<signature_result> check(key_cache& keys);

  /// After `check`: for each signature with `temperror`, top to bottom, the
  /// data to check it again.
  const std::vector<pending_signature>& pending() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace mekiki::dkim
