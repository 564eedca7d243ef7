#include "verdict/evaluate.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "auth/authres/trust.hpp"
#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/query.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/one_shot_event.hpp"
#include "base/unix_time.hpp"
#include "changes/undo.hpp"
#include "crypto/digest.hpp"
#include "dns/limited_resolver.hpp"
#include "dns/name.hpp"
#include "message/address.hpp"
#include "message/date.hpp"
#include "verdict/deception.hpp"
#include "verdict/key_memory.hpp"
#include "verdict/known_provider.hpp"
#include "verdict/lookups.hpp"
#include "verdict/reconsider.hpp"
#include "verdict/signer_resolver.hpp"

namespace mekiki::verdict {
namespace {

using dkim::signature_result;

// A mail within these limits is computed on its session's thread.
constexpr std::size_t most_octets_here = 64 << 10;
constexpr std::size_t most_fields_here = 100;
constexpr std::size_t most_name_here = 256;      // octets
constexpr std::size_t most_keys_here = 4 << 10;  // octets, as they are written
/// How many octets of a mail may wait for the pool before more are taken.
constexpr std::size_t most_queued = 256 << 10;

/// The border and SPF are awaited no longer than this.
constexpr std::chrono::seconds most_patience{20};

constexpr dkim::body_hash_request digest_hash = {
    .mode = dkim::canonicalization::relaxed};

/// From 0 to 99, the same each time the mail is judged.
unsigned sample_of(std::string_view digest) {
  unsigned number = 0;
  const std::string_view begin = digest.substr(0, 6);
  const char* end = begin.data() + begin.size();
  std::from_chars(end - begin.size(), end, number, 16);
  return number % 100;
}

/// An upper bound of the number of fields.
std::size_t count_fields(std::string_view header) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < header.size() && n <= most_fields_here;) {
    n += ascii::is_wsp(header[at]) ? 0 : 1;
    at = header.find_first_of("\r\n", at);
    at = header.find_first_not_of("\r\n", at);
  }
  return n;
}

/// Counts the lines that are not blank.
std::size_t count_lines(std::string_view text) {
  std::size_t n = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    n += ascii::trim(text.substr(0, end)).empty() ? 0 : 1;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return n;
}

/// The cost of comparing names grows with their length.
bool has_long_names(const header_facts& h) {
  std::size_t octets = h.display_name.size() + h.author.size();
  for (const shown_author& other : h.other_authors)
    octets += other.display_name.size() + other.address.size();
  for (const std::string& text : h.author_texts) octets += text.size();
  for (const std::string& domain : h.reply_domains) octets += domain.size();
  return octets > most_name_here;
}

// All that ten authors (at most ten each) and ten signers (eight each, for
// their alignment) can ask: no number of names starves an author's record.
constexpr std::size_t most_policy_questions = 200;

/// The DMARC records to ask for, of all authors, and whether those below their
/// registered domains exist (np=); the shortest names first.
std::vector<dns::question> policy_questions(std::vector<std::string> authors) {
  constexpr std::size_t most = dns::limited_resolver::questions_per_mail;
  std::ranges::sort(authors, {}, [](const std::string& domain) {
    return std::ranges::count(domain, '.');
  });
  std::vector<dns::question> out;
  for (const std::string& author : authors) {
    // Asked now: the record that makes it matter comes when time is short.
    if (dmarc::registered_domain(author) != author)
      out.push_back({author, dns::record_type::a});
  }
  for (const std::string& author : authors) {
    for (const dmarc::spec rules : {dmarc::spec::rfc9989, dmarc::spec::rfc7489})
      for (dns::question& q : dmarc::questions(author, rules)) {
        if (out.size() < most && std::ranges::find(out, q) == out.end())
          out.push_back(std::move(q));
      }
  }
  return out;
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

// The order of things: `write`, until the header is complete and `look_up`
// begins; then the body; then `check_all`.
struct evaluation::state : std::enable_shared_from_this<state> {
  state(const settings& s, services w, source f, std::optional<smtp_facts> g)
      : limits(s),
        with(std::move(w)),
        from(std::move(f)),
        given(std::move(g)),
        rule(rule_for(limits, from.upstream)),
        resolver(with.resolver, budget()),
        border_resolver(with.resolver, budget()),
        policy_resolver(with.resolver, budget(most_policy_questions)),
        mediator_resolver(with.resolver, budget()),
        signers(resolver, policy_resolver, mediator_resolver, with.clock,
                with.silent) {}

  dns::limited_resolver::budget budget(
      std::size_t questions = dns::limited_resolver::questions_per_mail) const {
    return {.questions = questions,
            .time = limits.dns_budget,
            .clock = &with.clock};
  }

  const settings& limits;
  services with;
  source from;
  std::optional<smtp_facts> given;
  const provider_rule& rule;
  // One budget of queries each: for the names that the sender chose, for the
  // border, for the policies of the authors, and for the keys of those who hand
  // mail over, whose time begins with the first of these. So a sender cannot
  // use up the queries that may accuse him.
  dns::limited_resolver resolver;
  dns::limited_resolver border_resolver;
  dns::limited_resolver policy_resolver;
  dns::limited_resolver mediator_resolver;
  signer_resolver signers;  // by `resolver`

  // --- Data of the computations, here or in the pool.
  enum { in_header, header_complete, in_body } where = in_header;
  std::string octets;  // of the header, as far as it fits; `header` borrows it
  message::header_end_finder end;
  message::later_from_finder later_from;  // behind what fits
  message::header_view header;
  dkim::body_hasher body;
  std::optional<dkim::field_index> fields;
  std::optional<dkim::verifier> dkim;
  std::optional<arc::verifier> arc;
  judgement said;
  facts& known = said.known;
  std::string digest;
  /// Those of services::keys are not for several threads.
  dkim::key_cache own_keys;

  // --- Data that only the coroutines touch.
  lookups found;
  one_shot_event lookups_done;  // `found` is complete
  bool is_long = false;
  std::size_t size = 0;
  std::string name;    // `digest`, once it is known
  std::string queued;  // octets on their way to the pool
  bool is_draining = false;
  bool has_failed = false;
  one_shot_event drained;  // a part of them
  const std::shared_ptr<std::atomic<bool>> abandoned =
      std::make_shared<std::atomic<bool>>(false);

  void write(std::string_view piece);
  std::string_view collect_header(std::string_view piece);
  std::string_view what_is_left(const message::header_view& h) const {
    return std::string_view(octets).substr(h.size);
  }
  void take(std::string_view piece);
  void parse();
  void ask();
  void ask_strangers();
  static boost::asio::awaitable<void> ask_strangers_for(
      std::shared_ptr<state> self);
  static boost::asio::awaitable<void> drain(std::shared_ptr<state> self);

  enum class cost : std::uint8_t { usual, high };
  boost::asio::awaitable<void> compute(cost of, std::function<void()> step);
  dkim::key_cache& keys_for(cost of);

  static boost::asio::awaitable<void> look_up_for(std::shared_ptr<state> self);
  boost::asio::awaitable<void> look_up();
  boost::asio::awaitable<void> complete();
  /// Then `said` is there.
  boost::asio::awaitable<void> check_all(octet_source* again);
  boost::asio::awaitable<void> check_signatures(
      key_memory& memory, std::optional<std::int64_t> came);
  boost::asio::awaitable<void> find_kept_elsewhere();
  boost::asio::awaitable<void> undo_changes(octet_source& again,
                                            dns::resolver& key_source);
  boost::asio::awaitable<bool> check_dmarc(facts& f);
  boost::asio::awaitable<void> prepare_later_answers(judgement& v,
                                                     bool is_policy_open);
  boost::asio::awaitable<void> learn_border();
  void find_deceptions();
  boost::asio::awaitable<void> find_enforced();
  void read_reports();
  void make_digest();
};

// ------------------------------------------- where something is computed

bool is_in_pool(const services& with, bool is_long, bool is_costly) {
  return with.pool != nullptr && (is_long || is_costly);
}

/// `step` touches nothing but this and what it owns, and nothing else touches
/// that until it has ended. Throws if nobody waits for the mail any more.
boost::asio::awaitable<void> evaluation::state::compute(
    cost of, std::function<void()> step) {
  if (*abandoned)
    throw compute_pool::not_run();
  if (!is_in_pool(with, is_long, of == cost::high)) {
    step();
    co_return;
  }
  compute_pool::job j{.client = from.client,
                      .owner = from.account,
                      .about = fmt::format("a mail of {} octets", size),
                      .work = {},
                      .abandoned = abandoned};
  if (!name.empty())
    j.about += ", digest " + name;
  j.work = [self = shared_from_this(), step = std::move(step)] { step(); };
  co_await with.pool->run(std::move(j));
}

dkim::key_cache& evaluation::state::keys_for(cost of) {
  return is_in_pool(with, is_long, of == cost::high) ? own_keys : with.keys;
}

// ------------------------------------------------------- the octets arrive

void evaluation::state::write(std::string_view piece) {
  size += piece.size();
  if (with.pool == nullptr) {
    const bool had_header = where != in_header;
    take(piece);
    if (!had_header && where == in_body)
      ask();
    return;
  }
  is_long = is_long || size > most_octets_here;
  if (!is_long && where == in_header) {
    piece = collect_header(piece);
    if (where == header_complete) {
      is_long = count_fields(octets) > most_fields_here;
      if (!is_long) {
        parse();
        if (where == in_body)
          ask();
      }
    }
  }
  if (!is_long) {
    take(piece);
    return;
  }
  queued += piece;
  if (!std::exchange(is_draining, true))
    with.start(drain(shared_from_this()));
}

/// The answer is the rest of `piece`, which belongs to the body.
std::string_view evaluation::state::collect_header(std::string_view piece) {
  const auto header_part = end.find(piece);
  const std::string_view mine =
      piece.substr(0, header_part.value_or(piece.size()));
  // One more than fits, so that the parser sees that it goes on.
  const std::size_t room = limits.header.octets + 1 - octets.size();
  octets += mine.substr(0, room);
  if (room > 0 && octets.size() > limits.header.octets)
    later_from.write(
        what_is_left(message::parse_header(octets, limits.header)));
  if (mine.size() > room)
    later_from.write(mine.substr(room));
  if (header_part)
    where = header_complete;
  return piece.substr(mine.size());
}

void evaluation::state::take(std::string_view piece) {
  if (where == in_header)
    piece = collect_header(piece);
  if (where == header_complete)
    parse();
  if (where == in_body && !piece.empty())
    body.write(piece);
}

void evaluation::state::parse() {
  header = message::parse_header(octets, limits.header);
  if (header.truncated && octets.size() <= limits.header.octets)
    later_from.write(what_is_left(header));
  header.later_from = later_from.finish();
  known.header = read_header_facts(header);
  known.header.imitates = find_imitation(header, known.header, limits.own);
  known.header_limits = limits.header;
  known.upstream = from.upstream;
  known.received = given && given->received
                       ? given->received
                       : message::newest_received_date(header);
  body.request(digest_hash);
  fields.emplace(header);
  dkim.emplace(header, limits.dkim, &body, &*fields);
  arc.emplace(header, limits.dkim, &body, &*fields);
  where = in_body;
}

/// Starts the lookups that the header alone suggests, and `look_up` for those
/// that depend on the answers of others.
void evaluation::state::ask() {
  for (dns::limited_resolver* r :
       {&resolver, &border_resolver, &policy_resolver})
    r->begin();
  // What can prove the author, or accuse, goes first.
  for (const dns::question& q : policy_questions(known.header.author_domains))
    policy_resolver.prefetch(q);
  for (const std::string& domain : known.header.author_domains)
    signers.add_author(domain);
  for (const dns::question& q : dkim->questions()) signers.prefetch(q);
  ask_strangers();
  if (with.start) {
    // The coroutine owns the state: the mail may be dropped before it ends.
    with.start(look_up_for(shared_from_this()));
  }
}

void evaluation::state::ask_strangers() {
  if (!with.start) {
    signers.prefetch_strangers();
    return;
  }
  const std::size_t beside = signers.strangers_to_ask();
  for (std::size_t i = 0; i < beside; ++i)
    with.start(ask_strangers_for(shared_from_this()));
}

boost::asio::awaitable<void> evaluation::state::ask_strangers_for(
    std::shared_ptr<state> self) {
  co_await self->signers.ask_strangers();
}

/// Octets go through the pool in their order, all that wait at once.
boost::asio::awaitable<void> evaluation::state::drain(
    std::shared_ptr<state> self) {
  state& s = *self;
  bool has_asked = s.where == in_body;
  try {
    do {
      const auto piece = std::make_shared<std::string>();
      piece->swap(s.queued);
      std::function<void()> step = [&s, piece] { s.take(*piece); };
      co_await s.compute(cost::usual, std::move(step));
      if (s.where == in_body && !std::exchange(has_asked, true))
        s.ask();
      std::exchange(s.drained, one_shot_event()).set();
    } while (!s.queued.empty());
  } catch (const std::exception&) {
    s.has_failed = true;
    s.queued = {};
  }
  s.is_draining = false;
  std::exchange(s.drained, one_shot_event()).set();
}

// ------------------------------------------------------------ the lookups

boost::asio::awaitable<void> evaluation::state::look_up_for(
    std::shared_ptr<state> self) {
  co_await self->look_up();
}

boost::asio::awaitable<void> evaluation::state::look_up() {
  const lookup_request wanted{.header = header,
                              .facts = known.header,
                              .keys = dkim->questions(),
                              .from = from,
                              .given = given,
                              .limits = limits,
                              .with = with,
                              .resolver = resolver,
                              .border_resolver = border_resolver,
                              .compute = [this](std::function<void()> step) {
                                return compute(cost::usual, std::move(step));
                              }};
  try {
    found = co_await mekiki::verdict::look_up(wanted);
  } catch (const std::exception&) {
    found.found_border.emplace().status = border_status::dns_unavailable;
  }
  for (const dns::question& q : arc->questions()) signers.prefetch(q);
  ask_strangers();
  lookups_done.set();
}

// ---------------------------------------------------------- the last octet

void evaluation::state::make_digest() {
  body.finish();
  crypto::hasher hasher(crypto::hash_algorithm::sha256);
  hasher.update(octets);
  hasher.update(body.hash(digest_hash)->octets());
  const crypto::digest hash = hasher.finish();
  digest = to_hex(hash.octets().substr(0, 16));
}

/// Reads the provider's own results, in fields above the border.
void evaluation::state::read_reports() {
  if (!known.found_border || !known.found_border->field)
    return;
  const border& b = *known.found_border;
  authres::trust_rule trusted{.ids = rule.authserv_ids, .end = *b.field};
  // Else a program on the provider's host may have written above it, too.
  if (can_prove(known.found_border)) {
    for (const std::string& domain : found.provider_domains)
      trusted.first_ids.push_back('@' + domain);
    trusted.first_without_id =
        b.door == entry_reason::table && reports_without_id(b.by);
  }
  for (authres::trusted_field& field :
       authres::trusted_fields(header, trusted)) {
    const std::string& id = field.content.authserv_id;
    const std::string reporter = id.empty() ? b.by : id;
    for (authres::reported_result& r : field.content.results) {
      if (r.method == "spf") {
        read_reported_spf(r, reporter, known.spf);
      } else {
        known.provider.push_back({reporter, std::move(r)});
      }
    }
  }
}

/// The change that was made to the mail on its way, if a signature verifies
/// once it is undone.
boost::asio::awaitable<void> evaluation::state::undo_changes(
    octet_source& again, dns::resolver& key_source) {
  const bool is_broken =
      std::ranges::any_of(known.dkim, changes::may_be_undone);
  const changes::undo_options how{.verify = limits.dkim,
                                  .author_domain = known.header.author_domain,
                                  .reader = own_address(from, rule)};
  // A bare CR may end the header: then it is not the signed mail that is shown.
  if (!is_broken || header.bare_cr || again.size() > how.max_octets)
    co_return;
  struct attempt {
    std::string mail;
    changes::undo_keys answers;
    std::optional<changes::undone> found;
  };
  const auto a = std::make_shared<attempt>();
  auto mail = again.read();
  if (!mail)
    co_return;
  a->mail = std::move(*mail);
  a->answers = co_await changes::ask_undo_keys(known.dkim, key_source, how);
  dkim::key_cache& keys = keys_for(cost::high);
  std::function<void()> step = [this, a, how, &keys] {
    const message::header_view whole =
        message::parse_header(a->mail, limits.header);
    a->found = changes::undo(a->mail, whole, known.dkim, a->answers, keys, how);
  };
  co_await compute(cost::high, std::move(step));
  auto& undone = a->found;
  if (!undone)
    co_return;
  change& c = known.changed.emplace();
  c.signature = undone->signature;
  c.steps = std::move(undone->steps);
  c.addition_only = undone->addition_only;
  c.lossless = undone->lossless;
  c.other_links = undone->other_links;
  c.added_lines = count_lines(undone->added);
  if (undone->added_octets > undone->added.size())
    c.added_lines = undone->added_octets;  // as many at most
  c.added.source = known.header.list_id.empty()
                       ? "provider:" + from.upstream
                       : "list:" + known.header.list_id;
  c.added.digest = std::move(undone->digest);
  c.added.links = std::move(undone->links);
  c.added.account = from.account;
  c.added.upstream = from.upstream;
  if (with.history != nullptr)
    c.learned = co_await with.history->ask(c.added);
}

/// Whether DMARC is open, whatever the outcomes of the checks that it uses.
boost::asio::awaitable<bool> evaluation::state::check_dmarc(facts& f) {
  dmarc::options how = limits.dmarc;
  how.sample = sample_of(digest);
  how.confirm = true;
  // What none of them is named by is no domain.
  std::vector<std::string> authors = f.header.author_domains;
  if (authors.empty() && f.header.author_count > 0)
    authors.emplace_back();
  std::vector<dmarc::identifiers> of;
  of.reserve(authors.size());
  for (const std::string& author : authors) {
    of.push_back(identifiers_for(author, f));
  }
  policy_result each =
      co_await evaluate_policies(std::move(of), policy_resolver, how);
  f.policies = std::move(each.policies);
  f.dmarc = dmarc::strictest(f.policies);
  co_return each.is_open;
}

/// The DNS may answer tomorrow what it does not answer now: an answer for each
/// possible outcome is made now, while everything else is at hand.
boost::asio::awaitable<void> evaluation::state::prepare_later_answers(
    judgement& v, bool is_policy_open) {
  struct look {
    look(const facts& f, const std::vector<dkim::pending_signature>& pending)
        : open(f, pending), then(f) {}
    open_facts open;
    facts then;
    std::vector<std::vector<dmarc::outcome>> policies;
    later_answers found;
  };
  const auto l = std::make_shared<look>(v.known, dkim->pending());
  const std::size_t outcome_combinations = count_combinations(l->open.checks());
  // A record without an answer is not waited for again.
  for (std::size_t i = 0; i < outcome_combinations && !is_policy_open; ++i) {
    l->open.apply(combination_at(i, l->open.checks()), l->then);
    is_policy_open = co_await check_dmarc(l->then);
    l->policies.push_back(std::move(l->then.policies));
  }
  if (is_policy_open)
    l->open.add_policy(evidence(v.known, limits.decision), sample_of(digest));
  const open_checks& open = l->open.checks();
  if (open.empty())
    co_return;
  std::function<void()> step = [this, l, &open] {
    for (std::size_t i = 0; i < count_combinations(open); ++i) {
      const outcome_combination t = combination_at(i, open);
      l->open.apply(t, l->then);
      const std::size_t twin = l->open.first_equivalent(i, l->then);
      if (twin != i) {
        l->found.cases.push_back(l->found.cases[twin]);
        continue;
      }
      l->then.policies =
          open.policy ? l->open.policies_of(t, l->then) : l->policies[i];
      l->then.dmarc = dmarc::strictest(l->then.policies);
      add_case(l->found, l->then, limits.decision);
    }
  };
  co_await compute(cost::high, std::move(step));
  // Whatever the DNS will say, it is called so.
  if (l->found.answers.size() == 1) {
    v.result = std::move(l->found.answers.front().said);
    co_return;
  }
  const auto changes = [&v](const possible_answer& a) {
    return a.said.what != v.result.what ||
           a.said.why.code != v.result.why.code || a.dkim_check != v.dkim_check;
  };
  if (std::ranges::none_of(l->found.answers, changes))
    co_return;
  v.later = std::move(l->found);
  v.later.open = open;
}

void evaluation::state::find_deceptions() {
  own_addresses own;
  if (std::string address = own_address(from, rule); !address.empty())
    own.addresses.push_back(std::move(address));
  if (known.found_border) {
    const border_status s = known.found_border->status;
    own.sent_from_inside = s == border_status::submitted ||
                           s == border_status::local_program ||
                           s == border_status::no_outside_hop;
  }
  known.findings = mekiki::verdict::find_deceptions(
      known.header, own, known.history.known.get(), with.watched);
}

/// Whether the domains of addresses in display names enforce DMARC. With a
/// budget of its own, which no name of the sender's choice can use up. Without
/// an answer a domain counts as enforcing nothing.
boost::asio::awaitable<void> evaluation::state::find_enforced() {
  constexpr std::size_t most_questions = 60;
  dns::limited_resolver apart(with.resolver, {.questions = most_questions,
                                              .time = limits.dns_budget,
                                              .clock = &with.clock});
  apart.begin();
  std::map<std::string, bool> answers;
  for (finding& f : known.findings) {
    // For findings about other domains it does not matter.
    if (f.what != finding::kind::display_address ||
        f.of != finding::standing::known)
      continue;
    if (const auto at = answers.find(f.like); at != answers.end()) {
      f.enforces = at->second;
      continue;
    }
    const dmarc::identifiers of{.authors = {f.like}, .dkim = {}, .spf = {}};
    const dmarc::outcome policy =
        co_await dmarc::evaluate(of, apart, limits.dmarc);
    f.enforces = policy.asked && *policy.asked != dmarc::policy::none;
    answers[f.like] = f.enforces;
  }
}

/// A missing key says nothing for its selector, since anybody can make one up;
/// but not one that the author's zone delegates elsewhere.
boost::asio::awaitable<void> evaluation::state::find_kept_elsewhere() {
  constexpr std::size_t most = 3;
  std::size_t asked = 0;
  for (const signature_result& r : known.dkim) {
    const auto& authors = known.header.author_domains;
    const auto key = dkim::key_question(r.selector, r.domain);
    if (r.status != auth::result::temperror || !key || asked == most ||
        r.selector.find('.') != std::string::npos ||
        std::ranges::find(authors, r.domain) == authors.end())
      continue;
    ++asked;
    const dns::question q{key->name, dns::record_type::cname};
    const dns::answer_ptr answer = co_await resolver.resolve(q);
    const bool leads_elsewhere =
        std::ranges::any_of(answer->names, [&](const std::string& name) {
          return dmarc::registered_domain(name) !=
                 dmarc::registered_domain(r.domain);
        });
    if (leads_elsewhere)
      known.keys_kept_elsewhere.push_back(key->name);
  }
}

/// DKIM, and the ARC chain. `came`: the time of a border that proves.
boost::asio::awaitable<void> evaluation::state::check_signatures(
    key_memory& memory, std::optional<std::int64_t> came) {
  const time_point now = with.clock.now();
  known.now = unix_seconds(now);
  // Old mail is judged in its time; a date in the future proves nothing.
  // Compared as numbers: the year 9999 does not fit into a time_point.
  time_point at = now;
  const auto arrived = came ? came : known.received;
  if (arrived && *arrived < known.now)
    at = time_point(std::chrono::seconds(*arrived));

  const auto cost_of = [](std::size_t key_octets) {
    return key_octets > most_keys_here ? cost::high : cost::usual;
  };
  co_await dkim->ask(memory, at, now);
  const cost of_dkim = cost_of(dkim->key_octets());
  std::function<void()> step = [this, &keys = keys_for(of_dkim)] {
    known.dkim = dkim->check(keys);
  };
  co_await compute(of_dkim, std::move(step));
  if (!arrived) {
    for (signature_result& r : known.dkim) {
      if (r.code == dkim::errc::expired)
        r.reason =
            "the signature has expired, and when the mail was received is not "
            "known";
    }
  }

  const auto is_checked = std::make_shared<bool>(false);
  while (!*is_checked) {
    co_await arc->ask(signers, at, now);
    const cost of_arc = cost_of(arc->key_octets());
    step = [this, is_checked, &keys = keys_for(of_arc)] {
      *is_checked = arc->check(keys);
    };
    co_await compute(of_arc, std::move(step));
  }
  known.arc = arc->take_result();
  co_await find_kept_elsewhere();

  for (const signature_result& r : known.dkim) {
    if (r.status != auth::result::pass)
      continue;
    const auto key = dkim::key_question(r.selector, r.domain);
    if (key &&
        std::ranges::find(memory.used(), key->name) != memory.used().end())
      known.key_remembered = true;
  }
}

/// Lets a mail that DKIM proves vote on the border, if that is not certain.
boost::asio::awaitable<void> evaluation::state::learn_border() {
  const std::string& author = known.header.author_domain;
  if (!found.search || !known.header.author_is_clear || author.empty())
    co_return;
  const std::string organization = dmarc::registered_domain(author);
  const auto proves = [&](const signature_result& r) {
    return r.status == auth::result::pass && !r.partial && !r.testing &&
           dmarc::registered_domain(r.domain) == organization;
  };
  const auto by = std::ranges::find_if(known.dkim, proves);
  if (by == known.dkim.end())
    co_return;
  auto vote = co_await vote_on_border(*found.search, author, *by,
                                      with.clock.now(), resolver);
  if (vote)
    known.learned = learned_border{found.search->mx_set, std::move(*vote)};
}

boost::asio::awaitable<void> evaluation::state::check_all(octet_source* again) {
  std::function<void()> step = [this] { make_digest(); };
  co_await compute(cost::usual, std::move(step));
  name = digest;
  if (with.start) {
    co_await lookups_done.wait(most_patience);
  } else {
    co_await look_up();
  }
  if (lookups_done.is_set()) {
    known.history = std::move(found.history);
    known.found_border = std::move(found.found_border);
    known.spf = std::move(found.spf);
    known.senderid = std::move(found.senderid);
    known.senderid_mfrom = std::move(found.senderid_mfrom);
    known.iprev = std::move(found.iprev);
  } else {
    known.found_border.emplace().status = border_status::dns_unavailable;
  }

  for (const auto* asked : {&dkim->questions(), &arc->questions()}) {
    for (const dns::question& q : *asked) {
      constexpr std::string_view below = "._domainkey.";
      const std::size_t at = q.name.rfind(below);
      const std::string domain =
          at == q.name.npos ? "" : q.name.substr(at + below.size());
      if (is_mediator(domain, known))
        signers.add_mediator(domain);
      else if (may_mediate(domain, known))
        signers.add_author(domain);
    }
  }

  std::optional<std::int64_t> came;
  if (can_prove(known.found_border))
    came = known.found_border->time;
  key_memory memory(signers, known.history.keys, came);
  co_await check_signatures(memory, came);
  if (again != nullptr)
    co_await undo_changes(*again, memory);
  step = [this] { read_reports(); };
  co_await compute(cost::usual, std::move(step));
  const bool is_policy_open = co_await check_dmarc(known);
  if (lookups_done.is_set())
    co_await learn_border();
  if (limits.adsp) {
    std::vector<historic::author_signature> signatures;
    signatures.reserve(known.dkim.size());
    for (const signature_result& r : known.dkim) {
      signatures.push_back({r.domain, r.status});
    }
    known.adsp = co_await historic::check_adsp(known.header.author_domain,
                                               signatures, resolver);
  }
  const cost of_names = has_long_names(known.header) ? cost::high : cost::usual;
  step = [this] { find_deceptions(); };
  co_await compute(of_names, std::move(step));
  co_await find_enforced();
  step = [this] { judge(said, digest, limits.decision); };
  co_await compute(cost::usual, std::move(step));
  said.keys = memory.seen();
  if (is_policy_open || !dkim->pending().empty() ||
      !said.known.arc.pending.empty() ||
      said.known.spf.outcome.status == auth::result::temperror)
    co_await prepare_later_answers(said, is_policy_open);
}

/// All octets are there.
boost::asio::awaitable<void> evaluation::state::complete() {
  constexpr std::chrono::hours no_end{1};
  while (is_draining) {
    const one_shot_event e = drained;
    co_await e.wait(no_end);
  }
  if (where != in_header || has_failed)
    co_return;
  where = header_complete;
  is_long = is_long ||
            (with.pool != nullptr && count_fields(octets) > most_fields_here);
  std::function<void()> step = [this] { parse(); };
  co_await compute(cost::usual, std::move(step));
  if (where == in_body)
    ask();
}

evaluation::evaluation(const settings& s, services with, source from,
                       std::optional<smtp_facts> given)
    : state_(std::make_shared<state>(s, std::move(with), std::move(from),
                                     std::move(given))) {}
evaluation::~evaluation() { abandon(); }
evaluation::evaluation(evaluation&&) noexcept = default;
evaluation& evaluation::operator=(evaluation&& other) noexcept {
  abandon();
  state_ = std::move(other.state_);
  return *this;
}

void evaluation::abandon() {
  if (state_)
    *state_->abandoned = true;
}

void evaluation::write(std::string_view octets) {
  try {
    state_->write(octets);
  } catch (const std::exception&) {
    state_->has_failed = true;
  }
}

boost::asio::awaitable<bool> evaluation::caught_up(
    std::chrono::milliseconds most) {
  const std::shared_ptr<state> s = state_;
  if (s->queued.size() > most_queued && s->is_draining) {
    const one_shot_event e = s->drained;
    co_await e.wait(most);
  }
  co_return s->queued.size() <= most_queued;
}

boost::asio::awaitable<judgement> evaluation::finish(octet_source* again) {
  const std::shared_ptr<state> s = state_;
  try {
    co_await s->complete();
    if (s->where == state::in_body && !s->has_failed) {
      co_await s->check_all(again);
      co_return std::move(s->said);
    }
  } catch (const std::exception&) {
    co_return undecided("checks-failed");
  }
  co_return undecided("checks-failed");
}

}  // namespace mekiki::verdict
