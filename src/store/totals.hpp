// How many mails came in a time, and how they were judged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "store/user.hpp"

namespace mekiki::store {

struct named_count {
  std::string name;
  std::uint64_t mails = 0;
};

/// The mails that were fetched in a time, each once, at its last fetch.
struct period_totals {
  std::int64_t from = 0;  // Unix seconds
  std::int64_t to = 0;    // is no part of it
  std::vector<mail_count> judged;

  // The ten with most forged mails, most first, and how many there are. A
  // domain may be "": none could be read.
  std::vector<named_count> forged_domains;
  std::uint64_t all_forged_domains = 0;
  std::vector<named_count> accounts_hit;
  std::uint64_t all_accounts_hit = 0;
  std::uint64_t active_accounts = 0;  // that got any mail

  struct column {
    std::int64_t from = 0;  // until the next one's
    std::uint64_t mails = 0;
    std::uint64_t forged = 0;
  };
  std::vector<column> columns;

  /// Mails that could not be noted and are missing above. Known since the
  /// program's start.
  std::uint64_t lost = 0;
};
constexpr std::size_t most_columns = 31;

/// The mails of one day of options::zone, each on that of its first fetch.
struct day_sum {
  std::int64_t day = 0;  // since 1970-01-01
  struct {
    std::uint64_t genuine = 0, new_ = 0, unverified = 0, altered = 0,
                  forged = 0;
  } level;
  struct {
    std::uint64_t pass = 0, fail = 0, none = 0;
  } dkim_check;
  struct {
    std::uint64_t pass = 0, fail = 0, none = 0, other = 0;
  } dmarc;
};

/// Days on which nothing came are left out.
struct day_sums {
  std::vector<day_sum> days;
  /// The ten that were forged most, most first; of all accounts alone. The
  /// numbers are about right (docs/history.md).
  std::vector<named_count> forged_domains;
};

}  // namespace mekiki::store
