// An event becomes a row of `mail`; its story and its open checks have tables
// of their own. What it teaches is for sender_writer and border_vote_writer.
#include "store/recorder.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "auth/dkim/pending.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "base/log.hpp"
#include "base/split.hpp"
#include "base/unix_time.hpp"
#include "store/find_text.hpp"
#include "store/history_rows.hpp"
#include "store/kept_facts.hpp"
#include "store/kept_results.hpp"
#include "store/purge.hpp"
#include "store/row.hpp"
#include "store/setting_rows.hpp"
#include "store/warning_rows.hpp"
#include "store/words.hpp"
#include "verdict/decide.hpp"

namespace mekiki::store {
namespace {

using verdict::level;

// What an attacker who sends a mail from another domain, with another key,
// every second can make us keep in a day; or one who logs in to his own servers
// under another name each time.
constexpr daily_quota::limits new_scopes{
    .account = std::numeric_limits<std::uint64_t>::max(), .client = 1'000};
constexpr daily_quota::limits new_keys{
    .account = 1'000, .client = 3'000, .organization = 100};
constexpr daily_quota::limits new_daily{
    .account = 2'000, .client = 20'000, .organization = 100};

/// What an account may fill in a day of the whole database. Beyond the first,
/// mails are noted without what only their page shows; beyond the second not at
/// all.
daily_quota::limits share_of_stories(std::uint64_t octets) {
  return {.account = octets / 32, .client = octets / 8};
}
daily_quota::limits share_of_mails(std::uint64_t octets) {
  return {.account = octets / 16, .client = octets / 4};
}

/// About what the rows of a mail need, without its story.
std::size_t octets_of_rows(const mail_event& e) {
  constexpr std::size_t row = 1'000;  // with its indexes, and what it teaches
  std::size_t sum = row + e.open.size() + e.author.size() + e.subject.size();
  for (const std::string& text : e.pending) sum += text.size();
  constexpr std::size_t answer = 300;
  return sum + e.answers.size() * answer;
}

constexpr std::size_t most_news = 100;  // of a batch

std::optional<std::string_view> if_any(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// What a history knows of a mail, whosever it is.
struct seen_row {
  std::int64_t mails = 0;
  bool taught = false;

  auto columns() {
    return std::tie("count(*)", mails, "coalesce(max(taught), 0)", taught);
  }
};

/// How a mail of an account was judged before.
struct judged_row {
  std::string level, dkim, dmarc;
  std::string author_domain;
  std::int64_t summed = 0;

  auto columns() {
    return std::tie("level", level, "dkim", dkim, "dmarc", dmarc,
                    "author_domain", author_domain, "summed", summed);
  }
};

struct new_mail {
  std::int64_t scope = 0;
  std::string_view digest, account, uidl;
  std::int64_t fetched = 0;
  std::int64_t counted = 0;
  bool taught = false;
  std::string_view level, reason, dkim, dmarc, policy;
  std::string_view author_domain, reversed;
  std::int64_t summed = 0;
  std::optional<std::string_view> author, subject;
  std::string_view way, find;

  auto columns() {
    return std::tie(
        "scope", scope, "digest", digest, "account", account, "uidl", uidl,
        "fetched", fetched, "counted", counted, "taught", taught, "level",
        level, "reason", reason, "dkim", dkim, "dmarc", dmarc, "policy", policy,
        "author_domain", author_domain, "reversed", reversed, "summed", summed,
        "author", author, "subject", subject, "way", way, "find", find);
  }
};

struct new_story {
  std::int64_t mail = 0;
  std::string_view results;
  std::optional<std::string_view> header, story;

  auto columns() {
    return std::tie("mail", mail, "results", results, "header", header, "story",
                    story);
  }
};

struct new_pending {
  std::int64_t mail = 0;
  std::int64_t due = 0;
  std::int64_t expires = 0;
  std::int64_t tries = 0;
  std::string_view author, name, subject;
  bool told = false;
  std::string_view open, cases;

  auto columns() {
    return std::tie("mail", mail, "due", due, "expires", expires, "tries",
                    tries, "author", author, "name", name, "subject", subject,
                    "told", told, "open", open, "cases", cases);
  }
};

struct new_answer {
  std::int64_t mail = 0;
  std::int64_t number = 0;
  std::string_view level, reason, dkim, dmarc, signers;
  std::int64_t habit = 0;
  bool told = false;

  auto columns() {
    return std::tie("mail", mail, "number", number, "level", level, "reason",
                    reason, "dkim", dkim, "dmarc", dmarc, "signers", signers,
                    "habit", habit, "told", told);
  }
};

/// Of a forged mail, the policy that was not known when its answer was made.
void name_policy(const second_judgement::policy_result& found,
                 verdict::reason& why) {
  if (why.code != "dmarc-fail")
    return;
  for (auto& [name, value] : why.facts) {
    if (name == "author") {
      value = found.author;
    } else if (name == "policy") {
      value = found.accuses;
    } else if (name == "domain") {
      value = found.domain;
    }
  }
}

habit_day habit_at(std::int64_t number) {
  for (const habit_day h : {habit_day::proven, habit_day::unproven}) {
    if (static_cast<std::int64_t>(h) == number)
      return h;
  }
  return habit_day::none;
}

struct known_key_row {
  std::int64_t last = 0;
  bool authentic = false;

  auto columns() { return std::tie("last", last, "authentic", authentic); }
};

}  // namespace

/// A mail that is to be judged again, and what was said of it.
struct recorder::pending_row {
  std::int64_t scope = 0;
  std::string scope_name;
  std::string author, name, subject;
  bool told = false;

  std::string account, digest, level, reason, dkim, dmarc, policy;
  std::string author_domain, find;
  std::int64_t fetched = 0;
  std::int64_t counted = 0;
  bool taught = false;
  std::int64_t summed = 0;

  auto columns() {
    return std::tie("m.scope", scope, "s.name", scope_name, "p.author", author,
                    "p.name", name, "p.subject", subject, "p.told", told,
                    "m.account", account, "m.digest", digest, "m.level", level,
                    "m.reason", reason, "m.dkim", dkim, "m.dmarc", dmarc,
                    "m.policy", policy, "m.author_domain", author_domain,
                    "m.find", find, "m.fetched", fetched, "m.counted", counted,
                    "m.taught", taught, "m.summed", summed);
  }
};

/// One of the answers that were made for it.
struct recorder::answer_row {
  std::string level, reason, dkim, dmarc, signers;
  std::int64_t habit = 0;
  bool told = false;

  auto columns() {
    return std::tie("level", level, "reason", reason, "dkim", dkim, "dmarc",
                    dmarc, "signers", signers, "habit", habit, "told", told);
  }
};

struct recorder::statements {
  explicit statements(sqlite::database& db)
      : find_scope(db, "SELECT id FROM scope WHERE name = ?"),
        add_scope(db, "INSERT INTO scope (name) VALUES (?) RETURNING id"),
        find_seen(db, "FROM mail WHERE scope = ? AND digest = ?"),
        find_judged(db,
                    "FROM mail WHERE scope = ? AND digest = ? AND account = ?"),
        put_mail(db, "mail",
                 "ON CONFLICT (scope, digest, account) DO UPDATE SET "
                 "uidl = CASE excluded.uidl WHEN '' THEN mail.uidl "
                 "ELSE excluded.uidl END, "
                 "fetched = excluded.fetched, taught = excluded.taught, "
                 "level = excluded.level, reason = excluded.reason, "
                 "dkim = excluded.dkim, dmarc = excluded.dmarc, "
                 "policy = excluded.policy, author = excluded.author, "
                 "subject = excluded.subject, way = excluded.way, "
                 "find = excluded.find "
                 "RETURNING id"),
        put_story(db, "mail_story",
                  "ON CONFLICT (mail) DO UPDATE SET "
                  "results = excluded.results, header = excluded.header, "
                  "story = excluded.story"),
        drop_story(db, "DELETE FROM mail_story WHERE mail = ?"),
        drop_pending(db, "DELETE FROM pending WHERE mail = ?"),
        put_pending(db, "pending"),
        put_signature(db,
                      "INSERT INTO pending_signature (mail, number, text) "
                      "VALUES (?, ?, ?)"),
        put_answer(db, "pending_answer"),
        find_pending(db,
                     "FROM pending p JOIN mail m ON m.id = p.mail "
                     "JOIN scope s ON s.id = m.scope WHERE p.mail = ?"),
        find_answer(db, "FROM pending_answer WHERE mail = ? AND number = ?"),
        delay_pending(db,
                      "UPDATE pending SET tries = tries + 1, due = ? "
                      "WHERE mail = ?"),
        tell_pending(db, "UPDATE pending SET told = ? WHERE mail = ?"),
        drop_warning(db,
                     "DELETE FROM warning WHERE reader = ? AND account = ? "
                     "AND digest = ? AND kind = 'second' AND told = 0"),
        drop_told(db,
                  "DELETE FROM warning WHERE reader = ? AND account = ? "
                  "AND digest = ? AND kind = 'second'"),
        settle_mail(db,
                    "UPDATE mail SET level = ?, reason = ?, dkim = ?, "
                    "dmarc = ?, policy = ?, taught = ?, find = ? WHERE id = ?"),
        pending_texts(db,
                      "SELECT text FROM pending_signature WHERE mail = ? "
                      "ORDER BY number"),
        find_key(db, "FROM dkim_key WHERE name = ? AND text = ?"),
        put_key(db, "dkim_key",
                "ON CONFLICT (name, text) DO UPDATE SET "
                "last = CASE WHEN excluded.last > dkim_key.last "
                "THEN excluded.last ELSE dkim_key.last END, "
                "authentic = CASE WHEN excluded.authentic > dkim_key.authentic "
                "THEN excluded.authentic ELSE dkim_key.authentic END"),
        find_daily(db, "SELECT mails FROM daily WHERE day = ? AND domain = ?"),
        put_daily(db,
                  "INSERT INTO daily (day, domain, mails, proven) "
                  "VALUES (?, ?, 1, ?) ON CONFLICT (day, domain) DO UPDATE SET "
                  "mails = daily.mails + 1, "
                  "proven = daily.proven + excluded.proven") {}

  value_query<std::int64_t> find_scope;
  sqlite::statement add_scope;
  query<seen_row> find_seen;
  query<judged_row> find_judged;
  insertion<new_mail> put_mail;
  insertion<new_story> put_story;
  sqlite::statement drop_story, drop_pending;
  insertion<new_pending> put_pending;
  sqlite::statement put_signature;
  insertion<new_answer> put_answer;
  query<pending_row> find_pending;
  query<answer_row> find_answer;
  sqlite::statement delay_pending, tell_pending, drop_warning, drop_told;
  sqlite::statement settle_mail;
  value_query<std::string> pending_texts;
  query<known_key_row> find_key;
  insertion<key_row> put_key;
  value_query<std::int64_t> find_daily;
  sqlite::statement put_daily;
};

recorder::recorder(const std::filesystem::path& file, text_retention texts,
                   std::uint64_t octets, std::chrono::milliseconds patience,
                   time_zone zone)
    : db_(file, sqlite::access::read_write, patience),
      texts_(texts),
      zone_(zone),
      new_scopes_(new_scopes),
      mail_octets_(share_of_mails(octets)),
      story_octets_(share_of_stories(octets)),
      new_keys_(new_keys),
      new_daily_(new_daily),
      senders_(db_),
      borders_(db_),
      sums_(db_),
      sql_(std::make_unique<statements>(db_)) {}

recorder::~recorder() = default;

void recorder::forget() {
  scopes_.clear();
  rules_noted_ = false;
  senders_.roll_back_changed();
  borders_.forget();
  news_.clear();
}

void recorder::end_batch() { borders_.prune(); }

std::vector<std::int64_t> recorder::take_news() {
  return std::exchange(news_, {});
}

std::optional<std::int64_t> recorder::scope_id(const std::string& name,
                                               const mail_event& e) {
  if (const auto found = scopes_.find(name); found != scopes_.end())
    return found->second;
  std::optional<std::int64_t> id = sql_->find_scope.first(name);
  if (!id) {
    if (!take_share(new_scopes_, e, 1,
                    "too many new accounts came from there today: mails of "
                    "further ones are judged, but not noted"))
      return std::nullopt;
    id = sql_->add_scope.bind(name).run_for_id();
  }
  constexpr std::size_t most_in_memory = 10'000;
  if (scopes_.size() >= most_in_memory)
    scopes_.clear();
  scopes_.emplace(name, *id);
  return id;
}

/// The log says so once a day: of each account, or client where it makes those.
bool recorder::take_share(daily_quota& of, const mail_event& e,
                          std::size_t amount, std::string_view otherwise) {
  const std::int64_t today = e.fetched / day_seconds;
  const row_maker who{.account = e.account, .client = e.client};
  if (of.take(today, who, amount))
    return true;
  if (std::exchange(told_on_, today) != today)
    told_.clear();
  constexpr std::size_t most_lines = 1'000;
  const std::string& name = &of == &new_scopes_ ? e.client : e.account;
  if (told_.size() < most_lines &&
      told_.insert(fmt::format("{}\n{}", name, otherwise)).second)
    log::warning("store: {}: {}", log::quoted(name), otherwise);
  return false;
}

/// Since when they hold: the first mail that they judged. Not noted where no
/// mail was there before it.
void recorder::note_rules(std::int64_t now) {
  const std::string today = std::to_string(verdict::rules_version);
  if (!rules_noted_ && find_setting(db_, rules_setting) != today) {
    if (value_query<std::int64_t>(db_, "SELECT id FROM mail LIMIT 1").first())
      put_setting(db_, rules_since_setting, std::to_string(now));
    put_setting(db_, rules_setting, today);
  }
  rules_noted_ = true;
}

bool recorder::write(const mail_event& e, const std::string& scope_name) {
  note_rules(e.fetched);
  const auto scope_found = scope_id(scope_name, e);
  if (!scope_found)
    return false;
  const std::int64_t scope = *scope_found;
  const seen_row before =
      sql_->find_seen.first(scope, e.digest).value_or(seen_row());
  const bool seen = before.mails > 0;
  if (!seen &&
      !take_share(
          mail_octets_, e, octets_of_rows(e),
          "its share of history.octets for today is used up: its further "
          "mails are judged, but not noted"))
    return false;
  const bool teaches = e.is_proven || e.habit != habit_day::none ||
                       !e.list_signers.empty() || e.added || e.border ||
                       !e.lists.empty() || !e.forwarders.empty() ||
                       e.is_changed_inside;
  const bool is_news = count_sums(e, scope, seen);
  const std::int64_t mail = note_mail(e, scope, before.taught || teaches);
  note_story(e, mail, seen);
  if (is_news)
    add_news(mail);
  if (seen)
    sql_->drop_pending.bind(mail).run();
  if (!e.open.empty())
    note_pending(e, mail);
  if (!seen)
    count_daily(e);
  for (const verdict::remembered_key& key : e.keys) {
    note_key(key, e);
  }
  if (teaches && !before.taught) {
    senders_.teach(e, scope, scope_name);
    if (e.border)
      borders_.write(*e.border, scope);
  }
  return true;
}

std::int64_t recorder::note_mail(const mail_event& e, std::int64_t scope,
                                 bool taught) {
  const std::string reason = verdict::encode(e.result.why);
  const std::string from_its_end = reversed(e.author_domain);
  const std::string find = find_text({.code = e.result.why.code,
                                      .host = e.host,
                                      .author_domain = e.author_domain,
                                      .author = e.author,
                                      .subject = e.subject});
  return sql_->put_mail.run_for_id({.scope = scope,
                                    .digest = e.digest,
                                    .account = e.account,
                                    .uidl = e.uidl,
                                    .fetched = e.fetched,
                                    .counted = e.counted,
                                    .taught = taught,
                                    .level = to_string(e.result.what),
                                    .reason = reason,
                                    .dkim = e.dkim_check,
                                    .dmarc = e.dmarc,
                                    .policy = e.policy,
                                    .author_domain = e.author_domain,
                                    .reversed = from_its_end,
                                    .summed = zone_.day_of(e.fetched),
                                    .author = if_any(e.author),
                                    .subject = if_any(e.subject),
                                    .way = e.way,
                                    .find = find});
}

void recorder::note_story(const mail_event& e, std::int64_t mail, bool seen) {
  const std::string results = encode(e.checks, most_results);
  const std::size_t octets = results.size() + e.header.size() + e.story.size();
  if (octets > 0 &&
      !take_share(story_octets_, e, octets,
                  "its share of history.octets for today is used up: of its "
                  "further mails less is noted"))
    return;
  if (!results.empty() || !e.header.empty() || !e.story.empty()) {
    sql_->put_story.run({.mail = mail,
                         .results = results,
                         .header = if_any(e.header),
                         .story = if_any(e.story)});
  } else if (seen) {
    sql_->drop_story.bind(mail).run();
  }
}

void recorder::add_news(std::int64_t mail) {
  std::erase(news_, mail);
  if (news_.size() >= most_news)
    news_.erase(news_.begin());
  news_.push_back(mail);
}

void recorder::note_pending(const mail_event& e, std::int64_t mail) {
  constexpr std::int64_t first_wait = 300;
  // Of a forged one the user is told, by its facts.
  const auto reason = [&](const verdict::answer& a) {
    verdict::reason why = a.why;
    if (a.what != level::forged && !keeps_all(texts_))
      keep_domains(why);
    return verdict::encode(why);
  };
  const std::string cases = fmt::format("{}", fmt::join(e.cases, ","));
  sql_->put_pending.run({.mail = mail,
                         .due = e.fetched + first_wait,
                         .expires = e.fetched + pending_days * day_seconds,
                         .author = e.tell.author,
                         .name = e.tell.author_name,
                         .subject = e.tell.subject,
                         .told = e.tell.is_told,
                         .open = e.open,
                         .cases = cases});
  std::int64_t at = 0;
  for (const later_answer& a : e.answers) {
    const std::string why = reason(a.said);
    const std::string signers = fmt::format("{}", fmt::join(a.signers, " "));
    sql_->put_answer.run({.mail = mail,
                          .number = at++,
                          .level = to_string(a.said.what),
                          .reason = why,
                          .dkim = a.dkim_check,
                          .dmarc = a.dmarc,
                          .signers = signers,
                          .habit = static_cast<std::int64_t>(a.habit),
                          .told = a.is_told});
  }
  std::int64_t number = 0;
  for (const std::string& text : e.pending) {
    sql_->put_signature.bind(mail, number++, text).run();
  }
}

void recorder::note_key(const verdict::remembered_key& key,
                        const mail_event& e) {
  const std::int64_t at = e.fetched;
  if (const auto known = sql_->find_key.first(key.name, key.text)) {
    const bool says_more =
        at > known->last + hour_seconds || (key.authentic && !known->authentic);
    if (!says_more)
      return;
  } else {
    const std::string organization = dmarc::registered_domain(key.name);
    if (!new_keys_.take(at / day_seconds, {.account = e.account,
                                           .client = e.client,
                                           .organization = organization}))
      return;
  }
  key_row row{key};
  row.first = row.last = at;
  sql_->put_key.run(row);
}

void recorder::count_daily(const mail_event& e) {
  if (e.author_domain.empty())
    return;
  const std::int64_t day = e.fetched / day_seconds;
  if (!sql_->find_daily.first(day, e.author_domain) &&
      !new_daily_.take(day, {.account = e.account,
                             .client = e.client,
                             .organization = e.organization}))
    return;
  sql_->put_daily.bind(day, e.author_domain, e.is_proven).run();
}

/// Before the mail itself is noted. `seen`: by somebody with this history.
/// Whether it is new in its account, or judged otherwise than before.
bool recorder::count_sums(const mail_event& e, std::int64_t scope, bool seen) {
  const stored_verdict now{.level = to_string(e.result.what),
                           .dkim = e.dkim_check,
                           .dmarc = e.dmarc};
  const auto old =
      seen ? sql_->find_judged.first(scope, e.digest, e.account) : std::nullopt;
  if (!old) {
    sums_.add(zone_.day_of(e.fetched), e.account, e.author_domain, now);
    return true;
  }
  sums_.move(old->summed, e.account, old->author_domain,
             {.level = old->level, .dkim = old->dkim, .dmarc = old->dmarc},
             now);
  return old->level != now.level || old->dkim != now.dkim ||
         old->dmarc != now.dmarc;
}

// -------------------------------------------------------- judged once more

void recorder::write(const second_judgement& j) {
  using outcome = second_judgement::outcome;
  const bool is_final = j.what == outcome::decided;
  if (is_final || j.what == outcome::so_far) {
    const auto p = sql_->find_pending.first(j.mail);
    const auto a =
        sql_->find_answer.first(j.mail, static_cast<std::int64_t>(j.answer));
    if (p && a)
      settle(j, *p, *a);
  }
  if (is_final || j.what == outcome::given_up || j.due == 0) {
    sql_->drop_pending.bind(j.mail).run();
  } else {
    sql_->delay_pending.bind(j.due, j.mail).run();
  }
}

void recorder::settle(const second_judgement& j, const pending_row& p,
                      const answer_row& a) {
  const bool is_final = j.what == second_judgement::outcome::decided;
  verdict::reason why = verdict::parse_reason(a.reason);
  std::string dmarc = a.dmarc;
  std::string policy = p.policy;
  if (j.policy) {
    dmarc = j.policy->status;
    policy = j.policy->asked;
    name_policy(*j.policy, why);
  }
  // A key that is not there yet has decided nothing.
  const std::string& dkim = is_final || a.dkim == "pass" ? a.dkim : p.dkim;
  verdict::reason left = why;
  if (texts_ == text_retention::of_none)
    keep_domains(left);
  const std::string kept = verdict::encode(left);
  if (!is_final && a.level == p.level &&
      why.code == verdict::parse_reason(p.reason).code)
    return;

  sums_.move(p.summed, p.account, p.author_domain,
             {.level = p.level, .dkim = p.dkim, .dmarc = p.dmarc},
             {.level = a.level, .dkim = dkim, .dmarc = dmarc});
  sql_->settle_mail
      .bind(a.level, kept, dkim, dmarc, policy, is_final || p.taught,
            with_code(p.find, why.code), j.mail)
      .run();
  add_news(j.mail);
  if (a.told != p.told) {
    if (why.facts.empty())
      why.with("author", p.author_domain);
    tell(p, a, std::move(why));
    sql_->tell_pending.bind(a.told, j.mail).run();
  }
  if (!is_final || p.taught)
    return;

  mail_event e;
  e.account = p.account;
  e.author_domain = p.author_domain;
  e.organization = dmarc::registered_domain(p.author_domain);
  e.counted = p.counted;
  e.fetched = p.fetched;
  for (const std::string_view signer : split(a.signers, ' '))
    e.signers.emplace_back(signer);
  // Beside the one that passed its sender may have written others.
  const auto texts = sql_->pending_texts.all(j.mail);
  if (j.passed && *j.passed < texts.size()) {
    const auto signature = dkim::parse_pending_signature(texts[*j.passed]);
    if (signature && std::ranges::find(e.signers, signature->claims.domain) !=
                         e.signers.end())
      e.signatures.push_back(signature->claims.domain + ' ' +
                             signature->claims.octets_start);
  }
  e.habit = habit_at(a.habit);
  senders_.teach(e, p.scope, p.scope_name);
}

/// To the user, that the mail is called otherwise now.
void recorder::tell(const pending_row& p, const answer_row& a,
                    verdict::reason why) {
  // If the last such warning has not gone out, the mail is called again what he
  // was told at first.
  sql_->drop_warning.bind(p.account, p.account, p.digest).run();
  if (db_.changes() > 0)
    return;
  sql_->drop_told.bind(p.account, p.account, p.digest).run();
  warning w;
  w.what = warning::kind::second;
  w.author = p.author;
  w.author_name = p.name;
  w.subject = p.subject;
  w.account = w.reader = p.account;
  w.digest = p.digest;
  w.before = read_level(p.level).value_or(level::unverified);
  w.noted = p.fetched;
  w.result.what = read_level(a.level).value_or(level::unverified);
  w.result.why = std::move(why);
  note(db_, w);
}

}  // namespace mekiki::store
