#include "store/reader.hpp"

#include <algorithm>
#include <utility>

#include "store/key_rows.hpp"
#include "store/recorder.hpp"
#include "store/rule_words.hpp"
#include "store/user_rows.hpp"
#include "store/warning_rows.hpp"
#include "verdict/correspondents.hpp"

namespace mekiki::store {
namespace {

constexpr std::size_t most_cached_scopes = 256;
constexpr std::size_t most_key_names = 20;

std::uint64_t count(const sqlite::statement& s, int column) {
  return static_cast<std::uint64_t>(s.number(column));
}

/// From four columns: mails, days, first and last day.
verdict::tally tally_of_days(const sqlite::statement& s, int column) {
  verdict::tally t;
  t.mails = count(s, column);
  t.days = static_cast<std::uint32_t>(s.number(column + 1));
  t.first = s.number(column + 2) * day_seconds;
  t.last = s.number(column + 3) * day_seconds;
  return t;
}

}  // namespace

reader::reader(const std::filesystem::path& file)
    : db_(file, sqlite::access::read_only, std::chrono::milliseconds(100)),
      find_scope_(db_, "SELECT id FROM scope WHERE name = ?"),
      find_sender_(db_,
                   "SELECT id FROM sender "
                   "WHERE scope = ? AND kind = ? AND name = ?"),
      pairs_(db_,
             "SELECT signer, mails, days, first, last FROM pair "
             "WHERE sender = ? ORDER BY last DESC"),
      habit_(db_,
             "SELECT sum(proven), sum(proven > 0), "
             "min(CASE WHEN proven > 0 THEN day END), "
             "max(CASE WHEN proven > 0 THEN day END), "
             "sum(unproven), sum(unproven > 0), "
             "min(CASE WHEN unproven > 0 THEN day END), "
             "max(CASE WHEN unproven > 0 THEN day END) "
             "FROM sender_day WHERE sender = ? AND day > ?"),
      rules_(db_,
             "SELECT kind, effect, pattern, signer FROM rule "
             "WHERE account IN ('', ?) AND (until IS NULL OR until > ?) "
             "ORDER BY id"),
      keys_(db_,
            "SELECT text, first, last, authentic, revoked FROM dkim_key "
            "WHERE name = ? ORDER BY revoked DESC, last DESC LIMIT 5"),
      domains_(db_,
               "SELECT name FROM sender WHERE scope = ? AND kind = 0 AND known "
               "ORDER BY last DESC LIMIT ?"),
      names_(db_,
             "SELECT n.mark, s.name FROM sender s JOIN name n "
             "ON n.sender = s.id WHERE s.scope = ? AND s.kind = 0 AND s.known "
             "ORDER BY s.last DESC LIMIT ?"),
      salt_(db_, "SELECT value FROM setting WHERE name = 'salt'"),
      authors_of_(db_,
                  "SELECT count(*) FROM addition "
                  "WHERE scope = ? AND source = ? AND what = ?"),
      due_(db_,
           "SELECT p.mail, m.author_domain, p.expires, p.tries "
           "FROM pending p JOIN mail m ON m.id = p.mail "
           "WHERE p.due <= ? ORDER BY p.due LIMIT ?"),
      signatures_(db_,
                  "SELECT text FROM pending_signature WHERE mail = ? "
                  "ORDER BY number"),
      choice_(db_, std::string(select_choice) + "WHERE account = ?"),
      recent_(db_, select_recent) {}

verdict::history_answer reader::answer(const verdict::history_question& q,
                                       const std::string& scope_name,
                                       std::int64_t now) {
  const std::uint64_t changes_before = changes();
  sqlite::transaction view(db_, sqlite::purpose::read);
  verdict::history_answer a;
  a.available = true;
  const std::int64_t scope = scope_id(scope_name);
  if (const auto author = sender_id(scope, author_kind, q.author_domain);
      author != 0) {
    a.pairs = pairs(author);
    a.habits = habit_of(author, now);
  }
  if (!q.list_id.empty()) {
    if (const auto list = sender_id(scope, list_kind, q.list_id); list != 0)
      a.list_signers = pairs(list);
  }
  a.rules = rules(q.account, now);
  const std::size_t names = std::min(q.key_names.size(), most_key_names);
  for (std::size_t i = 0; i < names; ++i) {
    std::ranges::move(keys(q.key_names[i]), std::back_inserter(a.keys));
  }
  a.known = cached(scope_name);
  if (a.known == nullptr) {
    a.known = read_correspondents(scope);
    const std::lock_guard lock(mutex_);
    if (known_.size() >= most_cached_scopes)
      known_.clear();
    // Somebody may have become known who is not in this view.
    if (changes_ == changes_before)
      known_[scope_name] = a.known;
  }
  view.commit();
  return a;
}

verdict::addition_answer reader::answer(const verdict::addition& a,
                                        const std::string& scope_name) {
  sqlite::transaction view(db_, sqlite::purpose::read);
  const std::int64_t scope = scope_id(scope_name);
  const auto is_learned = [&](const std::string& what) {
    authors_of_.bind(scope, a.source, what).next();
    return authors_of_.number(0) >= enough_authors;
  };
  verdict::addition_answer answer;
  if (scope != 0) {
    answer.learned = is_learned("text:" + a.digest);
    answer.links_learned = std::ranges::all_of(
        a.links,
        [&](const std::string& host) { return is_learned("link:" + host); });
  }
  view.commit();
  return answer;
}

std::vector<pending_mail> reader::due(std::int64_t now, std::size_t most) {
  sqlite::transaction view(db_, sqlite::purpose::read);
  std::vector<pending_mail> out;
  for (due_.bind(now, static_cast<std::int64_t>(most)); due_.next();) {
    pending_mail& p = out.emplace_back();
    p.mail = due_.number(0);
    p.author_domain = due_.text(1);
    p.expires = due_.number(2);
    p.tries = due_.number(3);
  }
  for (pending_mail& p : out) {
    for (signatures_.bind(p.mail); signatures_.next();) {
      if (auto s = dkim::parse_pending_signature(signatures_.text(0)))
        p.signatures.push_back(std::move(*s));
    }
  }
  view.commit();
  return out;
}

user_answer reader::answer(const std::string& account) {
  sqlite::transaction view(db_, sqlite::purpose::read);
  user_answer a;
  if (choice_.bind(account).next())
    a.chosen = row_of_choice(choice_);
  a.recent = rows_of_counts(recent_.bind(account, recent_mails));
  a.waiting = waiting_of(db_, account);
  a.listed = listed_of(db_, account);
  view.commit();
  return a;
}

waiting_warnings reader::waiting(const std::string& who) {
  const sqlite::transaction view(db_, sqlite::purpose::read);
  return waiting_of(db_, who);
}

std::optional<std::string> reader::octets_of(const std::string& account,
                                             const std::string& uidl) {
  const sqlite::transaction view(db_, sqlite::purpose::read);
  return mekiki::store::octets_of(db_, account, uidl);
}

sending_work reader::sending(std::int64_t now) {
  const sqlite::transaction view(db_, sqlite::purpose::read);
  sending_work work;
  work.available = true;
  work.due = outgoing_due(db_, now, most_sent);
  work.digested_until = digested_until(db_);
  for (waiting_reader& r : waiting_readers(db_)) {
    sending_work::reader& w = work.waiting.emplace_back();
    if (choice_.bind(r.reader).next())
      w.chosen = row_of_choice(choice_);
    w.who = std::move(r);
  }
  return work;
}

void reader::outdate(const std::vector<std::string>& scopes) {
  const std::lock_guard lock(mutex_);
  for (const std::string& scope : scopes) known_.erase(scope);
  ++changes_;
}

std::uint64_t reader::changes() {
  const std::lock_guard lock(mutex_);
  return changes_;
}

reader::correspondents_ptr reader::cached(const std::string& scope) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(scope);
  return found == known_.end() ? nullptr : found->second;
}

std::int64_t reader::scope_id(const std::string& name) {
  return find_scope_.bind(name).next() ? find_scope_.number(0) : 0;
}

std::int64_t reader::sender_id(std::int64_t scope, int kind,
                               std::string_view name) {
  if (scope == 0 || name.empty())
    return 0;
  return find_sender_.bind(scope, std::int64_t{kind}, name).next()
             ? find_sender_.number(0)
             : 0;
}

std::vector<verdict::pair_record> reader::pairs(std::int64_t sender) {
  std::vector<verdict::pair_record> out;
  for (pairs_.bind(sender); pairs_.next();) {
    verdict::pair_record& p = out.emplace_back();
    p.signer = pairs_.text(0);
    p.passed.mails = count(pairs_, 1);
    p.passed.days = static_cast<std::uint32_t>(pairs_.number(2));
    p.passed.first = pairs_.number(3);
    p.passed.last = pairs_.number(4);
  }
  return out;
}

verdict::habit reader::habit_of(std::int64_t sender, std::int64_t now) {
  verdict::habit h;
  if (habit_.bind(sender, now / day_seconds - habit_days).next()) {
    h.proven = tally_of_days(habit_, 0);
    h.unproven = tally_of_days(habit_, 4);
  }
  return h;
}

std::vector<verdict::rule> reader::rules(const std::string& account,
                                         std::int64_t now) {
  std::vector<verdict::rule> out;
  for (rules_.bind(account, now); rules_.next();) {
    // What a newer version wrote is passed over.
    if (auto r = read_rule(rules_.text(0), rules_.text(1))) {
      r->pattern = rules_.text(2);
      r->signer = rules_.text(3);
      out.push_back(std::move(*r));
    }
  }
  return out;
}

std::vector<verdict::remembered_key> reader::keys(const std::string& name) {
  return rows_of_keys(keys_.bind(name), name);
}

reader::correspondents_ptr reader::read_correspondents(std::int64_t scope) {
  const auto most = static_cast<std::int64_t>(verdict::correspondents::most);
  std::vector<std::string> domains;
  std::vector<std::pair<std::string, std::string>> names;
  for (domains_.bind(scope, most); domains_.next();) {
    domains.emplace_back(domains_.text(0));
  }
  for (names_.bind(scope, most); names_.next();) {
    names.emplace_back(names_.text(0), names_.text(1));
  }
  const std::string salt(salt_.bind().next() ? salt_.text(0) : "");
  return std::make_shared<const verdict::correspondents>(
      std::move(domains), salt, std::move(names));
}

}  // namespace mekiki::store
