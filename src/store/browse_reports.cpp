#include "store/browse_reports.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "store/report_store.hpp"
#include "store/row.hpp"
#include "store/seen_row.hpp"

namespace mekiki::store {
namespace {

constexpr std::int64_t most_domains = 300;
constexpr std::int64_t most_unproven_domains = 50;
constexpr std::int64_t most_reports_of_room = 10'000;
constexpr std::size_t most_listed = 20'000;
constexpr std::int64_t most_rows_of_source = 200;
/// Beyond these the others are not told apart, or not counted.
constexpr std::size_t most_sources = 10'000;
constexpr std::int64_t most_sums = 600'000;
constexpr std::int64_t most_counted = 20'000;

std::optional<std::int64_t> id_of_domain(const sqlite::database& db,
                                         std::string_view domain) {
  return value_query<std::int64_t>(
             db, "SELECT id FROM report_domain WHERE name = ?")
      .first(domain);
}

/// Of one address, without the texts.
struct address_sums {
  std::int64_t source = 0;
  std::uint64_t mails = 0, passed = 0, dkim = 0, spf = 0, forwarded = 0,
                stopped = 0;
};

template <class Sums>
void add(Sums& s, unsigned outcome, std::uint64_t mails) {
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

void add_to_day(reported_day& d, unsigned outcome, std::uint64_t mails) {
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
    return std::tie("d.name", name, "c.proven", is_proven, "c.reports", reports,
                    "c.last", last);
  }
};

struct own_row : reported_domain {
  auto columns() {
    return std::tie(
        "d.name", name,
        "(SELECT count(*) FROM (SELECT 1 AS one FROM report r WHERE "
        "r.domain = d.id AND r.proven = 1 AND r.whole = 1 LIMIT 1) AS c)",
        is_proven,
        "(SELECT count(*) FROM (SELECT 1 AS one FROM report r WHERE "
        "r.domain = d.id AND r.whole = 1 LIMIT 10000) AS c)",
        reports,
        "coalesce((SELECT r.day FROM report r WHERE r.domain = d.id "
        "AND r.whole = 1 ORDER BY r.proven DESC, r.day DESC LIMIT 1), 0)",
        last);
  }
};

struct sum_row {
  std::int64_t source = 0, outcome = 0, mails = 0;
  auto columns() {
    return std::tie("source", source, "outcome", outcome, "mails", mails);
  }
};

struct total_row {
  std::int64_t day = 0, outcome = 0, mails = 0;
  auto columns() {
    return std::tie("day", day, "outcome", outcome, "mails", mails);
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
                    "number", number, "day", day, "policy", policy, "faults",
                    faults, "proven", is_proven, "ignored", is_ignored, "taken",
                    taken, "first", first, "last", last, "mails", mails,
                    "failed", failed, "records", records);
  }
};

void read_counts(const sqlite::database& db, std::int64_t domain,
                 report_period of, reported_sending& out) {
  sqlite::statement counts(
      db,
      "SELECT kind, count(*), count(DISTINCT org), sum(mails) FROM "
      "(SELECT kind, org, mails FROM report WHERE domain = ? AND proven = ? "
      "AND day >= ? AND day < ? AND whole = 1 AND ignored = 0 ORDER BY day "
      "DESC, id DESC "
      "LIMIT ?) AS r GROUP BY kind");
  for (const bool is_proven : {false, true}) {
    for (counts.bind(domain, is_proven, of.from, of.to, most_counted);
         counts.next();) {
      const std::string_view kind = counts.text(0);
      if (!is_proven) {
        out.unproven_reports += counts.number(1);
        if (kind == "aggregate")
          out.unproven_mails += static_cast<std::uint64_t>(counts.number(3));
      } else if (kind == "aggregate") {
        out.reports = counts.number(1);
        out.reporters = counts.number(2);
      } else if (kind == "failure") {
        out.failures = static_cast<std::uint64_t>(counts.number(1));
      }
    }
  }
  out.policy =
      value_query<std::string>(
          db,
          "SELECT policy FROM (SELECT kind, policy, day, id FROM report "
          "WHERE domain = ? AND proven = 1 AND day >= ? AND day < ? "
          "AND whole = 1 AND ignored = 0 ORDER BY day DESC, id DESC LIMIT ?) "
          "AS r "
          "WHERE kind = 'aggregate' ORDER BY day DESC, id DESC LIMIT 1")
          .first(domain, of.from, of.to, most_counted)
          .value_or("");
}

/// Of the newest days, those with the most mails.
std::vector<address_sums> read_addresses(const sqlite::database& db,
                                         std::int64_t domain,
                                         report_period of) {
  std::unordered_map<std::int64_t, std::size_t> places;
  std::vector<address_sums> out;
  query<sum_row> sums(db,
                      "FROM report_sum WHERE domain = ? AND proven = 1 "
                      "AND day >= ? AND day < ? ORDER BY day DESC LIMIT ?");
  for (sums.bind(domain, of.from, of.to, most_sums); sums.next();) {
    const sum_row row = sums.row();
    const auto [at, is_new] = places.emplace(row.source, out.size());
    if (is_new)
      out.push_back({.source = row.source});
    add(out[at->second], static_cast<unsigned>(row.outcome),
        static_cast<std::uint64_t>(row.mails));
  }
  if (out.size() > most_sources) {
    std::ranges::nth_element(out, out.begin() + most_sources, std::greater<>(),
                             &address_sums::mails);
    out.resize(most_sources);
  }
  std::ranges::sort(out, {}, &address_sums::source);
  return out;
}

void read_sources(const sqlite::database& db, std::int64_t domain,
                  report_period of, reported_sending& out) {
  query<seen_row> seen(db,
                       "FROM report_seen e JOIN report_source s "
                       "ON s.id = e.source WHERE e.domain = ? "
                       "AND e.proven = 1 AND e.source = ?");
  for (const address_sums& a : read_addresses(db, domain, of)) {
    reports::source& s = out.sources.emplace_back();
    s.mails = a.mails;
    s.passed = a.passed;
    s.dkim = a.dkim;
    s.spf = a.spf;
    s.forwarded = a.forwarded;
    s.stopped = a.stopped;
    if (auto row = seen.first(domain, a.source))
      take(s, std::move(*row));
    out.others.mails -= s.mails;
    out.others.passed -= s.passed;
    out.others.dkim -= s.dkim;
    out.others.spf -= s.spf;
    out.others.forwarded -= s.forwarded;
    out.others.stopped -= s.stopped;
  }
}

}  // namespace

std::vector<reported_domain> read_reported_domains(
    sqlite::database& db, const std::vector<std::string>& ours) {
  sqlite::transaction view(db, sqlite::purpose::read);
  std::vector<reported_domain> out;
  query<own_row> own(db, "FROM report_domain d WHERE d.name = ?");
  for (const std::string& name : ours) {
    auto row = own.first(name);
    if (row && row->reports > 0)
      out.push_back(std::move(*row));
  }
  query<domain_row> others(
      db,
      "FROM (SELECT domain, max(proven) AS proven, count(*) AS reports, "
      "max(day) AS last FROM (SELECT domain, proven, day FROM report "
      "WHERE room = ? AND whole = 1 ORDER BY id DESC LIMIT ?) AS r "
      "GROUP BY domain ORDER BY reports DESC, domain LIMIT ?) AS c "
      "JOIN report_domain d ON d.id = c.domain ORDER BY d.name");
  for (const auto& [room, most] :
       {std::pair(rooms::ours, most_domains),
        std::pair(rooms::of_others, most_domains),
        std::pair(rooms::unproven, most_unproven_domains)}) {
    for (domain_row& d : others.all(room, most_reports_of_room, most)) {
      if (std::ranges::find(out, d.name, &reported_domain::name) == out.end())
        out.push_back(std::move(d));
    }
  }
  view.commit();
  return out;
}

reported_sending read_sending(sqlite::database& db, std::string_view domain,
                              report_period of) {
  sqlite::transaction view(db, sqlite::purpose::read);
  reported_sending out;
  std::map<std::int64_t, reported_day> days;
  if (const auto id = id_of_domain(db, domain)) {
    query<total_row> totals(
        db,
        "FROM report_day WHERE domain = ? AND proven = 1 AND day >= ? "
        "AND day < ?");
    for (totals.bind(*id, of.from, of.to); totals.next();) {
      const total_row row = totals.row();
      const auto outcome = static_cast<unsigned>(row.outcome);
      const auto mails = static_cast<std::uint64_t>(row.mails);
      add_to_day(days[row.day], outcome, mails);
      add(out.others, outcome, mails);
    }
    read_sources(db, *id, of, out);
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
  const auto id = id_of_domain(db, domain);
  if (id && offset < most_listed) {
    query<report_columns> some(
        db,
        "FROM report WHERE domain = ? AND proven = ? AND day >= ? "
        "AND day < ? AND whole = 1 ORDER BY day DESC, id DESC LIMIT ?");
    // In the order of an index: one walk for each.
    for (const bool is_proven : {false, true})
      for (report_columns& r :
           some.all(*id, is_proven, of.from, of.to, offset + limit))
        out.push_back(std::move(r));
    std::ranges::sort(out, std::greater<>(), [](const kept_report& r) {
      return std::pair(r.day, r.id);
    });
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(
                                             std::min(offset, out.size())));
    out.resize(std::min(out.size(), limit));
  }
  view.commit();
  return out;
}

}  // namespace mekiki::store
