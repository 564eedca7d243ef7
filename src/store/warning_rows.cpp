#include "store/warning_rows.hpp"

#include <tuple>
#include <utility>

#include "store/row.hpp"
#include "store/sender_notes.hpp"
#include "store/setting_rows.hpp"
#include "store/words.hpp"

namespace mekiki::store {
namespace {

/// What waits for `reader` up to `last` has been told. Its texts go: what stays
/// is that it was told. False if nothing waits.
bool tell(sqlite::database& db, std::string_view reader, std::int64_t last,
          std::int64_t now) {
  sqlite::statement s(db,
                      "UPDATE warning SET told = ?, author = '', name = '', "
                      "subject = '', header = '' "
                      "WHERE reader = ? AND told = 0 AND id <= ?");
  s.bind(now, reader, last).run();
  return db.changes() > 0;
}

struct warning_row {
  std::string account, digest, kind;
  std::int64_t noted = 0;
  std::string level, before, reason, author, name, subject, header;

  auto columns() {
    return std::tie("account", account, "digest", digest, "kind", kind, "noted",
                    noted, "level", level, "before", before, "reason", reason,
                    "author", author, "name", name, "subject", subject,
                    "header", header);
  }
};

struct new_warning : warning_row {
  std::string reader;
  std::int64_t told = 0;

  auto columns() {
    return std::tuple_cat(warning_row::columns(),
                          std::tie("reader", reader, "told", told));
  }
};

struct waiting_row {
  std::uint64_t count = 0;
  std::int64_t last = 0;

  auto columns() {
    return std::tie("count(*)", count, "coalesce(max(id), 0)", last);
  }
};

struct listed_row : listed_warning {
  auto columns() { return std::tie("uidl", uidl, "length(octets)", size); }
};

struct reader_row : waiting_recipient {
  auto columns() {
    return std::tie("w.reader", reader, "min(w.noted)", since,
                    "coalesce((SELECT max(t.told) FROM warning t "
                    "WHERE t.reader = w.reader), 0)",
                    told_last);
  }
};

struct outgoing_row : outgoing_mail {
  auto columns() {
    return std::tie("id", id, "recipient", recipient, "made", made, "tries",
                    tries, "octets", octets);
  }
};

/// None: a newer version wrote it.
std::optional<warning> warning_of(warning_row row, std::string_view reader) {
  const auto kind = read_word(
      row.kind,
      {warning::kind::mail, warning::kind::second, warning::kind::budget});
  const auto level = read_level(row.level);
  if (!kind || !level)
    return std::nullopt;
  warning w;
  w.what = *kind;
  w.reader = reader;
  w.account = std::move(row.account);
  w.digest = std::move(row.digest);
  w.noted = row.noted;
  w.result.what = *level;
  w.result.why = verdict::parse_reason(row.reason);
  w.before = read_level(row.before).value_or(verdict::level::unverified);
  w.author = std::move(row.author);
  w.author_name = std::move(row.name);
  w.subject = std::move(row.subject);
  w.header = std::move(row.header);
  return w;
}

}  // namespace

std::string_view to_string(warning::kind k) {
  switch (k) {
    case warning::kind::mail:
      return "mail";
    case warning::kind::second:
      return "second";
    case warning::kind::budget:
      return "budget";
  }
  return "mail";
}

void note(sqlite::database& db, const warning& w) {
  value_query<std::int64_t> waiting(
      db,
      "SELECT count(*) FROM (SELECT id FROM warning WHERE reader = ? "
      "AND told = 0 LIMIT ?) AS waiting");
  const auto wait = [&](std::int64_t most) {
    return waiting.first(w.reader, most).value_or(0) >= most;
  };
  const bool with_texts = !wait(most_told);
  if (!with_texts && wait(most_waiting_warnings))
    return;
  const auto kept = [&](const std::string& text, std::size_t most) {
    return with_texts ? text.substr(0, most) : std::string();
  };
  insertion<new_warning> put(db, "warning", "ON CONFLICT DO NOTHING");
  put.run({{.account = w.account,
            .digest = w.digest,
            .kind = std::string(to_string(w.what)),
            .noted = w.noted,
            .level = std::string(to_string(w.result.what)),
            .before = std::string(to_string(w.before)),
            .reason = kept(verdict::encode(w.result.why), most_warning_reason),
            .author = kept(w.author, most_warning_text),
            .name = kept(w.author_name, most_warning_text),
            .subject = kept(w.subject, most_warning_text),
            .header = kept(w.header, most_warning_header)},
           w.reader});
}

bool keep(sqlite::database& db, const warning_mail& m, std::int64_t now) {
  if (!tell(db, m.account, m.last, now))
    return false;
  sqlite::statement put(db,
                        "INSERT INTO warning_mail (account, uidl, made, "
                        "octets) VALUES (?, ?, ?, ?)");
  put.bind(m.account, m.uidl, now, m.octets).run();
  sqlite::statement drop(db,
                         "DELETE FROM warning_mail WHERE account = ?1 AND id "
                         "NOT IN (SELECT id FROM warning_mail WHERE account = "
                         "?1 ORDER BY id DESC LIMIT ?2)");
  drop.bind(m.account, most_listed).run();
  return true;
}

bool keep(sqlite::database& db, const outgoing_mails& all, std::int64_t now) {
  if (all.last != 0 && !tell(db, all.reader, all.last, now))
    return false;
  sqlite::statement put(db,
                        "INSERT INTO outgoing_mail (recipient, made, due, "
                        "tries, octets) VALUES (?, ?, ?, 0, ?)");
  for (const outgoing_mail& m : all.mails)
    put.bind(m.recipient, now, now, m.octets).run();
  if (all.digest_until != 0)
    note_digested(db, all.digest_until);
  for (const told_sending& t : all.told)
    note_told(db, t.domain, t.what, t.name, now);
  return true;
}

std::int64_t digested_until(sqlite::database& db) {
  return find_number(db, digested_setting);
}

void note_digested(sqlite::database& db, std::int64_t until) {
  put_setting(db, digested_setting, std::to_string(until));
}

void remove_warning_mails(sqlite::database& db, std::string_view account,
                          const std::vector<std::string>& uidls) {
  sqlite::statement drop(
      db, "DELETE FROM warning_mail WHERE account = ? AND uidl = ?");
  for (const std::string& uidl : uidls) drop.bind(account, uidl).run();
}

void remove_outgoing(sqlite::database& db, std::int64_t id) {
  sqlite::statement drop(db, "DELETE FROM outgoing_mail WHERE id = ?");
  drop.bind(id).run();
}

void delay_outgoing(sqlite::database& db, std::int64_t id, std::int64_t due) {
  sqlite::statement delay(
      db, "UPDATE outgoing_mail SET tries = tries + 1, due = ? WHERE id = ?");
  delay.bind(due, id).run();
}

waiting_warnings waiting_of(sqlite::database& db, std::string_view reader) {
  waiting_warnings out;
  const waiting_row all =
      query<waiting_row>(db, "FROM warning WHERE reader = ? AND told = 0")
          .first(reader)
          .value_or(waiting_row());
  out.count = all.count;
  out.last = all.last;
  if (out.count == 0)
    return out;
  query<warning_row> first(db,
                           "FROM warning WHERE reader = ? AND told = 0 "
                           "ORDER BY id LIMIT ?");
  // What a newer version wrote is counted, and not told one by one.
  for (warning_row& row : first.all(reader, most_told)) {
    if (auto w = warning_of(std::move(row), reader))
      out.first.push_back(std::move(*w));
  }
  return out;
}

std::vector<listed_warning> listed_of(sqlite::database& db,
                                      std::string_view account) {
  query<listed_row> listed(
      db, "FROM warning_mail WHERE account = ? ORDER BY id LIMIT ?");
  return listed.all<listed_warning>(account, most_listed);
}

std::optional<std::string> octets_of(sqlite::database& db,
                                     std::string_view account,
                                     std::string_view uidl) {
  return value_query<std::string>(
             db,
             "SELECT octets FROM warning_mail WHERE account = ? AND uidl = ?")
      .first(account, uidl);
}

std::vector<waiting_recipient> waiting_recipients(sqlite::database& db) {
  constexpr std::int64_t most = 1'000;
  query<reader_row> readers(
      db, "FROM warning w WHERE w.told = 0 GROUP BY w.reader LIMIT ?");
  return readers.all<waiting_recipient>(most);
}

std::vector<outgoing_mail> outgoing_due(sqlite::database& db, std::int64_t now,
                                        std::size_t most) {
  query<outgoing_row> due(
      db, "FROM outgoing_mail WHERE due <= ? ORDER BY due LIMIT ?");
  return due.all<outgoing_mail>(now, most);
}

}  // namespace mekiki::store
