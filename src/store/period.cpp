#include "store/period.hpp"

#include <algorithm>
#include <utility>

#include "store/user_rows.hpp"

namespace mekiki::store {
namespace {

using verdict::level;

std::uint64_t count(const sqlite::statement& s, int column) {
  return static_cast<std::uint64_t>(s.number(column));
}

void add(std::vector<mail_count>& all, const mail_count& more) {
  const auto found = std::ranges::find_if(all, [&](const mail_count& c) {
    return c.what == more.what && c.dkim_check == more.dkim_check;
  });
  if (found == all.end()) {
    all.push_back(more);
  } else {
    found->mails += more.mails;
  }
}

struct names {
  std::vector<named_count> most;
  std::uint64_t all = 0;
};

names names_of(sqlite::statement s, std::int64_t from, std::int64_t to) {
  names out;
  for (s.bind(from, to); s.next();) {
    out.most.push_back({std::string(s.text(0)), count(s, 1)});
    out.all = count(s, 2);
  }
  return out;
}

}  // namespace

// The index is named so that no later one, and no ANALYZE, makes of it a walk
// through all mails.
const std::array<std::string_view, 4> period_statements = {
    "SELECT level, dkim, count(*) FROM mail INDEXED BY mail_fetched "
    "WHERE fetched >= ? AND fetched < ? GROUP BY level, dkim",

    "SELECT author_domain, count(*), count(*) OVER () "
    "FROM mail INDEXED BY mail_fetched "
    "WHERE fetched >= ? AND fetched < ? AND level = 'forged' "
    "GROUP BY author_domain ORDER BY 2 DESC, 1 LIMIT 10",

    "SELECT account, count(*), count(*) OVER () "
    "FROM mail INDEXED BY mail_fetched "
    "WHERE fetched >= ? AND fetched < ? AND level = 'forged' "
    "GROUP BY account ORDER BY 2 DESC, 1 LIMIT 10",

    "SELECT count(DISTINCT account) FROM mail INDEXED BY mail_fetched "
    "WHERE fetched >= ? AND fetched < ?",
};

period_totals read_totals(sqlite::database& db, std::int64_t from,
                          std::int64_t to,
                          const std::vector<std::int64_t>& columns) {
  const auto& [judged, domains, accounts, active] = period_statements;
  sqlite::transaction view(db, sqlite::purpose::read);
  period_totals out{.from = from, .to = to};

  std::vector<std::int64_t> bounds = columns;
  if (bounds.empty())
    bounds.push_back(from);
  bounds.resize(std::min(bounds.size(), most_columns));
  bounds.push_back(to);
  sqlite::statement mails(db, judged);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    period_totals::column& c = out.columns.emplace_back();
    c.from = bounds[i];
    for (const mail_count& m :
         rows_of_counts(mails.bind(bounds[i], bounds[i + 1]))) {
      add(out.judged, m);
      c.mails += m.mails;
      c.forged += m.what == level::forged ? m.mails : 0;
    }
  }

  names forged = names_of({db, domains}, from, to);
  out.forged_domains = std::move(forged.most);
  out.all_forged_domains = forged.all;
  names hit = names_of({db, accounts}, from, to);
  out.accounts_hit = std::move(hit.most);
  out.all_accounts_hit = hit.all;

  sqlite::statement all(db, active);
  if (all.bind(from, to).next())
    out.active_accounts = count(all, 0);
  view.commit();
  return out;
}

}  // namespace mekiki::store
