#include "store/upkeep.hpp"

#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "store/schema.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{10};

std::uint64_t octets_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : size;
}

std::uint64_t octets_of(const sqlite::database& db, const char* pages) {
  return static_cast<std::uint64_t>(db.number(pages) *
                                    db.number("PRAGMA page_size"));
}

fs::path folder_of(const fs::path& file) {
  std::error_code error;
  return fs::absolute(file, error).parent_path();
}

/// The disk is not filled for others to find out: `serve` may need it.
expected<void, std::string> find_room(const fs::path& folder,
                                      std::uint64_t octets) {
  std::error_code error;
  const auto space = fs::space(folder, error);
  if (!error && space.available < octets) {
    return unexpected(
        fmt::format("{} octets of disk are needed in {}, and {} are free",
                    octets, folder.string(), space.available));
  }
  return {};
}

std::string cannot(std::string_view what, const fs::path& file,
                   const sqlite::error& e) {
  return fmt::format("{} {}: {}", what, file.string(), e.what());
}

void note_damage(examination& found, sqlite::database& db) {
  sqlite::statement pages(db, "PRAGMA integrity_check(100)");
  while (pages.next()) {
    if (pages.text(0) != "ok")
      found.damage.emplace_back(pages.text(0));
  }
  sqlite::statement keys(db, "PRAGMA foreign_key_check");
  while (keys.next() && found.damage.size() < 100) {
    found.damage.push_back(fmt::format("a row of {} belongs to none of {}",
                                       keys.text(0), keys.text(2)));
  }
}

void count_rows(examination& found, sqlite::database& db) {
  sqlite::statement tables(db,
                           "SELECT name FROM sqlite_schema WHERE type = "
                           "'table' AND name NOT LIKE 'sqlite%' ORDER BY 1");
  while (tables.next()) {
    const std::string name(tables.text(0));
    // Of our own schema: quoted, but never a stranger's.
    const auto rows =
        db.number(fmt::format("SELECT count(*) FROM \"{}\"", name));
    found.rows.push_back({name, static_cast<std::uint64_t>(rows)});
  }
}

kept_mail row_of_mail(const sqlite::statement& s) {
  kept_mail m;
  m.id = s.number(0);
  m.fetched = s.number(1);
  m.counted = s.number(2);
  int at = 3;
  for (auto* text : {&m.account, &m.history, &m.uidl, &m.digest, &m.level,
                     &m.reason, &m.dkim, &m.dmarc, &m.policy, &m.author_domain})
    *text = s.text(at++);
  if (!s.is_null(13))
    m.author = s.text(13);
  if (!s.is_null(14))
    m.subject = s.text(14);
  m.taught = s.number(15) != 0;
  m.pending = s.number(16) != 0;
  return m;
}

}  // namespace

expected<void, std::string> back_up(const fs::path& file, const fs::path& to,
                                    const progress& step) {
  if (const auto version = read_version(file); !version)
    return unexpected(version.error());
  try {
    sqlite::database from(file, sqlite::access::read_only, patience);
    const std::uint64_t needed = octets_of(from, "PRAGMA page_count");
    if (auto room = find_room(folder_of(to), needed); !room)
      return room;
    sqlite::database copy(to, sqlite::access::read_write, patience);
    sqlite::copy(from, copy, step);
    // One file: it needs no -wal before it is used.
    copy.run("PRAGMA journal_mode = DELETE");
    return {};
  } catch (const sqlite::error& e) {
    return unexpected(cannot("cannot copy", file, e));
  }
}

// In WAL mode it holds the writer's lock, and readers go on; events of `serve`
// wait in its queue.
expected<vacuumed, std::string> vacuum(const fs::path& file) {
  if (const auto version = read_version(file); !version)
    return unexpected(version.error());
  try {
    sqlite::database db(file, sqlite::access::read_write, patience);
    vacuumed v;
    v.before = octets_of(db, "PRAGMA page_count");
    // A new one beside it, and then the log with all of it.
    const fs::path folder = folder_of(file);
    if (auto room = find_room(folder, 2 * v.before); !room)
      return unexpected(room.error());
    // There, where nobody else may look, and not in /tmp.
    ::setenv("SQLITE_TMPDIR", folder.c_str(), 1);
    db.run("VACUUM");
    v.after = octets_of(db, "PRAGMA page_count");
    v.is_shrunk = db.number("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
    return v;
  } catch (const sqlite::error& e) {
    return unexpected(cannot("cannot vacuum", file, e));
  }
}

expected<examination, std::string> examine(const fs::path& file) {
  const auto version = read_version(file);
  if (!version)
    return unexpected(version.error());
  examination found;
  found.version = *version;
  try {
    sqlite::database db(file, sqlite::access::read_only, patience);
    sqlite::transaction view(db, sqlite::purpose::read);
    found.octets = octets_of(db, "PRAGMA page_count");
    found.unused = octets_of(db, "PRAGMA freelist_count");
    found.log_octets = octets_of(file.string() + "-wal");
    note_damage(found, db);
    count_rows(found, db);
    view.commit();
  } catch (const sqlite::error& e) {
    if (!e.is_damage())
      return unexpected(cannot("cannot read", file, e));
    found.damage.emplace_back(e.what());
  }
  return found;
}

expected<void, std::string> for_each_mail(
    const fs::path& file, const export_filter& filter,
    const std::function<bool(const kept_mail&)>& take) {
  constexpr std::size_t piece = 500;
  if (auto ready = check_version(file); !ready)
    return ready;
  try {
    sqlite::database db(file, sqlite::access::read_only, patience);
    // By id, so that a mail which is fetched again does not come twice.
    sqlite::statement s(
        db,
        "SELECT m.id, m.fetched, m.counted, m.account, s.name, m.uidl, "
        "m.digest, m.level, m.reason, m.dkim, m.dmarc, m.policy, "
        "m.author_domain, m.author, m.subject, m.taught, "
        "EXISTS (SELECT 1 FROM pending p WHERE p.mail = m.id) "
        "FROM mail m NOT INDEXED CROSS JOIN scope s ON s.id = m.scope "
        "WHERE m.id > ?1 AND m.fetched >= ?2 AND m.fetched < ?3 "
        "AND (?4 = '' OR m.account = ?4) ORDER BY m.id LIMIT ?5");
    std::vector<kept_mail> mails;
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    do {
      mails.clear();
      sqlite::transaction view(db, sqlite::purpose::read);
      s.bind(last, filter.from, filter.to, filter.account,
             static_cast<std::int64_t>(piece));
      while (s.next()) mails.push_back(row_of_mail(s));
      view.commit();
      for (const kept_mail& m : mails) {
        if (!take(m))
          return {};
        last = m.id;
      }
    } while (mails.size() == piece);
    return {};
  } catch (const sqlite::error& e) {
    return unexpected(cannot("cannot read", file, e));
  }
}

}  // namespace mekiki::store
