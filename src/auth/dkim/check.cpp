// Of several key records at one name (3.6.2.2: undefined) the first few that
// are keys are tried, and the signature passes if one of them verifies it.
#include "auth/dkim/check.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "auth/dkim/query.hpp"
#include "base/unix_time.hpp"

namespace mekiki::dkim {
namespace {

constexpr int min_rsa_bits = 1024;       // RFC 8301 3.2
constexpr std::size_t max_keys = 4;      // tried for one signature
constexpr std::size_t max_records = 16;  // looked at for one signature

/// RFC 6376 6.1.2, steps 4 to 9, and RFC 8301.
errc check_key(const signature& claims, const cached_key& found,
               const verify_options& options) {
  if (found.problem != errc::ok)
    return found.problem;
  const key_record& record = found.record;
  if (!record.email)
    return errc::key_service;
  if (!record.allows(claims.hash))
    return errc::key_hash;
  if (record.type != claims.key_type)
    return errc::key_type_mismatch;
  if (record.same_domain && claims.identity_domain != claims.domain) {
    return errc::key_identity;
  }
  if (record.type == crypto::key_type::rsa) {
    if (found.key->bits() > options.max_rsa_bits)
      return errc::key_unusable;
    if (found.key->bits() < min_rsa_bits && !options.allow_weak) {
      return errc::weak_key;
    }
  }
  return errc::ok;
}

/// True for texts that are not meant to be keys for us; they yield to others
/// at the same name.
bool is_foreign(errc e) {
  return e == errc::no_key || e == errc::key_syntax || e == errc::key_version ||
         e == errc::key_version_place || e == errc::key_type_unknown;
}

/// The facts that a person wants beside the wording of the code.
std::string word(const signature_result& result, const std::string& detail,
                 const std::optional<dns::question>& question) {
  std::string out(describe(result.code));
  switch (result.code) {
    case errc::ok:
      if (result.partial) {
        out += fmt::format(", but covers only {} of {} octets of the body",
                           result.body_covered, result.body_octets);
      }
      break;
    case errc::algorithm:
      out += fmt::format(": {}", result.algorithm);
      break;
    case errc::weak_key:
    case errc::key_unusable:
      if (result.key_bits > 0)
        out += fmt::format(": {} bits", result.key_bits);
      break;
    case errc::no_key:
      if (question)
        out += fmt::format(": {}", question->name);
      break;
    default:
      break;
  }
  if (!detail.empty())
    out += ": " + detail;
  if (result.testing)
    out += " (the signer says it is only testing)";
  return out;
}

}  // namespace

errc check_time(const signature& claims, time_point at, time_point now,
                std::chrono::seconds skew) {
  if (claims.signed_at && *claims.signed_at > unix_seconds(now + skew)) {
    return errc::in_future;
  }
  if (claims.expires_at && *claims.expires_at < unix_seconds(at - skew)) {
    return errc::expired;
  }
  return errc::ok;
}

errc check_body_hash(const signature& claims, const body_hasher& body) {
  const auto hash = body.hash(claims.body_hash_wanted());
  if (!hash)
    return errc::body_too_short;
  return hash->octets() == claims.body_hash ? errc::ok : errc::body_hash;
}

key_outcome check_keys(const signature& claims, const dns::answer& answer,
                       key_cache& keys, const verify_options& options,
                       const signed_hashes& hashes) {
  key_outcome out;
  out.code = to_errc(answer.status);
  if (out.code != errc::ok) {
    out.detail = answer.detail;
    return out;
  }
  out.code = errc::no_key;
  std::optional<errc> body;
  std::optional<crypto::digest> header;
  std::size_t looked_at = 0;
  std::size_t tried = 0;
  for (const std::string& text : answer.texts) {
    if (looked_at++ == max_records || tried == max_keys)
      break;
    cached_key& found = keys.get(text);
    key_outcome now{check_key(claims, found, options),
                    {},
                    found.key ? found.key->bits() : 0,
                    found.record.testing};
    if (!is_foreign(now.code))
      ++tried;
    if (now.code == errc::ok) {
      if (!body)
        body = hashes.body();
      now.code = *body;
    }
    if (now.code == errc::ok ||
        (now.code == errc::body_hash && hashes.header_anyway)) {
      if (!header)
        header = hashes.header();
      now.header_fits = found.key->verify(claims.hash, *header, claims.octets);
      if (now.code == errc::ok && !now.header_fits)
        now.code = errc::signature;
    }
    if (now.code == errc::ok)
      return now;
    if (is_foreign(out.code))
      out = now;
  }
  return out;
}

std::size_t octets_of_keys(const dns::answer& answer) {
  std::size_t octets = 0;
  std::size_t looked_at = 0;
  for (const std::string& text : answer.texts) {
    if (looked_at++ == max_records)
      break;
    octets += text.size();
  }
  return octets;
}

signature_result conclude(signature claims, const key_outcome& outcome,
                          bool authentic_key,
                          std::optional<std::uint64_t> body_octets) {
  signature_result out;
  out.code = outcome.code;
  out.status = to_result(outcome.code);
  if (body_octets) {
    const auto covered = claims.body_hash_wanted().length;
    out.body_octets = static_cast<std::size_t>(*body_octets);
    out.body_covered = std::min<std::uint64_t>(covered, out.body_octets);
    out.partial = out.body_covered < out.body_octets;
  }
  std::optional<dns::question> question;
  if (outcome.code == errc::no_key)
    question = key_question(claims.selector, claims.domain);
  if (!claims.domain.empty())
    out.identity = std::move(claims.identity);
  out.domain = std::move(claims.domain);
  out.selector = std::move(claims.selector);
  out.algorithm = std::move(claims.algorithm);
  out.signature_start = std::move(claims.octets_start);
  out.signed_fields = std::move(claims.fields);
  out.signed_at = claims.signed_at;
  out.expires_at = claims.expires_at;
  out.key_bits = outcome.bits;
  out.testing = outcome.testing;
  out.authentic_key = authentic_key;
  out.text_was_changed = outcome.code == errc::body_hash &&
                         outcome.header_fits && !outcome.testing;
  out.reason = word(out, outcome.detail, question);
  return out;
}

}  // namespace mekiki::dkim
