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
#include "dns/name.hpp"
#include "reports/texts.hpp"
#include "reports/whose.hpp"
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
/// Sums of all the rows that the largest room has fit into 64 bits.
constexpr std::uint64_t most_mails = 10'000'000'000;
constexpr std::size_t most_results = 5;  // of each method, of one row
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_note = 200;
constexpr std::int64_t broken_after = 600;  // seconds
/// `due` of an address that nobody asks the DNS about: it is not shown.
constexpr std::int64_t never = std::int64_t{1} << 62;
/// Sums by address of one day of a domain, about: so that a period can be read.
/// An author has a part of them, so that no report takes all.
constexpr std::int64_t most_sums = 4'000;
constexpr std::int64_t most_sums_of_author = 1'000;
/// Of all who are no large provider: what those report has room.
constexpr std::int64_t most_sums_of_others = 2'000;

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

  auto all_but_mails() const {
    return std::tie(address, outcome, header_from, envelope_from, dkim, spf,
                    note);
  }
};

/// Equal rows as one, those with the most mails first.
void merge(std::vector<new_row>& rows) {
  std::ranges::sort(rows, {}, &new_row::all_but_mails);
  std::size_t kept = 0;
  for (new_row& row : rows) {
    if (kept > 0 && rows[kept - 1].all_but_mails() == row.all_but_mails()) {
      std::int64_t& mails = rows[kept - 1].mails;
      mails =
          std::min(mails + row.mails, static_cast<std::int64_t>(most_mails));
      continue;
    }
    if (&rows[kept] != &row)
      rows[kept] = std::move(row);
    ++kept;
  }
  rows.resize(kept);
  std::ranges::sort(rows, [](const new_row& a, const new_row& b) {
    return a.mails != b.mails ? a.mails > b.mails
                              : a.all_but_mails() < b.all_but_mails();
  });
}

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
  std::string digest;  // of the rows
  bool proven = false;
  bool is_incomplete = false;
  bool is_counted = false;     // in the sums
  bool is_ignored = false;     // in those of ignored reporters
  bool names_senders = false;  // by who signed, and the return path
  std::int64_t taken = 0, first = 0, last = 0, day = 0, mails = 0, failed = 0,
               records = 0, octets = 0, room = 0;
  std::vector<new_row> rows;
  std::size_t summed = 0;  // the first rows, which have sums by address

  prepared(const reports::report& r, const report_origin& from,
           const std::vector<std::string>& ours, std::int64_t now);
  std::int64_t sums() const { return is_ignored ? ignored_sums : proven; }

 private:
  std::string digest_of(const reports::report& r) const;
  std::string number_of(const reports::report& r) const;
};

report_store::prepared::prepared(const reports::report& r,
                                 const report_origin& from,
                                 const std::vector<std::string>& ours,
                                 std::int64_t now)
    : author(from.is_proven ? dmarc::registered_domain(domain_name(from.author))
                            : ""),
      kind(reports::type_of(r)),
      org(line(ascii::to_lower(reports::org_name(r)))),
      domain(domain_name(reports::domain(r))),
      policy(policy_of(r)),
      proven(from.is_proven),
      is_incomplete(reports::is_incomplete(r)),
      taken(now) {
  const bool is_ours =
      ours.empty() || std::ranges::any_of(ours, [&](const std::string& own) {
        return dns::is_subdomain_of(domain, own);
      });
  room = !proven ? rooms::unproven : is_ours ? rooms::ours : rooms::of_others;
  if (const auto* a = std::get_if<reports::aggregate_report>(&r.what)) {
    is_counted = proven;
    rows.reserve(a->records.size());
    for (const auto& record : a->records) rows.push_back(row_of(record));
  } else if (const auto* f = std::get_if<reports::failure_report>(&r.what)) {
    rows.push_back(row_of(*f));
  } else {
    const auto& t = std::get<reports::tls_report>(r.what);
    rows = rows_of(t);
  }
  records = static_cast<std::int64_t>(rows.size());
  merge(rows);
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
  digest = digest_of(r);
  number = number_of(r);
}

/// The same for whatever would be kept alike.
std::string report_store::prepared::digest_of(const reports::report& r) const {
  crypto::hasher all(crypto::hash_algorithm::sha256);
  all.update(fmt::format("{} {}\n{}\n{}\n", reports::begin(r).value_or(-1),
                         reports::end(r).value_or(-1), mails, policy));
  for (const new_row& row : rows)
    all.update(fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\v", row.mails,
                           row.address, row.outcome, row.header_from,
                           row.envelope_from, row.dkim, row.spf, row.note));
  return to_hex(all.finish().octets());
}

/// With the other columns as much as `identity`, none of which is cut.
std::string report_store::prepared::number_of(const reports::report& r) const {
  const std::string whole = reports::identity(r);
  if (whole.empty())
    return "=" + digest;  // it has no name of its own
  std::string shown = line(reports::without_brackets(reports::report_id(r)));
  if (fmt::format("{}\n{}\n{}\n{}", kind, org, shown, domain) == whole)
    return shown;
  constexpr std::size_t most_shown = 150;
  const auto hash = crypto::hash(crypto::hash_algorithm::sha256, whole);
  return fmt::format("{} ={}", to_utf8(shown.substr(0, most_shown)),
                     to_hex(hash.octets()));
}

/// A report with the same identity.
struct kept_copy {
  std::int64_t id = 0;
  std::string author, digest, faults;
  bool is_proven = false, is_whole = false;

  auto columns() {
    return std::tie("id", id, "author", author, "digest", digest, "faults",
                    faults, "proven", is_proven, "whole", is_whole);
  }
  bool is_incomplete() const {
    const std::string words = " " + faults + " ";
    return std::ranges::any_of(reports::losses, [&](reports::fault f) {
      return words.find(fmt::format(" {} ", to_string(f))) != std::string::npos;
    });
  }
};

struct source_row {
  std::int64_t id = 0, due = 0;
  auto columns() { return std::tie("id", id, "due", due); }
};

struct report_store::statements {
  explicit statements(const sqlite::database& db)
      : domain(db,
               "INSERT INTO report_domain (name) VALUES (?) "
               "ON CONFLICT (name) DO UPDATE SET name = excluded.name "
               "RETURNING id"),
        find_domain(db, "SELECT id FROM report_domain WHERE name = ?"),
        find_source(db, "FROM report_source WHERE address = ?"),
        source(db,
               "INSERT INTO report_source (address, due) VALUES (?, ?) "
               "RETURNING id"),
        wake(db, "UPDATE report_source SET due = 0 WHERE id = ?"),
        rest(db,
             "UPDATE report_source SET due = ?2 WHERE id = ?1 AND NOT EXISTS "
             "(SELECT 1 FROM report_seen e WHERE e.source = ?1)"),
        find(db,
             "FROM report WHERE kind = ?1 AND org = ?2 "
             "AND number = ?3 AND domain = ?4 AND (proven > ?5 OR (proven = ?5 "
             "AND (author = ?6 OR author = '' OR ?6 = ''))) "
             "ORDER BY whole DESC LIMIT 100"),
        unproven(db,
                 "SELECT id FROM report WHERE kind = ? AND org = ? "
                 "AND number = ? AND domain = ? AND proven = 0 "
                 "AND digest IN (?, '')"),
        broken(db,
               "SELECT id FROM report WHERE whole = 0 AND taken < ? "
               "ORDER BY id LIMIT 1"),
        report(db,
               "INSERT INTO report (proven, author, kind, org, number, domain, "
               "taken, first, last, day, policy, mails, failed, records, "
               "octets, whole, faults, room, summed, digest, ignored) "
               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, "
               "?, ?, ?) RETURNING id"),
        done(db, "UPDATE report SET whole = 1 WHERE id = ?"),
        row(db,
            "INSERT INTO report_row (report, number, source, mails, outcome, "
            "header_from, envelope_from, dkim, spf, note) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        total(db,
              "INSERT INTO report_day (domain, proven, day, outcome, mails, "
              "records) VALUES (?, ?, ?, ?, ?, 1) "
              "ON CONFLICT (domain, proven, day, outcome) DO UPDATE SET "
              "mails = report_day.mails + excluded.mails, "
              "records = report_day.records + 1"),
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
             "signer = CASE WHEN report_seen.signer = '' THEN excluded.signer "
             "ELSE report_seen.signer END, "
             "sender = CASE WHEN report_seen.sender = '' THEN excluded.sender "
             "ELSE report_seen.sender END"),
        forget_names(db,
                     "UPDATE report_seen SET signer = '', sender = '' "
                     "WHERE domain = ? AND (signer <> '' OR sender <> '')"),
        take_total(db,
                   "UPDATE report_day SET mails = mails - ?, "
                   "records = records - 1 WHERE domain = ? AND proven = ? "
                   "AND day = ? AND outcome = ?"),
        drop_total(db,
                   "DELETE FROM report_day WHERE domain = ? AND proven = ? "
                   "AND day = ? AND outcome = ? AND records <= 0"),
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
             "INSERT INTO report_room (room, octets) VALUES (?, ?) "
             "ON CONFLICT (room) DO UPDATE SET "
             "octets = report_room.octets + excluded.octets"),
        well_known(db,
                   "SELECT author FROM report WHERE domain = ? AND author = ? "
                   "AND proven = 1 AND ignored = 0 LIMIT 1"),
        octets(db, "SELECT octets FROM report_room WHERE room = ?"),
        octets_of_author(db,
                         "SELECT coalesce(sum(octets), 0) FROM report "
                         "WHERE author = ? AND room = ?"),
        sums(db,
             "SELECT count(*) FROM report_sum WHERE domain = ? "
             "AND proven = 1 AND day = ?"),
        rows_of_sums(db,
                     "SELECT coalesce(sum(summed), 0) FROM report "
                     "WHERE domain = ? AND day = ?"),
        sums_of_author(db,
                       "SELECT coalesce(sum(summed), 0) FROM report "
                       "WHERE domain = ? AND day = ? AND author = ?"),
        oldest(db, "SELECT id FROM report WHERE room = ? ORDER BY id LIMIT 1"),
        oldest_of_author(db,
                         "SELECT id FROM report WHERE author = ? AND room = ? "
                         "ORDER BY id LIMIT 1") {}

  sqlite::statement domain;
  value_query<std::int64_t> find_domain;
  query<source_row> find_source;
  sqlite::statement source, wake, rest;
  query<kept_copy> find;
  value_query<std::int64_t> unproven, broken;
  sqlite::statement report, done, row, total, sum, seen, forget_names,
      take_total, drop_total, take_sum, drop_sum, take_seen, drop_seen,
      drop_row, drop_source, drop_report, drop_domain, room;
  value_query<std::string> well_known;
  value_query<std::int64_t> octets, octets_of_author, sums, rows_of_sums,
      sums_of_author, oldest, oldest_of_author;
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
  prepared p(r, from, room_.ours, unix_seconds(now_.now()));
  try {
    return put_prepared(p);
  } catch (const sqlite::error& e) {
    return unexpected(sentence(file_, e));
  }
}

// What is proven makes way for no copy that is not. Of reports kept by earlier
// versions nobody knows the rows.
std::optional<report_fate> report_store::fate_of_copy(
    const prepared& p, std::optional<std::int64_t>& incomplete) {
  incomplete.reset();
  const auto domain = sql_->find_domain.first(p.domain);
  if (!domain)
    return std::nullopt;
  const std::vector<kept_copy> copies =
      sql_->find.all(p.kind, p.org, p.number, *domain, p.proven, p.author);
  std::optional<report_fate> fate;
  for (const kept_copy& c : copies) {
    if (c.digest.empty() || c.digest == p.digest)
      return c.is_whole ? report_fate::known : report_fate::in_work;
    if (c.is_whole && c.is_incomplete() && !p.is_incomplete &&
        c.is_proven == p.proven && c.author == p.author)
      incomplete = c.id;
    else
      fate = c.is_whole ? report_fate::differs : report_fate::in_work;
  }
  return fate;
}

/// How many of its rows get sums by address.
std::size_t report_store::sums_for(const prepared& p, std::int64_t domain) {
  if (!p.is_counted)
    return 0;
  const std::int64_t sums = sql_->sums.first(domain, p.day).value_or(0);
  std::int64_t left = most_sums - sums;
  if (!reports::is_well_known_reporter(p.author)) {
    // Many have the same addresses, so that the sums are fewer than the rows.
    std::int64_t others = sql_->rows_of_sums.first(domain, p.day).value_or(0);
    for (const std::string_view known : reports::well_known_reporters())
      others -= sql_->sums_of_author.first(domain, p.day, known).value_or(0);
    left = std::min(left, most_sums_of_others - std::min(sums, others));
  }
  if (!p.author.empty())
    left = std::min(
        left,
        most_sums_of_author -
            sql_->sums_of_author.first(domain, p.day, p.author).value_or(0));
  return std::min(p.rows.size(),
                  static_cast<std::size_t>(std::max<std::int64_t>(left, 0)));
}

/// Whoever names an address puts it under the name of another sender. So where
/// large providers report, they alone do, from their first report on.
bool report_store::names_senders(const prepared& p, std::int64_t domain) {
  if (!p.is_counted)
    return false;
  const bool has_well_known =
      std::ranges::any_of(reports::well_known_reporters(), [&](auto author) {
        return sql_->well_known.first(domain, author).has_value();
      });
  if (has_well_known || !reports::is_well_known_reporter(p.author))
    return !has_well_known || reports::is_well_known_reporter(p.author);
  if (!p.is_ignored)
    sql_->forget_names.bind(domain).run();
  return true;
}

report_fate report_store::put_prepared(prepared& p) {
  // Not those that another program may be at.
  while (const auto broken = sql_->broken.first(p.taken - broken_after)) {
    if (room_.is_over())
      return report_fate::in_work;
    remove(*broken);
  }
  if (p.octets > size_of_room(p.room) / 4)
    return report_fate::too_large;
  std::int64_t report = 0;
  std::optional<std::int64_t> unproven;
  std::optional<std::int64_t> incomplete;
  std::size_t written = 0;
  // Before room is made: a copy displaces nothing.
  if (const auto fate = fate_of_copy(p, incomplete))
    return *fate;
  if (incomplete)
    remove(*incomplete);
  while (!make_room(p)) {
    if (room_.is_over())
      return report_fate::in_work;
  }
  {
    sqlite::transaction t(db_, sqlite::purpose::write);
    const std::int64_t domain = sql_->domain.bind(p.domain).run_for_id();
    if (const auto fate = fate_of_copy(p, incomplete); fate || incomplete)
      return fate.value_or(report_fate::in_work);
    if (p.proven)
      unproven =
          sql_->unproven.first(p.kind, p.org, p.number, domain, p.digest);
    p.summed = sums_for(p, domain);
    p.is_ignored = p.proven && is_ignored(db_, p.author);
    p.names_senders = names_senders(p, domain);
    report = sql_->report
                 .bind(p.proven, p.author, p.kind, p.org, p.number, domain,
                       p.taken, p.first, p.last, p.day, p.policy, p.mails,
                       p.failed, p.records, p.octets, p.faults, p.room,
                       p.summed, p.digest, p.is_ignored)
                 .run_for_id();
    change_room(p.room, p.octets);
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
    const bool is_summed = i < p.summed;
    auto known = sql_->find_source.first(r.address);
    if (known && known->due == never && is_summed)
      sql_->wake.bind(known->id).run();
    const std::int64_t source =
        known
            ? known->id
            : sql_->source.bind(r.address, is_summed ? 0 : never).run_for_id();
    sql_->row
        .bind(report, i, source, r.mails, r.outcome, r.header_from,
              r.envelope_from, r.dkim, r.spf, r.note)
        .run();
    if (!p.is_counted)
      continue;
    if (!p.is_ignored)
      sql_->total.bind(domain, p.proven, p.day, r.outcome, r.mails).run();
    if (!is_summed)
      continue;
    sql_->sum.bind(domain, p.sums(), p.day, source, r.outcome, r.mails).run();
    sql_->seen
        .bind(domain, p.sums(), source, p.first, p.last,
              p.names_senders ? std::string_view(r.signer) : "",
              p.names_senders ? std::string_view(r.sender) : "")
        .run();
  }
}

bool report_store::make_room(const prepared& p) {
  const std::int64_t room = size_of_room(p.room);
  const std::int64_t octets = filled(p.room) + p.octets;
  if (octets <= room) {
    if (p.author.empty())
      return true;
    // Looked up only where it can be near.
    if (octets <= room / 4 ||
        sql_->octets_of_author.first(p.author, p.room).value_or(0) + p.octets <=
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
    return sql_->oldest.first(p.room);
  const auto held_by = [&](const std::string& author) {
    return sql_->octets_of_author.first(author, p.room).value_or(0);
  };
  const std::int64_t own = held_by(p.author) + p.octets;
  const auto oldest_of_own = sql_->oldest_of_author.first(p.author, p.room);
  if (!p.author.empty() && own > room / 4 && oldest_of_own)
    return oldest_of_own;
  // Of the oldest ones that of the author who holds most: who has many domains
  // displaces himself first.
  constexpr std::int64_t most = 100;
  std::map<std::string, std::int64_t> held;
  std::optional<std::int64_t> largest;
  std::int64_t octets = 0;
  const auto oldest = query<author_of_report>(
                          db_, "FROM report WHERE room = ? ORDER BY id LIMIT ?")
                          .all<author_of_report>(p.room, most);
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
  std::int64_t domain = 0, proven = 0, day = 0, octets = 0, room = 0,
               summed = 0;
  bool is_ignored = false;
  std::string kind;
  auto columns() {
    return std::tie("domain", domain, "proven", proven, "day", day, "octets",
                    octets, "room", room, "summed", summed, "ignored",
                    is_ignored, "kind", kind);
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
    if (r->kind == "aggregate" && r->proven != 0 && !r->is_ignored) {
      sql_->take_total
          .bind(row.mails, r->domain, r->proven, r->day, row.outcome)
          .run();
      sql_->drop_total.bind(r->domain, r->proven, r->day, row.outcome).run();
    }
    if (row.number < r->summed) {
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
    if (row.number < r->summed)
      sql_->rest.bind(row.source, never).run();
  }
  const bool is_gone = rows.size() < piece;
  if (is_gone) {
    change_room(r->room, -r->octets);
    sql_->drop_report.bind(report).run();
    sql_->drop_domain.bind(r->domain).run();
  }
  t.commit();
  return !is_gone;
}

std::int64_t report_store::size_of_room(std::int64_t room) const {
  const auto all = static_cast<std::int64_t>(room_.octets);
  return room == rooms::ours ? all : all / 8;
}

void report_store::change_room(std::int64_t room, std::int64_t octets) {
  sql_->room.bind(room, octets).run();
}

std::int64_t report_store::filled(std::int64_t room) {
  return sql_->octets.first(room).value_or(0);
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
