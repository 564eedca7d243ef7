#include "store/sums.hpp"

#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace mekiki::store {
namespace {

struct counted {
  std::string_view name;
  std::string_view stored_verdict::*of;
  std::string_view word;  // "": any other
  std::uint64_t& (*in)(day_sum&);
};

using sum = day_sum;
constexpr std::array<counted, 12> counters = {{
    {"genuine", &stored_verdict::level, "genuine",
     [](sum& d) -> std::uint64_t& { return d.level.genuine; }},
    {"new_sender", &stored_verdict::level, "new",
     [](sum& d) -> std::uint64_t& { return d.level.new_; }},
    {"unverified", &stored_verdict::level, "unverified",
     [](sum& d) -> std::uint64_t& { return d.level.unverified; }},
    {"altered", &stored_verdict::level, "altered",
     [](sum& d) -> std::uint64_t& { return d.level.altered; }},
    {"forged", &stored_verdict::level, "forged",
     [](sum& d) -> std::uint64_t& { return d.level.forged; }},
    {"dkim_pass", &stored_verdict::dkim, "pass",
     [](sum& d) -> std::uint64_t& { return d.dkim_check.pass; }},
    {"dkim_fail", &stored_verdict::dkim, "fail",
     [](sum& d) -> std::uint64_t& { return d.dkim_check.fail; }},
    {"dkim_none", &stored_verdict::dkim, "none",
     [](sum& d) -> std::uint64_t& { return d.dkim_check.none; }},
    {"dmarc_pass", &stored_verdict::dmarc, "pass",
     [](sum& d) -> std::uint64_t& { return d.dmarc.pass; }},
    {"dmarc_fail", &stored_verdict::dmarc, "fail",
     [](sum& d) -> std::uint64_t& { return d.dmarc.fail; }},
    {"dmarc_none", &stored_verdict::dmarc, "none",
     [](sum& d) -> std::uint64_t& { return d.dmarc.none; }},
    {"dmarc_other", &stored_verdict::dmarc, "",
     [](sum& d) -> std::uint64_t& { return d.dmarc.other; }},
}};

using counts = std::array<std::int64_t, counters.size()>;

counts counts_of(const stored_verdict& words) {
  counts out{};
  for (std::size_t i = 0; i < counters.size(); ++i) {
    out[i] = words.*counters[i].of == counters[i].word ? 1 : 0;
  }
  // "temperror", "permerror"
  out.back() = 1 - out[8] - out[9] - out[10];
  return out;
}

/// "genuine = genuine + ?, ..."
std::string additions() {
  std::string sql;
  for (const counted& c : counters) {
    sql +=
        fmt::format("{}{} = {} + ?", sql.empty() ? "" : ", ", c.name, c.name);
  }
  return sql;
}

/// "sum(genuine), ..."
std::string sums() {
  std::string sql;
  for (const counted& c : counters) sql += fmt::format(", sum({})", c.name);
  return sql;
}

struct forged_row : named_count {
  auto columns() { return std::tie("domain", name, "sum(mails)", mails); }
};

}  // namespace

sum_writer::sum_writer(sqlite::database& db)
    : db_(db),
      find_row_(db, "SELECT day FROM day_sum WHERE day = ? AND account = ?"),
      accounts_(
          db,
          "SELECT count(*) FROM "
          "(SELECT day FROM day_sum WHERE day = ? LIMIT ?) AS rows_of_day"),
      make_row_(db,
                "INSERT INTO day_sum (day, account) VALUES (?, ?) "
                "ON CONFLICT DO NOTHING"),
      count_(db, "UPDATE day_sum SET " + additions() +
                     " WHERE day = ? AND account = ?"),
      count_domain_(db,
                    "UPDATE day_forged SET mails = mails + 1 "
                    "WHERE day = ? AND domain = ?"),
      domains_(db, "SELECT count(*) FROM day_forged WHERE day = ?"),
      add_domain_(db,
                  "INSERT INTO day_forged (day, domain, mails) "
                  "VALUES (?, ?, 1)"),
      replace_rarest_(db,
                      "UPDATE day_forged SET domain = ?, mails = mails + 1 "
                      "WHERE day = ? AND domain = (SELECT domain FROM "
                      "day_forged WHERE day = ? ORDER BY mails LIMIT 1)"),
      uncount_domain_(db,
                      "UPDATE day_forged SET mails = mails - 1 "
                      "WHERE day = ? AND domain = ?"),
      drop_domain_(db,
                   "DELETE FROM day_forged "
                   "WHERE day = ? AND domain = ? AND mails <= 0") {}

void sum_writer::add(std::int64_t day, std::string_view account,
                     std::string_view domain, const stored_verdict& words) {
  if (!has_row(day, account)) {
    if (accounts_.first(day, most_sum_accounts).value_or(0) >=
        most_sum_accounts)
      account = {};
    make_row_.bind(day, account).run();
  }
  std::apply([&](auto... n) { count_.bind(n..., day, account).run(); },
             counts_of(words));
  if (words.level == "forged")
    count_forged(day, domain);
}

void sum_writer::move(std::int64_t day, std::string_view account,
                      std::string_view domain, const stored_verdict& before,
                      const stored_verdict& after) {
  if (!has_row(day, account))
    account = {};
  counts change = counts_of(after);
  const counts old = counts_of(before);
  for (std::size_t i = 0; i < change.size(); ++i) change[i] -= old[i];
  // Not where the sums of that day are gone.
  std::apply([&](auto... n) { count_.bind(n..., day, account).run(); }, change);
  if (db_.changes() == 0 || before.level == after.level)
    return;
  if (before.level == "forged")
    uncount_forged(day, domain);
  if (after.level == "forged")
    count_forged(day, domain);
}

bool sum_writer::has_row(std::int64_t day, std::string_view account) {
  return find_row_.first(day, account).has_value();
}

/// Where there is no room the rarest gives its place, and its number, to the
/// new one ("Space-Saving", Metwally et al. 2005). So of n forged mails of a
/// day, whatever their domains are, each domain of more than n / most is there,
/// and no number is too high by more than that.
void sum_writer::count_forged(std::int64_t day, std::string_view domain) {
  count_domain_.bind(day, domain).run();
  if (db_.changes() > 0)
    return;
  if (domains_.first(day).value_or(0) < most_sum_domains) {
    add_domain_.bind(day, domain).run();
  } else {
    replace_rarest_.bind(domain, day, day).run();
  }
}

void sum_writer::uncount_forged(std::int64_t day, std::string_view domain) {
  uncount_domain_.bind(day, domain).run();
  drop_domain_.bind(day, domain).run();
}

day_sums read_sums(sqlite::database& db, std::string_view account,
                   std::int64_t from, std::int64_t to) {
  sqlite::transaction view(db, sqlite::purpose::read);
  day_sums out;
  sqlite::statement days(
      db, "SELECT day" + sums() +
              " FROM day_sum WHERE day >= ?1 AND day < ?2 "
              "AND (?3 = '' OR account = ?3) GROUP BY day ORDER BY day");
  for (days.bind(from, to, account); days.next();) {
    day_sum& d = out.days.emplace_back();
    d.day = days.number(0);
    int at = 0;
    for (const counted& c : counters)
      c.in(d) = static_cast<std::uint64_t>(days.number(++at));
  }
  if (account.empty()) {
    query<forged_row> domains(
        db,
        "FROM day_forged WHERE day >= ? AND day < ? GROUP BY domain "
        "ORDER BY 2 DESC, 1 LIMIT 10");
    out.forged_domains = domains.all<named_count>(from, to);
  }
  view.commit();
  return out;
}

}  // namespace mekiki::store
