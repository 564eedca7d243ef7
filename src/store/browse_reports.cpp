#include "store/browse_reports.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/unix_time.hpp"
#include "store/report_store.hpp"
#include "store/row.hpp"

namespace mekiki::store {
namespace {

constexpr std::int64_t most_proven_domains = 300;
constexpr std::int64_t most_other_domains = 50;
constexpr std::int64_t most_rows_of_source = 200;

std::optional<std::int64_t> id_of_domain(const sqlite::database& db,
                                         std::string_view domain) {
  return value_query<std::int64_t>(
             db, "SELECT id FROM report_domain WHERE name = ?")
      .first(domain);
}

void add(reports::source& s, unsigned outcome, std::uint64_t mails) {
  using namespace report_outcome;
  s.mails += mails;
  if ((outcome & dkim) != 0)
    s.dkim += mails;
  if ((outcome & spf) != 0)
    s.spf += mails;
  if ((outcome & passed) != 0)
    s.passed += mails;
  else if ((outcome & forwarded) != 0)
    s.forwarded += mails;
  else if ((outcome & stopped) != 0)
    s.stopped += mails;
}

void add(reported_day& d, unsigned outcome, std::uint64_t mails) {
  using namespace report_outcome;
  if ((outcome & passed) != 0)
    d.passed += mails;
  else if ((outcome & forwarded) != 0)
    d.forwarded += mails;
  else if ((outcome & stopped) != 0)
    d.stopped += mails;
  else
    d.failed += mails;
}

struct domain_row : reported_domain {
  auto columns() {
    return std::tie(
        "name", name,
        "(SELECT count(*) FROM report r WHERE r.domain = d.id AND "
        "r.whole = 1 AND r.proven = d.proven AND r.ignored = 0)",
        reports,
        "(SELECT coalesce(max(r.day), 0) FROM report r WHERE r.domain = d.id "
        "AND r.whole = 1)",
        last);
  }
};

struct sum_row {
  std::int64_t day = 0, source = 0, outcome = 0, mails = 0;
  auto columns() {
    return std::tie("day", day, "source", source, "outcome", outcome, "mails",
                    mails);
  }
};

struct seen_row {
  std::string address, name, signer, sender, covered;
  std::int64_t source = 0, first = 0, last = 0;
  bool is_asked = false;
  auto columns() {
    return std::tie("s.id", source, "s.address", address, "s.name", name,
                    "s.due > 0", is_asked, "e.signer", signer, "e.sender",
                    sender, "e.covered", covered, "e.first", first, "e.last",
                    last);
  }
};

struct whole_row : reported_row {
  auto columns() {
    return std::tie("r.kind", kind, "r.org", org, "r.author", author,
                    "r.proven", is_proven, "r.first", first, "r.last", last,
                    "r.ignored", is_ignored, "w.mails", mails, "w.outcome",
                    outcome, "w.header_from", header_from, "w.envelope_from",
                    envelope_from, "w.dkim", dkim, "w.spf", spf, "w.note",
                    note);
  }
};

struct report_columns : kept_report {
  auto columns() {
    return std::tie("id", id, "kind", kind, "org", org, "author", author,
                    "number", number, "policy", policy, "faults", faults,
                    "proven", is_proven, "ignored", is_ignored, "taken", taken,
                    "first", first, "last", last, "mails", mails, "failed",
                    failed, "records", records);
  }
};

void take(reports::source& s, seen_row&& row) {
  s.address = std::move(row.address);
  s.name = std::move(row.name);
  s.is_asked = row.is_asked;
  s.signer = std::move(row.signer);
  s.sender = std::move(row.sender);
  s.covered = std::move(row.covered);
  s.first = row.first;
  s.last = row.last;
}

void read_counts(const sqlite::database& db, std::int64_t domain,
                 report_period of, reported_sending& out) {
  sqlite::statement counts(
      db,
      "SELECT proven, kind, count(*), count(DISTINCT org), sum(mails) "
      "FROM report WHERE domain = ? AND proven IN (0, 1) AND day >= ? "
      "AND day < ? AND whole = 1 AND ignored = 0 GROUP BY proven, kind");
  for (counts.bind(domain, of.from, of.to); counts.next();) {
    const bool is_proven = counts.number(0) != 0;
    const std::string_view kind = counts.text(1);
    if (!is_proven) {
      out.unproven_reports += counts.number(2);
      if (kind == "aggregate")
        out.unproven_mails += static_cast<std::uint64_t>(counts.number(4));
    } else if (kind == "aggregate") {
      out.reports = counts.number(2);
      out.reporters = counts.number(3);
    } else if (kind == "failure") {
      out.failures = static_cast<std::uint64_t>(counts.number(2));
    }
  }
  out.policy =
      value_query<std::string>(
          db,
          "SELECT policy FROM report WHERE domain = ? AND proven = 1 "
          "AND day >= ? AND day < ? AND kind = 'aggregate' AND whole = 1 "
          "AND ignored = 0 ORDER BY day DESC, id DESC LIMIT 1")
          .first(domain, of.from, of.to)
          .value_or("");
}

}  // namespace

std::vector<reported_domain> read_reported_domains(sqlite::database& db) {
  sqlite::transaction view(db, sqlite::purpose::read);
  auto out = query<domain_row>(
                 db,
                 "FROM (SELECT id, name, 1 AS proven FROM report_domain) AS d "
                 "WHERE EXISTS (SELECT 1 FROM report r "
                 "WHERE r.domain = d.id AND r.proven = 1 AND r.whole = 1) "
                 "ORDER BY name LIMIT ?")
                 .all<reported_domain>(most_proven_domains);
  for (reported_domain& d : out) d.is_proven = true;
  const auto others =
      query<domain_row>(
          db,
          "FROM (SELECT id, name, 0 AS proven FROM report_domain) AS d "
          "WHERE NOT EXISTS (SELECT 1 FROM report r WHERE r.domain = d.id "
          "AND r.proven = 1 AND r.whole = 1) ORDER BY d.id DESC LIMIT ?")
          .all<reported_domain>(most_other_domains);
  out.insert(out.end(), others.begin(), others.end());
  view.commit();
  return out;
}

reported_sending read_sending(sqlite::database& db, std::string_view domain,
                              report_period of) {
  sqlite::transaction view(db, sqlite::purpose::read);
  reported_sending out;
  std::map<std::int64_t, reported_day> days;
  if (const auto id = id_of_domain(db, domain)) {
    std::unordered_map<std::int64_t, std::size_t> places;
    std::vector<std::int64_t> ids;
    query<sum_row> sums(db,
                        "FROM report_sum WHERE domain = ? AND proven = 1 "
                        "AND day >= ? AND day < ?");
    for (sums.bind(*id, of.from, of.to); sums.next();) {
      const sum_row row = sums.row();
      const auto outcome = static_cast<unsigned>(row.outcome);
      const auto mails = static_cast<std::uint64_t>(row.mails);
      add(days[row.day], outcome, mails);
      const auto [at, is_new] = places.emplace(row.source, ids.size());
      if (is_new) {
        ids.push_back(row.source);
        out.sources.emplace_back();
      }
      add(out.sources[at->second], outcome, mails);
    }
    // Few of many are looked up one by one.
    const std::int64_t all =
        value_query<std::int64_t>(
            db,
            "SELECT count(*) FROM report_seen WHERE domain = ? AND proven = 1")
            .first(*id)
            .value_or(0);
    if (static_cast<std::int64_t>(ids.size()) * 4 < all) {
      query<seen_row> seen(
          db,
          "FROM report_source s JOIN report_seen e ON e.source = s.id "
          "WHERE s.id = ? AND e.domain = ? AND e.proven = 1");
      for (std::size_t i = 0; i < ids.size(); ++i) {
        auto row = seen.first(ids[i], *id);
        if (row)
          take(out.sources[i], std::move(*row));
      }
    } else {
      query<seen_row> seen(db,
                           "FROM report_seen e JOIN report_source s "
                           "ON s.id = e.source WHERE e.domain = ? "
                           "AND e.proven = 1");
      for (seen.bind(*id); seen.next();) {
        seen_row row = seen.row();
        const auto at = places.find(row.source);
        if (at != places.end())
          take(out.sources[at->second], std::move(row));
      }
    }
    read_counts(db, *id, of, out);
  }
  sqlite::statement forged(db,
                           "SELECT day, mails FROM day_forged WHERE day >= ? "
                           "AND day < ? AND domain = ?");
  for (forged.bind(of.from, of.to, domain); forged.next();) {
    days[forged.number(0)].forged_here +=
        static_cast<std::uint64_t>(forged.number(1));
  }
  view.commit();
  for (auto& [day, d] : days) {
    d.day = day;
    out.days.push_back(d);
  }
  return out;
}

reported_source read_report_source(sqlite::database& db,
                                   std::string_view domain,
                                   std::string_view address, report_period of) {
  sqlite::transaction view(db, sqlite::purpose::read);
  reported_source out;
  const auto id = id_of_domain(db, domain);
  const auto source = value_query<std::int64_t>(
                          db, "SELECT id FROM report_source WHERE address = ?")
                          .first(address);
  if (!id || !source)
    return out;
  if (auto row = query<seen_row>(db,
                                 "FROM report_source s JOIN report_seen e "
                                 "ON e.source = s.id WHERE s.id = ? "
                                 "AND e.domain = ? AND e.proven = 1")
                     .first(*source, *id))
    take(out.sum, std::move(*row));
  out.sum.address = std::string(address);
  query<sum_row> sums(db,
                      "FROM report_sum WHERE domain = ? AND proven = 1 "
                      "AND day = ? AND source = ?");
  for (std::int64_t day = of.from; day < of.to; ++day) {
    for (const sum_row& row : sums.all(*id, day, *source))
      add(out.sum, static_cast<unsigned>(row.outcome),
          static_cast<std::uint64_t>(row.mails));
  }
  out.rows =
      query<whole_row>(
          db,
          "FROM report_row w JOIN report r ON r.id = w.report "
          "WHERE w.source = ? AND r.domain = ? AND r.day >= ? AND r.day < ? "
          "AND r.whole = 1 ORDER BY w.report DESC, w.number LIMIT ?")
          .all<reported_row>(*source, *id, of.from, of.to, most_rows_of_source);
  view.commit();
  return out;
}

std::vector<kept_report> read_kept_reports(sqlite::database& db,
                                           std::string_view domain,
                                           report_period of, std::size_t offset,
                                           std::size_t limit) {
  sqlite::transaction view(db, sqlite::purpose::read);
  std::vector<kept_report> out;
  if (const auto id = id_of_domain(db, domain)) {
    out = query<report_columns>(
              db,
              "FROM report WHERE domain = ? AND proven IN (0, 1) AND day >= ? "
              "AND day < ? AND whole = 1 ORDER BY day DESC, id DESC "
              "LIMIT ? OFFSET ?")
              .all<kept_report>(*id, of.from, of.to, limit, offset);
  }
  view.commit();
  return out;
}

}  // namespace mekiki::store
