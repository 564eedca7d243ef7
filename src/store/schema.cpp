#include "store/schema.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file_remedy.hpp"
#include "store/dialect.hpp"
#include "store/migrations.hpp"
#include "store/tables.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr int application = 0x6d656b69;  // "meki"

std::string remedy(const fs::path& file) {
  return fmt::format(
      "move {} away (with its -wal and -shm) to begin a new history",
      file.string());
}

std::string reason(const fs::path& file, const sqlite::error& e) {
  switch (e.code) {
    case SQLITE_NOTADB:
      return fmt::format("{} is not a database; {}", file.string(),
                         remedy(file));
    case SQLITE_CORRUPT:
      return fmt::format("the database {} is damaged ({}); {}", file.string(),
                         e.what(), remedy(file));
    default:
      return fmt::format("the database {} cannot be used: {}{}", file.string(),
                         e.what(),
                         e.code == SQLITE_FULL ? file_remedy(file, ENOSPC)
                                               : file_remedy(file));
  }
}

/// Its version, or why it is not for us. Reads the schema, so that a file that
/// only begins like a database is found out. Wants a transaction around it: its
/// tables and its marks are to be of the same moment.
expected<int, std::string> version_of(const fs::path& file,
                                      const sqlite::database& db) {
  const dialect::marks marks = dialect::read_marks(db);
  const auto version = static_cast<int>(marks.version);
  if (marks.owner != application &&
      (marks.tables > 0 || version != 0 || marks.owner != 0)) {
    return unexpected(fmt::format("{} is a database of another program; {}",
                                  file.string(), remedy(file)));
  }
  if (version < 0) {
    return unexpected(fmt::format("the database {} is damaged (version {}); {}",
                                  file.string(), version, remedy(file)));
  }
  if (version > schema_version()) {
    return unexpected(fmt::format(
        "the database {} was written by a newer Mekiki (version {}; this one "
        "knows versions up to {}): start the newer one, go back to a backup "
        "from before it (`mekiki restore`), or {}",
        file.string(), version, schema_version(), remedy(file)));
  }
  return version;
}

expected<int, std::string> version_now(const fs::path& file,
                                       sqlite::database& db) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  return version_of(file, db);
}

/// Nobody else gets to what is in the folder, whatever its modes.
bool is_closed(const fs::path& folder) {
  struct stat info {};
  return ::stat(folder.c_str(), &info) == 0 && (info.st_mode & 0077) == 0;
}

expected<void, std::string> make_file(const fs::path& file) {
  const int fd =
      ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::fchmod(fd, 0600);
    ::close(fd);
    return {};
  }
  const int failure = errno;
  struct stat info {};
  // The daemon may not change modes, once it runs.
  if (failure == EEXIST && ::stat(file.c_str(), &info) == 0 &&
      ((info.st_mode & 0077) == 0 || ::chmod(file.c_str(), 0600) == 0 ||
       is_closed(file.parent_path())))
    return {};
  return unexpected(fmt::format("cannot make {}: {}{}", file.string(),
                                std::strerror(failure),
                                file_remedy(file, failure)));
}

/// Throws sqlite::error.
expected<void, std::string> bring_up_to_date(const fs::path& file) {
  sqlite::database db(file, sqlite::access::read_write, seconds(10));
  auto version = version_now(file, db);
  if (!version)
    return unexpected(version.error());
  dialect::keep_log(db);
  while (*version < schema_version()) {
    sqlite::transaction step(db, sqlite::purpose::write);
    // Another process may have been here.
    version = version_of(file, db);
    if (!version)
      return unexpected(version.error());
    if (*version == schema_version())
      break;
    const int next = *version == 0 ? schema_version() : *version + 1;
    if (*version == 0)
      db.run(tables());
    else
      bring_up(db, *version);
    dialect::write_marks(db, application, next);
    step.commit();
    version = next;
  }
  return {};
}

}  // namespace

int schema_version() { return migrations_end; }

// Where others make the file at the same moment, SQLite waits for nobody at
// some of the steps.
expected<void, std::string> prepare(const fs::path& file) {
  if (auto made = make_file(file); !made)
    return made;
  const auto until = std::chrono::steady_clock::now() + seconds(5);
  for (;;) {
    try {
      return bring_up_to_date(file);
    } catch (const sqlite::error& e) {
      if (!e.is_locked() || std::chrono::steady_clock::now() >= until)
        return unexpected(reason(file, e));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::optional<file_id> id_of(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0)
    return std::nullopt;
  return file_id{info.st_dev, info.st_ino};
}

expected<int, std::string> read_version(const fs::path& file) {
  try {
    sqlite::database db(file, sqlite::access::read_only, seconds(1));
    return version_now(file, db);
  } catch (const sqlite::error& e) {
    return unexpected(reason(file, e));
  }
}

expected<void, std::string> check_version(const fs::path& file) {
  const auto version = read_version(file);
  if (!version)
    return unexpected(version.error());
  if (*version != schema_version()) {
    return unexpected(fmt::format(
        "the database {} is of version {}; `mekiki serve` brings it to {}",
        file.string(), *version, schema_version()));
  }
  return {};
}

}  // namespace mekiki::store
