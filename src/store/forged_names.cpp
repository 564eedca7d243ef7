#include "store/forged_names.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/dialect.hpp"
#include "store/row.hpp"
#include "store/words.hpp"
#include "verdict/reason.hpp"

namespace mekiki::store {
namespace {

constexpr int most_looked_at = 20'000;
constexpr std::size_t most_groups = 10;
constexpr std::size_t most_named = 3;  // accounts of a group

struct forged_row {
  std::string domain, account, reason;
  std::int64_t came = 0, id = 0, fetched = 0, day = 0;

  auto columns() {
    return std::tie("author_domain", domain, "account", account, "reason",
                    reason, "counted", came, "id", id, "fetched", fetched,
                    "summed", day);
  }
};

forged_kind kind_of(std::string_view reason) {
  const std::string_view code = reason.substr(0, reason.find(' '));
  if (code == "look-alike")
    return forged_kind::look_alike;
  return code == "display-name" ? forged_kind::display_name
                                : forged_kind::misused;
}

/// Mails of one domain, the newest first.
class gathering {
 public:
  explicit gathering(const forged_row& newest)
      : first_(newest.came), last_(newest.came) {}

  void take(const forged_row& m) {
    first_ = m.came;
    fetched_ = std::max(fetched_, m.fetched);
    ++mails_;
    ++accounts_[m.account];
    const forged_kind k = kind_of(m.reason);
    ++kinds_.at(static_cast<std::size_t>(k));
    if (k == forged_kind::look_alike && like_.empty()) {
      const verdict::reason why = verdict::parse_reason(m.reason);
      for (const auto& [name, value] : why.facts) {
        if (name == "like")
          like_ = value;
      }
    }
  }

  std::int64_t first() const { return first_; }

  forged_group made(const std::string& domain) const {
    forged_group g{.domain = domain};
    const auto most = std::ranges::max_element(kinds_) - kinds_.begin();
    g.kind = static_cast<forged_kind>(most);
    if (g.kind == forged_kind::look_alike)
      g.like = like_;
    g.mails = mails_;
    g.all_accounts = static_cast<std::int64_t>(accounts_.size());
    g.first = first_;
    g.last = last_;
    g.fetched = fetched_;
    std::vector<std::pair<std::int64_t, std::string>> hit;
    hit.reserve(accounts_.size());
    for (const auto& [name, mails] : accounts_) hit.emplace_back(-mails, name);
    std::ranges::sort(hit);
    for (const auto& [mails, name] : hit) {
      if (g.accounts.size() < most_named)
        g.accounts.push_back(name);
    }
    return g;
  }

  std::int64_t mails() const { return mails_; }

 private:
  std::int64_t first_, last_;
  std::int64_t fetched_ = 0;
  std::int64_t mails_ = 0;
  std::map<std::string, std::int64_t> accounts_;
  std::array<std::int64_t, 3> kinds_{};
  std::string like_;
};

void keep_largest(std::vector<forged_group>& groups) {
  std::ranges::sort(groups, [](const forged_group& a, const forged_group& b) {
    return std::tuple(-a.mails, -a.last, a.domain) <
           std::tuple(-b.mails, -b.last, b.domain);
  });
  groups.resize(std::min(groups.size(), most_groups));
}

}  // namespace

std::string_view to_string(forged_kind k) {
  switch (k) {
    case forged_kind::misused:
      return "misused";
    case forged_kind::look_alike:
      return "look-alike";
    case forged_kind::display_name:
      return "display-name";
  }
  return "";
}

forged_names read_forged_names(const sqlite::database& db,
                               std::string_view account,
                               std::string_view domain, std::int64_t from,
                               std::int64_t to, time_zone zone,
                               const std::function<bool()>& is_over) {
  constexpr std::size_t asked_every = 64;  // rows
  // No mail is fetched before it comes, nor again before its first time.
  query<forged_row> mails(
      db, fmt::format("FROM {} WHERE level = 'forged' AND {} fetched >= ?3 "
                      "AND counted < ?4 AND summed BETWEEN ?6 AND ?7 "
                      "AND (?1 = '' OR account = ?1) "
                      "AND author_domain <> '' "
                      "ORDER BY fetched DESC, id DESC LIMIT ?5",
                      dialect::along("mail", domain.empty() ? "mail_level"
                                                            : "mail_domain"),
                      domain.empty() ? "?2 = '' AND" : "reversed = ?2 AND"));
  const std::string key = reversed(domain);
  std::vector<forged_row> rows;
  const std::int64_t first_day = zone.day_of(from);
  const std::int64_t last_day = zone.day_of(to - 1);
  for (mails.bind(account, key, from, to, most_looked_at, first_day, last_day);
       mails.next();) {
    rows.push_back(mails.row());
    if (rows.size() % asked_every == 0 && is_over())
      break;
  }
  std::ranges::sort(rows, std::ranges::greater(), [](const forged_row& m) {
    return std::pair(m.came, m.id);
  });

  struct of_domain {
    gathering all, wave;
  };
  std::unordered_map<std::string, of_domain> found;
  forged_names out;
  const auto end_wave = [&](const std::string& name, const gathering& w) {
    if (w.mails() >= least_wave)
      out.waves.push_back(w.made(name));
  };
  std::map<std::int64_t, std::int64_t> days;
  for (const forged_row& m : rows) {
    auto at = found.find(m.domain);
    if (at == found.end())
      at = found.emplace(m.domain, of_domain{gathering(m), gathering(m)}).first;
    of_domain& d = at->second;
    if (d.wave.first() - m.came > wave_gap) {
      end_wave(m.domain, d.wave);
      d.wave = gathering(m);
    }
    d.all.take(m);
    d.wave.take(m);
    if (!domain.empty())
      ++days[m.day];
  }
  for (const auto& [name, d] : found) {
    end_wave(name, d.wave);
    out.domains.push_back(d.all.made(name));
  }
  for (const auto& [day, count] : days) out.days.push_back({day, count});
  keep_largest(out.domains);
  keep_largest(out.waves);
  return out;
}

std::int64_t first_day_of_sums(const sqlite::database& db) {
  return db.number("SELECT coalesce(min(day), 0) FROM day_sum");
}

}  // namespace mekiki::store
