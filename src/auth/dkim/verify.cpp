// In the order of RFC 6376 section 6. Where this differs from it:
//
// - A signature from the future does not count (3.5 leaves it open).
// - A mail without an address in From is not verified (3.8): every signature
//   must sign that field, and a pass would say nothing. Nor is a mail verified
//   whose header some clients would end, or split, elsewhere.
#include "auth/dkim/verify.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/check.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/header_hash.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/pending.hpp"
#include "auth/dkim/query.hpp"
#include "auth/dkim/signature.hpp"

namespace mekiki::dkim {
namespace {

/// A signature field on its way through the steps.
struct candidate {
  const message::field_view* field;
  signature claims;
  errc code = errc::ok;       // anything else is final
  errc outcome = errc::ok;    // of check_time, if `code` is ok
  errc objection = errc::ok;  // keeps it from passing, although it may verify
  std::size_t question = 0;   // index of its key's question
};

/// Everything about the mail that a signature covers.
struct mail_view {
  const field_index& fields;
  const body_hasher& body;
};

/// RFC 5322 3.6.2: From is there, and holds an address or a group.
bool has_author(const field_index& fields) {
  const auto from = fields.find("from");
  return std::any_of(from.begin(), from.end(), [](const auto* f) {
    return f->value.find_first_of("@:") != std::string_view::npos;
  });
}

/// RFC 6376 3.8: where readers may disagree about what is a field, a signature
/// over fields says nothing about what is shown. The envelope line of an mbox
/// is read by all alike.
bool has_only_fields(const message::header_view& header) {
  return std::ranges::all_of(header.fields, [&](const auto& field) {
    return field.is_field() ||
           (&field == &header.fields.front() && field.raw.starts_with("From "));
  });
}

/// What the header alone says against a signature (RFC 6376 6.1.1).
candidate read_candidate(const message::field_view& field,
                         const verify_options& options) {
  auto reading = parse_signature(field.value);
  candidate out{&field, std::move(reading.claims)};
  if (reading.error) {
    out.code = reading.error->code;
  } else if (out.claims.hash == crypto::hash_algorithm::sha1 &&
             !options.allow_weak) {
    out.code = errc::weak_algorithm;
  }
  return out;
}

/// RFC 6376 6.1.2 and 6.1.3 with the key records in hand.
key_outcome check_candidate(const candidate& c, const dns::answer& answer,
                            key_cache& keys, const mail_view& mail,
                            const verify_options& options) {
  return check_keys(
      c.claims, answer, keys, options,
      {.body = [&] { return check_body_hash(c.claims, mail.body); },
       .header = [&] { return hash_header(c.claims, *c.field, mail.fields); },
       .header_anyway = true});
}

}  // namespace

struct verifier::state {
  state(const message::header_view& header, const verify_options& o,
        body_hasher* shared_body, const field_index* shared_fields)
      : options(o),
        own_fields(shared_fields != nullptr ? field_index()
                                            : field_index(header)),
        fields(shared_fields != nullptr ? *shared_fields : own_fields),
        body(shared_body != nullptr ? *shared_body : own_body) {}

  verify_options options;
  field_index own_fields;
  const field_index& fields;
  std::vector<candidate> candidates;
  std::size_t surplus = 0;  // signatures beyond the limit
  std::vector<dns::question> questions;
  std::vector<dns::answer_ptr> answers;  // to those that matter
  body_hasher own_body;
  body_hasher& body;
  std::vector<pending_signature> pending;

  void add(const message::field_view& field, errc malformed, errc objection);
  void postpone(const candidate& c);
};

/// Reads a signature, and requests its key and body hash.
void verifier::state::add(const message::field_view& field, errc malformed,
                          errc objection) {
  candidate c = read_candidate(field, options);
  c.objection = objection;
  if (c.code == errc::ok)
    c.code = malformed;
  if (c.code == errc::ok) {
    auto question = key_question(c.claims.selector, c.claims.domain);
    if (question) {
      const auto same =
          std::find(questions.begin(), questions.end(), *question);
      c.question = static_cast<std::size_t>(same - questions.begin());
      if (same == questions.end())
        questions.push_back(std::move(*question));
      body.request(c.claims.body_hash_wanted());
    } else {
      c.code = errc::key_name;
    }
  }
  candidates.push_back(std::move(c));
}

/// Keeps the data to check a signature later, when its key can be fetched.
void verifier::state::postpone(const candidate& c) {
  pending_signature p{.claims = c.claims,
                      .header = hash_header(c.claims, *c.field, fields),
                      .body = check_body_hash(c.claims, body),
                      .body_octets = body.octets(c.claims.body)};
  if (p.body == errc::ok)
    p.body = c.objection;
  p.claims.identity = '@' + c.claims.identity_domain;
  pending.push_back(std::move(p));
}

verifier::verifier(const message::header_view& header,
                   const verify_options& options, body_hasher* shared_body,
                   const field_index* shared_fields)
    : state_(std::make_unique<state>(header, options, shared_body,
                                     shared_fields)) {
  const auto signatures = state_->fields.find("dkim-signature");
  if (signatures.empty())
    return;
  errc malformed = errc::ok;
  if (!has_author(state_->fields)) {
    malformed = errc::malformed_mail;
  } else if (header.bare_cr) {
    // To some readers it ends the header: what they show is not signed.
    malformed = errc::malformed_header;
  }
  const errc objection =
      has_only_fields(header) ? errc::ok : errc::malformed_header;
  for (const message::field_view* field : signatures) {
    if (state_->candidates.size() == options.max_signatures) {
      ++state_->surplus;
    } else {
      state_->add(*field, malformed, objection);
    }
  }
}

verifier::~verifier() = default;
verifier::verifier(verifier&&) noexcept = default;
verifier& verifier::operator=(verifier&&) noexcept = default;

const std::vector<dns::question>& verifier::questions() const {
  return state_->questions;
}

void verifier::body(std::string_view octets) { state_->own_body.write(octets); }

const std::vector<pending_signature>& verifier::pending() const {
  return state_->pending;
}

boost::asio::awaitable<void> verifier::ask(dns::resolver& resolver,
                                           time_point at, time_point now) {
  state& s = *state_;
  s.own_body.finish();
  s.answers.resize(s.questions.size());
  for (candidate& c : s.candidates) {
    if (c.code != errc::ok)
      continue;
    c.outcome =
        check_time(c.claims, at, std::max(at, now), s.options.clock_skew);
    // A clock that is ahead; time will tell.
    if (c.outcome == errc::in_future)
      c.objection = std::exchange(c.outcome, errc::ok);
    dns::answer_ptr& answer = s.answers[c.question];
    if (c.outcome == errc::ok && !answer)
      answer = co_await resolver.resolve(s.questions[c.question]);
  }
}

std::size_t verifier::key_octets() const {
  std::size_t octets = 0;
  for (const candidate& c : state_->candidates) {
    if (c.code == errc::ok && c.outcome == errc::ok)
      octets += octets_of_keys(*state_->answers[c.question]);
  }
  return octets;
}

std::vector<signature_result> verifier::check(key_cache& keys) {
  state& s = *state_;
  std::vector<signature_result> out;
  out.reserve(s.candidates.size() + 1);
  for (candidate& c : s.candidates) {
    key_outcome outcome;
    outcome.code = c.code == errc::ok ? c.outcome : c.code;
    bool authentic = false;
    if (outcome.code == errc::ok) {
      const dns::answer& answer = *s.answers[c.question];
      outcome = check_candidate(c, answer, keys, {s.fields, s.body}, s.options);
      authentic = answer.authentic;
    }
    const bool is_held =
        c.objection != errc::ok && c.code == errc::ok && c.outcome == errc::ok;
    const bool verifies =
        is_held && outcome.code == errc::ok && !outcome.testing;
    // A key that is not known yet says more.
    if (is_held && to_result(outcome.code) != auth::result::temperror) {
      outcome = {};
      outcome.code = c.objection;
      authentic = false;
    }
    if (to_result(outcome.code) == auth::result::temperror)
      s.postpone(c);
    std::optional<std::uint64_t> octets;
    if (c.code == errc::ok)  // so the body was hashed for it
      octets = s.body.octets(c.claims.body);
    out.push_back(conclude(std::move(c.claims), outcome, authentic, octets));
    out.back().verifies = verifies;
  }
  if (s.surplus > 0) {
    signature_result rest;
    rest.code = errc::too_many;
    rest.status = to_result(rest.code);
    rest.reason = fmt::format("{}: {} more", describe(rest.code), s.surplus);
    out.push_back(std::move(rest));
  }
  return out;
}

boost::asio::awaitable<std::vector<signature_result>> verifier::finish(
    dns::resolver& resolver, key_cache& keys, time_point at, time_point now) {
  co_await ask(resolver, at, now);
  co_return check(keys);
}

}  // namespace mekiki::dkim
