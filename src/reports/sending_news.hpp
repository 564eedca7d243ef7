// What is new about who sends as a domain, so that administrators are told.
//
// Anybody can send reports, so whatever is told here is told by somebody who
// may want to be heard. Only what is backed counts (sending_plan.hpp), and
// each thing once.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reports/sending_plan.hpp"

namespace mekiki::reports {

/// Mails of a new sender within `news_period` that are worth a mail, if they
/// are one in a hundred of all, too.
constexpr std::uint64_t new_sender_mails = 20;
/// More failing mails of one day than on a usual one: so many, and three times.
constexpr std::uint64_t jump_mails = 50;

struct failing_jump {
  std::int64_t day = 0;
  std::uint64_t failed = 0;
  std::uint64_t usual = 0;  // a day, of the four weeks before

  bool operator==(const failing_jump&) const = default;
};

struct sending_news {
  /// Undecided ones, and those that count as ours without a person's word. The
  /// most mails first.
  std::vector<plan_sender> fresh;
  std::optional<failing_jump> jump;

  bool empty() const { return fresh.empty() && !jump; }
};

/// `since`: senders first seen before it are no news (Unix seconds). `told`:
/// names of those that were told already.
sending_news find_news(const sending_facts& facts, const owner_marks& marks,
                       std::string_view domain, std::int64_t since,
                       const std::set<std::string>& told, std::int64_t today);

}  // namespace mekiki::reports
