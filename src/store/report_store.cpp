#include "store/report_store.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/ip_address.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "crypto/digest.hpp"
#include "store/dialect.hpp"
#include "store/row.hpp"
#include "store/sender_notes.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{5};
/// Rows of one transaction: some ten milliseconds.
constexpr std::size_t piece = 500;
/// As measured with a million rows; the texts of a row and a report on top.
constexpr std::int64_t octets_of_row = 130;
constexpr std::int64_t octets_of_report = 250;
/// A sum of a million such rows fits into 64 bits.
constexpr std::uint64_t most_mails = 1'000'000'000'000;
constexpr std::size_t most_results = 5;  // of each method, of one row
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_note = 200;
constexpr std::int64_t broken_after = 600;  // seconds
constexpr std::size_t most_known_mails = 100'000;

/// A text of a stranger, short, and without what separates texts here.
std::string plain(std::string_view text, std::size_t most = longest_name) {
  std::string out;
  for (const char c : text.substr(0, std::min(text.size(), most)))
    out += static_cast<unsigned char>(c) <= ' ' || c == '\x7f' ? '_' : c;
  return to_utf8(out);
}

/// The same with its spaces.
std::string line(std::string_view text) {
  std::string out(text.substr(0, std::min(text.size(), longest_name)));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      c = '_';
  return to_utf8(out);
}

std::string domain_name(std::string_view text) {
  std::string out = ascii::to_lower(plain(text));
  while (out.ends_with('.')) out.pop_back();
  return out;
}

std::string note(std::string_view text) {
  return to_utf8(text.substr(0, std::min(text.size(), longest_note)));
}

std::string address_of(std::string_view text) {
  const auto address = parse_ip_address(text);
  return address ? format(*address) : "";
}

struct new_row {
  std::string address;
  std::int64_t mails = 1;
  unsigned outcome = 0;
  std::string header_from, envelope_from, dkim, spf, note;
  std::string signer, sender;  // of what passed
};

/// The first that passed, aligned or not.
template <class Results>
std::string passed_domain(const Results& all) {
  for (const auto& r : all)
    if (r.result == "pass")
      return domain_name(r.domain);
  return "";
}

std::string text_of(const std::vector<reports::dkim_result>& all) {
  std::string out;
  for (std::size_t i = 0; i < std::min(all.size(), most_results); ++i) {
    out += fmt::format("{}{} {} {}", out.empty() ? "" : "\n",
                       domain_name(all[i].domain), plain(all[i].selector, 100),
                       plain(all[i].result, 20));
  }
  return out;
}

std::string text_of(const std::vector<reports::spf_result>& all) {
  std::string out;
  for (std::size_t i = 0; i < std::min(all.size(), most_results); ++i) {
    out += fmt::format("{}{} {} {}", out.empty() ? "" : "\n",
                       domain_name(all[i].domain), plain(all[i].scope, 20),
                       plain(all[i].result, 20));
  }
  return out;
}

new_row row_of(const reports::aggregate_record& r) {
  using namespace report_outcome;
  new_row out;
  out.address = address_of(r.source_ip);
  out.mails = static_cast<std::int64_t>(std::min(r.count, most_mails));
  if (r.dkim == "pass")
    out.outcome |= dkim;
  if (r.spf == "pass")
    out.outcome |= spf;
  if (r.disposition == "quarantine")
    out.outcome |= quarantined;
  if (r.disposition == "reject")
    out.outcome |= rejected;
  for (const reports::override_reason& why : r.reasons) {
    const bool is_forwarded = why.type == "forwarded" ||
                              why.type == "trusted_forwarder" ||
                              why.type == "mailing_list";
    out.outcome |= is_forwarded ? forwarded : overridden;
    if (out.note.empty())
      out.note = note(why.type + " " + why.comment);
  }
  out.header_from = domain_name(r.header_from);
  out.envelope_from = domain_name(r.envelope_from);
  out.dkim = text_of(r.dkim_results);
  out.spf = text_of(r.spf_results);
  out.signer = passed_domain(r.dkim_results);
  out.sender = passed_domain(r.spf_results);
  return out;
}

new_row row_of(const reports::failure_report& r) {
  new_row out;
  out.address = address_of(r.source_ip);
  out.mails = static_cast<std::int64_t>(std::min(r.incidents, most_mails));
  if (r.delivery_result == "reject")
    out.outcome |= report_outcome::rejected;
  if (r.delivery_result == "spam" || r.delivery_result == "policy")
    out.outcome |= report_outcome::quarantined;
  out.header_from = domain_name(r.header_from);
  const std::size_t at = r.original_mail_from.rfind('@');
  if (at != std::string::npos)
    out.envelope_from = domain_name(r.original_mail_from.substr(at + 1));
  out.dkim = text_of(r.dkim_results);
  out.spf = text_of(r.spf_results);
  out.note = note(r.feedback_type + " " + r.auth_failure);
  return out;
}

std::vector<new_row> rows_of(const reports::tls_report& r) {
  std::vector<new_row> out;
  for (const reports::tls_policy& p : r.policies) {
    for (const reports::tls_failure& f : p.failures) {
      new_row& row = out.emplace_back();
      row.address = address_of(f.sending_mta_ip);
      row.mails = static_cast<std::int64_t>(std::min(f.count, most_mails));
      row.header_from = domain_name(p.domain);
      row.envelope_from = domain_name(f.receiving_mx_hostname);
      row.note = note(f.result_type + " " + f.failure_reason_code);
    }
  }
  return out;
}

std::string policy_of(const reports::report& r) {
  const auto* a = std::get_if<reports::aggregate_report>(&r.what);
  if (a == nullptr)
    return "";
  const reports::published_policy& p = a->policy;
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty())
      out += fmt::format("{}{}={}", out.empty() ? "" : " ", name,
                         plain(value, 20));
  };
  add("p", p.p);
  add("sp", p.sp);
  add("np", p.np);
  add("adkim", p.adkim);
  add("aspf", p.aspf);
  add("t", p.testing);
  add("pct", p.pct);
  return out;
}

std::string sentence(const fs::path& file, const sqlite::error& e) {
  return fmt::format("the database {} cannot be used: {}", file.string(),
                     e.what());
}

}  // namespace

struct report_store::prepared {
  std::string author, kind, org, number, domain, policy, faults;
  bool proven = false;
  bool is_counted = false;  // in the sums
  bool is_ignored = false;  // in those of ignored reporters
  std::int64_t taken = 0, first = 0, last = 0, day = 0, mails = 0, failed = 0,
               octets = 0;
  std::vector<new_row> rows;

  prepared(const reports::report& r, const report_origin& from,
           std::int64_t now);
  std::int64_t sums() const { return is_ignored ? ignored_sums : proven; }
};

report_store::prepared::prepared(const reports::report& r,
                                 const report_origin& from, std::int64_t now)
    : author(from.is_proven ? dmarc::registered_domain(domain_name(from.author))
                            : ""),
      kind(reports::type_of(r)),
      org(line(ascii::to_lower(reports::org_name(r)))),
      number(line(reports::report_id(r))),
      domain(domain_name(reports::domain(r))),
      policy(policy_of(r)),
      proven(from.is_proven),
      taken(now) {
  if (const auto* a = std::get_if<reports::aggregate_report>(&r.what)) {
    is_counted = true;
    rows.reserve(a->records.size());
    for (const auto& record : a->records) rows.push_back(row_of(record));
  } else if (const auto* f = std::get_if<reports::failure_report>(&r.what)) {
    rows.push_back(row_of(*f));
  } else {
    const auto& t = std::get<reports::tls_report>(r.what);
    rows = rows_of(t);
  }
  mails = static_cast<std::int64_t>(std::min(reports::messages(r), most_mails));
  for (const new_row& row : rows)
    if ((row.outcome & report_outcome::passed) == 0)
      failed =
          std::min(failed + row.mails, static_cast<std::int64_t>(most_mails));
  first = std::max<std::int64_t>(reports::begin(r).value_or(now), 0);
  last = std::max<std::int64_t>(reports::end(r).value_or(first), first);
  // A date in the future would stay the newest for ever.
  if (first > now + day_seconds)
    first = now;
  last = std::min(last, std::max(first, now + day_seconds));
  day = (first + (last - first) / 2) / day_seconds;
  for (const reports::warning& w : r.warnings) {
    faults += faults.empty() ? "" : " ";
    faults += to_string(w.what);
  }
  octets = octets_of_report + static_cast<std::int64_t>(
                                  author.size() + org.size() + number.size() +
                                  policy.size() + faults.size());
  for (const new_row& row : rows) {
    octets +=
        octets_of_row + static_cast<std::int64_t>(
                            row.header_from.size() + row.envelope_from.size() +
                            row.dkim.size() + row.spf.size() + row.note.size());
  }
  if (!reports::identity(r).empty())
    return;
  std::string all;  // it has no name of its own
  for (const new_row& row : rows)
    all += fmt::format("{} {} {} {}\n", row.address, row.mails, row.outcome,
                       row.header_from);
  const auto digest =
      crypto::hash(crypto::hash_algorithm::sha256,
                   fmt::format("{} {} {}\n{}", number, first, last, all));
  number = "=" + to_hex(digest.octets());
}

struct report_store::statements {
  explicit statements(const sqlite::database& db)
      : domain(db,
               "INSERT INTO report_domain (name) VALUES (?) "
               "ON CONFLICT (name) DO UPDATE SET name = excluded.name "
               "RETURNING id"),
        find_domain(db, "SELECT id FROM report_domain WHERE name = ?"),
        find_source(db, "SELECT id FROM report_source WHERE address = ?"),
        source(db,
               "INSERT INTO report_source (address) VALUES (?) RETURNING id"),
        find(db,
             "SELECT whole FROM report WHERE kind = ?1 AND org = ?2 "
             "AND number = ?3 AND domain = ?4 AND (proven > ?5 OR (proven = ?5 "
             "AND (author = ?6 OR author = '' OR ?6 = ''))) "
             "ORDER BY whole DESC LIMIT 1"),
        unproven(db,
                 "SELECT id FROM report WHERE kind = ? AND org = ? "
                 "AND number = ? AND domain = ? AND proven = 0"),
        broken(db,
               "SELECT id FROM report WHERE whole = 0 AND taken < ? "
               "ORDER BY id LIMIT 1"),
        report(db,
               "INSERT INTO report (proven, author, kind, org, number, domain, "
               "taken, first, last, day, policy, mails, failed, records, "
               "octets, whole, faults, ignored) VALUES (?, ?, ?, ?, ?, ?, ?, "
               "?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?) RETURNING id"),
        done(db, "UPDATE report SET whole = 1 WHERE id = ?"),
        row(db,
            "INSERT INTO report_row (report, number, source, mails, outcome, "
            "header_from, envelope_from, dkim, spf, note) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        sum(db,
            "INSERT INTO report_sum (domain, proven, day, source, outcome, "
            "mails, records) VALUES (?, ?, ?, ?, ?, ?, 1) "
            "ON CONFLICT (domain, proven, day, source, outcome) DO UPDATE SET "
            "mails = report_sum.mails + excluded.mails, "
            "records = report_sum.records + 1"),
        seen(db,
             "INSERT INTO report_seen (domain, proven, source, first, last, "
             "records, signer, sender) VALUES (?, ?, ?, ?, ?, 1, ?, ?) "
             "ON CONFLICT (domain, proven, source) DO UPDATE SET "
             "first = CASE WHEN excluded.first < report_seen.first "
             "THEN excluded.first ELSE report_seen.first END, "
             "last = CASE WHEN excluded.last > report_seen.last "
             "THEN excluded.last ELSE report_seen.last END, "
             "records = report_seen.records + 1, "
             "signer = CASE WHEN excluded.signer <> '' THEN excluded.signer "
             "ELSE report_seen.signer END, "
             "sender = CASE WHEN excluded.sender <> '' THEN excluded.sender "
             "ELSE report_seen.sender END"),
        take_sum(db,
                 "UPDATE report_sum SET mails = mails - ?, "
                 "records = records - 1 WHERE domain = ? AND proven = ? "
                 "AND day = ? AND source = ? AND outcome = ?"),
        drop_sum(db,
                 "DELETE FROM report_sum WHERE domain = ? AND proven = ? "
                 "AND day = ? AND source = ? AND outcome = ? AND records <= 0"),
        take_seen(db,
                  "UPDATE report_seen SET records = records - 1 "
                  "WHERE domain = ? AND proven = ? AND source = ?"),
        drop_seen(db,
                  "DELETE FROM report_seen WHERE domain = ? AND proven = ? "
                  "AND source = ? AND records <= 0"),
        drop_row(db, "DELETE FROM report_row WHERE report = ? AND number = ?"),
        drop_source(db,
                    "DELETE FROM report_source WHERE id = ?1 AND NOT EXISTS "
                    "(SELECT 1 FROM report_row WHERE source = ?1)"),
        drop_report(db, "DELETE FROM report WHERE id = ?"),
        drop_domain(db,
                    "DELETE FROM report_domain WHERE id = ?1 AND NOT EXISTS "
                    "(SELECT 1 FROM report WHERE domain = ?1)"),
        room(db,
             "INSERT INTO report_room (proven, octets) VALUES (?, ?) "
             "ON CONFLICT (proven) DO UPDATE SET "
             "octets = report_room.octets + excluded.octets"),
        octets(db, "SELECT octets FROM report_room WHERE proven = ?"),
        octets_of_author(db,
                         "SELECT coalesce(sum(octets), 0) FROM report "
                         "WHERE author = ? AND proven = 1"),
        oldest(db,
               "SELECT id FROM report WHERE proven = ? ORDER BY id LIMIT 1"),
        oldest_of_author(
            db,
            "SELECT id FROM report WHERE author = ? AND proven = 1 "
            "ORDER BY id LIMIT 1") {}

  sqlite::statement domain;
  value_query<std::int64_t> find_domain, find_source;
  sqlite::statement source;
  value_query<std::int64_t> find, unproven, broken;
  sqlite::statement report, done, row, sum, seen, take_sum, drop_sum, take_seen,
      drop_seen, drop_row, drop_source, drop_report, drop_domain, room;
  value_query<std::int64_t> octets, octets_of_author, oldest, oldest_of_author;
};

report_store::report_store(const fs::path& file, report_room room,
                           const clock& now)
    : file_(file),
      db_(file, sqlite::access::read_write, patience),
      room_(std::move(room)),
      now_(now) {
  dialect::will_write(db_);
  sql_ = std::make_unique<statements>(db_);
}

report_store::~report_store() = default;

expected<std::unique_ptr<report_store>, std::string> report_store::open(
    const fs::path& file, report_room room, const clock& now) {
  try {
    return std::unique_ptr<report_store>(
        new report_store(file, std::move(room), now));
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file, e));
  }
}

expected<report_fate, std::string> report_store::put(
    const reports::report& r, const report_origin& from) {
  prepared p(r, from, unix_seconds(now_.now()));
  try {
    return put_prepared(p);
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file_, e));
  }
}

// What is proven makes way for no copy that is not.
std::optional<report_fate> report_store::fate_of_copy(const prepared& p) {
  const auto domain = sql_->find_domain.first(p.domain);
  if (!domain)
    return std::nullopt;
  const auto known =
      sql_->find.first(p.kind, p.org, p.number, *domain, p.proven, p.author);
  if (!known)
    return std::nullopt;
  return *known != 0 ? report_fate::known : report_fate::in_work;
}

report_fate report_store::put_prepared(prepared& p) {
  // Not those that another program may be at.
  while (const auto broken = sql_->broken.first(p.taken - broken_after)) {
    if (room_.is_over())
      return report_fate::in_work;
    remove(*broken);
  }
  const std::uint64_t room = p.proven ? room_.octets : room_.octets / 8;
  if (static_cast<std::uint64_t>(p.octets) > room / 4)
    return report_fate::too_large;
  std::int64_t report = 0;
  std::optional<std::int64_t> unproven;
  std::size_t written = 0;
  // Before room is made: a copy displaces nothing.
  if (const auto fate = fate_of_copy(p))
    return *fate;
  while (!make_room(p)) {
    if (room_.is_over())
      return report_fate::in_work;
  }
  {
    sqlite::transaction t(db_, sqlite::purpose::write);
    const std::int64_t domain = sql_->domain.bind(p.domain).run_for_id();
    if (const auto fate = fate_of_copy(p))
      return *fate;
    if (p.proven)
      unproven = sql_->unproven.first(p.kind, p.org, p.number, domain);
    p.is_ignored = p.proven && is_ignored(db_, p.author);
    report =
        sql_->report
            .bind(p.proven, p.author, p.kind, p.org, p.number, domain, p.taken,
                  p.first, p.last, p.day, p.policy, p.mails, p.failed,
                  p.rows.size(), p.octets, p.faults, p.is_ignored)
            .run_for_id();
    change_room(p.proven, p.octets);
    written = std::min(p.rows.size(), piece);
    add_rows(report, p, 0, written);
    if (written == p.rows.size())
      sql_->done.bind(report).run();
    t.commit();
  }
  while (written < p.rows.size()) {
    if (room_.is_over())
      return report_fate::in_work;
    const std::size_t end = std::min(p.rows.size(), written + piece);
    sqlite::transaction t(db_, sqlite::purpose::write);
    add_rows(report, p, written, end);
    if (end == p.rows.size())
      sql_->done.bind(report).run();
    t.commit();
    written = end;
  }
  if (unproven)
    remove(*unproven);
  // Somebody may have decided otherwise while it was written.
  if (p.proven && is_ignored(db_, p.author) != p.is_ignored)
    count_as_decided(db_, p.author);
  return report_fate::kept;
}

void report_store::add_rows(std::int64_t report, const prepared& p,
                            std::size_t from, std::size_t to) {
  const std::int64_t domain = sql_->find_domain.first(p.domain).value_or(0);
  for (std::size_t i = from; i < to; ++i) {
    const new_row& r = p.rows[i];
    auto source = sql_->find_source.first(r.address);
    if (!source)
      source = sql_->source.bind(r.address).run_for_id();
    sql_->row
        .bind(report, i, *source, r.mails, r.outcome, r.header_from,
              r.envelope_from, r.dkim, r.spf, r.note)
        .run();
    if (!p.is_counted)
      continue;
    sql_->sum.bind(domain, p.sums(), p.day, *source, r.outcome, r.mails).run();
    sql_->seen
        .bind(domain, p.sums(), *source, p.first, p.last, r.signer, r.sender)
        .run();
  }
}

bool report_store::make_room(const prepared& p) {
  const auto room =
      static_cast<std::int64_t>(p.proven ? room_.octets : room_.octets / 8);
  if (room_of(p.proven) + p.octets <= room) {
    if (p.author.empty())
      return true;
    // Looked up only where it can be near.
    if (room_of(p.proven) + p.octets <= room / 4 ||
        sql_->octets_of_author.first(p.author).value_or(0) + p.octets <=
            room / 4)
      return true;
  }
  const auto report = to_displace(p, room);
  if (!report)
    return true;
  remove(*report);
  return false;
}

struct author_of_report {
  std::int64_t id = 0;
  std::string author;
  auto columns() { return std::tie("id", id, "author", author); }
};

std::optional<std::int64_t> report_store::to_displace(const prepared& p,
                                                      std::int64_t room) {
  if (!p.proven)
    return sql_->oldest.first(p.proven);
  const auto held_by = [&](const std::string& author) {
    return sql_->octets_of_author.first(author).value_or(0);
  };
  const std::int64_t own = held_by(p.author) + p.octets;
  const auto oldest_of_own = sql_->oldest_of_author.first(p.author);
  if (!p.author.empty() && own > room / 4 && oldest_of_own)
    return oldest_of_own;
  // Of the oldest ones that of the author who holds most: who has many domains
  // displaces himself first.
  constexpr std::int64_t most = 100;
  std::map<std::string, std::int64_t> held;
  std::optional<std::int64_t> largest;
  std::int64_t octets = 0;
  const auto oldest =
      query<author_of_report>(
          db_, "FROM report WHERE proven = 1 ORDER BY id LIMIT ?")
          .all<author_of_report>(most);
  for (const author_of_report& r : oldest) {
    const auto [at, is_new] = held.try_emplace(r.author, 0);
    if (is_new)
      at->second = held_by(r.author);
    if (at->second > octets) {
      octets = at->second;
      largest = r.id;
    }
  }
  return octets > own || !oldest_of_own ? largest : oldest_of_own;
}

void report_store::remove(std::int64_t report) {
  while (remove_some(report) && !room_.is_over()) {
  }
}

struct row_to_remove {
  std::int64_t number = 0, source = 0, mails = 0, outcome = 0;
  auto columns() {
    return std::tie("number", number, "source", source, "mails", mails,
                    "outcome", outcome);
  }
};
struct report_to_remove {
  std::int64_t domain = 0, proven = 0, day = 0, octets = 0;
  bool is_ignored = false;
  std::string kind;
  auto columns() {
    return std::tie("domain", domain, "proven", proven, "day", day, "octets",
                    octets, "ignored", is_ignored, "kind", kind);
  }
};

/// False once it is gone.
bool report_store::remove_some(std::int64_t report) {
  sqlite::transaction t(db_, sqlite::purpose::write);
  const auto r =
      query<report_to_remove>(db_, "FROM report WHERE id = ?").first(report);
  if (!r)
    return false;
  // From now on it is nowhere shown.
  sqlite::statement(db_, "UPDATE report SET whole = 0 WHERE id = ?")
      .bind(report)
      .run();
  const auto rows =
      query<row_to_remove>(
          db_, "FROM report_row WHERE report = ? ORDER BY number DESC LIMIT ?")
          .all(report, piece);
  const std::int64_t sums = r->is_ignored ? ignored_sums : r->proven;
  for (const row_to_remove& row : rows) {
    if (r->kind == "aggregate") {
      sql_->take_sum
          .bind(row.mails, r->domain, sums, r->day, row.source, row.outcome)
          .run();
      sql_->drop_sum.bind(r->domain, sums, r->day, row.source, row.outcome)
          .run();
      sql_->take_seen.bind(r->domain, sums, row.source).run();
      sql_->drop_seen.bind(r->domain, sums, row.source).run();
    }
    sql_->drop_row.bind(report, row.number).run();
    sql_->drop_source.bind(row.source).run();
  }
  const bool is_gone = rows.size() < piece;
  if (is_gone) {
    change_room(r->proven != 0, -r->octets);
    sql_->drop_report.bind(report).run();
    sql_->drop_domain.bind(r->domain).run();
  }
  t.commit();
  return !is_gone;
}

void report_store::change_room(bool proven, std::int64_t octets) {
  sql_->room.bind(proven, octets).run();
}

std::int64_t report_store::room_of(bool proven) {
  return sql_->octets.first(proven).value_or(0);
}

std::uint64_t octets_of_reports(const sqlite::database& db) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(
      value_query<std::int64_t>(
          db, "SELECT coalesce(sum(octets), 0) FROM report_room")
          .first()
          .value_or(0),
      0));
}

expected<std::vector<report_store::open_source>, std::string>
report_store::open_sources(std::size_t most) {
  constexpr std::int64_t most_domains = 5;
  try {
    std::vector<open_source> out;
    sqlite::statement due(
        db_,
        "SELECT id, address FROM report_source s WHERE due <= ? "
        "AND EXISTS (SELECT 1 FROM report_seen e WHERE e.source = s.id "
        "AND e.proven = 1) ORDER BY due, id DESC LIMIT ?");
    for (due.bind(unix_seconds(now_.now()), most); due.next();)
      out.push_back({due.number(0), std::string(due.text(1)), {}});
    value_query<std::string> domains(
        db_,
        "SELECT d.name FROM report_seen e JOIN report_domain d "
        "ON d.id = e.domain WHERE e.source = ? AND e.proven = 1 "
        "ORDER BY e.last DESC LIMIT ?");
    for (open_source& s : out) s.domains = domains.all(s.id, most_domains);
    return out;
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file_, e));
  }
}

expected<void, std::string> report_store::note_names(
    const std::vector<source_names>& all) {
  try {
    sqlite::transaction t(db_, sqlite::purpose::write);
    sqlite::statement name(
        db_, "UPDATE report_source SET name = ?, due = ? WHERE id = ?");
    sqlite::statement cover(
        db_,
        "UPDATE report_seen SET covered = ? WHERE source = ? AND proven = 1 "
        "AND domain = (SELECT id FROM report_domain WHERE name = ?)");
    const std::int64_t now = unix_seconds(now_.now());
    for (const source_names& s : all) {
      const std::string plain_name = domain_name(s.name);
      name.bind(plain_name, now + s.again.count(), s.id).run();
      for (const source_names::cover& c : s.covers) {
        const std::string term = plain(c.term);
        cover.bind(term, s.id, c.domain).run();
      }
    }
    t.commit();
    return {};
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file_, e));
  }
}

expected<std::vector<std::string>, std::string> report_store::known_mails(
    std::string_view account) {
  try {
    return value_query<std::string>(
               db_, "SELECT uidl FROM report_mail WHERE account = ?")
        .all(account);
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file_, e));
  }
}

expected<void, std::string> report_store::note_mails(
    std::string_view account, const std::vector<std::string>& read,
    const std::vector<std::string>& there) {
  try {
    std::vector<std::string> sorted = there;
    std::ranges::sort(sorted);
    const auto known = known_mails(account);
    sqlite::transaction t(db_, sqlite::purpose::write);
    if (known) {
      sqlite::statement forget(
          db_, "DELETE FROM report_mail WHERE account = ? AND uidl = ?");
      for (const std::string& uidl : *known)
        if (!std::ranges::binary_search(sorted, uidl))
          forget.bind(account, uidl).run();
    }
    sqlite::statement put(
        db_,
        "INSERT INTO report_mail (account, uidl, at) VALUES (?, ?, ?) "
        "ON CONFLICT (account, uidl) DO NOTHING");
    std::size_t left = most_known_mails;
    for (const std::string& uidl : read) {
      if (left-- == 0)
        break;
      put.bind(account, uidl, unix_seconds(now_.now())).run();
    }
    t.commit();
    return {};
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file_, e));
  }
}

}  // namespace mekiki::store
