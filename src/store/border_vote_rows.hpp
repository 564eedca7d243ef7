// The votes of proven mails on where the border is (verdict/border_views.hpp).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "store/row.hpp"
#include "store/sqlite.hpp"
#include "verdict/facts.hpp"

namespace mekiki::store {

// For each history and set of MX hosts.
constexpr std::int64_t most_border_votes = 800;
constexpr std::int64_t most_votes_for_form = 100;  // of trace
constexpr std::int64_t most_votes_of_one = 10;     // organization
constexpr std::int64_t border_vote_days = 90;      // kept

/// The votes that a history keeps for a set of MX hosts.
class border_vote_reader {
 public:
  explicit border_vote_reader(const sqlite::database& db);
  std::vector<verdict::border_vote> read(std::int64_t scope,
                                         const std::string& mx_set);

 private:
  struct vote_row {
    std::string signature, organization, authority, places;
    std::int64_t at = 0;

    auto columns() {
      return std::tie("signature", signature, "organization", organization,
                      "authority", authority, "places", places, "at", at);
    }
  };
  query<vote_row> votes_;
};

/// Each signature votes once. An organization that has too many votes loses its
/// oldest one, and so does a form of trace. If a history has too many votes in
/// all, those for the deepest place are removed first, so that nobody who
/// invents hops below the border can displace the votes of those who know it;
/// the forms above it are few, and the votes for them cannot take all the room.
class border_vote_writer {
 public:
  explicit border_vote_writer(sqlite::database& db);
  /// Failures are sqlite::error.
  void write(const verdict::learned_border& b, std::int64_t scope);
  /// Removes votes above the limits. To be called before each commit.
  void prune();
  /// To be called after a rollback.
  void forget();

 private:
  using subject = std::tuple<std::int64_t, std::string, std::string>;

  sqlite::statement add_, drop_of_one_, drop_of_form_, drop_of_all_;
  // Since the last `prune`: scope, MX hosts, and the organization or form.
  std::set<subject> new_of_one_, new_of_form_;
};

/// What proven mails taught one history about where its provider's border is.
struct learned_provider {
  std::string owner;  // an account, or the host whose accounts share a history
  std::string host;   // that the mails are fetched from
  std::string mx_set;
  std::vector<verdict::border_vote> votes;  // the oldest first
  std::vector<verdict::border_answer> answers;
};

/// What all histories were taught, for each set of MX hosts.
std::vector<learned_provider> learned_providers(const sqlite::database& db);

/// How many votes and answers were removed.
struct forgotten_border {
  std::int64_t votes = 0;
  std::int64_t answers = 0;
};

/// Forgets the votes of mails fetched from `host` (lower case), and what people
/// answered about them: of one account, or, where that is empty, of all.
forgotten_border forget_votes(sqlite::database& db, std::string_view host,
                              std::string_view account);

}  // namespace mekiki::store
