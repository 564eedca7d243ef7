#include "store/browse_domains.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/ascii.hpp"
#include "store/key_rows.hpp"
#include "store/recorder.hpp"

namespace mekiki::store {
namespace {

constexpr std::size_t asked_every = 64;  // rows of a walk
constexpr std::int64_t most_histories = 50;
constexpr std::int64_t most_records = 100;  // of one key name
constexpr std::int64_t most_pairs = 50;     // a sender has 20

std::uint64_t count(const sqlite::statement& s, int column) {
  return static_cast<std::uint64_t>(s.number(column));
}

/// As the table `scope` has it. No host has a '%', and each account has one
/// (pop3::account_id).
std::string name_of_scope(std::string_view scope) {
  const bool is_account = scope.find('%') != std::string_view::npos;
  return (is_account ? "account:" : "upstream:") + std::string(scope);
}

std::string_view without_kind(std::string_view name) {
  return name.substr(name.find(':') + 1);
}

/// None where there is none of this name; -1 stands for all.
std::optional<std::int64_t> scope_id(const sqlite::database& db,
                                     std::string_view scope) {
  if (scope.empty())
    return -1;
  const std::string name = name_of_scope(scope);
  sqlite::statement find(db, "SELECT id FROM scope WHERE name = ?");
  if (!find.bind(name).next())
    return std::nullopt;
  return find.number(0);
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

/// The author domains, each once, at the history that saw it last.
page_of<domain_row> walk_domains(const sqlite::database& db,
                                 const browser::domain_filter& which,
                                 std::int64_t scope, page_range r,
                                 const walk_end& is_over) {
  sqlite::statement senders(
      db, scope < 0 ? "SELECT name, last, known FROM sender "
                      "INDEXED BY sender_last WHERE kind = ?1 AND ?2 < 0 "
                      "ORDER BY last DESC"
                    : "SELECT name, last, known FROM sender "
                      "INDEXED BY sender_scope WHERE kind = ?1 AND scope = ?2 "
                      "ORDER BY last DESC");
  const std::string search = ascii::to_lower(which.search);
  std::unordered_set<std::string> seen;
  page_builder<domain_row> out(r);
  std::size_t steps = 0;
  for (senders.bind(std::int64_t{author_kind}, scope); senders.next();) {
    if (++steps % asked_every == 0 && is_over()) {
      out.cut();
      break;
    }
    if ((which.only_known && senders.number(2) == 0) ||
        !holds(senders.text(0), search))
      continue;
    std::string name(senders.text(0));
    if (scope < 0 && !seen.insert(name).second)
      continue;
    domain_row row;
    row.domain = std::move(name);
    row.last = senders.number(1);
    if (!out.take(std::move(row)))
      break;
  }
  return std::move(out.page());
}

/// False where that took too long.
bool count_histories(const sqlite::database& db, std::int64_t scope,
                     std::vector<domain_row>& rows, const walk_end& is_over) {
  const std::string counts =
      "SELECT s.known, coalesce("
      "(SELECT max(p.mails) FROM pair p WHERE p.sender = s.id), "
      "(SELECT sum(d.proven + d.unproven) FROM sender_day d "
      "WHERE d.sender = s.id), 0) FROM sender s ";
  sqlite::statement s(
      db, counts + (scope < 0 ? "INDEXED BY sender_name "
                                "WHERE kind = ?1 AND name = ?2 AND ?3 < 0"
                              : "WHERE kind = ?1 AND name = ?2 "
                                "AND scope = ?3"));
  std::size_t steps = 0;
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    for (s.bind(std::int64_t{author_kind}, row->domain, scope); s.next();) {
      if (++steps % asked_every == 0 && row != rows.begin() && is_over()) {
        rows.erase(row, rows.end());
        return false;
      }
      ++row->seen_by;
      row->known_by += s.number(0) != 0 ? 1 : 0;
      row->mails += count(s, 1);
    }
  }
  return true;
}

std::vector<verdict::pair_record> pairs_of(const sqlite::database& db,
                                           std::int64_t sender) {
  std::vector<verdict::pair_record> out;
  sqlite::statement s(db,
                      "SELECT signer, mails, days, first, last FROM pair "
                      "WHERE sender = ? ORDER BY last DESC, signer LIMIT ?");
  for (s.bind(sender, most_pairs); s.next();) {
    verdict::pair_record& p = out.emplace_back();
    p.signer = s.text(0);
    p.passed.mails = count(s, 1);
    p.passed.days = static_cast<std::uint32_t>(s.number(2));
    p.passed.first = s.number(3);
    p.passed.last = s.number(4);
  }
  return out;
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
  sqlite::statement s(db,
                      "SELECT day, proven, unproven FROM sender_day "
                      "WHERE sender = ? AND day > ? AND day <= ? ORDER BY day");
  verdict::habit all;
  for (s.bind(sender, today - habit_days, today); s.next();) {
    const auto& d = h.days.emplace_back(domain_history::day{
        .day = s.number(0), .proven = count(s, 1), .unproven = count(s, 2)});
    add_day(all.proven, d.day, d.proven);
    add_day(all.unproven, d.day, d.unproven);
  }
  h.steadiness = verdict::steadiness(all);
}

}  // namespace

page_of<domain_row> read_domains(sqlite::database& db,
                                 const browser::domain_filter& which,
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
  sqlite::statement senders(
      db,
      "SELECT s.id, c.name, s.known, s.last FROM sender s "
      "INDEXED BY sender_name CROSS JOIN scope c ON c.id = s.scope "
      "WHERE s.kind = ?1 AND s.name = ?2 AND (?3 < 0 OR s.scope = ?3) "
      "ORDER BY s.last DESC, s.id LIMIT ?4");
  std::vector<domain_history> out;
  for (senders.bind(std::int64_t{author_kind}, name, *only, most_histories);
       senders.next();) {
    domain_history& h = out.emplace_back();
    h.scope = without_kind(senders.text(1));
    h.is_known = senders.number(2) != 0;
    h.last = senders.number(3);
    h.pairs = pairs_of(db, senders.number(0));
    read_days(db, senders.number(0), now / day_seconds, h);
  }
  return out;
}

page_of<key_history> read_keys(sqlite::database& db, std::string_view search,
                               page_range r, const walk_end& is_over) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  sqlite::statement names(db, "SELECT name FROM dkim_key ORDER BY name");
  sqlite::statement records(db,
                            "SELECT text, first, last, authentic, revoked "
                            "FROM dkim_key WHERE name = ? "
                            "ORDER BY first, text LIMIT ?");
  const std::string part = ascii::to_lower(search);
  std::string last;
  page_builder<key_history> out(r);
  std::size_t steps = 0;
  while (names.next()) {
    if (++steps % asked_every == 0 && is_over()) {
      out.cut();
      break;
    }
    if (names.text(0) == last)
      continue;
    last = names.text(0);
    key_history row;
    row.name = last;
    if (holds(last, part) && !out.take(std::move(row)))
      break;
  }
  for (key_history& k : out.page().rows)
    k.records = rows_of_keys(records.bind(k.name, most_records), k.name);
  return std::move(out.page());
}

}  // namespace mekiki::store
