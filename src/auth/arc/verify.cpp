// In the order of RFC 8617 5.2. Where this differs from it:
//
// - A key that cannot be fetched for now gives temperror, and not fail (5.2.1),
//   since we are where the chain ends: nobody seals our answer. One who does
//   has to take it for fail. What else is wrong with the chain is looked for
//   all the same, and stands.
// - An ARC-Message-Signature may cover the other two fields of sets below it
//   and of its own (4.1.2 forbids that to sealers): older sealers do it, and
//   the public suite. It may not cover seals.
// - Without c= an ARC-Message-Signature counts as relaxed/relaxed, as the
//   public suite and its signers have it; RFC 6376 3.5 would be simple/simple.
// - A chain that takes more than 20 keys fails. So a mail's chain cannot use
//   up the questions that the other checks need.
#include "auth/arc/verify.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "auth/arc/chain.hpp"
#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/check.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/header_hash.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/query.hpp"

namespace mekiki::arc {
namespace {

constexpr std::size_t max_keys = 20;

/// A signature that is to be verified.
struct candidate {
  const message::field_view* field = nullptr;
  const dkim::signature* claims = nullptr;
  dkim::errc code = dkim::errc::ok;     // anything else is final
  dkim::errc outcome = dkim::errc::ok;  // of the time, if `code` is ok
  std::size_t question = 0;             // index of its key's question
};

instance_result describe_set(const set_view& set) {
  const dkim::signature& seal = set.seal_claims.claims;
  const dkim::signature& message = set.message_claims.claims;
  instance_result out;
  out.domain = seal.domain;
  out.selector = seal.selector;
  out.algorithm = seal.algorithm;
  out.sealed_at = seal.signed_at;
  out.message_domain = message.domain;
  out.message_selector = message.selector;
  out.signed_fields = message.fields;
  out.authentication_results = set.results_text;
  return out;
}

bool is_temporary(dkim::errc code) {
  return dkim::to_result(code) == auth::result::temperror;
}

/// As one of From alone: the hash stands for what it covers. Seals have no
/// fields and no body, and message signatures may have fields without a name.
dkim::pending_signature to_pending(const dkim::signature& claims,
                                   crypto::digest hash) {
  dkim::pending_signature out{.claims = claims, .header = hash};
  out.claims.fields = {"from"};
  out.claims.length.reset();
  out.claims.body_hash = hash.octets();
  return out;
}

}  // namespace

struct verifier::state {
  state(const message::header_view& header, const dkim::verify_options& o,
        dkim::body_hasher* shared_body, const dkim::field_index* shared_fields)
      : options(o),
        own_fields(shared_fields != nullptr ? dkim::field_index()
                                            : dkim::field_index(header)),
        fields(shared_fields != nullptr ? *shared_fields : own_fields),
        chain(read_chain(fields)),
        body(shared_body != nullptr ? *shared_body : own_body) {}

  dkim::verify_options options;
  dkim::field_index own_fields;
  const dkim::field_index& fields;
  chain_view chain;
  std::vector<candidate> seals;     // by instance
  std::vector<candidate> messages;  // newest first
  std::vector<candidate> standing;  // the newest of these seals, newest first
  std::vector<dns::question> questions;
  std::vector<dns::answer_ptr> answers;
  dkim::body_hasher own_body;
  dkim::body_hasher& body;

  /// What is checked together. The older message signatures come last: of a
  /// chain that fails nobody needs them.
  enum class step : std::uint8_t {
    message,
    seals,
    older,
    standing,
    end
  } next = step::message;
  chain_result out;

  candidate add(const message::field_view& field,
                const dkim::signature_reading& reading);
  void plan();
  std::span<candidate> due();
  dkim::signed_hashes hashes_of(const candidate& message) const;
  dkim::key_outcome check(const candidate& c, const dkim::signed_hashes& hashes,
                          dkim::key_cache& keys) const;
  void note(errc wrong, std::size_t instance, const dkim::key_outcome& outcome);
  void postpone(std::size_t instance, const dkim::key_outcome& outcome,
                dkim::pending_signature kept);
  void fail(errc wrong, std::size_t instance, const dkim::key_outcome& outcome);
  void check_message(dkim::key_cache& keys);
  dkim::key_outcome check_seal(const candidate& seal,
                               const sealed_octets& octets, std::size_t index,
                               dkim::key_cache& keys) const;
  void check_seals(dkim::key_cache& keys);
  void check_older(dkim::key_cache& keys);
  void check_standing(dkim::key_cache& keys);
};

/// Reads a signature, and asks for its key.
candidate verifier::state::add(const message::field_view& field,
                               const dkim::signature_reading& reading) {
  candidate c{&field, &reading.claims};
  if (reading.error) {
    c.code = reading.error->code;
  } else if (c.claims->hash == crypto::hash_algorithm::sha1 &&
             !options.allow_weak) {
    c.code = dkim::errc::weak_algorithm;
  } else if (auto question =
                 dkim::key_question(c.claims->selector, c.claims->domain)) {
    const auto same = std::find(questions.begin(), questions.end(), *question);
    c.question = static_cast<std::size_t>(same - questions.begin());
    if (same == questions.end())
      questions.push_back(std::move(*question));
  } else {
    c.code = dkim::errc::key_name;
  }
  return c;
}

/// What is to be verified, and with what. The older message signatures come
/// last, and only as far as limits allow, since the chain does without them.
void verifier::state::plan() {
  const auto add_message = [this](const set_view& set) {
    messages.push_back(add(*set.message, set.message_claims));
    if (messages.back().code == dkim::errc::ok)
      body.request(messages.back().claims->body_hash_wanted());
  };
  add_message(chain.sets.back());
  for (const set_view& set : chain.sets)
    seals.push_back(add(*set.seal, set.seal_claims));
  if (questions.size() > max_keys) {
    chain.code = errc::too_many_keys;
    questions.clear();
    return;
  }
  for (auto set = chain.sets.rbegin() + 1;
       set != chain.sets.rend() && messages.size() < options.max_signatures &&
       questions.size() < max_keys;
       ++set) {
    add_message(*set);
  }
}

dkim::signed_hashes verifier::state::hashes_of(const candidate& message) const {
  return {.body = [&] { return dkim::check_body_hash(*message.claims, body); },
          .header =
              [&] {
                return dkim::hash_header(*message.claims, *message.field,
                                         fields);
              }};
}

dkim::key_outcome verifier::state::check(const candidate& c,
                                         const dkim::signed_hashes& hashes,
                                         dkim::key_cache& keys) const {
  dkim::key_outcome found;
  found.code = c.code == dkim::errc::ok ? c.outcome : c.code;
  if (found.code != dkim::errc::ok)
    return found;
  return dkim::check_keys(*c.claims, *answers[c.question], keys, options,
                          hashes);
}

/// The signatures of the next step.
std::span<candidate> verifier::state::due() {
  switch (next) {
    case step::message:
      return {messages.data(), 1};
    case step::seals:
      return seals;
    case step::older:
      return std::span(messages).subspan(1);
    case step::standing:
      return standing;
    case step::end:
      break;
  }
  return {};
}

void verifier::state::note(errc wrong, std::size_t instance,
                           const dkim::key_outcome& outcome) {
  out.code = wrong;
  out.reason = fmt::format("{} (instance {}): {}", describe(out.code), instance,
                           dkim::describe(outcome.code));
  if (!outcome.detail.empty())
    out.reason += ": " + outcome.detail;
}

/// Keeps the data to check it later, when its key can be fetched.
void verifier::state::postpone(std::size_t instance,
                               const dkim::key_outcome& outcome,
                               dkim::pending_signature kept) {
  if (out.code == errc::ok)
    note(errc::key_unavailable, instance, outcome);
  out.pending.push_back(std::move(kept));
}

void verifier::state::fail(errc wrong, std::size_t instance,
                           const dkim::key_outcome& outcome) {
  note(wrong, instance, outcome);
  out.pending.clear();
  next = step::standing;
}

// Steps 4 to 6, for a chain whose structure is sound.

void verifier::state::check_message(dkim::key_cache& keys) {
  const candidate& newest = messages.front();
  const dkim::signed_hashes hashes = hashes_of(newest);
  const dkim::key_outcome message = check(newest, hashes, keys);
  instance_result& described = out.instances.back();
  described.message = message.code;
  const bool is_open = is_temporary(message.code);
  if (message.code != dkim::errc::ok && !is_open) {
    fail(errc::message_signature, chain.sets.size(), message);
    return;
  }
  const auto wanted = newest.claims->body_hash_wanted();
  const std::uint64_t octets = body.octets(wanted.mode);
  described.partial = wanted.length < octets;
  if (is_open) {
    // No key makes it pass.
    const dkim::errc wrong = hashes.body();
    if (wrong != dkim::errc::ok) {
      described.message = wrong;
      fail(errc::message_signature, chain.sets.size(), {.code = wrong});
      return;
    }
    postpone(chain.sets.size(), message,
             to_pending(*newest.claims, hashes.header()));
  }
  next = step::seals;
}

dkim::key_outcome verifier::state::check_seal(const candidate& seal,
                                              const sealed_octets& octets,
                                              std::size_t index,
                                              dkim::key_cache& keys) const {
  const dkim::signed_hashes sealed{
      .body = [] { return dkim::errc::ok; },
      .header = [&octets, index] { return octets.hash(index); }};
  return check(seal, sealed, keys);
}

void verifier::state::check_seals(dkim::key_cache& keys) {
  const sealed_octets octets(chain.sets);
  for (std::size_t i = chain.sets.size(); i-- > 0;) {
    const dkim::key_outcome seal = check_seal(seals[i], octets, i, keys);
    out.instances[i].seal = seal.code;
    if (is_temporary(seal.code)) {
      postpone(i + 1, seal, to_pending(*seals[i].claims, octets.hash(i)));
    } else if (seal.code != dkim::errc::ok) {
      fail(errc::seal, i + 1, seal);
      return;
    }
  }
  if (out.pending.size() > max_pending)
    out.pending.clear();
  if (out.code != errc::ok) {
    next = step::end;
    return;
  }
  out.oldest_pass = chain.sets.size();
  next = step::older;
}

void verifier::state::check_older(dkim::key_cache& keys) {
  const std::size_t count = chain.sets.size();
  next = step::end;
  for (std::size_t m = 1; m < messages.size(); ++m) {
    const dkim::key_outcome outcome =
        check(messages[m], hashes_of(messages[m]), keys);
    out.instances[count - 1 - m].message = outcome.code;
    if (outcome.code != dkim::errc::ok)
      return;
    out.oldest_pass = count - m;
  }
  if (out.oldest_pass == 1U)
    out.oldest_pass = 0;
}

void verifier::state::check_standing(dkim::key_cache& keys) {
  next = step::end;
  const std::vector<set_view>& sets = chain.standing();
  const sealed_octets octets(sets);
  std::size_t i = sets.size();
  for (const candidate& seal : standing) {
    const dkim::errc code = check_seal(seal, octets, --i, keys).code;
    const auto at =
        out.standing.insert(out.standing.begin(), describe_set(sets[i]));
    at->seal = code;
    if (code != dkim::errc::ok && !is_temporary(code))
      return;
  }
}

verifier::verifier(const message::header_view& header,
                   const dkim::verify_options& options,
                   dkim::body_hasher* shared_body,
                   const dkim::field_index* shared_fields)
    : state_(std::make_unique<state>(header, options, shared_body,
                                     shared_fields)) {
  state& s = *state_;
  if (s.chain.code == errc::ok)
    s.plan();
  if (s.chain.code != errc::ok)
    s.next = state::step::standing;
  const std::vector<set_view>& sets = s.chain.standing();
  for (std::size_t i = sets.size(); i > 0 && s.standing.size() < max_standing;
       --i)
    s.standing.push_back(s.add(*sets[i - 1].seal, sets[i - 1].seal_claims));
  s.out.code = s.chain.code;
  for (const set_view& set : s.chain.sets)
    s.out.instances.push_back(describe_set(set));
}

verifier::~verifier() = default;
verifier::verifier(verifier&&) noexcept = default;
verifier& verifier::operator=(verifier&&) noexcept = default;

const std::vector<dns::question>& verifier::questions() const {
  return state_->questions;
}

void verifier::body(std::string_view octets) { state_->own_body.write(octets); }

boost::asio::awaitable<void> verifier::ask(dns::resolver& resolver,
                                           time_point at, time_point now) {
  state& s = *state_;
  s.own_body.finish();
  s.answers.resize(s.questions.size());
  for (candidate& c : s.due()) {
    if (c.code != dkim::errc::ok)
      continue;
    c.outcome = dkim::check_time(*c.claims, at, std::max(at, now),
                                 s.options.clock_skew);
    dns::answer_ptr& answer = s.answers[c.question];
    if (c.outcome == dkim::errc::ok && !answer)
      answer = co_await resolver.resolve(s.questions[c.question]);
  }
}

std::size_t verifier::key_octets() const {
  std::size_t octets = 0;
  for (const candidate& c : state_->due()) {
    if (c.code == dkim::errc::ok && c.outcome == dkim::errc::ok)
      octets += dkim::octets_of_keys(*state_->answers[c.question]);
  }
  return octets;
}

bool verifier::check(dkim::key_cache& keys) {
  state& s = *state_;
  switch (s.next) {
    case state::step::message:
      s.check_message(keys);
      break;
    case state::step::seals:
      s.check_seals(keys);
      break;
    case state::step::older:
      s.check_older(keys);
      break;
    case state::step::standing:
      s.check_standing(keys);
      break;
    case state::step::end:
      break;
  }
  return s.next == state::step::end;
}

chain_result verifier::take_result() {
  chain_result& out = state_->out;
  out.status = to_result(out.code);
  if (out.reason.empty()) {
    out.reason = describe(out.code);
    if (state_->chain.instance > 0)
      out.reason += fmt::format(" (instance {})", state_->chain.instance);
  }
  return std::move(out);
}

boost::asio::awaitable<chain_result> verifier::finish(dns::resolver& resolver,
                                                      dkim::key_cache& keys,
                                                      time_point at,
                                                      time_point now) {
  for (bool is_checked = false; !is_checked;) {
    co_await ask(resolver, at, now);
    is_checked = check(keys);
  }
  co_return take_result();
}

}  // namespace mekiki::arc
