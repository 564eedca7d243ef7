#include "store/sights.hpp"

#include <algorithm>
#include <tuple>

#include "base/unix_time.hpp"
#include "store/dialect.hpp"
#include "store/row.hpp"
#include "verdict/border.hpp"

namespace mekiki::store {
namespace {

constexpr std::size_t most_reasons = 5;
constexpr std::size_t most_accounts = 10;

bool is_from_inside(std::string_view way) {
  const std::string_view word = way.substr(0, way.find(' '));
  return word == to_string(verdict::border_status::submitted) ||
         word == to_string(verdict::border_status::local_program);
}

std::vector<named_count> most_first(
    const std::map<std::string, std::uint64_t, std::less<>>& counted,
    std::size_t most) {
  std::vector<named_count> out;
  for (const auto& [name, mails] : counted) out.push_back({name, mails});
  std::ranges::sort(out, [](const named_count& a, const named_count& b) {
    return std::tie(b.mails, a.name) < std::tie(a.mails, b.name);
  });
  out.resize(std::min(out.size(), most));
  return out;
}

struct way_row {
  std::string_view account, way;

  auto columns() { return std::tie("account", account, "way", way); }
};

}  // namespace

std::string_view to_string(sight s) {
  switch (s) {
    case sight::early:
      return "early";
    case sight::good:
      return "good";
    case sight::blind:
      return "blind";
  }
  return "early";
}

sight worst_of(const std::vector<server_sight>& servers) {
  bool is_seen = false;
  bool is_doubtful = false;
  for (const server_sight& s : servers) {
    if (s.what == sight::blind)
      return sight::blind;
    is_seen = is_seen || s.what == sight::good;
    is_doubtful = is_doubtful || (s.what == sight::early &&
                                  (s.mails - s.certain) * 5 > s.mails);
  }
  return is_seen && !is_doubtful ? sight::good : sight::early;
}

sight sight_counter::counts::what() const {
  if (mails() < least_mails_of_sight)
    return sight::early;
  return unseen() * 5 > mails() ? sight::blind : sight::good;
}

void sight_counter::add(std::string_view account, std::string_view way) {
  if (way.empty())
    return;
  counts& c = servers_[host_of_account(account)];
  if (is_from_inside(way)) {
    ++c.inside;
  } else if (way == "certain") {
    ++c.certain;
    ++c.run;
    if (c.run >= mails_to_see_again && c.what() == sight::blind) {
      c = {};
      c.certain = c.run = mails_to_see_again;
    }
    return;
  } else {
    ++c.uncertain;
    c.run = 0;
  }
  ++c.why[std::string(way)];
  ++c.accounts[std::string(account)];
}

std::vector<server_sight> sight_counter::servers() const {
  std::vector<server_sight> out;
  for (const auto& [host, c] : servers_) {
    server_sight& s = out.emplace_back();
    s.host = host;
    s.what = c.what();
    s.mails = c.mails();
    s.certain = c.certain;
    s.inside = c.inside;
    auto why = c.why;
    if (!c.has_inside())
      std::erase_if(why, [](const auto& w) { return is_from_inside(w.first); });
    s.why = most_first(why, most_reasons);
    s.accounts = most_first(c.accounts, most_accounts);
    s.all_accounts = c.accounts.size();
  }
  std::ranges::sort(out, {}, [](const server_sight& s) {
    return std::tuple(s.what != sight::blind, std::string_view(s.host));
  });
  return out;
}

std::vector<server_sight> read_sights(const sqlite::database& db,
                                      std::string_view account,
                                      std::int64_t now) {
  const char* const index = account.empty() ? "mail_fetched" : "mail_account";
  query<way_row> mails(db,
                       "FROM " + dialect::along("mail", index) +
                           " WHERE (?1 = '' OR account = ?1) AND fetched >= ?2 "
                           "ORDER BY fetched, id");
  sight_counter counter;
  for (mails.bind(account, now - sight_days * day_seconds); mails.next();) {
    const way_row row = mails.row();
    counter.add(row.account, row.way);
  }
  return counter.servers();
}

std::string host_of_account(std::string_view account) {
  std::string_view host = account.substr(account.rfind('%') + 1);
  if (host.starts_with('['))
    return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.find(':')));
}

}  // namespace mekiki::store
