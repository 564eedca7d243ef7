#include "store/upkeep.hpp"

#include <algorithm>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "store/dialect.hpp"
#include "store/erase_parts.hpp"
#include "store/kept_facts.hpp"
#include "store/purge.hpp"
#include "store/row.hpp"
#include "store/schema.hpp"
#include "store/setting_rows.hpp"
#include "store/sqlite.hpp"
#include "store/tables.hpp"
#include "verdict/reason.hpp"

namespace mekiki::store {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{10};
constexpr std::size_t most_damage = 100;

std::uint64_t octets_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : size;
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

void find_missing_tables(const sqlite::database& db,
                         std::vector<std::string>& damage) {
  sqlite::database whole(":memory:", sqlite::access::read_write, patience);
  whole.run(tables());
  const auto there = dialect::tables(db);
  for (const std::string& name : dialect::tables(whole)) {
    if (std::ranges::find(there, name) == there.end())
      damage.push_back(fmt::format("the table {} is missing", name));
  }
}

std::string cannot(std::string_view what, const fs::path& file,
                   const sqlite::error& e) {
  return fmt::format("{} {}: {}", what, file.string(), e.what());
}

struct kept_row : kept_mail {
  auto columns() {
    return std::tie(
        "m.id", id, "m.fetched", fetched, "m.counted", counted, "m.account",
        account, "(SELECT s.name FROM scope s WHERE s.id = m.scope)", history,
        "m.uidl", uidl, "m.digest", digest, "m.level", level, "m.reason",
        reason, "m.dkim", dkim, "m.dmarc", dmarc, "m.policy", policy,
        "m.author_domain", author_domain, "m.author", author, "m.subject",
        subject, "m.taught", taught,
        "(SELECT count(*) FROM pending p WHERE p.mail = m.id)", pending);
  }
};

void hide_texts(kept_mail& m, shown_texts which) {
  if (which == shown_texts::of_all ||
      m.level == to_string(verdict::level::forged))
    return;
  m.author.reset();
  m.subject.reset();
  verdict::reason why = verdict::parse_reason(m.reason);
  keep_domains(why);
  m.reason = verdict::encode(why);
}

}  // namespace

expected<void, std::string> back_up(const fs::path& file, const fs::path& to,
                                    const progress& step) {
  if (const auto version = read_version(file); !version)
    return unexpected(version.error());
  try {
    sqlite::database from(file, sqlite::access::read_only, patience);
    const std::uint64_t needed = dialect::size_of(from).octets;
    if (auto room = find_room(folder_of(to), needed); !room)
      return room;
    sqlite::database copy(to, sqlite::access::read_write, patience);
    sqlite::copy(from, copy, step);
    // One file: it needs no -wal before it is used.
    dialect::leave_log(copy);
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
    v.before = dialect::size_of(db).octets;
    // A new one beside it, and then the log with all of it.
    const fs::path folder = folder_of(file);
    if (auto room = find_room(folder, 2 * v.before); !room)
      return unexpected(room.error());
    // There, where nobody else may look, and not in /tmp.
    dialect::vacuum(db, folder);
    v.after = dialect::size_of(db).octets;
    v.is_shrunk = dialect::shrink(db);
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
    const dialect::file_size size = dialect::size_of(db);
    found.octets = size.octets;
    found.unused = size.unused;
    found.log_octets = octets_of(file.string() + "-wal");
    dialect::find_damage(db, most_damage, found.damage);
    if (found.version == schema_version())
      find_missing_tables(db, found.damage);
    for (const std::string& name : dialect::tables(db)) {
      // Of our own schema: quoted, but never a stranger's.
      const auto rows =
          db.number(fmt::format("SELECT count(*) FROM \"{}\"", name));
      found.rows.push_back({name, static_cast<std::uint64_t>(rows)});
    }
    view.commit();
  } catch (const sqlite::error& e) {
    if (!e.is_damage())
      return unexpected(cannot("cannot read", file, e));
    found.damage.emplace_back(e.what());
  }
  return found;
}

expected<bool, std::string> is_kept(const fs::path& file,
                                    std::string_view account, erasure what) {
  if (auto ready = check_version(file); !ready)
    return unexpected(ready.error());
  try {
    sqlite::database db(file, sqlite::access::read_only, patience);
    const auto is_in = [&](const erase_parts::part& p) {
      sqlite::statement s(db, fmt::format("SELECT 1 FROM {} WHERE {} LIMIT 1",
                                          p.table, p.when));
      return s.bind(account).next();
    };
    if (is_in(erase_parts::mails) ||
        std::ranges::any_of(erase_parts::history, is_in))
      return true;
    return what == erasure::everything &&
           std::ranges::any_of(erase_parts::choices, is_in);
  } catch (const sqlite::error& e) {
    return unexpected(cannot("cannot read", file, e));
  }
}

expected<bool, std::string> take_over(const fs::path& file,
                                      std::string_view mark) {
  try {
    sqlite::database db(file, sqlite::access::read_write, patience);
    const auto before = find_setting(db, mark_setting);
    if (before == mark)
      return true;
    put_setting(db, mark_setting, mark);
    return !before;
  } catch (const sqlite::error& e) {
    return unexpected(cannot("cannot use", file, e));
  }
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
    query<kept_row> pieces(
        db, fmt::format("FROM {} WHERE m.id > ?1 AND m.fetched >= ?2 "
                        "AND m.fetched < ?3 AND (?4 = '' OR m.account = ?4) "
                        "ORDER BY m.id LIMIT ?5",
                        dialect::along("mail m", "")));
    const shown_texts shown = filter.own_texts || !keeps_for_users(db)
                                  ? shown_texts::of_all
                                  : shown_texts::of_forged;
    std::vector<kept_row> mails;
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    do {
      sqlite::transaction view(db, sqlite::purpose::read);
      mails = pieces.all(last, filter.from, filter.to, filter.account, piece);
      view.commit();
      for (kept_mail& m : mails) {
        hide_texts(m, shown);
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
