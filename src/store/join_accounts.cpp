#include "store/join_accounts.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "verdict/mailbox_name.hpp"

namespace mekiki::store {
namespace {

constexpr std::string_view of_account = "account:";
constexpr std::string_view of_upstream = "upstream:";

std::string scope_name(std::string_view scope) {
  if (scope.starts_with(of_account)) {
    return std::string(of_account) +
           verdict::account_name(scope.substr(of_account.size()));
  }
  return scope.starts_with(of_upstream) ? ascii::to_lower(scope)
                                        : std::string(scope);
}

/// Table `spelling`: each spelling of an account that is to be joined, and the
/// name itself, with that name.
bool find_spellings(sqlite::database& db) {
  db.run(
      "CREATE TEMP TABLE spelling (old TEXT PRIMARY KEY, name TEXT NOT NULL)");
  std::vector<std::pair<std::string, std::string>> found;
  for (sqlite::statement s(
           db,
           "SELECT account FROM mail UNION SELECT account FROM rule "
           "UNION SELECT account FROM user_choice "
           "UNION SELECT account FROM warning UNION SELECT reader FROM warning "
           "UNION SELECT account FROM warning_mail "
           "UNION SELECT account FROM day_sum "
           "UNION SELECT account FROM access_token");
       s.next();) {
    std::string name = verdict::account_name(s.text(0));
    if (name != s.text(0))
      found.emplace_back(s.text(0), std::move(name));
  }
  sqlite::statement put(db, "INSERT OR IGNORE INTO spelling VALUES (?, ?)");
  for (const auto& [old, name] : found) {
    put.bind(old, name).run();
    put.bind(name, name).run();
  }
  return !found.empty();
}

/// Table `moved_scope`: the scopes that become others, which exist then.
bool find_scopes(sqlite::database& db) {
  db.run(
      "CREATE TEMP TABLE moved_scope (old INTEGER PRIMARY KEY, "
      "scope INTEGER NOT NULL)");
  std::vector<std::pair<std::int64_t, std::string>> found;
  for (sqlite::statement s(db, "SELECT id, name FROM scope"); s.next();) {
    std::string name = scope_name(s.text(1));
    if (name != s.text(1))
      found.emplace_back(s.number(0), std::move(name));
  }
  sqlite::statement make(db, "INSERT OR IGNORE INTO scope (name) VALUES (?)");
  sqlite::statement put(db,
                        "INSERT INTO moved_scope SELECT ?, id FROM scope "
                        "WHERE name = ?");
  for (const auto& [old, name] : found) {
    make.bind(name).run();
    put.bind(old, name).run();
  }
  return !found.empty();
}

/// The later one stays.
constexpr const char* join_choices = R"(
DELETE FROM user_choice WHERE account IN (
  SELECT account FROM (
    SELECT c.account, row_number() OVER (PARTITION BY s.name
      ORDER BY c.updated DESC, c.account = s.name DESC, c.account) AS place
      FROM user_choice c JOIN spelling s ON s.old = c.account)
  WHERE place > 1);
UPDATE user_choice SET account =
  (SELECT name FROM spelling WHERE old = account)
  WHERE account IN (SELECT old FROM spelling WHERE old <> name);

DELETE FROM rule WHERE id IN (
  SELECT id FROM (
    SELECT r.id, row_number() OVER (
      PARTITION BY s.name, r.kind, r.pattern, r.signer
      ORDER BY r.id DESC) AS place
      FROM rule r JOIN spelling s ON s.old = r.account)
  WHERE place > 1);
UPDATE rule SET account = (SELECT name FROM spelling WHERE old = account)
  WHERE account IN (SELECT old FROM spelling WHERE old <> name);

UPDATE access_token SET account =
  (SELECT name FROM spelling WHERE old = account)
  WHERE account IN (SELECT old FROM spelling WHERE old <> name);
)";

/// What was told stays told.
constexpr const char* join_warnings = R"(
CREATE TEMP TABLE warning_to AS
  SELECT w.id, coalesce(r.name, w.reader) AS reader,
    coalesce(a.name, w.account) AS account, w.digest, w.kind, w.told
  FROM warning w LEFT JOIN spelling r ON r.old = w.reader
    LEFT JOIN spelling a ON a.old = w.account
  WHERE r.old IS NOT NULL OR a.old IS NOT NULL;
DELETE FROM warning WHERE id IN (
  SELECT id FROM (
    SELECT id, row_number() OVER (
      PARTITION BY reader, account, digest, kind
      ORDER BY told <> 0 DESC, id DESC) AS place FROM warning_to)
  WHERE place > 1);
UPDATE warning SET
  reader = (SELECT t.reader FROM warning_to t WHERE t.id = warning.id),
  account = (SELECT t.account FROM warning_to t WHERE t.id = warning.id)
  WHERE id IN (SELECT id FROM warning_to);
DROP TABLE warning_to;
UPDATE warning_mail SET account =
  (SELECT name FROM spelling WHERE old = account)
  WHERE account IN (SELECT old FROM spelling WHERE old <> name);
)";

/// A mail that several spellings have is counted once: as the one fetched last.
constexpr const char* join_mails = R"(
CREATE TEMP TABLE mail_to AS
  SELECT m.id, coalesce(s.scope, m.scope) AS scope, m.digest,
    coalesce(a.name, m.account) AS account, m.fetched, m.taught
  FROM mail m LEFT JOIN moved_scope s ON s.old = m.scope
    LEFT JOIN spelling a ON a.old = m.account
  WHERE a.old IS NOT NULL OR m.scope IN
    (SELECT old FROM moved_scope UNION SELECT scope FROM moved_scope);
CREATE TEMP TABLE mail_twice AS
  SELECT id, first, place, taught FROM (
    SELECT id, taught, row_number() OVER w AS place,
      first_value(id) OVER w AS first FROM mail_to
    WINDOW w AS (PARTITION BY scope, digest, account
      ORDER BY fetched DESC, id DESC))
  WHERE place > 1;
UPDATE mail SET taught = 1 WHERE id IN
  (SELECT first FROM mail_twice WHERE taught);

CREATE TEMP TABLE counted_twice AS
  SELECT m.summed AS day, m.account, sum(m.level = 'genuine') AS genuine,
    sum(m.level = 'new') AS new_sender, sum(m.level = 'unverified') AS unverified,
    sum(m.level = 'altered') AS altered, sum(m.level = 'forged') AS forged,
    sum(m.dkim = 'pass') AS dkim_pass, sum(m.dkim = 'fail') AS dkim_fail,
    sum(m.dkim = 'none') AS dkim_none, sum(m.dmarc = 'pass') AS dmarc_pass,
    sum(m.dmarc = 'fail') AS dmarc_fail, sum(m.dmarc = 'none') AS dmarc_none,
    sum(m.dmarc NOT IN ('pass', 'fail', 'none')) AS dmarc_other
  FROM mail m JOIN mail_twice t ON t.id = m.id GROUP BY m.summed, m.account;
UPDATE day_sum SET genuine = max(0, day_sum.genuine - t.genuine),
    new_sender = max(0, day_sum.new_sender - t.new_sender),
    unverified = max(0, day_sum.unverified - t.unverified),
    altered = max(0, day_sum.altered - t.altered),
    forged = max(0, day_sum.forged - t.forged),
    dkim_pass = max(0, day_sum.dkim_pass - t.dkim_pass),
    dkim_fail = max(0, day_sum.dkim_fail - t.dkim_fail),
    dkim_none = max(0, day_sum.dkim_none - t.dkim_none),
    dmarc_pass = max(0, day_sum.dmarc_pass - t.dmarc_pass),
    dmarc_fail = max(0, day_sum.dmarc_fail - t.dmarc_fail),
    dmarc_none = max(0, day_sum.dmarc_none - t.dmarc_none),
    dmarc_other = max(0, day_sum.dmarc_other - t.dmarc_other)
  FROM counted_twice t
  WHERE t.day = day_sum.day AND t.account = day_sum.account;
DROP TABLE counted_twice;
UPDATE day_forged SET mails = mails - t.twice FROM
  (SELECT m.summed AS day, m.author_domain AS domain, count(*) AS twice
    FROM mail m JOIN mail_twice t ON t.id = m.id
    WHERE m.level = 'forged' GROUP BY m.summed, m.author_domain) t
  WHERE t.day = day_forged.day AND t.domain = day_forged.domain;
DELETE FROM day_forged WHERE mails <= 0;
DELETE FROM mail WHERE id IN (SELECT id FROM mail_twice);
DROP TABLE mail_twice;
UPDATE mail SET scope = t.scope, account = t.account
  FROM mail_to t WHERE t.id = mail.id;
DROP TABLE mail_to;

INSERT INTO day_sum
  SELECT d.day, s.name, sum(genuine), sum(new_sender), sum(unverified),
    sum(altered), sum(forged), sum(dkim_pass), sum(dkim_fail), sum(dkim_none),
    sum(dmarc_pass), sum(dmarc_fail), sum(dmarc_none), sum(dmarc_other)
  FROM day_sum d JOIN spelling s ON s.old = d.account AND s.old <> s.name
  GROUP BY d.day, s.name
  ON CONFLICT (day, account) DO UPDATE SET
    genuine = genuine + excluded.genuine,
    new_sender = new_sender + excluded.new_sender,
    unverified = unverified + excluded.unverified,
    altered = altered + excluded.altered,
    forged = forged + excluded.forged,
    dkim_pass = dkim_pass + excluded.dkim_pass,
    dkim_fail = dkim_fail + excluded.dkim_fail,
    dkim_none = dkim_none + excluded.dkim_none,
    dmarc_pass = dmarc_pass + excluded.dmarc_pass,
    dmarc_fail = dmarc_fail + excluded.dmarc_fail,
    dmarc_none = dmarc_none + excluded.dmarc_none,
    dmarc_other = dmarc_other + excluded.dmarc_other;
DELETE FROM day_sum WHERE account IN
  (SELECT old FROM spelling WHERE old <> name);
)";

/// `pair` becomes one with `into`. The days of both are told apart only as far
/// back as they are kept one by one, and a mail may be in both: what is not
/// sure to be more is not counted.
constexpr const char* join_pair = R"(
UPDATE pair SET
  days = max(days, (SELECT days FROM pair WHERE id = ?1),
    (SELECT count(*) FROM pair_day WHERE pair = ?2)),
  mails = max(mails, (SELECT mails FROM pair WHERE id = ?1),
    (SELECT count(*) FROM pair_day WHERE pair = ?2)),
  first = min(first, (SELECT first FROM pair WHERE id = ?1)),
  last = max(last, (SELECT last FROM pair WHERE id = ?1))
  WHERE id = ?2)";

using id_pair = std::pair<std::int64_t, std::int64_t>;

std::vector<id_pair> rows_of(sqlite::statement& s) {
  std::vector<id_pair> out;
  while (s.next()) out.emplace_back(s.number(0), s.number(1));
  return out;
}

void join_senders(sqlite::database& db) {
  sqlite::statement same(
      db,
      "SELECT s.id, t.id FROM sender s JOIN moved_scope m ON m.old = s.scope "
      "JOIN sender t ON t.scope = m.scope AND t.kind = s.kind "
      "AND t.name = s.name WHERE s.scope = ?");
  sqlite::statement days(
      db,
      "INSERT INTO sender_day SELECT ?2, day, proven, unproven FROM sender_day "
      "WHERE sender = ?1 ON CONFLICT DO UPDATE SET "
      "proven = max(proven, excluded.proven), "
      "unproven = max(unproven, excluded.unproven)");
  sqlite::statement names(db,
                          "INSERT OR IGNORE INTO name SELECT ?2, mark "
                          "FROM name WHERE sender = ?1");
  sqlite::statement pairs(
      db,
      "SELECT p.id, t.id FROM pair p JOIN pair t ON t.sender = ?2 "
      "AND t.signer = p.signer WHERE p.sender = ?1");
  sqlite::statement pair_days(db,
                              "INSERT OR IGNORE INTO pair_day SELECT ?2, day "
                              "FROM pair_day WHERE pair = ?1");
  sqlite::statement join(db, join_pair);
  sqlite::statement drop_pair(db, "DELETE FROM pair WHERE id = ?");
  sqlite::statement move_pairs(db,
                               "UPDATE pair SET sender = ?2 WHERE sender = ?1");
  sqlite::statement touch(
      db,
      "UPDATE sender SET "
      "last = max(last, (SELECT last FROM sender WHERE id = ?1)), "
      "known = max(known, (SELECT known FROM sender WHERE id = ?1)) "
      "WHERE id = ?2");
  sqlite::statement drop(db, "DELETE FROM sender WHERE id = ?");
  sqlite::statement move(
      db,
      "UPDATE sender SET scope = (SELECT scope FROM moved_scope WHERE old = "
      "sender.scope) WHERE scope = ?");
  sqlite::statement scopes(db, "SELECT old, scope FROM moved_scope");
  // One scope after another: two of them may become the same.
  for (const auto& [scope, unused] : rows_of(scopes)) {
    for (const auto& [sender, into] : rows_of(same.bind(scope))) {
      days.bind(sender, into).run();
      names.bind(sender, into).run();
      for (const auto& [pair, into_pair] : rows_of(pairs.bind(sender, into))) {
        pair_days.bind(pair, into_pair).run();
        join.bind(pair, into_pair).run();
        drop_pair.bind(pair).run();
      }
      move_pairs.bind(sender, into).run();
      touch.bind(sender, into).run();
      drop.bind(sender).run();
    }
    move.bind(scope).run();
  }
}

constexpr const char* join_additions = R"(
INSERT INTO addition SELECT m.scope, a.source, a.what, a.author, max(a.day)
  FROM addition a JOIN moved_scope m ON m.old = a.scope
  GROUP BY m.scope, a.source, a.what, a.author
  ON CONFLICT DO UPDATE SET day = max(day, excluded.day);
DELETE FROM addition WHERE scope IN (SELECT old FROM moved_scope);
DELETE FROM scope WHERE id IN (SELECT old FROM moved_scope);
)";

}  // namespace

void join_accounts(sqlite::database& db) {
  const bool has_accounts = find_spellings(db);
  const bool has_scopes = find_scopes(db);
  if (has_accounts || has_scopes) {
    db.run(join_choices);
    db.run(join_warnings);
    db.run(join_mails);
    join_senders(db);
    db.run(join_additions);
  }
  db.run("DROP TABLE spelling; DROP TABLE moved_scope");
}

}  // namespace mekiki::store
