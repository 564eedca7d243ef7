#include "store/warning_rows.hpp"

#include "store/words.hpp"

namespace mekiki::store {
namespace {

std::string_view cut(std::string_view text, std::size_t most) {
  return text.substr(0, most);
}

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
  sqlite::statement waiting(db,
                            "SELECT count(*) FROM (SELECT 1 FROM warning "
                            "WHERE reader = ? AND told = 0 LIMIT ?)");
  waiting.bind(w.reader, most_told).next();
  const bool with_texts = waiting.number(0) < most_told;
  const auto kept = [&](const std::string& text, std::size_t most) {
    return with_texts ? cut(text, most) : std::string_view();
  };
  sqlite::statement put(
      db,
      "INSERT INTO warning (reader, account, digest, kind, noted, told, level, "
      "before, reason, author, name, subject, header) "
      "VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const std::string reason = verdict::encode(w.result.why);
  put.bind(w.reader, w.account, w.digest, to_string(w.what), w.noted,
           to_string(w.result.what), to_string(w.before),
           kept(reason, most_warning_reason), kept(w.author, most_warning_text),
           kept(w.author_name, most_warning_text),
           kept(w.subject, most_warning_text),
           kept(w.header, most_warning_header))
      .run();
}

bool keep(sqlite::database& db, const warning_mail& m, std::int64_t now) {
  if (!tell(db, m.account, m.last, now))
    return false;
  sqlite::statement put(db,
                        "INSERT INTO warning_mail (account, uidl, made, "
                        "octets) VALUES (?, ?, ?, ?)");
  put.bind(m.account, m.uidl, now, m.octets).run();
  sqlite::statement drop(db,
                         "DELETE FROM warning_mail WHERE account = ? AND id "
                         "NOT IN (SELECT id FROM warning_mail WHERE account = "
                         "? ORDER BY id DESC LIMIT ?)");
  drop.bind(m.account, m.account, most_listed).run();
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
  return true;
}

std::int64_t digested_until(sqlite::database& db) {
  sqlite::statement s(
      db, "SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'digested'");
  return s.next() ? s.number(0) : 0;
}

void note_digested(sqlite::database& db, std::int64_t until) {
  sqlite::statement put(db,
                        "INSERT OR REPLACE INTO setting VALUES "
                        "('digested', ?)");
  put.bind(until).run();
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
  sqlite::statement all(db,
                        "SELECT count(*), coalesce(max(id), 0) FROM warning "
                        "WHERE reader = ? AND told = 0");
  all.bind(reader).next();
  out.count = static_cast<std::uint64_t>(all.number(0));
  out.last = all.number(1);
  if (out.count == 0)
    return out;
  sqlite::statement s(db,
                      "SELECT account, digest, kind, noted, level, before, "
                      "reason, author, name, subject, header FROM warning "
                      "WHERE reader = ? AND told = 0 ORDER BY id LIMIT ?");
  for (s.bind(reader, most_told); s.next();) {
    const auto kind = read_word(
        s.text(2),
        {warning::kind::mail, warning::kind::second, warning::kind::budget});
    const auto level = read_level(s.text(4));
    // What a newer version wrote is counted, and not told one by one.
    if (!kind || !level)
      continue;
    warning& w = out.first.emplace_back();
    w.reader = reader;
    w.account = s.text(0);
    w.digest = s.text(1);
    w.what = *kind;
    w.noted = s.number(3);
    w.result.what = *level;
    w.before = read_level(s.text(5)).value_or(verdict::level::unverified);
    w.result.why = verdict::parse_reason(s.text(6));
    w.author = s.text(7);
    w.author_name = s.text(8);
    w.subject = s.text(9);
    w.header = s.text(10);
  }
  return out;
}

std::vector<listed_warning> listed_of(sqlite::database& db,
                                      std::string_view account) {
  sqlite::statement s(db,
                      "SELECT uidl, length(octets) FROM warning_mail "
                      "WHERE account = ? ORDER BY id LIMIT ?");
  std::vector<listed_warning> out;
  for (s.bind(account, most_listed); s.next();) {
    out.push_back({.uidl = std::string(s.text(0)),
                   .size = static_cast<std::size_t>(s.number(1))});
  }
  return out;
}

std::optional<std::string> octets_of(sqlite::database& db,
                                     std::string_view account,
                                     std::string_view uidl) {
  sqlite::statement s(
      db, "SELECT octets FROM warning_mail WHERE account = ? AND uidl = ?");
  if (!s.bind(account, uidl).next())
    return std::nullopt;
  return std::string(s.text(0));
}

std::vector<waiting_reader> waiting_readers(sqlite::database& db) {
  constexpr std::int64_t most = 1'000;
  sqlite::statement s(
      db,
      "SELECT w.reader, min(w.noted), coalesce((SELECT max(t.told) FROM "
      "warning t WHERE t.reader = w.reader), 0) FROM warning w "
      "WHERE w.told = 0 GROUP BY w.reader LIMIT ?");
  std::vector<waiting_reader> out;
  for (s.bind(most); s.next();) {
    out.push_back({.reader = std::string(s.text(0)),
                   .since = s.number(1),
                   .told_last = s.number(2)});
  }
  return out;
}

std::vector<outgoing_mail> outgoing_due(sqlite::database& db, std::int64_t now,
                                        std::size_t most) {
  sqlite::statement s(db,
                      "SELECT id, recipient, made, tries, octets FROM "
                      "outgoing_mail WHERE due <= ? ORDER BY due LIMIT ?");
  std::vector<outgoing_mail> out;
  for (s.bind(now, static_cast<std::int64_t>(most)); s.next();) {
    outgoing_mail& m = out.emplace_back();
    m.id = s.number(0);
    m.recipient = s.text(1);
    m.made = s.number(2);
    m.tries = s.number(3);
    m.octets = s.text(4);
  }
  return out;
}

}  // namespace mekiki::store
