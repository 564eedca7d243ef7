#include "auth/dkim/pending.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "auth/dkim/check.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/query.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace mekiki::dkim {
namespace {

/// What can be wrong with a body, or keep any signature from passing.
constexpr std::array body_codes = {errc::ok, errc::body_hash,
                                   errc::body_too_short, errc::in_future,
                                   errc::malformed_header};

std::string_view name_of(canonicalization mode) {
  return mode == canonicalization::simple ? "simple" : "relaxed";
}

/// Takes the text up to a line end off the front.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::string format(const pending_signature& p) {
  const signature& c = p.claims;
  std::string out =
      fmt::format("v=1; a={}; c={}/{}; d={}; s={}; i=@{}; h={}; bh={}; b={}",
                  c.algorithm, name_of(c.header), name_of(c.body), c.domain,
                  c.selector, c.identity_domain, fmt::join(c.fields, ":"),
                  base64_encode(c.body_hash), base64_encode(c.octets));
  if (c.length)
    out += fmt::format("; l={}", *c.length);
  if (c.signed_at)
    out += fmt::format("; t={}", *c.signed_at);
  if (c.expires_at)
    out += fmt::format("; x={}", *c.expires_at);
  out += fmt::format("\n{}\n{}\n{}\n", base64_encode(p.header.octets()),
                     to_string(p.body), p.body_octets);
  return out;
}

expected<pending_signature, errc> parse_pending_signature(
    std::string_view text) {
  if (text.size() > max_pending_octets || !text.ends_with('\n'))
    return unexpected(errc::syntax);
  auto reading = parse_signature(take_line(text));
  if (reading.error)
    return unexpected(reading.error->code);
  pending_signature out{.claims = std::move(reading.claims)};

  const auto header = base64_decode(take_line(text));
  if (!header)
    return unexpected(errc::syntax);
  const auto hash = crypto::digest::read(out.claims.hash, *header);
  if (!hash)
    return unexpected(errc::syntax);
  out.header = *hash;

  const std::string_view word = take_line(text);
  const auto* const code =
      std::find_if(body_codes.begin(), body_codes.end(),
                   [word](errc e) { return to_string(e) == word; });
  if (code == body_codes.end())
    return unexpected(errc::syntax);
  out.body = *code;

  const std::string_view number = take_line(text);
  if (number.empty() || number.size() > 18 || !text.empty())
    return unexpected(errc::syntax);
  for (const char c : number) {
    if (!ascii::is_digit(c))
      return unexpected(errc::syntax);
    out.body_octets = out.body_octets * 10 + static_cast<unsigned>(c - '0');
  }
  return out;
}

boost::asio::awaitable<signature_result> judge_again(pending_signature p,
                                                     dns::resolver& resolver,
                                                     key_cache& keys,
                                                     verify_options options) {
  key_outcome outcome;
  bool authentic = false;
  bool verifies = false;
  const bool is_held =
      p.body == errc::in_future || p.body == errc::malformed_header;
  const errc objection = is_held ? std::exchange(p.body, errc::ok) : errc::ok;
  auto question = key_question(p.claims.selector, p.claims.domain);
  if (!question) {
    outcome.code = errc::key_name;
  } else if (p.claims.hash == crypto::hash_algorithm::sha1 &&
             !options.allow_weak) {
    outcome.code = errc::weak_algorithm;
  } else {
    const dns::answer_ptr answer =
        co_await resolver.resolve(std::move(*question));
    outcome = check_keys(
        p.claims, *answer, keys, options,
        {.body = [&p] { return p.body; }, .header = [&p] { return p.header; }});
    authentic = answer->authentic;
  }
  if (is_held && to_result(outcome.code) != auth::result::temperror) {
    verifies = outcome.code == errc::ok && !outcome.testing;
    outcome = {};
    outcome.code = objection;
    authentic = false;
  }
  signature_result out =
      conclude(std::move(p.claims), outcome, authentic, p.body_octets);
  out.verifies = verifies;
  co_return out;
}

}  // namespace mekiki::dkim
