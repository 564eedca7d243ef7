#include "store/reader.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <tuple>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/unix_time.hpp"
#include "store/border_answer_rows.hpp"
#include "store/border_vote_rows.hpp"
#include "store/history_rows.hpp"
#include "store/row.hpp"
#include "store/setting_rows.hpp"
#include "store/user_rows.hpp"
#include "store/warning_rows.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/display_name.hpp"
#include "verdict/mail_services.hpp"

namespace mekiki::store {
namespace {

constexpr std::size_t most_cached_scopes = 256;
constexpr std::size_t most_key_names = 20;

/// "0,1,1"; up to what is no number.
std::vector<std::size_t> parse_numbers(std::string_view text) {
  std::vector<std::size_t> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::size_t number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec != std::errc())
      break;
    out.push_back(number);
    at = read.ptr;
    if (at == end || *at != ',')
      break;
    ++at;
  }
  return out;
}

}  // namespace

/// Its `first` and `last` are days.
struct reader::habit_row : verdict::habit {
  auto columns() {
    return std::tie("sum(proven)", proven.mails,
                    "count(CASE WHEN proven > 0 THEN 1 END)", proven.days,
                    "min(CASE WHEN proven > 0 THEN day END)", proven.first,
                    "max(CASE WHEN proven > 0 THEN day END)", proven.last,
                    "sum(unproven)", unproven.mails,
                    "count(CASE WHEN unproven > 0 THEN 1 END)", unproven.days,
                    "min(CASE WHEN unproven > 0 THEN day END)", unproven.first,
                    "max(CASE WHEN unproven > 0 THEN day END)", unproven.last);
  }
};

struct reader::name_row {
  std::string mark;
  std::string domain;
  std::int64_t steady = 0;

  auto columns() {
    return std::tie("n.mark", mark, "s.name", domain, "n.steady", steady);
  }
};

struct reader::known_row {
  std::string name;
  std::int64_t steady = 0;

  auto columns() { return std::tie("name", name, "steady", steady); }
};

struct reader::due_row : pending_mail {
  std::string kept;                  // of its open checks
  std::string outcome_combinations;  // their answers

  auto columns() {
    return std::tie("p.mail", mail, "m.author_domain", author_domain,
                    "p.expires", expires, "p.tries", tries, "p.open", kept,
                    "p.cases", outcome_combinations);
  }
};

struct reader::possible_row {
  std::string level, reason, dkim;

  auto columns() {
    return std::tie("level", level, "reason", reason, "dkim", dkim);
  }
  bool is_like(const possible_row& other) const {
    return level == other.level && dkim == other.dkim &&
           verdict::parse_reason(reason).code ==
               verdict::parse_reason(other.reason).code;
  }
};

struct reader::statements {
  explicit statements(sqlite::database& db)
      : find_scope(db, "SELECT id FROM scope WHERE name = ?"),
        find_sender(db,
                    "SELECT id FROM sender "
                    "WHERE scope = ? AND kind = ? AND name = ?"),
        first_of(db, "SELECT min(first) FROM pair WHERE sender = ?"),
        pairs(db, "FROM pair WHERE sender = ? ORDER BY last DESC"),
        addresses(db, "FROM address WHERE sender = ?"),
        habit(db, "FROM sender_day WHERE sender = ? AND day > ?"),
        rules(db,
              "FROM rule WHERE account IN ('', ?) "
              "AND (until IS NULL OR until > ?) ORDER BY id"),
        keys(db,
             "FROM dkim_key WHERE name = ? "
             "ORDER BY revoked DESC, last DESC LIMIT 5"),
        domains(db,
                "FROM sender WHERE scope = ? AND kind = 0 "
                "AND known = 1 ORDER BY last DESC LIMIT ?"),
        known_names(db,
                    "SELECT name FROM sender WHERE scope = ? AND kind = ? "
                    "AND known = 1 ORDER BY last DESC LIMIT ?"),
        names(db,
              "FROM sender s JOIN name n ON n.sender = s.id "
              "WHERE s.scope = ? AND s.kind = 0 AND s.known = 1 "
              "ORDER BY s.last DESC LIMIT ?"),
        sightings(db, "FROM learned WHERE scope = ? AND what = ?"),
        due(db,
            "FROM pending p JOIN mail m ON m.id = p.mail "
            "WHERE p.due <= ? ORDER BY p.due LIMIT ?"),
        signatures(db,
                   "SELECT text FROM pending_signature WHERE mail = ? "
                   "ORDER BY number"),
        possible(db, "FROM pending_answer WHERE mail = ? ORDER BY number"),
        choice(db, "FROM user_choice WHERE account = ?"),
        border_votes(db),
        border_answers(db) {}

  value_query<std::int64_t> find_scope, find_sender;
  value_query<std::optional<std::int64_t>> first_of;
  query<pair_row> pairs;
  query<addresses_row> addresses;
  query<habit_row> habit;
  query<rule_row> rules;
  query<key_row> keys;
  query<known_row> domains;
  value_query<std::string> known_names;
  query<name_row> names;
  query<sightings_row> sightings;
  query<due_row> due;
  value_query<std::string> signatures;
  query<possible_row> possible;
  query<choice_row> choice;
  border_vote_reader border_votes;
  border_answer_reader border_answers;
};

reader::reader(const std::filesystem::path& file)
    : db_(file, sqlite::access::read_only, std::chrono::milliseconds(100)),
      sql_(std::make_unique<statements>(db_)) {}

reader::~reader() = default;

read_answer reader::answer(const verdict::history_question& q,
                           const std::string& scope_name, std::int64_t now) {
  const std::uint64_t changes_before = changes();
  sqlite::transaction view(db_, sqlite::purpose::read);
  read_answer found;
  verdict::history_answer& a = found.answer;
  a.available = true;
  const std::int64_t scope = scope_id(scope_name);
  const std::string address = verdict::name_mark(
      verdict::paired_address(q.author, q.author_domain), salt());
  if (const auto author = sender_id(scope, author_kind, q.author_domain);
      author != 0) {
    a.pairs = pairs(author);
    a.habits = habit_of(author, now);
    const auto seen = sql_->addresses.first(address, address, author);
    a.has_strangers = seen && seen->are_many() && !seen->is_counted;
    found.is_of_address = seen && seen->are_many();
  }
  const bool is_listed = verdict::is_mail_service(q.author_domain);
  found.is_of_address = found.is_of_address || is_listed;
  if (a.has_strangers || is_listed)
    a.pairs = pairs(sender_id(scope, address_kind, address));
  a.first_proven = first_proven(scope, q.author_domain, a.pairs);
  if (!q.list_id.empty()) {
    if (const auto list = sender_id(scope, list_kind, q.list_id); list != 0)
      a.list_signers = pairs(list);
  }
  a.rules = rules(q.account, now);
  const std::size_t names = std::min(q.key_names.size(), most_key_names);
  for (std::size_t i = 0; i < names; ++i) {
    std::ranges::move(keys(q.key_names[i]), std::back_inserter(a.keys));
  }
  a.known = cached(scope_name);
  if (a.known == nullptr) {
    a.known = read_correspondents(scope);
    const std::lock_guard lock(mutex_);
    if (known_.size() >= most_cached_scopes)
      known_.clear();
    // Somebody may have become known who is not in this view.
    if (changes_ == changes_before)
      known_[scope_name] = a.known;
  }
  counter_.open(db_);
  view.commit();
  return found;
}

verdict::addition_answer reader::answer(const verdict::addition& a,
                                        const std::string& scope_name) {
  sqlite::transaction view(db_, sqlite::purpose::read);
  const std::int64_t scope = scope_id(scope_name);
  const auto is_learned = [&](const std::string& what) {
    const auto seen = sql_->sightings.first(scope, a.source + ' ' + what);
    return seen && verdict::is_known(*seen);
  };
  verdict::addition_answer answer;
  if (scope != 0) {
    answer.learned = is_learned("text:" + a.digest);
    answer.links_learned = std::ranges::all_of(
        a.links,
        [&](const std::string& host) { return is_learned("link:" + host); });
  }
  view.commit();
  return answer;
}

std::vector<verdict::border_view> reader::answer(
    const verdict::border_question& q, const std::string& scope_name,
    std::int64_t now) {
  sqlite::transaction view(db_, sqlite::purpose::read);
  const std::int64_t scope = scope_id(scope_name);
  const auto votes = sql_->border_votes.read(scope, q.mx_set);
  const auto answers = sql_->border_answers.read(scope, q.mx_set);
  view.commit();
  return verdict::usable_views(votes, now, answers);
}

std::vector<pending_mail> reader::due(std::int64_t now, std::size_t most) {
  sqlite::transaction view(db_, sqlite::purpose::read);
  std::vector<pending_mail> out;
  for (due_row& row : sql_->due.all(now, most)) {
    // One that cannot be read makes them too few.
    std::vector<dkim::pending_signature> signatures;
    for (const std::string& text : sql_->signatures.all(row.mail)) {
      auto s = dkim::parse_pending_signature(text);
      if (!s)
        break;
      signatures.push_back(std::move(*s));
    }
    auto open = verdict::parse_open_checks(row.kept, std::move(signatures));
    const auto possible = sql_->possible.all(row.mail);
    for (const possible_row& p : possible) {
      const auto like = std::ranges::find_if(
          possible, [&](const possible_row& q) { return q.is_like(p); });
      row.alike.push_back(static_cast<std::size_t>(like - possible.begin()));
    }
    row.cases = parse_numbers(row.outcome_combinations);
    // Without its cases, what cannot be read is given up.
    if (open) {
      row.open = std::move(*open);
    } else {
      row.cases.clear();
    }
    out.push_back(std::move(row));
  }
  view.commit();
  return out;
}

user_answer reader::answer(const std::string& account) {
  return read_user(db_, account);
}

waiting_warnings reader::waiting(const std::string& who) {
  const sqlite::transaction view(db_, sqlite::purpose::read);
  return waiting_of(db_, who);
}

std::optional<std::string> reader::octets_of(const std::string& account,
                                             const std::string& uidl) {
  const sqlite::transaction view(db_, sqlite::purpose::read);
  return mekiki::store::octets_of(db_, account, uidl);
}

sending_work reader::sending(std::int64_t now) {
  const sqlite::transaction view(db_, sqlite::purpose::read);
  sending_work work;
  work.available = true;
  work.due = outgoing_due(db_, now, most_sent);
  work.digested_until = digested_until(db_);
  for (waiting_recipient& r : waiting_recipients(db_)) {
    sending_work::reader& w = work.waiting.emplace_back();
    w.chosen = sql_->choice.first(r.reader);
    w.who = std::move(r);
  }
  return work;
}

void reader::outdate(const std::vector<std::string>& scopes) {
  const std::lock_guard lock(mutex_);
  for (const std::string& scope : scopes) known_.erase(scope);
  ++changes_;
}

std::uint64_t reader::changes() {
  const std::lock_guard lock(mutex_);
  return changes_;
}

reader::correspondents_ptr reader::cached(const std::string& scope) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(scope);
  return found == known_.end() ? nullptr : found->second;
}

std::int64_t reader::scope_id(const std::string& name) {
  return sql_->find_scope.first(name).value_or(0);
}

std::int64_t reader::sender_id(std::int64_t scope, int kind,
                               std::string_view name) {
  if (scope == 0 || name.empty())
    return 0;
  return sql_->find_sender.first(scope, kind, name).value_or(0);
}

std::vector<verdict::pair_record> reader::pairs(std::int64_t sender) {
  return sql_->pairs.all<verdict::pair_record>(sender);
}

/// Of the domain with these pairs, or of its registered domain.
std::int64_t reader::first_proven(
    std::int64_t scope, const std::string& domain,
    const std::vector<verdict::pair_record>& pairs) {
  std::int64_t first = 0;
  const auto note = [&](std::int64_t at) {
    if (first == 0 || at < first)
      first = at;
  };
  for (const verdict::pair_record& p : pairs) note(p.passed.first);
  const std::string whose = dmarc::registered_domain(domain);
  if (whose == domain)
    return first;
  if (const auto id = sender_id(scope, author_kind, whose); id != 0) {
    if (const auto at = sql_->first_of.first(id); at && *at)
      note(**at);
  }
  return first;
}

verdict::habit reader::habit_of(std::int64_t sender, std::int64_t now) {
  verdict::habit h = sql_->habit.first(sender, now / day_seconds - habit_days)
                         .value_or(habit_row());
  for (verdict::tally* t : {&h.proven, &h.unproven}) {
    t->first *= day_seconds;
    t->last *= day_seconds;
  }
  return h;
}

std::vector<verdict::rule> reader::rules(const std::string& account,
                                         std::int64_t now) {
  std::vector<verdict::rule> out;
  for (kept_rule& r : rules_of(sql_->rules.all(account, now)))
    out.push_back(std::move(r.what));
  return out;
}

std::vector<verdict::remembered_key> reader::keys(const std::string& name) {
  return sql_->keys.all<verdict::remembered_key>(name);
}

reader::correspondents_ptr reader::read_correspondents(std::int64_t scope) {
  constexpr std::size_t most = verdict::correspondents::most;
  std::vector<verdict::correspondents::named> names;
  for (name_row& n : sql_->names.all(scope, most))
    names.push_back({std::move(n.mark), std::move(n.domain), n.steady});
  std::vector<std::string> domains;
  verdict::correspondents::details more;
  for (known_row& known : sql_->domains.all(scope, most)) {
    if (known.steady != 0)
      more.steady.emplace_back(known.name, known.steady);
    domains.push_back(std::move(known.name));
  }
  constexpr std::size_t most_mediators = 1'000;
  const auto names_of = [&](int kind, std::size_t limit) {
    return sql_->known_names.all(scope, kind, limit);
  };
  more.addresses = names_of(address_kind, most);
  more.lists = names_of(known_list_kind, most_mediators);
  more.forwarders = names_of(forwarder_kind, most_mediators);
  more.changing = names_of(changing_kind, most_mediators);
  return std::make_shared<const verdict::correspondents>(
      std::move(domains), salt(), std::move(names), more);
}

/// Of this installation; the writer makes it.
const std::string& reader::salt() {
  if (salt_.empty())
    salt_ = find_setting(db_, salt_setting).value_or("");
  return salt_;
}

}  // namespace mekiki::store
