#include "store/size_limit.hpp"

#include <algorithm>
#include <system_error>

#include "store/dialect.hpp"
#include "store/history_rows.hpp"
#include "store/report_store.hpp"

namespace mekiki::store {
namespace {

// Rows of one transaction: some milliseconds, whatever they hold.
constexpr std::int64_t step = 50;
// A sender has some hundred rows of its own.
constexpr std::int64_t senders_of_kind = 20;

/// Of this many octets one belongs to the newest mails, each of which has about
/// a thousand: a hundredth.
constexpr std::uint64_t octets_for_each_newest = 100'000;

}  // namespace

disk_space read_disk_space(const std::filesystem::path& folder) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  if (error)
    return {};
  return {.free = space.available, .all = space.capacity};
}

bool is_short(const disk_space& disk, std::uint64_t percent) {
  return disk.all > 0 && disk.free < disk.all / 100 * percent;
}

size_limit::size_limit(sqlite::database& db, std::uint64_t octets)
    : db_(db),
      octets_(octets),
      newest_mails_(static_cast<std::int64_t>(octets / octets_for_each_newest)),
      // Ids grow with time. So the middle of those that are left moves on as
      // the oldest go.
      old_stories_(db,
                   "DELETE FROM mail_story WHERE mail IN "
                   "(SELECT mail FROM mail_story WHERE mail <= "
                   "(SELECT min(id) FROM mail) / 2 + "
                   "(SELECT max(id) FROM mail) / 2 ORDER BY mail LIMIT ?)"),
      old_mails_(db,
                 "DELETE FROM mail WHERE id IN "
                 "(SELECT id FROM mail WHERE id <= "
                 "(SELECT max(id) FROM mail) - ? ORDER BY id LIMIT ?)"),
      unknown_senders_(db,
                       "DELETE FROM sender WHERE id IN "
                       "(SELECT id FROM sender WHERE kind = ? AND known = 0 "
                       "ORDER BY last LIMIT ?)"),
      told_warnings_(db,
                     "DELETE FROM warning WHERE id IN "
                     "(SELECT id FROM warning WHERE told <> 0 "
                     "ORDER BY id LIMIT ?)"),
      keys_(db,
            "DELETE FROM dkim_key WHERE (name, text) IN "
            "(SELECT name, text FROM dkim_key WHERE revoked = 0 "
            "ORDER BY name, text LIMIT ?)"),
      stories_(db,
               "DELETE FROM mail_story WHERE mail IN "
               "(SELECT mail FROM mail_story ORDER BY mail LIMIT ?)"),
      mails_(db,
             "DELETE FROM mail WHERE id IN "
             "(SELECT id FROM mail ORDER BY id LIMIT ?)"),
      senders_(db,
               "DELETE FROM sender WHERE id IN "
               "(SELECT id FROM sender WHERE kind = ? ORDER BY last LIMIT ?)") {
}

std::uint64_t size_limit::used() const {
  const dialect::file_size size = dialect::size_of(db_);
  const std::uint64_t all = size.octets - size.unused;
  // Reports have a limit of their own.
  return all - std::min(all, octets_of_reports(db_));
}

bool size_limit::remove_some() {
  sqlite::transaction t(db_, sqlite::purpose::write);
  const auto removes = [this](sqlite::statement& s) {
    s.run();
    return db_.changes() > 0;
  };
  const auto removes_senders = [&](sqlite::statement& s) {
    bool any = false;
    for (int kind = 0; kind < sender_kinds; ++kind)
      any = removes(s.bind(kind, senders_of_kind)) || any;
    return any;
  };
  const bool any = removes(old_stories_.bind(step)) ||
                   removes(old_mails_.bind(newest_mails_, step)) ||
                   removes_senders(unknown_senders_) ||
                   removes(told_warnings_.bind(step)) ||
                   removes(keys_.bind(step)) || removes(stories_.bind(step)) ||
                   removes(mails_.bind(step)) || removes_senders(senders_);
  t.commit();
  return any;
}

}  // namespace mekiki::store
