// Accounts that were kept under several spellings become one.
#pragma once

#include "store/sqlite.hpp"

namespace mekiki::store {

/// A step of the schema: everything that is kept of an account stands under its
/// name (verdict::account_name) afterwards, and a host's shared history under
/// the host in lower case. Where several spellings of an account have
/// something, the later choice and rule stay; a mail that both have counts
/// once; a pair's days count together, but never more than there were; what was
/// told to one was told. Runs in the caller's transaction; throws
/// sqlite::error.
void join_accounts(sqlite::database& db);

}  // namespace mekiki::store
