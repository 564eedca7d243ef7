#include "store/border_vote_rows.hpp"

#include <algorithm>
#include <utility>

#include "store/border_answer_rows.hpp"
#include "store/sights.hpp"

namespace mekiki::store {
namespace {

using verdict::border_vote;

// Views and addresses are of visible ASCII, spaces and line feeds.
constexpr char between_places = '\x1e';
constexpr char before_client = '\x1f';
constexpr std::size_t most_octets = 8 << 10;  // of all places

std::string encode(const std::vector<border_vote::place>& places) {
  std::string out;
  for (const border_vote::place& p : places) {
    if (!out.empty())
      out += between_places;
    out += p.view + before_client + p.client;
  }
  return out;
}

std::vector<border_vote::place> decode(std::string_view text) {
  std::vector<border_vote::place> out;
  while (!text.empty()) {
    const std::string_view place = text.substr(0, text.find(between_places));
    text.remove_prefix(std::min(text.size(), place.size() + 1));
    const std::size_t at = place.find(before_client);
    if (at != std::string_view::npos)
      out.push_back({std::string(place.substr(0, at)),
                     std::string(place.substr(at + 1))});
  }
  return out;
}

constexpr std::string_view of_account = "account:";
constexpr std::string_view of_upstream = "upstream:";

/// Of a history (store.hpp): "account:taro%pop.example.jp:10110",
/// "upstream:pop.example.jp".
std::string owner_of(const std::string& history) {
  for (const std::string_view kind : {of_account, of_upstream}) {
    if (history.starts_with(kind))
      return history.substr(kind.size());
  }
  return history;
}

std::string host_of(const std::string& history) {
  const std::string owner = owner_of(history);
  return history.starts_with(of_upstream) ? owner : host_of_account(owner);
}

struct taught_row {
  std::int64_t scope = 0;
  std::string history, mx_set;

  auto columns() {
    return std::tie("s.id", scope, "s.name", history, "t.mx_set", mx_set);
  }
};

std::vector<taught_row> taught(const sqlite::database& db) {
  return query<taught_row>(db,
                           "FROM (SELECT scope, mx_set FROM border_vote UNION "
                           "SELECT scope, mx_set FROM border_answer) AS t "
                           "JOIN scope s ON s.id = t.scope "
                           "ORDER BY s.name, t.mx_set")
      .all();
}

}  // namespace

border_vote_reader::border_vote_reader(const sqlite::database& db)
    : votes_(db,
             "FROM border_vote WHERE scope = ? AND mx_set = ? "
             "ORDER BY at LIMIT 1000") {}

std::vector<border_vote> border_vote_reader::read(std::int64_t scope,
                                                  const std::string& mx_set) {
  std::vector<border_vote> out;
  for (vote_row& row : votes_.all(scope, mx_set)) {
    border_vote& v = out.emplace_back();
    v.places = decode(row.places);
    v.organization = std::move(row.organization);
    v.signature = std::move(row.signature);
    v.authority = std::move(row.authority);
    v.at = row.at;
  }
  return out;
}

border_vote_writer::border_vote_writer(sqlite::database& db)
    : add_(db,
           "INSERT INTO border_vote (scope, mx_set, signature, organization, "
           "authority, places, depth, at, form) "
           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
           "ON CONFLICT DO NOTHING RETURNING 1"),
      drop_of_one_(db,
                   "DELETE FROM border_vote WHERE scope = ? AND mx_set = ? "
                   "AND signature IN (SELECT signature FROM border_vote "
                   "WHERE scope = ? AND mx_set = ? AND organization = ? "
                   "ORDER BY at DESC, signature LIMIT 1000 OFFSET ?)"),
      drop_of_form_(db,
                    "DELETE FROM border_vote WHERE scope = ? AND mx_set = ? "
                    "AND signature IN (SELECT signature FROM border_vote "
                    "WHERE scope = ? AND mx_set = ? AND form = ? "
                    "ORDER BY at DESC, signature LIMIT 1000 OFFSET ?)"),
      drop_of_all_(db,
                   "DELETE FROM border_vote WHERE scope = ? AND mx_set = ? "
                   "AND signature IN (SELECT signature FROM border_vote "
                   "WHERE scope = ? AND mx_set = ? "
                   "ORDER BY depth, at DESC, signature "
                   "LIMIT 1000 OFFSET ?)") {}

void border_vote_writer::write(const verdict::learned_border& b,
                               std::int64_t scope) {
  const border_vote& v = b.vote;
  const std::string places = encode(v.places);
  if (places.empty() || places.size() > most_octets)
    return;
  const std::string& deepest = v.places.back().view;
  const auto depth = std::count(deepest.begin(), deepest.end(), '\n');
  const bool is_new =
      add_.bind(scope, b.mx_set, v.signature, v.organization, v.authority,
                places, static_cast<std::int64_t>(depth), v.at, deepest)
          .next();
  add_.rest();
  if (!is_new)
    return;
  new_of_one_.emplace(scope, b.mx_set, v.organization);
  new_of_form_.emplace(scope, b.mx_set, deepest);
}

void border_vote_writer::prune() {
  for (const auto& [scope, mx_set, organization] : new_of_one_) {
    drop_of_one_
        .bind(scope, mx_set, scope, mx_set, organization, most_votes_of_one)
        .run();
  }
  for (const auto& [scope, mx_set, form] : new_of_form_) {
    drop_of_form_.bind(scope, mx_set, scope, mx_set, form, most_votes_for_form)
        .run();
  }
  // Only now, so that the votes for one form push out none for another.
  std::set<std::tuple<std::int64_t, std::string>> borders;
  for (const auto& [scope, mx_set, form] : new_of_form_)
    borders.emplace(scope, mx_set);
  for (const auto& [scope, mx_set] : borders)
    drop_of_all_.bind(scope, mx_set, scope, mx_set, most_border_votes).run();
  forget();
}

void border_vote_writer::forget() {
  new_of_one_.clear();
  new_of_form_.clear();
}

std::vector<learned_provider> learned_providers(const sqlite::database& db) {
  border_vote_reader votes(db);
  border_answer_reader answers(db);
  std::vector<learned_provider> out;
  for (taught_row& row : taught(db)) {
    learned_provider& p = out.emplace_back();
    p.owner = owner_of(row.history);
    p.host = host_of(row.history);
    p.votes = votes.read(row.scope, row.mx_set);
    p.answers = answers.read(row.scope, row.mx_set);
    p.mx_set = std::move(row.mx_set);
  }
  return out;
}

forgotten_border forget_votes(sqlite::database& db, std::string_view host,
                              std::string_view account) {
  sqlite::statement votes(
      db, "DELETE FROM border_vote WHERE scope = ? AND mx_set = ?");
  sqlite::statement answers(
      db, "DELETE FROM border_answer WHERE scope = ? AND mx_set = ?");
  forgotten_border forgotten;
  for (const taught_row& row : taught(db)) {
    const bool is_meant = host_of(row.history) == host &&
                          (account.empty() || owner_of(row.history) == account);
    if (!is_meant)
      continue;
    votes.bind(row.scope, row.mx_set).run();
    forgotten.votes += db.changes();
    answers.bind(row.scope, row.mx_set).run();
    forgotten.answers += db.changes();
  }
  return forgotten;
}

}  // namespace mekiki::store
