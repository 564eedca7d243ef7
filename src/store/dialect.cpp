#include "store/dialect.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "store/sqlite.hpp"

namespace mekiki::store::dialect {
namespace {

constexpr std::string_view count_tables = "SELECT count(*) FROM sqlite_schema";

bool has_log(const sqlite::database& db) {
  sqlite::statement mode(db, "PRAGMA journal_mode");
  return mode.next() && mode.text(0) == "wal";
}

}  // namespace

std::string along(std::string_view table, std::string_view index) {
  return index.empty() ? fmt::format("{} NOT INDEXED", table)
                       : fmt::format("{} INDEXED BY {}", table, index);
}

std::string holds(std::string_view text, std::string_view part) {
  return fmt::format("{}({}, {}) = 1", sqlite::holds_function, text, part);
}

void will_write(sqlite::database& db) {
  // What a statement would have to take back is kept in memory: a file of it
  // costs two writes a page, in every statement after the first large one.
  db.run(
      "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216; "
      "PRAGMA temp_store = MEMORY");
}

void will_browse(sqlite::database& db) {
  db.run("PRAGMA cache_size = -16384");
  // Only then is the log open, too.
  db.number(count_tables);
}

void keep_log(sqlite::database& db) { db.run("PRAGMA journal_mode = WAL"); }

// The header of the log's index has a counter of transactions in its third word
// (https://www.sqlite.org/walformat.html, section 2.1).
constexpr std::uint32_t known_version = 3'007'000;

// Its files belong to SQLite: to open and close one here would end all locks
// that this process has on it (fcntl(2)).
void commit_counter::open(const sqlite::database& db) {
  if (header_ == nullptr && has_log(db))
    header_ = db.log_index();
}

std::optional<std::uint32_t> commit_counter::read() const {
  const std::uint32_t* const header = header_;
  if (header == nullptr ||
      __atomic_load_n(header, __ATOMIC_ACQUIRE) != known_version)
    return std::nullopt;
  return __atomic_load_n(header + 2, __ATOMIC_ACQUIRE);
}

void write_log_back(sqlite::database& db) {
  db.run("PRAGMA wal_checkpoint(FULL)");
}

marks read_marks(const sqlite::database& db) {
  return {.version = db.number("PRAGMA user_version"),
          .owner = db.number("PRAGMA application_id"),
          .tables = db.number(count_tables)};
}

void write_marks(sqlite::database& db, std::int64_t owner,
                 std::int64_t version) {
  db.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                     owner, version));
}

file_size size_of(const sqlite::database& db) {
  const std::int64_t page = db.number(octets_of_page);
  const auto octets_in = [&](std::string_view pages) {
    return static_cast<std::uint64_t>(db.number(pages) * page);
  };
  return {.octets = octets_in("PRAGMA page_count"),
          .unused = octets_in("PRAGMA freelist_count")};
}

void find_damage(const sqlite::database& db, std::size_t most,
                 std::vector<std::string>& found) {
  sqlite::statement pages(db, fmt::format("PRAGMA integrity_check({})", most));
  while (pages.next()) {
    if (pages.text(0) != "ok")
      found.emplace_back(pages.text(0));
  }
  sqlite::statement keys(db, "PRAGMA foreign_key_check");
  while (keys.next() && found.size() < most) {
    found.push_back(fmt::format("a row of {} belongs to none of {}",
                                keys.text(0), keys.text(2)));
  }
}

std::vector<std::string> tables(const sqlite::database& db) {
  std::vector<std::string> names;
  sqlite::statement s(db,
                      "SELECT name FROM sqlite_schema WHERE type = 'table' "
                      "AND name NOT LIKE 'sqlite%' ORDER BY 1");
  while (s.next()) names.emplace_back(s.text(0));
  return names;
}

void vacuum(sqlite::database& db, const std::filesystem::path& folder) {
  ::setenv("SQLITE_TMPDIR", folder.c_str(), 1);
  db.run("VACUUM");
}

bool shrink(sqlite::database& db) {
  return db.number("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
}

void leave_log(sqlite::database& db) { db.run("PRAGMA journal_mode = DELETE"); }

}  // namespace mekiki::store::dialect
