#include "store/sender_notes.hpp"

#include <tuple>
#include <utility>

#include "store/row.hpp"

namespace mekiki::store {
namespace {

constexpr std::size_t most_told = 1'000;

struct mark_row {
  std::string domain, name, owner, note, who;
  std::int64_t at = 0;
  auto columns() {
    return std::tie("domain", domain, "name", name, "owner", owner, "note",
                    note, "at", at, "who", who);
  }
};

struct ignored_row : ignored_reporter {
  auto columns() {
    return std::tie("author", author, "at", at, "who", who,
                    "(SELECT count(*) FROM report r WHERE r.author = "
                    "i.author AND r.ignored = 1)",
                    reports);
  }
};

struct report_to_move {
  std::int64_t id = 0, domain = 0, day = 0, first = 0, last = 0, summed = 0;
  bool is_aggregate = false;
  auto columns() {
    return std::tie("id", id, "domain", domain, "day", day, "first", first,
                    "last", last, "summed", summed, "kind = 'aggregate'",
                    is_aggregate);
  }
};

/// Those of a day count all rows.
void move_totals(const sqlite::database& db, const report_to_move& r,
                 std::int64_t to) {
  const std::int64_t sign = to == ignored_sums ? -1 : 1;
  sqlite::statement put(
      db,
      "INSERT INTO report_day (domain, proven, day, outcome, mails, records) "
      "VALUES (?, 1, ?, ?, ?, ?) "
      "ON CONFLICT (domain, proven, day, outcome) DO UPDATE SET "
      "mails = report_day.mails + excluded.mails, "
      "records = report_day.records + excluded.records");
  sqlite::statement drop(db,
                         "DELETE FROM report_day WHERE domain = ? "
                         "AND proven = 1 AND day = ? AND outcome = ? "
                         "AND records <= 0");
  sqlite::statement rows(db,
                         "SELECT outcome, sum(mails), count(*) FROM report_row "
                         "WHERE report = ? GROUP BY outcome");
  for (rows.bind(r.id); rows.next();) {
    const std::int64_t outcome = rows.number(0);
    put.bind(r.domain, r.day, outcome, sign * rows.number(1),
             sign * rows.number(2))
        .run();
    drop.bind(r.domain, r.day, outcome).run();
  }
}

/// All of its rows at once: those of a report are at most 250,000, and few have
/// more than some thousand.
void move_sums(const sqlite::database& db, const report_to_move& r,
               std::int64_t from, std::int64_t to) {
  // Names go along: the other sums may not know the sender yet.
  sqlite::statement(
      db,
      "INSERT INTO report_seen (domain, proven, source, first, last, "
      "records, signer, sender, covered) "
      "SELECT e.domain, ?1, e.source, ?2, ?3, n.records, e.signer, e.sender, "
      "e.covered FROM (SELECT source, count(*) AS records FROM report_row "
      "WHERE report = ?4 AND number < ?7 GROUP BY source) AS n "
      "JOIN report_seen e ON e.source = n.source "
      "WHERE e.domain = ?5 AND e.proven = ?6 "
      "ON CONFLICT (domain, proven, source) DO UPDATE SET "
      "first = CASE WHEN excluded.first < report_seen.first "
      "THEN excluded.first ELSE report_seen.first END, "
      "last = CASE WHEN excluded.last > report_seen.last "
      "THEN excluded.last ELSE report_seen.last END, "
      "records = report_seen.records + excluded.records")
      .bind(to, r.first, r.last, r.id, r.domain, from, r.summed)
      .run();
  sqlite::statement(
      db,
      "UPDATE report_seen SET records = records - (SELECT count(*) FROM "
      "report_row w WHERE w.report = ?1 AND w.number < ?4 "
      "AND w.source = report_seen.source) "
      "WHERE domain = ?2 AND proven = ?3 AND source IN "
      "(SELECT source FROM report_row WHERE report = ?1 AND number < ?4)")
      .bind(r.id, r.domain, from, r.summed)
      .run();
  sqlite::statement(db,
                    "DELETE FROM report_seen WHERE domain = ? AND proven = ? "
                    "AND records <= 0 AND source IN "
                    "(SELECT source FROM report_row WHERE report = ?)")
      .bind(r.domain, from, r.id)
      .run();
  sqlite::statement put(
      db,
      "INSERT INTO report_sum (domain, proven, day, source, outcome, mails, "
      "records) VALUES (?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (domain, proven, day, source, outcome) DO UPDATE SET "
      "mails = report_sum.mails + excluded.mails, "
      "records = report_sum.records + excluded.records");
  sqlite::statement take(db,
                         "UPDATE report_sum SET mails = mails - ?, "
                         "records = records - ? WHERE domain = ? "
                         "AND proven = ? AND day = ? AND source = ? "
                         "AND outcome = ?");
  sqlite::statement drop(db,
                         "DELETE FROM report_sum WHERE domain = ? "
                         "AND proven = ? AND day = ? AND source = ? "
                         "AND outcome = ? AND records <= 0");
  sqlite::statement rows(db,
                         "SELECT source, outcome, sum(mails), count(*) FROM "
                         "report_row WHERE report = ? AND number < ? "
                         "GROUP BY source, outcome");
  for (rows.bind(r.id, r.summed); rows.next();) {
    const std::int64_t source = rows.number(0);
    const std::int64_t outcome = rows.number(1);
    const std::int64_t mails = rows.number(2);
    const std::int64_t records = rows.number(3);
    put.bind(r.domain, to, r.day, source, outcome, mails, records).run();
    take.bind(mails, records, r.domain, from, r.day, source, outcome).run();
    drop.bind(r.domain, from, r.day, source, outcome).run();
  }
  move_totals(db, r, to);
}

}  // namespace

// ---------------------------------------------------------------- marks

std::vector<sender_mark> read_sender_marks(const sqlite::database& db,
                                           std::string_view domain) {
  std::vector<sender_mark> out;
  query<mark_row> marks(
      db, "FROM sender_mark WHERE domain = ? ORDER BY name LIMIT ?");
  for (mark_row& row : marks.all(domain, most_marks)) {
    out.push_back({.domain = std::move(row.domain),
                   .name = std::move(row.name),
                   .of = reports::parse_owner(row.owner).value_or(
                       reports::owner::unknown),
                   .note = std::move(row.note),
                   .at = row.at,
                   .who = std::move(row.who)});
  }
  return out;
}

bool put_sender_mark(const sqlite::database& db, const sender_mark& m) {
  if (m.of == reports::owner::unknown && m.note.empty()) {
    sqlite::statement(db,
                      "DELETE FROM sender_mark WHERE domain = ? AND name = ?")
        .bind(m.domain, m.name)
        .run();
    return true;
  }
  const auto others =
      value_query<std::int64_t>(db,
                                "SELECT count(*) FROM sender_mark "
                                "WHERE domain = ? AND name <> ?")
          .first(m.domain, m.name)
          .value_or(0);
  if (others >= static_cast<std::int64_t>(most_marks))
    return false;
  sqlite::statement(
      db,
      "INSERT INTO sender_mark (domain, name, owner, note, at, who) "
      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (domain, name) DO UPDATE SET "
      "owner = excluded.owner, note = excluded.note, at = excluded.at, "
      "who = excluded.who")
      .bind(m.domain, m.name, to_string(m.of), m.note, m.at, m.who)
      .run();
  return true;
}

// ------------------------------------------------------ ignored reporters

std::vector<ignored_reporter> read_ignored_reporters(
    const sqlite::database& db) {
  return query<ignored_row>(db,
                            "FROM ignored_reporter i ORDER BY i.author LIMIT ?")
      .all<ignored_reporter>(most_ignored);
}

bool is_ignored(const sqlite::database& db, std::string_view author) {
  return value_query<std::int64_t>(
             db, "SELECT 1 FROM ignored_reporter WHERE author = ?")
      .first(author)
      .has_value();
}

bool put_ignored_reporter(const sqlite::database& db,
                          const ignored_reporter& r) {
  const auto others =
      value_query<std::int64_t>(db,
                                "SELECT count(*) FROM ignored_reporter "
                                "WHERE author <> ?")
          .first(r.author)
          .value_or(0);
  if (others >= static_cast<std::int64_t>(most_ignored))
    return false;
  sqlite::statement(db,
                    "INSERT INTO ignored_reporter (author, at, who) "
                    "VALUES (?, ?, ?) ON CONFLICT (author) DO NOTHING")
      .bind(r.author, r.at, r.who)
      .run();
  return true;
}

void remove_ignored_reporter(const sqlite::database& db,
                             std::string_view author) {
  sqlite::statement(db, "DELETE FROM ignored_reporter WHERE author = ?")
      .bind(author)
      .run();
}

void count_as_decided(sqlite::database& db, std::string_view author) {
  for (;;) {
    sqlite::transaction t(db, sqlite::purpose::write);
    const bool ignored = is_ignored(db, author);
    const auto r =
        query<report_to_move>(
            db,
            "FROM report WHERE author = ? AND proven = 1 AND whole = 1 "
            "AND ignored <> ? LIMIT 1")
            .first(author, ignored);
    if (!r)
      return;
    if (r->is_aggregate)
      move_sums(db, *r, ignored ? 1 : ignored_sums, ignored ? ignored_sums : 1);
    sqlite::statement(db, "UPDATE report SET ignored = ? WHERE id = ?")
        .bind(ignored, r->id)
        .run();
    t.commit();
  }
}

// ------------------------------------------------------------------ told

std::optional<std::int64_t> told_at(const sqlite::database& db,
                                    std::string_view domain,
                                    std::string_view what,
                                    std::string_view name) {
  return value_query<std::int64_t>(db,
                                   "SELECT at FROM sending_told WHERE "
                                   "domain = ? AND what = ? AND name = ?")
      .first(domain, what, name);
}

std::vector<std::string> told_names(const sqlite::database& db,
                                    std::string_view domain,
                                    std::string_view what) {
  return value_query<std::string>(db,
                                  "SELECT name FROM sending_told WHERE "
                                  "domain = ? AND what = ? ORDER BY at, name")
      .all(domain, what);
}

void note_told(const sqlite::database& db, std::string_view domain,
               std::string_view what, std::string_view name, std::int64_t at) {
  sqlite::statement(db,
                    "INSERT INTO sending_told (domain, what, name, at) "
                    "VALUES (?, ?, ?, ?) ON CONFLICT (domain, what, name) "
                    "DO UPDATE SET at = excluded.at")
      .bind(domain, what, name, at)
      .run();
  const auto all =
      value_query<std::int64_t>(db,
                                "SELECT count(*) FROM sending_told "
                                "WHERE domain = ? AND what = ?")
          .first(domain, what)
          .value_or(0);
  if (all <= static_cast<std::int64_t>(most_told))
    return;
  sqlite::statement(
      db,
      "DELETE FROM sending_told WHERE domain = ?1 AND what = ?2 AND name IN "
      "(SELECT name FROM sending_told WHERE domain = ?1 AND what = ?2 "
      "ORDER BY at, name LIMIT ?3)")
      .bind(domain, what, all - static_cast<std::int64_t>(most_told))
      .run();
}

}  // namespace mekiki::store
