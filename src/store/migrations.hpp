// How the tables of an earlier version become those of the next one. Files of
// earlier versions are SQLite's, so this is in its own words; it is no concern
// of a second database, which begins with today's tables (tables.hpp).
#pragma once

#include "store/sqlite.hpp"

namespace mekiki::store {

/// The version that they end at, which is today's.
constexpr int migrations_end = 16;

/// From `version` to the one after it, in the caller's transaction. 0: from
/// nothing. The last one makes of a file what `tables` says (schema_test.cpp).
void bring_up(sqlite::database& db, int version);

}  // namespace mekiki::store
