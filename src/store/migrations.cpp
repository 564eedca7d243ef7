#include "store/migrations.hpp"

#include <array>
#include <cassert>
#include <optional>
#include <string>
#include <tuple>

#include "store/find_text.hpp"
#include "store/join_accounts.hpp"
#include "store/row.hpp"
#include "verdict/reason.hpp"

namespace mekiki::store {
namespace {

// In order; a step is never changed once it was released. Times are Unix
// seconds, days are numbered from 1970. What is here and why: docs/history.md.
constexpr std::array steps = {
    R"(
CREATE TABLE setting (
  name TEXT PRIMARY KEY, value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE scope (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE mail (
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL REFERENCES scope,
  digest TEXT NOT NULL,
  account TEXT NOT NULL,
  uidl TEXT NOT NULL,
  fetched INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  taught INTEGER NOT NULL,
  level TEXT NOT NULL,
  reason TEXT NOT NULL,
  dkim TEXT NOT NULL,
  dmarc TEXT NOT NULL,
  policy TEXT NOT NULL,
  author_domain TEXT NOT NULL,
  author TEXT,
  subject TEXT,
  UNIQUE (scope, digest, account)
);
CREATE INDEX mail_fetched ON mail (fetched);

CREATE TABLE sender (
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL REFERENCES scope,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  last INTEGER NOT NULL,
  known INTEGER NOT NULL DEFAULT 0,
  UNIQUE (scope, kind, name)
);
CREATE INDEX sender_known ON sender (scope, kind, last) WHERE known;

CREATE TABLE sender_day (
  sender INTEGER NOT NULL REFERENCES sender ON DELETE CASCADE,
  day INTEGER NOT NULL,
  proven INTEGER NOT NULL,
  unproven INTEGER NOT NULL,
  PRIMARY KEY (sender, day)
) WITHOUT ROWID;

CREATE TABLE pair (
  id INTEGER PRIMARY KEY,
  sender INTEGER NOT NULL REFERENCES sender ON DELETE CASCADE,
  signer TEXT NOT NULL,
  mails INTEGER NOT NULL,
  days INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  UNIQUE (sender, signer)
);

CREATE TABLE pair_day (
  pair INTEGER NOT NULL REFERENCES pair ON DELETE CASCADE,
  day INTEGER NOT NULL,
  PRIMARY KEY (pair, day)
) WITHOUT ROWID;

CREATE TABLE name (
  sender INTEGER NOT NULL REFERENCES sender ON DELETE CASCADE,
  mark TEXT NOT NULL,
  PRIMARY KEY (sender, mark)
) WITHOUT ROWID;

CREATE TABLE dkim_key (
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  authentic INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  PRIMARY KEY (name, text)
) WITHOUT ROWID;

CREATE TABLE rule (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  pattern TEXT NOT NULL,
  signer TEXT NOT NULL,
  effect TEXT NOT NULL,
  until INTEGER,
  UNIQUE (account, kind, pattern, signer)
);

CREATE TABLE addition (
  scope INTEGER NOT NULL REFERENCES scope,
  source TEXT NOT NULL,
  what TEXT NOT NULL,
  author TEXT NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (scope, source, what, author)
) WITHOUT ROWID;

CREATE TABLE pending (
  mail INTEGER PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
  due INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  teaches INTEGER NOT NULL,
  certain INTEGER NOT NULL,
  pass_level TEXT NOT NULL,
  pass_reason TEXT NOT NULL,
  fail_level TEXT NOT NULL,
  fail_reason TEXT NOT NULL
);
CREATE INDEX pending_due ON pending (due);

CREATE TABLE pending_signature (
  mail INTEGER NOT NULL REFERENCES pending ON DELETE CASCADE,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (mail, number)
) WITHOUT ROWID;

CREATE TABLE daily (
  day INTEGER NOT NULL,
  domain TEXT NOT NULL,
  mails INTEGER NOT NULL,
  proven INTEGER NOT NULL,
  PRIMARY KEY (day, domain)
) WITHOUT ROWID;
)",
    R"(
CREATE TABLE user_choice (
  account TEXT PRIMARY KEY,
  methods TEXT NOT NULL,
  language TEXT NOT NULL,
  occasion TEXT NOT NULL,
  secret_word TEXT NOT NULL,
  subject_mark INTEGER NOT NULL,
  updated INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX mail_account ON mail (account, fetched);
)",
    R"(
CREATE TABLE warning (
  id INTEGER PRIMARY KEY,
  reader TEXT NOT NULL,
  account TEXT NOT NULL,
  digest TEXT NOT NULL,
  kind TEXT NOT NULL,
  noted INTEGER NOT NULL,
  told INTEGER NOT NULL,
  level TEXT NOT NULL,
  before TEXT NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  name TEXT NOT NULL,
  subject TEXT NOT NULL,
  header TEXT NOT NULL,
  UNIQUE (reader, account, digest, kind)
);
CREATE INDEX warning_waiting ON warning (reader) WHERE told = 0;
CREATE INDEX warning_told ON warning (reader, told);
CREATE INDEX warning_noted ON warning (noted);

CREATE TABLE warning_mail (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  uidl TEXT NOT NULL UNIQUE,
  made INTEGER NOT NULL,
  octets TEXT NOT NULL
);
CREATE INDEX warning_mail_account ON warning_mail (account);

CREATE TABLE outgoing_mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient TEXT NOT NULL,
  made INTEGER NOT NULL,
  due INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  octets TEXT NOT NULL
);
CREATE INDEX outgoing_mail_due ON outgoing_mail (due);

ALTER TABLE pending ADD COLUMN tell_pass INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pending ADD COLUMN tell_fail INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pending ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE pending ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE pending ADD COLUMN subject TEXT NOT NULL DEFAULT '';
)",
    R"(
CREATE TABLE day_sum (
  day INTEGER NOT NULL,
  account TEXT NOT NULL,
  genuine INTEGER NOT NULL DEFAULT 0,
  new_sender INTEGER NOT NULL DEFAULT 0,
  unverified INTEGER NOT NULL DEFAULT 0,
  altered INTEGER NOT NULL DEFAULT 0,
  forged INTEGER NOT NULL DEFAULT 0,
  dkim_pass INTEGER NOT NULL DEFAULT 0,
  dkim_fail INTEGER NOT NULL DEFAULT 0,
  dkim_none INTEGER NOT NULL DEFAULT 0,
  dmarc_pass INTEGER NOT NULL DEFAULT 0,
  dmarc_fail INTEGER NOT NULL DEFAULT 0,
  dmarc_none INTEGER NOT NULL DEFAULT 0,
  dmarc_other INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, account)
) WITHOUT ROWID;

CREATE TABLE day_forged (
  day INTEGER NOT NULL,
  domain TEXT NOT NULL,
  mails INTEGER NOT NULL,
  PRIMARY KEY (day, domain)
) WITHOUT ROWID;

ALTER TABLE mail ADD COLUMN summed INTEGER NOT NULL DEFAULT 0;
UPDATE mail SET summed = fetched / 86400;
INSERT INTO day_sum SELECT summed, account,
  sum(level = 'genuine'), sum(level = 'new'), sum(level = 'unverified'),
  sum(level = 'altered'), sum(level = 'forged'),
  sum(dkim = 'pass'), sum(dkim = 'fail'), sum(dkim = 'none'),
  sum(dmarc = 'pass'), sum(dmarc = 'fail'), sum(dmarc = 'none'),
  sum(dmarc NOT IN ('pass', 'fail', 'none'))
  FROM mail GROUP BY summed, account;
INSERT INTO day_forged SELECT summed, author_domain, mails FROM
  (SELECT summed, author_domain, count(*) AS mails, row_number() OVER
    (PARTITION BY summed ORDER BY count(*) DESC) AS place
    FROM mail WHERE level = 'forged' GROUP BY summed, author_domain)
  WHERE place <= 200;
)",
    // `reversed` is the author domain from its end, octet for octet, so that a
    // domain and those below it are a range. How an account's mails were judged
    // is counted in the index alone.
    R"(
ALTER TABLE mail ADD COLUMN reversed TEXT NOT NULL DEFAULT '';
CREATE TEMP TABLE turned (name TEXT PRIMARY KEY, reversed TEXT NOT NULL);
INSERT INTO turned
  WITH RECURSIVE
    domain AS (SELECT DISTINCT author_domain AS name FROM mail),
    turn (name, octets, rest, out) AS (
      SELECT name, CAST(name AS BLOB), length(CAST(name AS BLOB)), ''
        FROM domain
      UNION ALL
      SELECT name, octets, rest - 1, out || substr(octets, rest, 1)
        FROM turn WHERE rest > 0)
  SELECT name, out FROM turn WHERE rest = 0;
UPDATE mail SET reversed =
  (SELECT t.reversed FROM turned t WHERE t.name = author_domain);
DROP TABLE turned;
CREATE INDEX mail_domain ON mail (reversed, fetched);
CREATE INDEX mail_level ON mail (level, fetched);
DROP INDEX mail_account;
CREATE INDEX mail_account ON mail (account, fetched, id, level, dkim);

CREATE INDEX sender_last ON sender (kind, last, name, known);
CREATE INDEX sender_scope ON sender (scope, kind, last);
CREATE INDEX sender_name ON sender (kind, name, known);

CREATE TABLE mail_story (
  mail INTEGER PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
  results TEXT NOT NULL,
  header TEXT,
  story TEXT
);

CREATE TABLE access_token (
  hash TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  made INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX access_token_account ON access_token (account, made);
)",
    // What join_accounts does beside this is too much for statements alone. The
    // condition of the index is one that other databases read alike.
    R"(
DROP INDEX sender_known;
CREATE INDEX sender_known ON sender (scope, kind, last) WHERE known = 1;
)",
    R"(
CREATE TABLE border_vote (
  scope INTEGER NOT NULL REFERENCES scope,
  mx_set TEXT NOT NULL,
  signature TEXT NOT NULL,
  organization TEXT NOT NULL,
  authority TEXT NOT NULL,
  places TEXT NOT NULL,
  depth INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (scope, mx_set, signature)
) WITHOUT ROWID;
)",
    // When a pair became steady was not noted: its last mail is no earlier.
    R"(
CREATE TABLE signature (
  scope INTEGER NOT NULL REFERENCES scope,
  mark TEXT NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (scope, mark)
) WITHOUT ROWID;
CREATE TABLE learned (
  scope INTEGER NOT NULL REFERENCES scope,
  what TEXT NOT NULL,
  author TEXT NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (scope, what, author, day)
) WITHOUT ROWID;
INSERT INTO learned SELECT scope, source || ' ' || what, author, day
  FROM addition;
DROP TABLE addition;
ALTER TABLE sender ADD COLUMN steady INTEGER NOT NULL DEFAULT 0;
UPDATE sender SET steady = coalesce((SELECT min(last) FROM pair p
  WHERE p.sender = sender.id AND p.mails >= 10
  AND p.last - p.first >= 2592000), 0) WHERE known = 1;
)",
    // When a name was first seen was not noted: long ago. Nor was the form of
    // trace that a vote is for.
    // Of a mail to be judged again there was one signature: it passes, or it
    // does not, or it does by a key in test mode, which then decided nothing.
    // The signer stands behind d= in what is kept of it. Habits: 1 is a proven
    // day, 2 an unproven one.
    R"(
ALTER TABLE border_vote ADD COLUMN form TEXT NOT NULL DEFAULT '';
ALTER TABLE name ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE name ADD COLUMN steady INTEGER NOT NULL DEFAULT 0;
ALTER TABLE name ADD COLUMN address TEXT NOT NULL DEFAULT '';
CREATE TABLE address (
  sender INTEGER NOT NULL REFERENCES sender ON DELETE CASCADE,
  mark TEXT NOT NULL,
  first INTEGER NOT NULL,
  again INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sender, mark)
) WITHOUT ROWID;
CREATE TABLE pending_answer (
  mail INTEGER NOT NULL REFERENCES pending ON DELETE CASCADE,
  number INTEGER NOT NULL,
  level TEXT NOT NULL,
  reason TEXT NOT NULL,
  dkim TEXT NOT NULL,
  dmarc TEXT NOT NULL,
  signers TEXT NOT NULL,
  habit INTEGER NOT NULL,
  told INTEGER NOT NULL,
  PRIMARY KEY (mail, number)
) WITHOUT ROWID;
INSERT INTO pending_answer SELECT p.mail, 0, p.pass_level, p.pass_reason,
  'pass', m.dmarc,
  CASE WHEN p.teaches AND p.pass_level IN ('genuine', 'new') THEN
    (SELECT substr(rest, 1, instr(rest, ';') - 1) FROM
      (SELECT substr(s.text, instr(s.text, '; d=') + 4) AS rest
        FROM pending_signature s WHERE s.mail = p.mail AND s.number = 0))
    ELSE '' END,
  p.certain AND p.pass_level <> 'forged', p.tell_pass
  FROM pending p JOIN mail m ON m.id = p.mail
  WHERE p.mail IN (SELECT mail FROM pending_signature);
INSERT INTO pending_answer SELECT p.mail, 1, p.fail_level, p.fail_reason,
  'fail', m.dmarc, '', 2 * (p.certain AND p.fail_level <> 'forged'), p.tell_fail
  FROM pending p JOIN mail m ON m.id = p.mail;
INSERT INTO pending_answer SELECT p.mail, 2, m.level, m.reason,
  m.dkim, m.dmarc, '', 0, 0
  FROM pending p JOIN mail m ON m.id = p.mail;
ALTER TABLE pending DROP COLUMN teaches;
ALTER TABLE pending DROP COLUMN certain;
ALTER TABLE pending DROP COLUMN pass_level;
ALTER TABLE pending DROP COLUMN pass_reason;
ALTER TABLE pending DROP COLUMN fail_level;
ALTER TABLE pending DROP COLUMN fail_reason;
ALTER TABLE pending DROP COLUMN tell_pass;
ALTER TABLE pending DROP COLUMN tell_fail;
ALTER TABLE pending ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pending ADD COLUMN open TEXT NOT NULL DEFAULT '';
ALTER TABLE pending ADD COLUMN cases TEXT NOT NULL DEFAULT '';
UPDATE pending SET open = 'open signature=fo', cases = '0,1,2';
)",
    R"(
CREATE TABLE border_answer (
  scope INTEGER NOT NULL REFERENCES scope,
  mx_set TEXT NOT NULL,
  view TEXT NOT NULL,
  answer TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (scope, mx_set, view)
) WITHOUT ROWID;
)",
    // How mails came was not noted before.
    R"(
ALTER TABLE mail ADD COLUMN way TEXT NOT NULL DEFAULT '';
DROP INDEX mail_fetched;
CREATE INDEX mail_fetched ON mail (fetched, id, account, way);
CREATE TABLE feedback (
  mail INTEGER PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
  said TEXT NOT NULL,
  at INTEGER NOT NULL,
  answer TEXT NOT NULL DEFAULT '',
  answered INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX feedback_open ON feedback (answered, at);
)",
    // Tokens were made on the page alone, and when they were used was not
    // noted.
    R"(
ALTER TABLE access_token ADD COLUMN way TEXT NOT NULL DEFAULT 'page';
ALTER TABLE access_token ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
CREATE TABLE word_known (
  account TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID;
)",
    // The host that a mail came from was not noted before.
    R"(
ALTER TABLE mail ADD COLUMN find TEXT NOT NULL DEFAULT '';
DROP INDEX mail_fetched;
)",
    // No report was kept before.
    R"(
CREATE TABLE report_domain (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE report_source (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL DEFAULT '',
  due INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX report_source_due ON report_source (due);
CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  proven INTEGER NOT NULL,
  author TEXT NOT NULL,
  kind TEXT NOT NULL,
  org TEXT NOT NULL,
  number TEXT NOT NULL,
  domain INTEGER NOT NULL REFERENCES report_domain,
  taken INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  day INTEGER NOT NULL,
  policy TEXT NOT NULL,
  mails INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  records INTEGER NOT NULL,
  octets INTEGER NOT NULL,
  whole INTEGER NOT NULL,
  faults TEXT NOT NULL,
  UNIQUE (kind, org, number, domain, proven, author)
);
CREATE INDEX report_age ON report (proven, id);
CREATE INDEX report_author ON report (author, id, octets);
CREATE INDEX report_day_of ON report (domain, proven, day);
CREATE INDEX report_broken ON report (whole) WHERE whole = 0;
CREATE TABLE report_row (
  report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  number INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES report_source,
  mails INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  header_from TEXT NOT NULL,
  envelope_from TEXT NOT NULL,
  dkim TEXT NOT NULL,
  spf TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (report, number)
) WITHOUT ROWID;
CREATE INDEX report_row_source ON report_row (source);
CREATE TABLE report_sum (
  domain INTEGER NOT NULL REFERENCES report_domain,
  proven INTEGER NOT NULL,
  day INTEGER NOT NULL,
  source INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  mails INTEGER NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (domain, proven, day, source, outcome)
) WITHOUT ROWID;
CREATE TABLE report_seen (
  domain INTEGER NOT NULL REFERENCES report_domain,
  proven INTEGER NOT NULL,
  source INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  records INTEGER NOT NULL,
  signer TEXT NOT NULL,
  sender TEXT NOT NULL,
  covered TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (domain, proven, source)
) WITHOUT ROWID;
CREATE INDEX report_seen_source ON report_seen (source);
CREATE TABLE report_room (
  proven INTEGER PRIMARY KEY,
  octets INTEGER NOT NULL
);
CREATE TABLE report_mail (
  account TEXT NOT NULL,
  uidl TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, uidl)
) WITHOUT ROWID;
)",
    // All rows of proven reports were summed by address, and all reports were
    // about our domains. What is not proven is no longer summed.
    R"(
ALTER TABLE report ADD COLUMN room INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN summed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN digest TEXT NOT NULL DEFAULT '';
UPDATE report SET room = proven, summed =
  CASE WHEN kind = 'aggregate' AND proven = 1 THEN records ELSE 0 END;
DROP INDEX report_age;
CREATE INDEX report_age ON report (room, id);
CREATE INDEX report_summed ON report (domain, day, author, summed);
ALTER TABLE report_room RENAME COLUMN proven TO room;
DELETE FROM report_sum WHERE proven = 0;
DELETE FROM report_seen WHERE proven = 0;
UPDATE report_source SET due = 4611686018427387904 WHERE NOT EXISTS
  (SELECT 1 FROM report_seen e WHERE e.source = report_source.id);
CREATE TABLE report_day (
  domain INTEGER NOT NULL REFERENCES report_domain,
  proven INTEGER NOT NULL,
  day INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  mails INTEGER NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (domain, proven, day, outcome)
) WITHOUT ROWID;
INSERT INTO report_day
  SELECT domain, proven, day, outcome, sum(mails), sum(records)
  FROM report_sum GROUP BY domain, proven, day, outcome;
)",
    R"(
ALTER TABLE report ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;
CREATE TABLE sender_mark (
  domain TEXT NOT NULL,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  note TEXT NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  PRIMARY KEY (domain, name)
) WITHOUT ROWID;
CREATE TABLE ignored_reporter (
  author TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE sending_told (
  domain TEXT NOT NULL,
  what TEXT NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (domain, what, name)
) WITHOUT ROWID;
)",
};
static_assert(steps.size() == migrations_end);
constexpr int accounts_are_joined = 5;  // before that step
constexpr int mails_are_found = 12;

struct old_mail {
  std::int64_t id = 0;
  std::string reason, author_domain;
  std::optional<std::string> author, subject;

  auto columns() {
    return std::tie("id", id, "reason", reason, "author_domain", author_domain,
                    "author", author, "subject", subject);
  }
};

void make_mails_found(sqlite::database& db) {
  query<old_mail> mails(db, "FROM mail");
  sqlite::statement put(db, "UPDATE mail SET find = ? WHERE id = ?");
  for (mails.bind(); mails.next();) {
    const old_mail m = mails.row();
    const std::string code = verdict::parse_reason(m.reason).code;
    const std::string text = find_text({.code = code,
                                        .host = {},
                                        .author_domain = m.author_domain,
                                        .author = m.author.value_or(""),
                                        .subject = m.subject.value_or("")});
    put.bind(text, m.id).run();
  }
  db.run("CREATE INDEX mail_fetched ON mail (fetched, id, account, way, find)");
}

}  // namespace

void bring_up(sqlite::database& db, int version) {
  assert(version >= 0 && version < migrations_end);
  db.run(steps.at(static_cast<std::size_t>(version)));
  if (version == accounts_are_joined)
    join_accounts(db);
  if (version == mails_are_found)
    make_mails_found(db);
}

}  // namespace mekiki::store
