#include "store/period.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "store/dialect.hpp"
#include "store/row.hpp"
#include "store/user_rows.hpp"

namespace mekiki::store {
namespace {

using verdict::level;

void add(std::vector<mail_count>& all, const mail_count& more) {
  const auto found = std::ranges::find_if(all, [&](const mail_count& c) {
    return c.what == more.what && c.dkim_check == more.dkim_check &&
           c.is_refused == more.is_refused;
  });
  if (found == all.end()) {
    all.push_back(more);
  } else {
    found->mails += more.mails;
  }
}

struct named_row {
  std::string name;
  std::uint64_t mails = 0;
  std::uint64_t all = 0;  // names

  // The first column is that of the name.
  auto columns() {
    return std::tie("name", name, "mails", mails, "names", all);
  }
};

struct names {
  std::vector<named_count> most;
  std::uint64_t all = 0;
};

names names_of(const std::vector<named_row>& rows) {
  names out;
  for (const named_row& r : rows) {
    out.most.push_back({r.name, r.mails});
    out.all = r.all;
  }
  return out;
}

std::string fetched_in_time() {
  return dialect::along("mail", "mail_fetched") +
         " WHERE fetched >= ? AND fetched < ?";
}

std::string judged() {
  return fmt::format("FROM {} GROUP BY 1, 2, 3", fetched_in_time());
}

/// Those that have most forged mails by that column.
std::string most_forged(std::string_view by) {
  return fmt::format(
      "FROM (SELECT {0} AS name, count(*) AS mails, count(*) OVER () AS names "
      "FROM {1} AND level = 'forged' GROUP BY {0} ORDER BY 2 DESC, 1 LIMIT 10) "
      "AS forged ORDER BY mails DESC, name",
      by, fetched_in_time());
}

std::string active() {
  return fmt::format("SELECT count(DISTINCT account) FROM {}",
                     fetched_in_time());
}

}  // namespace

// The index is named so that no later one, and no ANALYZE, makes of it a walk
// through all mails.
std::vector<std::string> period_statements() {
  const auto select = [](const std::string& columns, const std::string& rest) {
    return fmt::format("SELECT {} {}", columns, rest);
  };
  return {select(list_of_columns<count_row>(), judged()),
          select(list_of_columns<named_row>(), most_forged("author_domain")),
          select(list_of_columns<named_row>(), most_forged("account")),
          active()};
}

period_totals read_totals(sqlite::database& db, std::int64_t from,
                          std::int64_t to,
                          const std::vector<std::int64_t>& columns) {
  sqlite::transaction view(db, sqlite::purpose::read);
  period_totals out{.from = from, .to = to};

  std::vector<std::int64_t> bounds = columns;
  if (bounds.empty())
    bounds.push_back(from);
  bounds.resize(std::min(bounds.size(), most_columns));
  bounds.push_back(to);
  query<count_row> mails(db, judged());
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    period_totals::column& c = out.columns.emplace_back();
    c.from = bounds[i];
    for (const mail_count& m : counts_of(mails.all(bounds[i], bounds[i + 1]))) {
      add(out.judged, m);
      c.mails += m.mails;
      c.forged += m.what == level::forged ? m.mails : 0;
    }
  }

  names forged = names_of(
      query<named_row>(db, most_forged("author_domain")).all(from, to));
  out.forged_domains = std::move(forged.most);
  out.all_forged_domains = forged.all;
  names hit =
      names_of(query<named_row>(db, most_forged("account")).all(from, to));
  out.accounts_hit = std::move(hit.most);
  out.all_accounts_hit = hit.all;

  out.active_accounts =
      value_query<std::uint64_t>(db, active()).first(from, to).value_or(0);
  view.commit();
  return out;
}

}  // namespace mekiki::store
