// Deletes rows that are too old (docs/history.md, "What is kept for how long").
#pragma once

#include <chrono>
#include <cstdint>

#include "store/mail_event.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

constexpr std::int64_t pending_days = 7;

struct retention {
  std::chrono::days mails{90};
  std::chrono::days sums{730};
  text_retention texts = text_retention::of_forged;
};

/// In pieces, each in a transaction of its own, so that events do not wait long
/// for it. Texts that rows have from another setting of `texts` go, too: once
/// for each change of it. Failures are sqlite::error.
void purge(sqlite::database& db, std::int64_t now, const retention& how);

/// Whether the texts that are in it were kept by text_retention::of_own.
bool keeps_for_users(const sqlite::database& db);

}  // namespace mekiki::store
