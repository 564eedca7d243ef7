#include "store/browse_domains.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/unix_time.hpp"
#include "store/dialect.hpp"
#include "store/history_rows.hpp"
#include "store/row.hpp"

namespace mekiki::store {
namespace {

constexpr std::size_t asked_every = 64;  // rows of a walk
constexpr std::int64_t most_histories = 50;
constexpr std::int64_t most_records = 100;  // of one key name
constexpr std::int64_t most_pairs = 50;     // a sender has 20

std::string_view without_kind(std::string_view name) {
  return name.substr(name.find(':') + 1);
}

/// None where there is none of this name; -1 stands for all.
std::optional<std::int64_t> scope_id(const sqlite::database& db,
                                     std::string_view scope) {
  if (scope.empty())
    return -1;
  const std::string name = name_of_scope(scope);
  return value_query<std::int64_t>(db, "SELECT id FROM scope WHERE name = ?")
      .first(name);
}

bool holds(std::string_view text, std::string_view search) {
  return text.find(search) != std::string_view::npos;
}

/// Takes what lies in the range; full once one more came.
template <class Row>
class page_builder {
 public:
  explicit page_builder(page_range r)
      : left_out_(r.offset), limit_(std::min(r.limit, most_rows)) {}

  /// False: there are more than are asked for.
  bool take(Row row) {
    if (left_out_ > 0) {
      --left_out_;
      return true;
    }
    if (page_.rows.size() >= limit_) {
      page_.more = limit_ > 0;
      return false;
    }
    page_.rows.push_back(std::move(row));
    return true;
  }
  void cut() { page_.more = !page_.rows.empty(); }
  page_of<Row>& page() { return page_; }

 private:
  std::size_t left_out_;
  std::size_t limit_;
  page_of<Row> page_;
};

/// A walk's.
struct sender_row {
  std::string_view name;
  std::int64_t last = 0;
  bool known = false;

  auto columns() {
    return std::tie("name", name, "last", last, "known", known);
  }
};

struct key_name_row {
  std::string_view name;

  auto columns() { return std::tie("name", name); }
};

struct key_time_row {
  std::string_view name;
  std::int64_t first = 0;
  bool revoked = false;

  auto columns() {
    return std::tie("name", name, "first", first, "revoked", revoked);
  }
};

/// The records of one name.
struct key_changes {
  std::string name;
  std::int64_t begins = 0;   // of the oldest record
  std::int64_t changed = 0;  // of the newest other one; 0: there is none
  std::int64_t revoked = 0;  // of the newest that says so

  void take(const key_time_row& r) {
    const std::int64_t older = std::min(begins, r.first);
    changed = std::max({changed, begins == older ? 0 : begins,
                        r.first == older ? 0 : r.first});
    begins = older;
    if (r.revoked)
      revoked = std::max(revoked, r.first);
  }
  std::int64_t last() const { return std::max(changed, revoked); }
};

/// One history's.
struct history_count_row {
  bool known = false;
  std::uint64_t mails = 0;

  auto columns() {
    return std::tie("s.known", known,
                    "coalesce((SELECT max(p.mails) FROM pair p "
                    "WHERE p.sender = s.id), "
                    "(SELECT sum(d.proven + d.unproven) FROM sender_day d "
                    "WHERE d.sender = s.id), 0)",
                    mails);
  }
};

struct day_row : domain_history::day {
  auto columns() {
    return std::tie("day", day, "proven", proven, "unproven", unproven);
  }
};

struct history_row {
  std::int64_t sender = 0;
  std::string scope;
  bool known = false;
  std::int64_t last = 0;

  auto columns() {
    return std::tie("s.id", sender,
                    "(SELECT c.name FROM scope c WHERE c.id = s.scope)", scope,
                    "s.known", known, "s.last", last);
  }
};

/// The author domains, each once, at the history that saw it last.
page_of<domain_row> walk_domains(const sqlite::database& db,
                                 const dashboard_queries::domain_filter& which,
                                 std::int64_t scope, page_range r,
                                 const walk_end& is_over) {
  query<sender_row> senders(
      db, fmt::format("FROM {} WHERE kind = ?1 AND {} ORDER BY last DESC",
                      dialect::along(
                          "sender", scope < 0 ? "sender_last" : "sender_scope"),
                      scope < 0 ? "CAST(?2 AS BIGINT) < 0" : "scope = ?2"));
  const std::string search = ascii::to_lower(which.search);
  std::unordered_set<std::string> seen;
  page_builder<domain_row> out(r);
  std::size_t steps = 0;
  for (senders.bind(author_kind, scope); senders.next();) {
    if (++steps % asked_every == 0 && is_over()) {
      out.cut();
      break;
    }
    const sender_row sender = senders.row();
    if ((which.only_known && !sender.known) || !holds(sender.name, search))
      continue;
    std::string name(sender.name);
    if (scope < 0 && !seen.insert(name).second)
      continue;
    domain_row row;
    row.domain = std::move(name);
    row.last = sender.last;
    if (!out.take(std::move(row)))
      break;
  }
  return std::move(out.page());
}

/// False where that took too long.
bool count_histories(const sqlite::database& db, std::int64_t scope,
                     std::vector<domain_row>& rows, const walk_end& is_over) {
  query<history_count_row> histories(
      db, fmt::format("FROM {} WHERE s.kind = ?1 AND s.name = ?2 AND {}",
                      scope < 0 ? dialect::along("sender s", "sender_name")
                                : "sender s",
                      scope < 0 ? "CAST(?3 AS BIGINT) < 0" : "s.scope = ?3"));
  std::size_t steps = 0;
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    for (histories.bind(author_kind, row->domain, scope); histories.next();) {
      if (++steps % asked_every == 0 && row != rows.begin() && is_over()) {
        rows.erase(row, rows.end());
        return false;
      }
      ++row->seen_by;
      const history_count_row h = histories.row();
      row->known_by += h.known ? 1 : 0;
      row->mails += h.mails;
    }
  }
  return true;
}

void add_day(verdict::tally& t, std::int64_t day, std::uint64_t mails) {
  if (mails == 0)
    return;
  if (t.mails == 0)
    t.first = day * day_seconds;
  t.mails += mails;
  ++t.days;
  t.last = day * day_seconds;
}

void read_days(const sqlite::database& db, std::int64_t sender,
               std::int64_t today, domain_history& h) {
  query<day_row> days(db,
                      "FROM sender_day WHERE sender = ? AND day > ? "
                      "AND day <= ? ORDER BY day");
  verdict::habit all;
  h.days = days.all<domain_history::day>(sender, today - habit_days, today);
  for (const domain_history::day& d : h.days) {
    add_day(all.proven, d.day, d.proven);
    add_day(all.unproven, d.day, d.unproven);
  }
  h.steadiness = verdict::steadiness(all);
}

}  // namespace

page_of<domain_row> read_domains(sqlite::database& db,
                                 const dashboard_queries::domain_filter& which,
                                 page_range r, const walk_end& is_over) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  const auto scope = scope_id(db, which.scope);
  if (!scope)
    return {};
  page_of<domain_row> page = walk_domains(db, which, *scope, r, is_over);
  if (!count_histories(db, *scope, page.rows, is_over))
    page.more = true;
  return page;
}

std::vector<domain_history> read_domain(sqlite::database& db,
                                        std::string_view name,
                                        std::string_view scope,
                                        std::int64_t now) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  const auto only = scope_id(db, scope);
  if (!only)
    return {};
  query<history_row> senders(
      db, fmt::format("FROM {} WHERE s.kind = ?1 AND s.name = ?2 "
                      "AND (CAST(?3 AS BIGINT) < 0 OR s.scope = ?3) "
                      "ORDER BY s.last DESC, s.id LIMIT ?4",
                      dialect::along("sender s", "sender_name")));
  query<pair_row> pairs(
      db, "FROM pair WHERE sender = ? ORDER BY last DESC, signer LIMIT ?");
  std::vector<domain_history> out;
  for (const history_row& r :
       senders.all(author_kind, name, *only, most_histories)) {
    domain_history& h = out.emplace_back();
    h.scope = without_kind(r.scope);
    h.is_known = r.known;
    h.last = r.last;
    h.pairs = pairs.all<verdict::pair_record>(r.sender, most_pairs);
    read_days(db, r.sender, now / day_seconds, h);
  }
  return out;
}

std::vector<key_history> read_changed_keys(sqlite::database& db,
                                           std::string_view search,
                                           std::int64_t since,
                                           const walk_end& is_over) {
  constexpr std::size_t most_changed = 50;
  const sqlite::transaction view(db, sqlite::purpose::read);
  query<key_time_row> times(db, "FROM dkim_key ORDER BY name");
  query<key_row> records(
      db, "FROM dkim_key WHERE name = ? ORDER BY first, text LIMIT ?");
  const std::string part = ascii::to_lower(search);
  std::vector<key_changes> found;
  key_changes now;
  const auto end_name = [&] {
    if (now.last() >= since && now.last() > 0 && holds(now.name, part))
      found.push_back(std::move(now));
  };
  std::size_t steps = 0;
  while (times.next() && (++steps % asked_every != 0 || !is_over())) {
    const key_time_row r = times.row();
    if (r.name != now.name) {
      end_name();
      now = {.name = std::string(r.name), .begins = r.first};
    }
    now.take(r);
  }
  end_name();
  std::ranges::sort(found, [](const key_changes& a, const key_changes& b) {
    return std::tuple(-a.last(), a.name) < std::tuple(-b.last(), b.name);
  });
  found.resize(std::min(found.size(), most_changed));
  std::vector<key_history> out;
  out.reserve(found.size());
  for (const key_changes& c : found) {
    out.push_back({.name = c.name,
                   .records = records.all<verdict::remembered_key>(
                       c.name, most_records)});
  }
  return out;
}

page_of<key_history> read_keys(sqlite::database& db, std::string_view search,
                               page_range r, const walk_end& is_over) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  query<key_name_row> names(db, "FROM dkim_key ORDER BY name");
  query<key_row> records(
      db, "FROM dkim_key WHERE name = ? ORDER BY first, text LIMIT ?");
  const std::string part = ascii::to_lower(search);
  std::string last;
  page_builder<key_history> out(r);
  std::size_t steps = 0;
  while (names.next()) {
    if (++steps % asked_every == 0 && is_over()) {
      out.cut();
      break;
    }
    const std::string_view name = names.row().name;
    if (name == last)
      continue;
    last = name;
    key_history row;
    row.name = last;
    if (holds(last, part) && !out.take(std::move(row)))
      break;
  }
  for (key_history& k : out.page().rows)
    k.records = records.all<verdict::remembered_key>(k.name, most_records);
  return std::move(out.page());
}

}  // namespace mekiki::store
