// What the plan of a domain's policy, and the mails about its senders, are made
// of: kept reports, reporter by reporter. Failures are sqlite::error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "reports/sending_plan.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

/// Rows that are looked through: of those of the newest reports.
constexpr std::size_t most_rows_of_facts = 150'000;

/// Days and policies of the year before `to` (a day), and the sources of what
/// was reported from `first(facts)` on, which sees all but the sources.
reports::sending_facts read_sending_facts(
    sqlite::database& db, std::string_view domain, std::int64_t to,
    const std::function<std::int64_t(const reports::sending_facts&)>& first);

struct sending_plan_view {
  reports::sending_plan plan;
  std::int64_t from = 0;  // the first day that counts
  std::size_t reporters = 0;
  bool is_whole = true;  // as sending_facts has it
};
/// The plan, with people's marks. `now` nothing: what most reports say holds.
/// `today` is a day.
sending_plan_view read_sending_plan(sqlite::database& db,
                                    std::string_view domain,
                                    std::optional<reports::policy_now> now,
                                    std::int64_t today);

/// The same of a file, for the command line; nothing where no proven report is
/// about the domain, or the file has tables of another version. The reason of a
/// failure is a sentence.
expected<std::optional<sending_plan_view>, std::string> sending_plan_of(
    const std::filesystem::path& file, std::string_view domain,
    std::optional<reports::policy_now> now, std::int64_t today);

}  // namespace mekiki::store
