#include "verdict/evaluate.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "auth/authres/trust.hpp"
#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/query.hpp"
#include "base/ascii.hpp"
#include "base/event.hpp"
#include "base/hex.hpp"
#include "base/unix_time.hpp"
#include "changes/undo.hpp"
#include "crypto/digest.hpp"
#include "dns/limited_resolver.hpp"
#include "dns/name.hpp"
#include "message/address.hpp"
#include "message/date.hpp"
#include "verdict/deception.hpp"
#include "verdict/key_memory.hpp"
#include "verdict/look_around.hpp"

namespace mekiki::verdict {
namespace {

using dkim::signature_result;

/// The border and SPF are awaited no longer than this.
constexpr std::chrono::seconds most_patience{20};

constexpr dkim::body_hash_request digest_hash = {
    .mode = dkim::canonicalization::relaxed};

std::optional<std::int64_t> received_at(const message::header_view& header) {
  for (const message::field_view& field : header.fields) {
    if (ascii::iequals(field.name, "received"))
      return message::received_date(field.value);
  }
  return std::nullopt;
}

/// From 0 to 99, the same each time the mail is judged.
unsigned lot_of(std::string_view digest) {
  unsigned number = 0;
  std::from_chars(digest.data(),
                  digest.data() + std::min<std::size_t>(digest.size(), 6),
                  number, 16);
  return number % 100;
}

std::optional<auth::result> result_word(std::string_view word) {
  using auth::result;
  for (const result r :
       {result::none, result::pass, result::fail, result::softfail,
        result::neutral, result::temperror, result::permerror}) {
    if (word == auth::to_string(r))
      return r;
  }
  return std::nullopt;
}

/// The first report counts, and only where we could not look ourselves.
void read_reported_spf(const authres::reported_result& r,
                       const std::string& authserv_id, spf_facts& out) {
  const auto status = result_word(r.result);
  const std::string* identity = r.find("smtp", "mailfrom");
  const bool by_helo = identity == nullptr;
  if (by_helo)
    identity = r.find("smtp", "helo");
  if (out.source != spf_source::left_out || !status || identity == nullptr)
    return;
  const auto domain =
      dns::to_a_labels(identity->substr(identity->rfind('@') + 1));
  if (!domain)
    return;
  out.source = spf_source::reported;
  out.by_helo = by_helo;
  out.path_known = !by_helo;
  out.outcome.status = *status;
  out.outcome.domain = *domain;
  out.reporter = authserv_id;
}

}  // namespace

// The order of things: `write`, until the header is complete and `look_around`
// begins; then the body; then `check_all`.
struct evaluation::state : std::enable_shared_from_this<state> {
  state(const settings& s, services w, source f, std::optional<smtp_facts> g)
      : limits(s),
        with(std::move(w)),
        from(std::move(f)),
        given(std::move(g)),
        rule(rule_for(limits, from.upstream)),
        resolver(with.resolver,
                 {.time = limits.dns_budget, .clock = &with.clock}) {}

  const settings& limits;
  services with;
  source from;
  std::optional<smtp_facts> given;
  const provider_rule& rule;
  dns::limited_resolver resolver;  // bounds what one mail may ask

  enum { in_header, in_body, header_too_long, broken } where = in_header;
  std::string octets;  // of the header, which `header` borrows
  message::header_end_finder end;
  message::header_view header;
  dkim::body_hasher body;
  std::optional<dkim::field_index> fields;
  std::optional<dkim::verifier> dkim;
  std::optional<arc::verifier> arc;
  facts known;

  lookups found;
  event looked;  // `found` is complete

  void write(std::string_view piece);
  void header_complete();

  static boost::asio::awaitable<void> look_around_for(
      std::shared_ptr<state> self);
  boost::asio::awaitable<void> look_around();
  boost::asio::awaitable<judgement> check_all(octet_source* again);
  boost::asio::awaitable<void> undo_changes(octet_source& again,
                                            dns::resolver& key_source);
  boost::asio::awaitable<void> check_dmarc(facts& f, const std::string& digest);
  boost::asio::awaitable<void> look_ahead(judgement& v);
  void find_deceptions();
  void read_reports();
  std::string digest() const;
};

// ------------------------------------------------------- the octets arrive

void evaluation::state::write(std::string_view piece) {
  if (where == in_header) {
    const auto header_part = end.find(piece);
    const std::string_view mine =
        piece.substr(0, header_part.value_or(piece.size()));
    if (octets.size() + mine.size() > limits.header.octets) {
      where = header_too_long;
      octets = {};
      return;
    }
    octets += mine;
    piece.remove_prefix(mine.size());
    if (!header_part)
      return;
    header_complete();
  }
  if (where == in_body && !piece.empty())
    body.write(piece);
}

/// The questions that the header alone suggests are under way after this, and
/// the look around, which needs answers to ask on.
void evaluation::state::header_complete() {
  header = message::parse_header(octets, limits.header);
  if (header.truncated) {
    where = header_too_long;
    return;
  }
  known.header = look_at(header);
  known.upstream = from.upstream;
  known.received = received_at(header);
  body.request(digest_hash);
  fields.emplace(header);
  dkim.emplace(header, limits.dkim, &body, &*fields);
  arc.emplace(header, limits.dkim, &body, &*fields);
  for (const dns::question& q : dkim->questions()) resolver.prefetch(q);
  // Before anything that a sender could make long: a question for the author's
  // policy must never be the one too many.
  if (!known.header.author_domain.empty()) {
    for (const dns::question& q :
         dmarc::questions(known.header.author_domain, limits.dmarc.rules)) {
      resolver.prefetch(q);
    }
  }
  where = in_body;
  if (with.start) {
    // The coroutine owns the state: the mail may be dropped before it ends.
    with.start(look_around_for(shared_from_this()));
  }
}

// ------------------------------------------------------- the look around

boost::asio::awaitable<void> evaluation::state::look_around_for(
    std::shared_ptr<state> self) {
  co_await self->look_around();
}

boost::asio::awaitable<void> evaluation::state::look_around() {
  const look_around_request wanted{.header = header,
                                   .facts = known.header,
                                   .keys = dkim->questions(),
                                   .from = from,
                                   .given = given,
                                   .limits = limits,
                                   .with = with,
                                   .resolver = resolver};
  try {
    found = co_await mekiki::verdict::look_around(wanted);
  } catch (const std::exception&) {
    found.entered.emplace().status = border_status::dns_unavailable;
  }
  for (const dns::question& q : arc->questions()) resolver.prefetch(q);
  looked.set();
}

// ---------------------------------------------------------- the last octet

std::string evaluation::state::digest() const {
  crypto::hasher hasher(crypto::hash_algorithm::sha256);
  hasher.update(octets);
  hasher.update(body.hash(digest_hash)->octets());
  const crypto::digest hash = hasher.finish();
  return to_hex(hash.octets().substr(0, 16));
}

/// What the provider itself says of the mail, in fields above the border.
void evaluation::state::read_reports() {
  if (rule.authserv_ids.empty() || !known.entered || !known.entered->field)
    return;
  const authres::trust_rule trusted{.ids = rule.authserv_ids,
                                    .end = *known.entered->field};
  for (authres::trusted_field& field :
       authres::trusted_fields(header, trusted)) {
    for (authres::reported_result& r : field.content.results) {
      if (r.method == "spf") {
        read_reported_spf(r, field.content.authserv_id, known.spf);
      } else {
        known.provider.push_back({field.content.authserv_id, std::move(r)});
      }
    }
  }
}

/// What was done to the mail on its way, if a signature proves that it was
/// another one before.
boost::asio::awaitable<void> evaluation::state::undo_changes(
    octet_source& again, dns::resolver& key_source) {
  const bool is_broken =
      std::ranges::any_of(known.dkim, [](const signature_result& r) {
        return r.code == dkim::errc::body_hash ||
               r.code == dkim::errc::signature;
      });
  const changes::undo_options how{.verify = limits.dkim,
                                  .author_domain = known.header.author_domain};
  if (!is_broken || again.size() > how.max_octets)
    co_return;
  const std::optional<std::string> mail = again.read();
  if (!mail)
    co_return;
  const message::header_view whole =
      message::parse_header(*mail, limits.header);
  auto undone = co_await changes::undo(*mail, whole, known.dkim, key_source,
                                       with.keys, how);
  if (!undone)
    co_return;
  change& c = known.changed.emplace();
  c.signature = undone->signature;
  c.steps = std::move(undone->steps);
  c.addition_only = undone->addition_only;
  c.added.source = known.header.list_id.empty()
                       ? "provider:" + from.upstream
                       : "list:" + known.header.list_id;
  c.added.digest = std::move(undone->digest);
  c.added.links = std::move(undone->links);
  c.added.account = from.account;
  c.added.upstream = from.upstream;
  if (with.past != nullptr)
    c.learned = co_await with.past->ask(c.added);
}

boost::asio::awaitable<void> evaluation::state::check_dmarc(
    facts& f, const std::string& digest) {
  dmarc::identifiers of;
  if (f.header.author_count == 1 && !f.header.author_domain.empty()) {
    of.authors = {f.header.author_domain};
  } else {
    for (const message::mailbox& m : message::authors(header).from.mailboxes) {
      of.authors.push_back(m.domain);
    }
  }
  for (const signature_result& r : f.dkim) {
    if (!r.domain.empty())
      of.dkim.push_back({r.domain, r.status});
  }
  of.spf = {f.spf.outcome.domain, f.spf.outcome.status};
  of.spf_left_out = f.spf.source == spf_source::left_out || !f.spf.path_known;
  dmarc::options how = limits.dmarc;
  how.lot = lot_of(digest);
  f.dmarc = co_await dmarc::evaluate(of, resolver, how);
}

/// A key that cannot be had for now may be had tomorrow: what the answer will
/// be then is found now, while everything else is at hand.
boost::asio::awaitable<void> evaluation::state::look_ahead(judgement& v) {
  const facts& now = v.known;
  const std::string& author = now.header.author_domain;
  for (const dkim::pending_signature& p : dkim->pending()) {
    const std::string& signer = p.claims.domain;
    if (author.empty() || !dns::is_subdomain_of(author, signer))
      continue;
    const auto same = [&](const signature_result& r) {
      return r.status == auth::result::temperror && r.domain == signer &&
             r.selector == p.claims.selector;
    };
    const auto at = std::ranges::find_if(now.dkim, same);
    if (at == now.dkim.end())
      continue;
    v.pending.push_back(p);
    facts then = now;
    signature_result& r = then.dkim[at - now.dkim.begin()];
    for (const auto& [status, answer] :
         {std::pair{auth::result::pass, &v.if_pass},
          std::pair{auth::result::fail, &v.if_fail}}) {
      r.status = status;
      co_await check_dmarc(then, v.digest);
      *answer = decide(then, limits.decision);
    }
    co_return;
  }
}

void evaluation::state::find_deceptions() {
  own_addresses own;
  if (std::string address = own_address(from, rule); !address.empty())
    own.addresses.push_back(std::move(address));
  if (known.entered) {
    const border_status s = known.entered->status;
    own.sent_from_inside = s == border_status::submitted ||
                           s == border_status::local_program ||
                           s == border_status::no_outside_hop;
  }
  known.findings = mekiki::verdict::find_deceptions(
      known.header, own, known.past.known.get(), with.watched);
}

boost::asio::awaitable<judgement> evaluation::state::check_all(
    octet_source* again) {
  body.finish();
  std::string name = digest();
  if (with.start) {
    co_await looked.wait(most_patience);
  } else {
    co_await look_around();
  }
  if (looked.is_set()) {
    known.past = std::move(found.past);
    known.entered = std::move(found.entered);
    known.spf = std::move(found.spf);
    known.senderid = std::move(found.senderid);
    known.senderid_mfrom = std::move(found.senderid_mfrom);
    known.iprev = std::move(found.iprev);
  } else {
    known.entered.emplace().status = border_status::dns_unavailable;
  }

  const time_point now = with.clock.now();
  known.now = unix_seconds(now);
  std::optional<std::int64_t> came;
  if (is_certain(known.entered))
    came = known.entered->time;
  // Old mail is judged in its time; a date that is still to come proves
  // nothing. Compared as numbers: the year 9999 has no place in a time_point.
  time_point at = now;
  const auto arrived = came ? came : known.received;
  if (arrived && *arrived < known.now)
    at = time_point(std::chrono::seconds(*arrived));

  key_memory memory(resolver, known.past.keys, came);
  known.dkim = co_await dkim->finish(memory, with.keys, at, now);
  known.arc = co_await arc->finish(resolver, with.keys, at, now);
  for (const signature_result& r : known.dkim) {
    if (r.status != auth::result::pass)
      continue;
    const auto key = dkim::key_question(r.selector, r.domain);
    if (key &&
        std::ranges::find(memory.used(), key->name) != memory.used().end())
      known.key_remembered = true;
  }
  if (again != nullptr)
    co_await undo_changes(*again, memory);
  read_reports();
  co_await check_dmarc(known, name);
  if (limits.adsp) {
    std::vector<historic::author_signature> signatures;
    for (const signature_result& r : known.dkim) {
      signatures.push_back({r.domain, r.status});
    }
    known.adsp = co_await historic::check_adsp(known.header.author_domain,
                                               signatures, resolver);
  }
  find_deceptions();
  judgement v = judge(std::move(known), std::move(name), limits.decision);
  v.keys = memory.seen();
  if (!dkim->pending().empty())
    co_await look_ahead(v);
  co_return v;
}

evaluation::evaluation(const settings& s, services with, source from,
                       std::optional<smtp_facts> given)
    : state_(std::make_shared<state>(s, std::move(with), std::move(from),
                                     std::move(given))) {}
evaluation::~evaluation() = default;
evaluation::evaluation(evaluation&&) noexcept = default;
evaluation& evaluation::operator=(evaluation&&) noexcept = default;

void evaluation::write(std::string_view octets) {
  try {
    state_->write(octets);
  } catch (const std::exception&) {
    state_->where = state::broken;
  }
}

boost::asio::awaitable<judgement> evaluation::finish(octet_source* again) {
  const std::shared_ptr<state> s = state_;
  try {
    if (s->where == state::in_header)
      s->header_complete();
    if (s->where == state::in_body) {
      judgement v = co_await s->check_all(again);
      co_return v;
    }
  } catch (const std::exception&) {
    co_return undecided("checks-failed");
  }
  if (s->where == state::header_too_long) {
    co_return header_over_limits(s->limits.header);
  }
  co_return undecided("checks-failed");
}

}  // namespace mekiki::verdict
