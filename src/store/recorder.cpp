#include "store/recorder.hpp"

#include <algorithm>
#include <utility>

#include "base/unix_time.hpp"
#include "store/kept_results.hpp"
#include "store/warning_rows.hpp"
#include "store/words.hpp"
#include "verdict/display_name.hpp"

namespace mekiki::store {
namespace {

using verdict::level;
using verdict::tally;

// What an attacker who sends a mail from another domain, with another key and
// another addition, every second can make us keep in a day.
constexpr std::uint32_t most_new_senders = 2'000;  // for each scope
constexpr std::uint32_t most_new_keys = 1'000;
constexpr std::uint32_t most_new_additions = 1'000;
constexpr std::uint32_t most_new_daily = 20'000;  // in all

constexpr std::int64_t most_pairs = 20;  // of one sender
constexpr std::int64_t most_names = 20;
constexpr std::int64_t most_authors = 2 * enough_authors;  // of an addition

// How long, in days, what is not seen any more is kept.
constexpr std::int64_t unproven_days = 30;  // senders that proved nothing
constexpr std::int64_t unknown_days = 180;  // pairs that are not known
constexpr std::int64_t known_days = 730;
constexpr std::int64_t pair_day_days = 400;
constexpr std::int64_t addition_days = 180;
constexpr std::int64_t daily_days = 90;
constexpr std::int64_t rare_daily_days = 7;  // with fewer mails than:
constexpr std::int64_t key_days = 400;

constexpr std::size_t most_news = 100;  // of a batch

// One piece of a purge, so that events do not wait long for it.
constexpr std::int64_t purge_piece = 5'000;

/// Writes only where there is none: to open the store needs no lock.
std::string salt_of(sqlite::database& db) {
  sqlite::statement s(db, "SELECT value FROM setting WHERE name = 'salt'");
  if (s.next())
    return std::string(s.text(0));
  db.run(
      "INSERT INTO setting VALUES ('salt', lower(hex(randomblob(16)))) "
      "ON CONFLICT DO NOTHING");
  return s.next() ? std::string(s.text(0)) : std::string();
}

}  // namespace

bool daily_quota::take(std::int64_t day, std::int64_t scope) {
  if (day != day_) {
    day_ = day;
    taken_.clear();
  }
  std::uint32_t& taken = taken_[scope];
  if (taken >= most_)
    return false;
  ++taken;
  return true;
}

recorder::recorder(const std::filesystem::path& file, kept_texts texts,
                   std::chrono::milliseconds patience)
    : db_(file, sqlite::access::read_write, patience),
      texts_(texts),
      salt_(salt_of(db_)),
      new_senders_(most_new_senders),
      new_keys_(most_new_keys),
      new_additions_(most_new_additions),
      new_daily_(most_new_daily),
      find_scope_(db_, "SELECT id FROM scope WHERE name = ?"),
      add_scope_(db_, "INSERT INTO scope (name) VALUES (?)"),
      find_mail_(db_,
                 "SELECT count(*), max(taught) FROM mail "
                 "WHERE scope = ? AND digest = ?"),
      find_own_mail_(db_,
                     "SELECT level, dkim, dmarc, author_domain, summed "
                     "FROM mail WHERE scope = ? AND digest = ? "
                     "AND account = ?"),
      put_mail_(db_,
                "INSERT INTO mail (scope, digest, account, uidl, fetched, "
                "counted, taught, level, reason, dkim, dmarc, policy, "
                "author_domain, reversed, summed, author, subject) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                "nullif(?, ''), nullif(?, '')) "
                "ON CONFLICT (scope, digest, account) DO UPDATE SET "
                "uidl = CASE excluded.uidl WHEN '' THEN uidl "
                "ELSE excluded.uidl END, "
                "fetched = excluded.fetched, taught = excluded.taught, "
                "level = excluded.level, reason = excluded.reason, "
                "dkim = excluded.dkim, dmarc = excluded.dmarc, "
                "policy = excluded.policy, author = excluded.author, "
                "subject = excluded.subject "
                "RETURNING id"),
      put_story_(db_,
                 "INSERT OR REPLACE INTO mail_story VALUES (?, ?, "
                 "nullif(?, ''), nullif(?, ''))"),
      drop_story_(db_, "DELETE FROM mail_story WHERE mail = ?"),
      drop_pending_(db_, "DELETE FROM pending WHERE mail = ?"),
      put_pending_(db_,
                   "INSERT INTO pending (mail, due, expires, tries, teaches, "
                   "certain, pass_level, pass_reason, fail_level, fail_reason, "
                   "tell_pass, tell_fail, author, name, subject) "
                   "VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      put_signature_(db_, "INSERT INTO pending_signature VALUES (?, ?, ?)"),
      find_pending_(db_,
                    "SELECT m.scope, s.name, m.author_domain, m.counted, "
                    "m.fetched, m.taught, p.teaches, p.certain, p.pass_level, "
                    "p.pass_reason, p.fail_level, p.fail_reason, p.tell_pass, "
                    "p.tell_fail, p.author, p.name, p.subject, m.account, "
                    "m.digest, m.level, m.dkim, m.dmarc, m.summed "
                    "FROM pending p JOIN mail m ON m.id = p.mail "
                    "JOIN scope s ON s.id = m.scope WHERE p.mail = ?"),
      delay_pending_(db_,
                     "UPDATE pending SET tries = tries + 1, due = ? "
                     "WHERE mail = ?"),
      settle_mail_(db_,
                   "UPDATE mail SET level = ?, reason = ?, dkim = ?, "
                   "taught = 1 WHERE id = ?"),
      find_sender_(db_,
                   "SELECT id, last FROM sender "
                   "WHERE scope = ? AND kind = ? AND name = ?"),
      add_sender_(db_,
                  "INSERT INTO sender (scope, kind, name, last) "
                  "VALUES (?, ?, ?, ?)"),
      touch_sender_(db_, "UPDATE sender SET last = ? WHERE id = ?"),
      sender_known_(db_,
                    "UPDATE sender SET known = 1 WHERE id = ? AND NOT known"),
      count_day_(db_,
                 "INSERT INTO sender_day VALUES (?, ?, ?, ?) "
                 "ON CONFLICT DO UPDATE SET proven = proven + excluded.proven, "
                 "unproven = unproven + excluded.unproven"),
      find_pair_(db_,
                 "SELECT id, mails, days, first, last FROM pair "
                 "WHERE sender = ? AND signer = ?"),
      pairs_of_(db_, "SELECT count(*) FROM pair WHERE sender = ?"),
      add_pair_(db_,
                "INSERT INTO pair (sender, signer, mails, days, first, last) "
                "VALUES (?, ?, 0, 0, 0, 0)"),
      add_pair_day_(db_,
                    "INSERT INTO pair_day VALUES (?, ?) ON CONFLICT DO "
                    "NOTHING"),
      put_pair_(db_,
                "UPDATE pair SET mails = ?, days = ?, first = ?, last = ? "
                "WHERE id = ?"),
      names_of_(db_, "SELECT count(*) FROM name WHERE sender = ?"),
      add_name_(db_, "INSERT INTO name VALUES (?, ?) ON CONFLICT DO NOTHING"),
      find_key_(db_,
                "SELECT last, authentic FROM dkim_key "
                "WHERE name = ? AND text = ?"),
      put_key_(db_,
               "INSERT INTO dkim_key VALUES (?, ?, ?, ?, ?, ?) "
               "ON CONFLICT DO UPDATE SET last = max(last, excluded.last), "
               "authentic = max(authentic, excluded.authentic)"),
      authors_of_(db_,
                  "SELECT count(*) FROM addition "
                  "WHERE scope = ? AND source = ? AND what = ?"),
      touch_addition_(db_,
                      "UPDATE addition SET day = ? WHERE scope = ? "
                      "AND source = ? AND what = ? AND author = ?"),
      add_addition_(db_, "INSERT INTO addition VALUES (?, ?, ?, ?, ?)"),
      find_daily_(db_, "SELECT 1 FROM daily WHERE day = ? AND domain = ?"),
      put_daily_(db_,
                 "INSERT INTO daily VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE "
                 "SET mails = mails + 1, proven = proven + excluded.proven"),
      sums_(db_) {}

std::vector<std::string> recorder::take_changed() {
  return std::exchange(changed_, {});
}

std::vector<std::int64_t> recorder::take_news() {
  return std::exchange(news_, {});
}

std::int64_t recorder::scope_id(const std::string& name) {
  if (const auto found = scopes_.find(name); found != scopes_.end())
    return found->second;
  std::int64_t id = 0;
  if (find_scope_.bind(name).next()) {
    id = find_scope_.number(0);
  } else {
    add_scope_.bind(name).run();
    id = db_.last_id();
  }
  constexpr std::size_t most_in_memory = 10'000;
  if (scopes_.size() >= most_in_memory)
    scopes_.clear();
  scopes_.emplace(name, id);
  return id;
}

void recorder::write(const mail_event& e, const std::string& scope_name) {
  const std::int64_t scope = scope_id(scope_name);
  find_mail_.bind(scope, e.digest).next();
  const bool seen = find_mail_.number(0) > 0;
  const bool taught = find_mail_.number(1) != 0;
  const bool teaches = e.is_proven || e.habit != sight::none ||
                       !e.list_signers.empty() || e.added;
  const bool is_news = count_sums(e, scope, seen);
  const std::int64_t mail = note_mail(e, scope, taught || teaches);
  note_story(e, mail, seen);
  if (is_news)
    add_news(mail);
  if (seen)
    drop_pending_.bind(mail).run();
  if (!e.pending.empty())
    note_pending(e, mail);
  if (!seen)
    count_daily(e);
  for (const verdict::remembered_key& key : e.keys) {
    note_key(key, e.fetched, scope);
  }
  if (teaches && !taught)
    teach(e, scope, scope_name);
}

std::int64_t recorder::note_mail(const mail_event& e, std::int64_t scope,
                                 bool taught) {
  const std::string reason = verdict::encode(e.result.why);
  const std::string from_its_end = reversed(e.author_domain);
  put_mail_.bind(scope, e.digest, e.account, e.uidl, e.fetched, e.counted,
                 std::int64_t{taught}, to_string(e.result.what), reason,
                 e.dkim_check, e.dmarc, e.policy, e.author_domain, from_its_end,
                 e.fetched / day_seconds, e.author, e.subject);
  std::int64_t id = 0;
  while (put_mail_.next()) id = put_mail_.number(0);
  return id;
}

void recorder::note_story(const mail_event& e, std::int64_t mail, bool seen) {
  const std::string results = encode(e.checks, most_results);
  if (!results.empty() || !e.header.empty() || !e.story.empty())
    put_story_.bind(mail, results, e.header, e.story).run();
  else if (seen)
    drop_story_.bind(mail).run();
}

void recorder::add_news(std::int64_t mail) {
  std::erase(news_, mail);
  if (news_.size() >= most_news)
    news_.erase(news_.begin());
  news_.push_back(mail);
}

void recorder::note_pending(const mail_event& e, std::int64_t mail) {
  constexpr std::int64_t first_wait = 5 * 60;
  // Of a forged one the user is told, by its facts.
  const auto reason = [&](const verdict::answer& a) {
    return a.what == level::forged || texts_ == kept_texts::of_all
               ? verdict::encode(a.why)
               : a.why.code;
  };
  const std::string pass_reason = reason(e.if_pass);
  const std::string fail_reason = reason(e.if_fail);
  put_pending_
      .bind(mail, e.fetched + first_wait, e.fetched + pending_life,
            std::int64_t{e.pending_teaches}, std::int64_t{e.certain},
            to_string(e.if_pass.what), pass_reason, to_string(e.if_fail.what),
            fail_reason, std::int64_t{e.tell.if_pass},
            std::int64_t{e.tell.if_fail}, e.tell.author, e.tell.author_name,
            e.tell.subject)
      .run();
  std::int64_t number = 0;
  for (const std::string& text : e.pending) {
    put_signature_.bind(mail, number++, text).run();
  }
}

void recorder::teach(const mail_event& e, std::int64_t scope,
                     const std::string& scope_name) {
  if (!e.signers.empty() || e.habit != sight::none) {
    const std::int64_t author =
        sender_id(scope, author_kind, e.author_domain, e.fetched);
    count_day(author, e.habit, e.counted);
    if (count_pairs(author, e.signers, e.counted, scope_name))
      note_name(e, author, scope_name);
  }
  if (!e.list_signers.empty()) {
    const std::int64_t list = sender_id(scope, list_kind, e.list_id, e.fetched);
    count_pairs(list, e.list_signers, e.counted, scope_name);
  }
  if (e.added)
    note_addition(e, scope);
}

/// 0 where it is new and there are too many new ones today.
std::int64_t recorder::sender_id(std::int64_t scope, int kind,
                                 std::string_view name, std::int64_t fetched) {
  if (find_sender_.bind(scope, std::int64_t{kind}, name).next()) {
    const std::int64_t id = find_sender_.number(0);
    if (fetched > find_sender_.number(1) + hour_seconds)
      touch_sender_.bind(fetched, id).run();
    return id;
  }
  if (!new_senders_.take(fetched / day_seconds, scope))
    return 0;
  add_sender_.bind(scope, std::int64_t{kind}, name, fetched).run();
  return db_.last_id();
}

/// Whether one of the pairs is known now.
bool recorder::count_pairs(std::int64_t sender,
                           const std::vector<std::string>& signers,
                           std::int64_t at, const std::string& scope_name) {
  if (sender == 0)
    return false;
  bool known = false;
  for (const std::string& signer : signers) {
    known = count_pair(sender, signer, at) || known;
  }
  if (known) {
    sender_known_.bind(sender).run();
    if (db_.changes() > 0)
      changed_.push_back(scope_name);
  }
  return known;
}

bool recorder::count_pair(std::int64_t sender, std::string_view signer,
                          std::int64_t at) {
  std::int64_t id = 0;
  tally passed;
  if (find_pair_.bind(sender, signer).next()) {
    id = find_pair_.number(0);
    passed.mails = static_cast<std::uint64_t>(find_pair_.number(1));
    passed.days = static_cast<std::uint32_t>(find_pair_.number(2));
    passed.first = find_pair_.number(3);
    passed.last = find_pair_.number(4);
  } else {
    pairs_of_.bind(sender).next();
    if (pairs_of_.number(0) >= most_pairs)
      return false;
    add_pair_.bind(sender, signer).run();
    id = db_.last_id();
    passed.first = passed.last = at;
  }
  add_pair_day_.bind(id, at / day_seconds).run();
  passed.days += static_cast<std::uint32_t>(db_.changes());
  ++passed.mails;
  passed.first = std::min(passed.first, at);
  passed.last = std::max(passed.last, at);
  put_pair_
      .bind(static_cast<std::int64_t>(passed.mails),
            static_cast<std::int64_t>(passed.days), passed.first, passed.last,
            id)
      .run();
  return verdict::is_known(passed);
}

void recorder::count_day(std::int64_t sender, sight what, std::int64_t at) {
  if (sender == 0 || what == sight::none)
    return;
  count_day_
      .bind(sender, at / day_seconds, std::int64_t{what == sight::proven},
            std::int64_t{what == sight::unproven})
      .run();
}

void recorder::note_name(const mail_event& e, std::int64_t sender,
                         const std::string& scope_name) {
  const std::string mark =
      verdict::name_mark(verdict::name_key(e.display_name), salt_);
  if (mark.empty())
    return;
  names_of_.bind(sender).next();
  if (names_of_.number(0) >= most_names)
    return;
  add_name_.bind(sender, mark).run();
  if (db_.changes() > 0)
    changed_.push_back(scope_name);
}

void recorder::note_key(const verdict::remembered_key& key, std::int64_t at,
                        std::int64_t scope) {
  if (find_key_.bind(key.name, key.text).next()) {
    const bool says_more = at > find_key_.number(0) + hour_seconds ||
                           (key.authentic && find_key_.number(1) == 0);
    if (!says_more)
      return;
  } else if (!new_keys_.take(at / day_seconds, scope)) {
    return;
  }
  put_key_
      .bind(key.name, key.text, at, at, std::int64_t{key.authentic},
            std::int64_t{key.revoked})
      .run();
}

void recorder::note_addition(const mail_event& e, std::int64_t scope) {
  const std::int64_t day = e.fetched / day_seconds;
  const auto note = [&](const std::string& what) {
    touch_addition_.bind(day, scope, e.added->source, what, e.added_author)
        .run();
    if (db_.changes() > 0)
      return;
    authors_of_.bind(scope, e.added->source, what).next();
    if (authors_of_.number(0) < most_authors && new_additions_.take(day, scope))
      add_addition_.bind(scope, e.added->source, what, e.added_author, day)
          .run();
  };
  note("text:" + e.added->digest);
  for (const std::string& host : e.added->links) note("link:" + host);
}

void recorder::count_daily(const mail_event& e) {
  if (e.author_domain.empty())
    return;
  const std::int64_t day = e.fetched / day_seconds;
  if (!find_daily_.bind(day, e.author_domain).next() &&
      !new_daily_.take(day, 0))
    return;
  put_daily_.bind(day, e.author_domain, std::int64_t{e.is_proven}).run();
}

/// Before the mail itself is noted. `seen`: by somebody with this history.
/// Whether it is new in its account, or judged otherwise than before.
bool recorder::count_sums(const mail_event& e, std::int64_t scope, bool seen) {
  const judged_words now{.level = to_string(e.result.what),
                         .dkim = e.dkim_check,
                         .dmarc = e.dmarc};
  if (!seen || !find_own_mail_.bind(scope, e.digest, e.account).next()) {
    sums_.add(e.fetched / day_seconds, e.account, e.author_domain, now);
    return true;
  }
  const judged_words before{.level = find_own_mail_.text(0),
                            .dkim = find_own_mail_.text(1),
                            .dmarc = find_own_mail_.text(2)};
  sums_.move(find_own_mail_.number(4), e.account, find_own_mail_.text(3),
             before, now);
  return before.level != now.level || before.dkim != now.dkim ||
         before.dmarc != now.dmarc;
}

// -------------------------------------------------------- judged once more

void recorder::write(const second_judgement& j) {
  using outcome = second_judgement::outcome;
  if (j.what == outcome::undecided) {
    delay_pending_.bind(j.due, j.mail).run();
    return;
  }
  if (j.what == outcome::given_up || !find_pending_.bind(j.mail).next()) {
    drop_pending_.bind(j.mail).run();
    return;
  }
  const bool passed = j.what == outcome::passed;
  const std::int64_t scope = find_pending_.number(0);
  const std::string scope_name(find_pending_.text(1));
  const bool taught = find_pending_.number(5) != 0;
  const bool certain = find_pending_.number(7) != 0;
  const std::string what(find_pending_.text(passed ? 8 : 10));
  const std::string why(find_pending_.text(passed ? 9 : 11));
  mail_event e;
  e.author_domain = find_pending_.text(2);
  e.counted = find_pending_.number(3);
  e.fetched = find_pending_.number(4);
  if (passed && find_pending_.number(6) != 0 &&
      (what == to_string(level::genuine) || what == to_string(level::new_)))
    e.signers.push_back(j.signer);
  if (certain && what != to_string(level::forged))
    e.habit = passed ? sight::proven : sight::unproven;
  warning w;
  w.what = warning::kind::second;
  const bool is_told = find_pending_.number(passed ? 12 : 13) != 0;
  w.author = find_pending_.text(14);
  w.author_name = find_pending_.text(15);
  w.subject = find_pending_.text(16);
  w.account = w.reader = find_pending_.text(17);
  w.digest = find_pending_.text(18);
  w.before = read_level(find_pending_.text(19)).value_or(level::unverified);
  w.noted = e.fetched;
  w.result.what = read_level(what).value_or(level::unverified);
  w.result.why = verdict::parse_reason(why);
  const std::string kept =
      texts_ == kept_texts::of_none ? w.result.why.code : why;
  if (w.result.why.facts.empty())
    w.result.why.with("author", e.author_domain);
  const std::string_view dkim = passed ? "pass" : "fail";
  const std::string_view dmarc = find_pending_.text(21);
  sums_.move(find_pending_.number(22), w.account, e.author_domain,
             {.level = find_pending_.text(19),
              .dkim = find_pending_.text(20),
              .dmarc = dmarc},
             {.level = what, .dkim = dkim, .dmarc = dmarc});
  settle_mail_.bind(what, kept, dkim, j.mail).run();
  add_news(j.mail);
  if (is_told)
    note(db_, w);
  if (!taught)
    teach(e, scope, scope_name);
  drop_pending_.bind(j.mail).run();
}

// ------------------------------------------------------------------ purge

std::uint64_t recorder::purge_rows(std::string_view sql, std::int64_t before) {
  sqlite::statement s(db_, sql);
  std::uint64_t all = 0;
  for (;;) {
    sqlite::transaction piece(db_, sqlite::purpose::write);
    s.bind(before, purge_piece).run();
    const std::int64_t gone = db_.changes();
    piece.commit();
    all += static_cast<std::uint64_t>(gone);
    if (gone < purge_piece)
      return all;
  }
}

/// Rows were written under another setting. Once for each change of it; then
/// the table says under which it was done.
void recorder::forget_texts() {
  const std::string done = "texts-" + std::to_string(static_cast<int>(texts_));
  sqlite::statement find(db_, "SELECT value FROM setting WHERE name = 'texts'");
  if (find.bind().next() && find.text(0) == done)
    return;
  const std::int64_t last = db_.number("SELECT max(id) FROM mail");
  sqlite::statement forget(
      db_,
      std::string("UPDATE mail SET author = NULL, subject = NULL, reason = "
                  "substr(reason, 1, instr(reason || ' ', ' ') - 1) "
                  "WHERE id BETWEEN ? AND ? AND (author IS NOT NULL OR "
                  "subject IS NOT NULL OR instr(reason, ' ') > 0)") +
          (texts_ == kept_texts::of_forged ? " AND level <> 'forged'" : ""));
  std::int64_t from = db_.number("SELECT min(id) FROM mail");
  for (; texts_ != kept_texts::of_all && from <= last; from += purge_piece) {
    sqlite::transaction piece(db_, sqlite::purpose::write);
    forget.bind(from, from + purge_piece - 1).run();
    forget_stories(from, from + purge_piece - 1);
    piece.commit();
  }
  sqlite::statement note(db_,
                         "INSERT OR REPLACE INTO setting VALUES ('texts', ?)");
  note.bind(done).run();
}

/// Of the mails from `first` to `last`, those whose texts are not kept.
void recorder::forget_stories(std::int64_t first, std::int64_t last) {
  sqlite::statement find(
      db_,
      std::string("SELECT s.mail, s.results FROM mail_story s "
                  "JOIN mail m ON m.id = s.mail WHERE s.mail BETWEEN ? AND ? "
                  "AND (s.header IS NOT NULL OR s.story IS NOT NULL OR "
                  "instr(s.results, '@') > 0)") +
          (texts_ == kept_texts::of_forged ? " AND m.level <> 'forged'" : ""));
  std::vector<std::pair<std::int64_t, std::string>> found;
  for (find.bind(first, last); find.next();) {
    std::vector<kept_result> results = decode_results(find.text(1));
    take_out_local_parts(results);
    found.emplace_back(find.number(0), encode(results, most_results));
  }
  for (const auto& [mail, results] : found)
    put_story_.bind(mail, results, std::string_view(), std::string_view())
        .run();
}

void recorder::purge(std::int64_t now, std::chrono::days keep,
                     std::chrono::days keep_sums) {
  forget_texts();
  const std::int64_t today = now / day_seconds;
  const auto ago = [&](std::int64_t days) { return now - days * day_seconds; };
  purge_rows(
      "DELETE FROM mail WHERE id IN "
      "(SELECT id FROM mail WHERE fetched < ? LIMIT ?)",
      ago(keep.count()));
  purge_rows(
      "DELETE FROM warning WHERE id IN "
      "(SELECT id FROM warning WHERE noted < ? LIMIT ?)",
      ago(keep.count()));
  purge_rows(
      "DELETE FROM warning_mail WHERE id IN "
      "(SELECT id FROM warning_mail WHERE made < ? LIMIT ?)",
      ago(listed_days));
  purge_rows(
      "DELETE FROM outgoing_mail WHERE id IN "
      "(SELECT id FROM outgoing_mail WHERE made < ? LIMIT ?)",
      ago(outgoing_days));
  purge_rows(
      "DELETE FROM pending WHERE mail IN "
      "(SELECT mail FROM pending WHERE expires < ? LIMIT ?)",
      now - day_seconds);
  // All kinds, named so that the index of them and `last` is gone along.
  purge_rows(
      "DELETE FROM sender WHERE id IN (SELECT id FROM sender s "
      "WHERE kind IN (0, 1) AND last < ? AND NOT EXISTS "
      "(SELECT 1 FROM pair p WHERE p.sender = s.id) LIMIT ?)",
      ago(unproven_days));
  purge_rows(
      "DELETE FROM sender WHERE id IN (SELECT id FROM sender "
      "WHERE kind IN (0, 1) AND last < ? AND NOT known LIMIT ?)",
      ago(unknown_days));
  purge_rows(
      "DELETE FROM sender WHERE id IN (SELECT id FROM sender "
      "WHERE kind IN (0, 1) AND last < ? LIMIT ?)",
      ago(known_days));
  purge_rows(
      "DELETE FROM sender_day WHERE (sender, day) IN "
      "(SELECT sender, day FROM sender_day WHERE day < ? LIMIT ?)",
      today - habit_days);
  purge_rows(
      "DELETE FROM pair_day WHERE (pair, day) IN "
      "(SELECT pair, day FROM pair_day WHERE day < ? LIMIT ?)",
      today - pair_day_days);
  purge_rows(
      "DELETE FROM addition WHERE (scope, source, what, author) IN "
      "(SELECT scope, source, what, author FROM addition WHERE day < ? "
      "LIMIT ?)",
      today - addition_days);
  purge_rows(
      "DELETE FROM daily WHERE (day, domain) IN "
      "(SELECT day, domain FROM daily WHERE day < ? LIMIT ?)",
      today - daily_days);
  purge_rows(
      "DELETE FROM daily WHERE (day, domain) IN "
      "(SELECT day, domain FROM daily WHERE day < ? AND mails < 3 LIMIT ?)",
      today - rare_daily_days);
  purge_rows(
      "DELETE FROM day_sum WHERE (day, account) IN "
      "(SELECT day, account FROM day_sum WHERE day < ? LIMIT ?)",
      today - keep_sums.count());
  purge_rows(
      "DELETE FROM day_forged WHERE (day, domain) IN "
      "(SELECT day, domain FROM day_forged WHERE day < ? LIMIT ?)",
      today - keep_sums.count());
  purge_rows(
      "DELETE FROM dkim_key WHERE (name, text) IN "
      "(SELECT name, text FROM dkim_key WHERE last < ? AND NOT revoked "
      "LIMIT ?)",
      ago(key_days));
}

}  // namespace mekiki::store
