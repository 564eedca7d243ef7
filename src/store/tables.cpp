#include "store/tables.hpp"

#include <fmt/format.h>

#include "store/dialect.hpp"

namespace mekiki::store {
namespace {

// Times are Unix seconds, days are numbered from 1970; what can be true or
// false is 1 or 0. What is here and why: docs/history.md. Columns that were
// added later stand last, as in files of earlier versions.
constexpr fmt::string_view text = R"(
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
){in_order};

CREATE TABLE scope (id {numbered}, name TEXT NOT NULL UNIQUE);

CREATE TABLE mail (
  id {numbered},
  scope {integer} NOT NULL REFERENCES scope,
  digest TEXT NOT NULL,
  account TEXT NOT NULL,
  uidl TEXT NOT NULL,
  fetched {integer} NOT NULL,
  counted {integer} NOT NULL,
  taught {integer} NOT NULL,
  level TEXT NOT NULL,
  reason TEXT NOT NULL,
  dkim TEXT NOT NULL,
  dmarc TEXT NOT NULL,
  policy TEXT NOT NULL,
  author_domain TEXT NOT NULL,
  author TEXT,
  subject TEXT,
  summed {integer} NOT NULL DEFAULT 0,
  reversed TEXT NOT NULL DEFAULT '',
  way TEXT NOT NULL DEFAULT '',
  find TEXT NOT NULL DEFAULT '',
  UNIQUE (scope, digest, account)
);
CREATE INDEX mail_fetched ON mail (fetched, id, account, way, find);
CREATE INDEX mail_domain ON mail (reversed, fetched);
CREATE INDEX mail_level ON mail (level, fetched);
CREATE INDEX mail_account ON mail (account, fetched, id, level, dkim);

CREATE TABLE mail_story (
  mail {integer} PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
  results TEXT NOT NULL,
  header {octets},
  story TEXT
);

CREATE TABLE feedback (
  mail {integer} PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
  said TEXT NOT NULL,
  at {integer} NOT NULL,
  answer TEXT NOT NULL DEFAULT '',
  answered {integer} NOT NULL DEFAULT 0
);
CREATE INDEX feedback_open ON feedback (answered, at);

CREATE TABLE sender (
  id {numbered},
  scope {integer} NOT NULL REFERENCES scope,
  kind {integer} NOT NULL,
  name TEXT NOT NULL,
  last {integer} NOT NULL,
  known {integer} NOT NULL DEFAULT 0,
  steady {integer} NOT NULL DEFAULT 0,
  UNIQUE (scope, kind, name)
);
CREATE INDEX sender_known ON sender (scope, kind, last) WHERE known = 1;
CREATE INDEX sender_last ON sender (kind, last, name, known);
CREATE INDEX sender_scope ON sender (scope, kind, last);
CREATE INDEX sender_name ON sender (kind, name, known);

CREATE TABLE sender_day (
  sender {integer} NOT NULL REFERENCES sender ON DELETE CASCADE,
  day {integer} NOT NULL,
  proven {integer} NOT NULL,
  unproven {integer} NOT NULL,
  PRIMARY KEY (sender, day)
){in_order};

CREATE TABLE pair (
  id {numbered},
  sender {integer} NOT NULL REFERENCES sender ON DELETE CASCADE,
  signer TEXT NOT NULL,
  mails {integer} NOT NULL,
  days {integer} NOT NULL,
  first {integer} NOT NULL,
  last {integer} NOT NULL,
  UNIQUE (sender, signer)
);

CREATE TABLE pair_day (
  pair {integer} NOT NULL REFERENCES pair ON DELETE CASCADE,
  day {integer} NOT NULL,
  PRIMARY KEY (pair, day)
){in_order};

CREATE TABLE signature (
  scope {integer} NOT NULL REFERENCES scope,
  mark TEXT NOT NULL,
  day {integer} NOT NULL,
  PRIMARY KEY (scope, mark)
){in_order};

CREATE TABLE name (
  sender {integer} NOT NULL REFERENCES sender ON DELETE CASCADE,
  mark TEXT NOT NULL,
  first {integer} NOT NULL DEFAULT 0,
  steady {integer} NOT NULL DEFAULT 0,
  address TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (sender, mark)
){in_order};

CREATE TABLE address (
  sender {integer} NOT NULL REFERENCES sender ON DELETE CASCADE,
  mark TEXT NOT NULL,
  first {integer} NOT NULL,
  again {integer} NOT NULL DEFAULT 0,
  PRIMARY KEY (sender, mark)
){in_order};

CREATE TABLE dkim_key (
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  first {integer} NOT NULL,
  last {integer} NOT NULL,
  authentic {integer} NOT NULL,
  revoked {integer} NOT NULL,
  PRIMARY KEY (name, text)
){in_order};

CREATE TABLE rule (
  id {numbered},
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  pattern TEXT NOT NULL,
  signer TEXT NOT NULL,
  effect TEXT NOT NULL,
  until {integer},
  UNIQUE (account, kind, pattern, signer)
);

CREATE TABLE learned (
  scope {integer} NOT NULL REFERENCES scope,
  what TEXT NOT NULL,
  author TEXT NOT NULL,
  day {integer} NOT NULL,
  PRIMARY KEY (scope, what, author, day)
){in_order};

CREATE TABLE border_vote (
  scope {integer} NOT NULL REFERENCES scope,
  mx_set TEXT NOT NULL,
  signature TEXT NOT NULL,
  organization TEXT NOT NULL,
  authority TEXT NOT NULL,
  places TEXT NOT NULL,
  depth {integer} NOT NULL,
  at {integer} NOT NULL,
  form TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (scope, mx_set, signature)
){in_order};

CREATE TABLE border_answer (
  scope {integer} NOT NULL REFERENCES scope,
  mx_set TEXT NOT NULL,
  view TEXT NOT NULL,
  answer TEXT NOT NULL,
  at {integer} NOT NULL,
  PRIMARY KEY (scope, mx_set, view)
){in_order};

CREATE TABLE pending (
  mail {integer} PRIMARY KEY REFERENCES mail ON DELETE CASCADE,
  due {integer} NOT NULL,
  expires {integer} NOT NULL,
  tries {integer} NOT NULL,
  author TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  told {integer} NOT NULL DEFAULT 0,
  open TEXT NOT NULL DEFAULT '',
  cases TEXT NOT NULL DEFAULT ''
);
CREATE INDEX pending_due ON pending (due);

CREATE TABLE pending_signature (
  mail {integer} NOT NULL REFERENCES pending ON DELETE CASCADE,
  number {integer} NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (mail, number)
){in_order};

CREATE TABLE pending_answer (
  mail {integer} NOT NULL REFERENCES pending ON DELETE CASCADE,
  number {integer} NOT NULL,
  level TEXT NOT NULL,
  reason TEXT NOT NULL,
  dkim TEXT NOT NULL,
  dmarc TEXT NOT NULL,
  signers TEXT NOT NULL,
  habit {integer} NOT NULL,
  told {integer} NOT NULL,
  PRIMARY KEY (mail, number)
){in_order};

CREATE TABLE daily (
  day {integer} NOT NULL,
  domain TEXT NOT NULL,
  mails {integer} NOT NULL,
  proven {integer} NOT NULL,
  PRIMARY KEY (day, domain)
){in_order};

CREATE TABLE user_choice (
  account TEXT PRIMARY KEY,
  methods TEXT NOT NULL,
  language TEXT NOT NULL,
  occasion TEXT NOT NULL,
  secret_word TEXT NOT NULL,
  subject_mark {integer} NOT NULL,
  updated {integer} NOT NULL
){in_order};

CREATE TABLE access_token (
  hash TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  made {integer} NOT NULL,
  way TEXT NOT NULL DEFAULT 'page',
  seen {integer} NOT NULL DEFAULT 0
){in_order};
CREATE INDEX access_token_account ON access_token (account, made);

CREATE TABLE word_known (
  account TEXT PRIMARY KEY,
  at {integer} NOT NULL
){in_order};

CREATE TABLE warning (
  id {numbered},
  reader TEXT NOT NULL,
  account TEXT NOT NULL,
  digest TEXT NOT NULL,
  kind TEXT NOT NULL,
  noted {integer} NOT NULL,
  told {integer} NOT NULL,
  level TEXT NOT NULL,
  before TEXT NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  name TEXT NOT NULL,
  subject TEXT NOT NULL,
  header {octets} NOT NULL,
  UNIQUE (reader, account, digest, kind)
);
CREATE INDEX warning_waiting ON warning (reader) WHERE told = 0;
CREATE INDEX warning_told ON warning (reader, told);
CREATE INDEX warning_noted ON warning (noted);

CREATE TABLE warning_mail (
  id {numbered},
  account TEXT NOT NULL,
  uidl TEXT NOT NULL UNIQUE,
  made {integer} NOT NULL,
  octets {octets} NOT NULL
);
CREATE INDEX warning_mail_account ON warning_mail (account);

CREATE TABLE outgoing_mail (
  id {numbered_once},
  recipient TEXT NOT NULL,
  made {integer} NOT NULL,
  due {integer} NOT NULL,
  tries {integer} NOT NULL,
  octets {octets} NOT NULL
);
CREATE INDEX outgoing_mail_due ON outgoing_mail (due);

CREATE TABLE day_sum (
  day {integer} NOT NULL,
  account TEXT NOT NULL,
  genuine {integer} NOT NULL DEFAULT 0,
  new_sender {integer} NOT NULL DEFAULT 0,
  unverified {integer} NOT NULL DEFAULT 0,
  altered {integer} NOT NULL DEFAULT 0,
  forged {integer} NOT NULL DEFAULT 0,
  dkim_pass {integer} NOT NULL DEFAULT 0,
  dkim_fail {integer} NOT NULL DEFAULT 0,
  dkim_none {integer} NOT NULL DEFAULT 0,
  dmarc_pass {integer} NOT NULL DEFAULT 0,
  dmarc_fail {integer} NOT NULL DEFAULT 0,
  dmarc_none {integer} NOT NULL DEFAULT 0,
  dmarc_other {integer} NOT NULL DEFAULT 0,
  PRIMARY KEY (day, account)
){in_order};

CREATE TABLE day_forged (
  day {integer} NOT NULL,
  domain TEXT NOT NULL,
  mails {integer} NOT NULL,
  PRIMARY KEY (day, domain)
){in_order};

CREATE TABLE report_domain (
  id {numbered},
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE report_source (
  id {numbered},
  address TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL DEFAULT '',
  due {integer} NOT NULL DEFAULT 0
);
CREATE INDEX report_source_due ON report_source (due);

CREATE TABLE report (
  id {numbered},
  proven {integer} NOT NULL,
  author TEXT NOT NULL,
  kind TEXT NOT NULL,
  org TEXT NOT NULL,
  number TEXT NOT NULL,
  domain {integer} NOT NULL REFERENCES report_domain,
  taken {integer} NOT NULL,
  first {integer} NOT NULL,
  last {integer} NOT NULL,
  day {integer} NOT NULL,
  policy TEXT NOT NULL,
  mails {integer} NOT NULL,
  failed {integer} NOT NULL,
  records {integer} NOT NULL,
  octets {integer} NOT NULL,
  whole {integer} NOT NULL,
  faults TEXT NOT NULL,
  room {integer} NOT NULL DEFAULT 0,
  summed {integer} NOT NULL DEFAULT 0,
  digest TEXT NOT NULL DEFAULT '',
  ignored {integer} NOT NULL DEFAULT 0,
  UNIQUE (kind, org, number, domain, proven, author)
);
CREATE INDEX report_age ON report (room, id);
CREATE INDEX report_summed ON report (domain, day, author, summed);
CREATE INDEX report_author ON report (author, id, octets);
CREATE INDEX report_day_of ON report (domain, proven, day);
CREATE INDEX report_broken ON report (whole) WHERE whole = 0;

CREATE TABLE report_row (
  report {integer} NOT NULL REFERENCES report ON DELETE CASCADE,
  number {integer} NOT NULL,
  source {integer} NOT NULL REFERENCES report_source,
  mails {integer} NOT NULL,
  outcome {integer} NOT NULL,
  header_from TEXT NOT NULL,
  envelope_from TEXT NOT NULL,
  dkim TEXT NOT NULL,
  spf TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (report, number)
){in_order};
CREATE INDEX report_row_source ON report_row (source);

CREATE TABLE report_sum (
  domain {integer} NOT NULL REFERENCES report_domain,
  proven {integer} NOT NULL,
  day {integer} NOT NULL,
  source {integer} NOT NULL,
  outcome {integer} NOT NULL,
  mails {integer} NOT NULL,
  records {integer} NOT NULL,
  PRIMARY KEY (domain, proven, day, source, outcome)
){in_order};

CREATE TABLE report_seen (
  domain {integer} NOT NULL REFERENCES report_domain,
  proven {integer} NOT NULL,
  source {integer} NOT NULL,
  first {integer} NOT NULL,
  last {integer} NOT NULL,
  records {integer} NOT NULL,
  signer TEXT NOT NULL,
  sender TEXT NOT NULL,
  covered TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (domain, proven, source)
){in_order};
CREATE INDEX report_seen_source ON report_seen (source);

CREATE TABLE report_day (
  domain {integer} NOT NULL REFERENCES report_domain,
  proven {integer} NOT NULL,
  day {integer} NOT NULL,
  outcome {integer} NOT NULL,
  mails {integer} NOT NULL,
  records {integer} NOT NULL,
  PRIMARY KEY (domain, proven, day, outcome)
){in_order};

CREATE TABLE report_room (
  room {integer} PRIMARY KEY,
  octets {integer} NOT NULL
);

CREATE TABLE report_mail (
  account TEXT NOT NULL,
  uidl TEXT NOT NULL,
  at {integer} NOT NULL,
  PRIMARY KEY (account, uidl)
){in_order};

CREATE TABLE sender_mark (
  domain TEXT NOT NULL,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  note TEXT NOT NULL,
  at {integer} NOT NULL,
  who TEXT NOT NULL,
  PRIMARY KEY (domain, name)
){in_order};

CREATE TABLE ignored_reporter (
  author TEXT PRIMARY KEY,
  at {integer} NOT NULL,
  who TEXT NOT NULL
){in_order};

CREATE TABLE sending_told (
  domain TEXT NOT NULL,
  what TEXT NOT NULL,
  name TEXT NOT NULL,
  at {integer} NOT NULL,
  PRIMARY KEY (domain, what, name)
){in_order};
)";

}  // namespace

std::string tables() {
  using fmt::arg;
  return fmt::format(fmt::runtime(text), arg("numbered", dialect::numbered),
                     arg("numbered_once", dialect::numbered_once),
                     arg("integer", dialect::integer),
                     arg("octets", dialect::octets),
                     arg("in_order", dialect::in_order));
}

}  // namespace mekiki::store
