// The tables of warnings and of the mails that deliver them. Writes are part of
// the writer's transaction, reads of the reader's snapshot; failures are
// sqlite::error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite.hpp"
#include "store/warning.hpp"

namespace mekiki::store {

void note(sqlite::database& db, const warning& w);

/// False if somebody else has delivered the waiting warnings.
bool keep(sqlite::database& db, const warning_mail& m, std::int64_t now);
bool keep(sqlite::database& db, const outgoing_mails& all, std::int64_t now);

void remove_warning_mails(sqlite::database& db, std::string_view account,
                          const std::vector<std::string>& uidls);

/// The end of the last period that has a digest; 0: none yet.
std::int64_t digested_until(sqlite::database& db);
void note_digested(sqlite::database& db, std::int64_t until);

/// Removes a mail that was sent or given up.
void remove_outgoing(sqlite::database& db, std::int64_t id);
/// Puts off the next try to `due`.
void delay_outgoing(sqlite::database& db, std::int64_t id, std::int64_t due);

waiting_warnings waiting_of(sqlite::database& db, std::string_view reader);
std::vector<listed_warning> listed_of(sqlite::database& db,
                                      std::string_view account);
std::optional<std::string> octets_of(sqlite::database& db,
                                     std::string_view account,
                                     std::string_view uidl);
std::vector<waiting_recipient> waiting_recipients(sqlite::database& db);
std::vector<outgoing_mail> outgoing_due(sqlite::database& db, std::int64_t now,
                                        std::size_t most);

}  // namespace mekiki::store
