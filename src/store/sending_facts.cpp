#include "store/sending_facts.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/report_store.hpp"
#include "store/row.hpp"
#include "store/schema.hpp"
#include "store/seen_row.hpp"
#include "store/sender_notes.hpp"

namespace mekiki::store {
namespace {

constexpr std::int64_t days_of_policies = 366;
constexpr std::int64_t most_told_days = 20'000;

/// However many policies one makes up on a day, one counts.
constexpr const char* strictest =
    "max(CASE WHEN lower(policy) || ' ' LIKE 'p=reject %' THEN 6 "
    "WHEN lower(policy) || ' ' LIKE 'p=quarantine %' THEN 4 "
    "WHEN lower(policy) || ' ' LIKE 'p=none %' THEN 2 ELSE 0 END "
    "- CASE WHEN lower(policy) || ' ' LIKE '% t=y %' THEN 1 ELSE 0 END)";

std::string policy_text(std::int64_t code) {
  if (code <= 0)
    return "";
  constexpr const char* words[] = {"p=none", "p=quarantine", "p=reject"};
  const std::string word = words[(code - 1) / 2];
  return code % 2 == 1 ? word + " t=y" : word;
}

struct day_row {
  std::int64_t day = 0, mails = 0, failed = 0, policy = 0;
  std::string author;
  auto columns() {
    return std::tie("day", day, "author", author, strictest, policy,
                    "sum(mails)", mails, "sum(failed)", failed);
  }
};

struct report_row {
  std::int64_t id = 0, records = 0, summed = 0, failed = 0;
  std::string author;
  auto columns() {
    return std::tie("id", id, "author", author, "records", records, "summed",
                    summed, "failed", failed);
  }
};

struct name_row : seen_row {
  std::int64_t source = 0;
  auto columns() {
    return std::tuple_cat(std::tie("s.id", source), seen_row::columns());
  }
};

/// The counts of all sources, by reporter.
class counter {
 public:
  explicit counter(reports::sending_facts& to) : to_(to) {}

  std::uint32_t reporter(const std::string& author) {
    const auto [at, is_new] = reporters_.emplace(
        author, static_cast<std::uint32_t>(to_.reporters.size()));
    if (is_new)
      to_.reporters.push_back(author);
    return at->second;
  }

  void add(std::int64_t source, std::uint32_t reporter, unsigned outcome,
           std::uint64_t mails) {
    const auto [at, is_new] = places_.emplace(source, to_.sources.size());
    if (is_new)
      to_.sources.emplace_back();
    reports::told_source& s = to_.sources[at->second];
    auto count = s.by.begin();
    while (count != s.by.end() && count->reporter != reporter) ++count;
    if (count == s.by.end())
      count = s.by.insert(count, {.reporter = reporter});
    s.of.mails += mails;
    if ((outcome & report_outcome::dkim) != 0)
      s.of.dkim += mails;
    if ((outcome & report_outcome::spf) != 0)
      s.of.spf += mails;
    if ((outcome & report_outcome::passed) != 0) {
      count->passed += mails;
      s.of.passed += mails;
    } else if ((outcome & report_outcome::forwarded) != 0) {
      count->forwarded += mails;
      s.of.forwarded += mails;
    } else {
      count->failed += mails;
    }
  }

  void name(name_row&& row) {
    const auto at = places_.find(row.source);
    if (at == places_.end())
      return;
    take(to_.sources[at->second].of, std::move(row));
  }

 private:
  reports::sending_facts& to_;
  std::unordered_map<std::string, std::uint32_t> reporters_;
  std::unordered_map<std::int64_t, std::size_t> places_;
};

}  // namespace

reports::sending_facts read_sending_facts(
    sqlite::database& db, std::string_view domain, std::int64_t to,
    const std::function<std::int64_t(const reports::sending_facts&)>& first) {
  sqlite::transaction view(db, sqlite::purpose::read);
  reports::sending_facts out;
  const auto id = value_query<std::int64_t>(
                      db, "SELECT id FROM report_domain WHERE name = ?")
                      .first(domain);
  if (!id) {
    out.from = first(out);
    return out;
  }
  counter all(out);
  query<day_row> days(
      db,
      "FROM report WHERE domain = ? AND proven = 1 AND day >= ? AND day < ? "
      "AND kind = 'aggregate' AND whole = 1 AND ignored = 0 "
      "GROUP BY day, author ORDER BY day DESC LIMIT ?");
  for (days.bind(*id, to - days_of_policies, to, most_told_days);
       days.next();) {
    day_row row = days.row();
    out.days.push_back({.day = row.day,
                        .reporter = all.reporter(row.author),
                        .policy = policy_text(row.policy),
                        .mails = static_cast<std::uint64_t>(row.mails),
                        .failed = static_cast<std::uint64_t>(row.failed)});
  }
  out.from = first(out);
  query<report_row> newest(
      db,
      "FROM report WHERE domain = ? AND proven = 1 AND day >= ? AND day < ? "
      "AND kind = 'aggregate' AND whole = 1 AND ignored = 0 "
      "ORDER BY day DESC, id DESC");
  sqlite::statement rows(db,
                         "SELECT source, outcome, mails FROM report_row "
                         "WHERE report = ? AND number < ?");
  value_query<std::int64_t> beyond(
      db, "SELECT number FROM report_row WHERE report = ? AND number >= ?");
  std::size_t left = most_rows_of_facts;
  const auto add = [&](const report_row& r) {
    // Rows beyond have no names (report_store.hpp). Equal rows are one.
    const bool fits = static_cast<std::size_t>(r.summed) <= left;
    const bool is_read =
        fits && (r.summed == r.records || !beyond.first(r.id, r.summed));
    const std::uint32_t reporter = all.reporter(r.author);
    std::int64_t unread = r.failed;
    left -= fits ? static_cast<std::size_t>(r.summed) : left;
    for (rows.bind(r.id, fits ? r.summed : 0); rows.next();) {
      const auto outcome = static_cast<unsigned>(rows.number(1));
      if ((outcome & report_outcome::passed) == 0)
        unread -= rows.number(2);
      all.add(rows.number(0), reporter, outcome,
              static_cast<std::uint64_t>(rows.number(2)));
    }
    if (is_read)
      return;
    out.is_whole = false;
    out.unread[reporter] +=
        static_cast<std::uint64_t>(std::max<std::int64_t>(unread, 0));
  };
  // What strangers send takes no room from what counts.
  for (const bool is_known : {true, false}) {
    for (newest.bind(*id, out.from, to); newest.next();) {
      const report_row r = newest.row();
      if (reports::is_well_known_reporter(r.author) == is_known)
        add(r);
    }
  }
  query<name_row> names(db,
                        "FROM report_seen e JOIN report_source s "
                        "ON s.id = e.source WHERE e.domain = ? "
                        "AND e.proven = 1");
  for (names.bind(*id); names.next();) all.name(names.row());
  view.commit();
  return out;
}

sending_plan_view read_sending_plan(sqlite::database& db,
                                    std::string_view domain,
                                    std::optional<reports::policy_now> now,
                                    std::int64_t today) {
  const auto facts = read_sending_facts(
      db, domain, today + 1, [&](const reports::sending_facts& all) {
        const auto spans = reports::policy_spans(all);
        if (!now)
          now = reports::policy_of_reports(spans);
        return reports::policy_holds_since(spans, *now,
                                           today + 1 - reports::plan_period);
      });
  reports::owner_marks marks;
  for (const sender_mark& m : read_sender_marks(db, domain))
    marks.emplace(m.name, m.of);
  return {.plan = reports::make_sending_plan(facts, marks, *now, domain, today),
          .from = facts.from,
          .reporters = facts.reporters.size(),
          .is_whole = facts.is_whole};
}

expected<std::optional<sending_plan_view>, std::string> sending_plan_of(
    const std::filesystem::path& file, std::string_view domain,
    std::optional<reports::policy_now> now, std::int64_t today) {
  // A check reads a history, and changes none.
  if (!check_version(file))
    return std::nullopt;
  try {
    sqlite::database db(file, sqlite::access::read_only,
                        std::chrono::seconds(5));
    auto view = read_sending_plan(db, domain, std::move(now), today);
    if (view.reporters == 0)
      return std::nullopt;
    return view;
  } catch (const sqlite::error& e) {
    return unexpected(fmt::format("the database {} cannot be used: {}",
                                  file.string(), e.what()));
  }
}

}  // namespace mekiki::store
