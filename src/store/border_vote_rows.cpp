#include "store/border_vote_rows.hpp"

#include <algorithm>
#include <utility>

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
           "authority, places, depth, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
           "ON CONFLICT DO NOTHING"),
      drop_of_one_(db,
                   "DELETE FROM border_vote WHERE scope = ? AND mx_set = ? "
                   "AND signature IN (SELECT signature FROM border_vote "
                   "WHERE scope = ? AND mx_set = ? AND organization = ? "
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
  add_.bind(scope, b.mx_set, v.signature, v.organization, v.authority, places,
            static_cast<std::int64_t>(depth), v.at)
      .run();
  drop_of_one_
      .bind(scope, b.mx_set, scope, b.mx_set, v.organization, most_votes_of_one)
      .run();
  drop_of_all_.bind(scope, b.mx_set, scope, b.mx_set, most_border_votes).run();
}

}  // namespace mekiki::store
