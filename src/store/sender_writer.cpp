#include "store/sender_writer.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/random.hpp"
#include "base/unix_time.hpp"
#include "store/setting_rows.hpp"
#include "verdict/display_name.hpp"
#include "verdict/mail_services.hpp"

namespace mekiki::store {
namespace {

using verdict::tally;

// What an attacker who sends a mail from another domain, with another
// list or addition, every second can make us keep in a day.
constexpr daily_quota::limits new_senders{
    .account = 2'000, .client = 20'000, .organization = 100};
constexpr daily_quota::limits new_addresses{
    .account = 2'000, .client = 20'000, .organization = 1'000};
constexpr daily_quota::limits new_sightings{
    .account = 2'000, .client = 20'000, .organization = 100};

constexpr std::int64_t most_pairs = 20;  // of one sender
constexpr std::int64_t most_names = 20;  // of it, or of one address there
constexpr std::int64_t most_names_in_all = 2'000;
constexpr std::int64_t most_addresses = 100;
constexpr std::int64_t most_sightings = 64;  // of one thing
constexpr std::size_t most_of_author = 5;    // of these

/// Which of an author's days (the newest first) makes room: the last but one,
/// until the newest is a month after those before, then the oldest. So the
/// days grow apart, and some are there at any time.
std::int64_t least_telling(const std::vector<std::int64_t>& days) {
  constexpr std::int64_t far_apart = 30;
  return days[0] - days[2] < far_apart ? days[1] : days.back();
}

/// Writes only where there is none: to open the store needs no lock.
std::string salt_of(sqlite::database& db) {
  auto salt = find_setting(db, salt_setting);
  if (!salt) {
    system_random random;
    add_setting(db, salt_setting, random_hex(random, 16));
    salt = find_setting(db, salt_setting);
  }
  return salt.value_or("");
}

row_maker who_made(const mail_event& e) {
  return {
      .account = e.account, .client = e.client, .organization = e.organization};
}

/// How many signatures are of this domain.
std::ptrdiff_t count_of(const std::vector<std::string>& signatures,
                        std::string_view domain) {
  return std::ranges::count_if(signatures, [&](std::string_view signature) {
    return signature.substr(0, signature.find(' ')) == domain;
  });
}

}  // namespace

sender_writer::sender_writer(sqlite::database& db)
    : db_(db),
      salt_(salt_of(db)),
      new_senders_(new_senders),
      new_addresses_(new_addresses),
      new_sightings_(new_sightings),
      find_sender_(db, "FROM sender WHERE scope = ? AND kind = ? AND name = ?"),
      add_sender_(db,
                  "INSERT INTO sender (scope, kind, name, last) "
                  "VALUES (?, ?, ?, ?) RETURNING id"),
      touch_sender_(db, "UPDATE sender SET last = ? WHERE id = ?"),
      sender_known_(db,
                    "UPDATE sender SET known = 1 WHERE id = ? AND known = 0"),
      sender_steady_(db,
                     "UPDATE sender SET steady = ? "
                     "WHERE id = ? AND known = 1 AND steady = 0"),
      count_day_(db,
                 "INSERT INTO sender_day (sender, day, proven, unproven) "
                 "VALUES (?, ?, ?, ?) ON CONFLICT (sender, day) DO UPDATE SET "
                 "proven = sender_day.proven + excluded.proven, "
                 "unproven = sender_day.unproven + excluded.unproven"),
      find_pair_(db, "FROM pair WHERE sender = ? AND signer = ?"),
      pairs_of_(db, "SELECT count(*) FROM pair WHERE sender = ?"),
      add_pair_(db,
                "INSERT INTO pair (sender, signer, mails, days, first, last) "
                "VALUES (?, ?, 0, 0, 0, 0) RETURNING id"),
      add_pair_day_(db,
                    "INSERT INTO pair_day (pair, day) VALUES (?, ?) "
                    "ON CONFLICT DO NOTHING"),
      put_pair_(db,
                "UPDATE pair SET mails = ?, days = ?, first = ?, last = ? "
                "WHERE id = ?"),
      add_signature_(db,
                     "INSERT INTO signature (scope, mark, day) "
                     "VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
      addresses_of_(db, "FROM address WHERE sender = ?"),
      add_address_(db,
                   "INSERT INTO address (sender, mark, first) "
                   "VALUES (?, ?, ?)"),
      count_address_(db,
                     "UPDATE address SET again = 1 "
                     "WHERE sender = ? AND mark = ?"),
      drop_address_(db,
                    "DELETE FROM address WHERE sender = ? AND mark = "
                    "(SELECT mark FROM address WHERE sender = ? AND again = 0 "
                    "ORDER BY first, mark LIMIT 1)"),
      names_of_(db, "SELECT count(*) FROM name WHERE sender = ?"),
      names_of_address_(db,
                        "SELECT count(*) FROM name "
                        "WHERE sender = ? AND address = ?"),
      add_name_(db,
                "INSERT INTO name (sender, mark, first, address) "
                "VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING"),
      name_steady_(db,
                   "UPDATE name SET steady = ? WHERE sender = ? AND mark = ? "
                   "AND steady = 0 AND first <= ?"),
      drop_name_(db,
                 "DELETE FROM name WHERE sender = ? AND mark = "
                 "(SELECT mark FROM (SELECT mark, first, address, "
                 "count(*) OVER (PARTITION BY address) AS of_address "
                 "FROM name WHERE sender = ?) AS all_of_it "
                 "ORDER BY of_address DESC, address, first DESC, mark "
                 "LIMIT 1)"),
      sightings_of_(db, "FROM learned WHERE scope = ? AND what = ?"),
      days_of_(db,
               "SELECT day FROM learned WHERE scope = ? AND what = ? "
               "AND author = ? ORDER BY day DESC"),
      crowded_(db,
               "FROM (SELECT author, day, count(*) OVER (PARTITION BY day) "
               "AS of_day, count(*) OVER (PARTITION BY author) AS of_author "
               "FROM learned WHERE scope = ? AND what = ?) AS seen "
               "ORDER BY of_day DESC, of_author DESC, day, author LIMIT 1"),
      add_sighting_(db,
                    "INSERT INTO learned (scope, what, author, day) "
                    "VALUES (?, ?, ?, ?)"),
      drop_sighting_(db,
                     "DELETE FROM learned WHERE scope = ? AND what = ? "
                     "AND author = ? AND day = ?") {}

std::vector<std::string> sender_writer::take_changed() {
  return std::exchange(changed_, {});
}

void sender_writer::teach(const mail_event& e, std::int64_t scope,
                          const std::string& scope_name) {
  std::vector<std::string> signers = e.signers;
  habit_day habit = e.habit;
  const std::vector<std::string> old = take_signatures(e, scope);
  const bool is_replay =
      !e.signatures.empty() && old.size() == e.signatures.size();
  if (!old.empty()) {
    std::erase_if(signers, [&](const std::string& signer) {
      return count_of(e.signatures, signer) == count_of(old, signer) &&
             count_of(old, signer) > 0;
    });
  }
  if (is_replay)
    habit = habit_day::none;

  if (!signers.empty() || habit != habit_day::none) {
    const std::int64_t author =
        sender_id(e, scope, author_kind, e.author_domain);
    count_day(author, habit, e.counted);
    const standard needs = e.needs_steady ? standard::steady : standard::known;
    std::optional<standard> known;
    std::string whose;  // the address' mark, at a mail service
    if (!signers.empty()) {
      std::string mark = verdict::name_mark(e.author_address, salt_);
      if (!is_mail_service(e, author, mark)) {
        known = count_pairs(author, signers, e.counted, needs, scope_name);
      } else if (!mark.empty()) {
        const std::int64_t address = sender_id(e, scope, address_kind, mark);
        known =
            count_pairs(address, signers, e.counted, needs, scope_name, author);
        whose = std::move(mark);
      }
    }
    if (known && !is_replay)
      note_name(e, author, whose, *known, scope_name);
  }
  if (is_replay)
    return;
  if (!e.list_signers.empty()) {
    const std::int64_t list = sender_id(e, scope, list_kind, e.list_id);
    count_pairs(list, e.list_signers, e.counted, standard::known, scope_name);
  }
  if (e.added)
    note_addition(e, scope);
  for (const std::string& list : e.lists)
    note_mediator(e, scope, scope_name, known_list_kind, list);
  for (const std::string& forwarder : e.forwarders)
    note_mediator(e, scope, scope_name, forwarder_kind, forwarder);
  if (e.is_changed_inside)
    note_mediator(e, scope, scope_name, changing_kind, e.upstream);
}

/// Those that were there already. The others are from now on.
std::vector<std::string> sender_writer::take_signatures(const mail_event& e,
                                                        std::int64_t scope) {
  std::vector<std::string> old;
  for (const std::string& signature : e.signatures) {
    const std::string mark = verdict::name_mark(signature, salt_);
    add_signature_.bind(scope, mark, e.fetched / day_seconds).run();
    if (db_.changes() == 0)
      old.push_back(signature);
  }
  return old;
}

/// 0 where it is new and there are too many new ones today.
std::int64_t sender_writer::sender_id(const mail_event& e, std::int64_t scope,
                                      int kind, std::string_view name) {
  if (const auto found = find_sender_.first(scope, kind, name)) {
    if (e.fetched > found->last + hour_seconds)
      touch_sender_.bind(e.fetched, found->id).run();
    return found->id;
  }
  daily_quota& quota = kind == address_kind ? new_addresses_ : new_senders_;
  if (!quota.take(e.fetched / day_seconds, who_made(e)))
    return 0;
  return add_sender_.bind(scope, kind, name, e.fetched).run_for_id();
}

/// By the list, or by the addresses that wrote from there, of which this mail's
/// is one. An address counts once it came on two days: some services write from
/// a new one each time. Those counted by then go on with the domain's pair.
bool sender_writer::is_mail_service(const mail_event& e, std::int64_t author,
                                    const std::string& address_mark) {
  if (verdict::is_mail_service(e.author_domain))
    return true;
  const addresses_row seen =
      addresses_of_.first(address_mark, address_mark, author)
          .value_or(addresses_row());
  if (seen.is_counted)
    return false;
  if (seen.are_many())
    return true;
  const std::int64_t today = e.counted / day_seconds;
  if (author == 0 || address_mark.empty() || seen.first == today)
    return false;
  if (seen.first != 0) {
    count_address_.bind(author, address_mark).run();
    return false;
  }
  if (seen.rows >= most_addresses)
    drop_address_.bind(author, author).run();
  add_address_.bind(author, address_mark, today).run();
  return false;
}

/// How well the best of the pairs is known now, if at all. `domain`: of an
/// address, which is known along with it.
std::optional<sender_writer::standard> sender_writer::count_pairs(
    std::int64_t sender, const std::vector<std::string>& signers,
    std::int64_t at, standard needs, const std::string& scope_name,
    std::optional<std::int64_t> domain) {
  if (sender == 0)
    return std::nullopt;
  bool known = false;
  std::int64_t steady_at = 0;
  for (const std::string& signer : signers) {
    const tally passed = count_pair(sender, signer, at);
    const bool is_steady = verdict::is_steady(passed);
    known = known ||
            (needs == standard::steady ? is_steady : verdict::is_known(passed));
    if (is_steady)
      steady_at = passed.last;
  }
  bool has_changed = false;
  for (const std::int64_t id : {sender, domain.value_or(0)}) {
    if (!known || id == 0)
      continue;
    sender_known_.bind(id).run();
    has_changed = has_changed || db_.changes() > 0;
    if (steady_at != 0) {
      sender_steady_.bind(steady_at, id).run();
      has_changed = has_changed || db_.changes() > 0;
    }
  }
  if (has_changed)
    changed_.push_back(scope_name);
  if (!known)
    return std::nullopt;
  return steady_at != 0 ? standard::steady : standard::known;
}

/// Nothing where there are too many.
tally sender_writer::count_pair(std::int64_t sender, std::string_view signer,
                                std::int64_t at) {
  auto pair = find_pair_.first(sender, signer);
  if (!pair) {
    if (pairs_of_.first(sender).value_or(0) >= most_pairs)
      return {};
    pair.emplace();
    pair->id = add_pair_.bind(sender, signer).run_for_id();
    pair->passed.first = pair->passed.last = at;
  }
  add_pair_day_.bind(pair->id, at / day_seconds).run();
  tally& passed = pair->passed;
  passed.mails += 1;
  passed.days += static_cast<std::uint32_t>(db_.changes());
  passed.first = std::min(passed.first, at);
  passed.last = std::max(passed.last, at);
  put_pair_.bind(passed.mails, passed.days, passed.first, passed.last, pair->id)
      .run();
  return passed;
}

void sender_writer::count_day(std::int64_t sender, habit_day what,
                              std::int64_t at) {
  if (sender == 0 || what == habit_day::none)
    return;
  count_day_
      .bind(sender, at / day_seconds, what == habit_day::proven,
            what == habit_day::unproven)
      .run();
}

/// It becomes steady with its pair, once it is as old as that has to be. Of too
/// many names at a mail service the newest of the address with most goes: who
/// writes under many names displaces none of another's.
/// `address_mark`: at a mail service, so that the names of one leave room for
/// those of others.
void sender_writer::note_name(const mail_event& e, std::int64_t sender,
                              const std::string& address_mark, standard pair,
                              const std::string& scope_name) {
  const std::string mark =
      verdict::name_mark(verdict::name_key(e.display_name), salt_);
  if (sender == 0 || mark.empty())
    return;
  bool has_changed = false;
  if (pair == standard::steady) {
    name_steady_
        .bind(e.counted, sender, mark, e.counted - verdict::steady_spread)
        .run();
    has_changed = db_.changes() > 0;
  }
  const std::int64_t of_address =
      names_of_address_.first(sender, address_mark).value_or(0);
  if (!has_changed && of_address < most_names) {
    add_name_.bind(sender, mark, e.counted, address_mark).run();
    has_changed = db_.changes() > 0;
    if (has_changed && names_of_.first(sender).value_or(0) > most_names_in_all)
      drop_name_.bind(sender, sender).run();
  }
  if (has_changed)
    changed_.push_back(scope_name);
}

void sender_writer::note_addition(const mail_event& e, std::int64_t scope) {
  see(e, scope, e.added->source + " text:" + e.added->digest);
  for (const std::string& host : e.added->links)
    see(e, scope, e.added->source + " link:" + host);
}

/// Once it is known, it is only noted that it still is there.
void sender_writer::note_mediator(const mail_event& e, std::int64_t scope,
                                  const std::string& scope_name, int kind,
                                  const std::string& name) {
  const auto found = find_sender_.first(scope, kind, name);
  if (found && found->known) {
    sender_id(e, scope, kind, name);
    return;
  }
  const std::string what = std::to_string(kind) + ' ' + name;
  if (!verdict::is_known(see(e, scope, what)))
    return;
  const std::int64_t id = sender_id(e, scope, kind, name);
  if (id == 0)
    return;
  sender_known_.bind(id).run();
  changed_.push_back(scope_name);
}

/// Each author counts once a day. What is known so far.
///
/// Of too many sightings one goes of the day on which most authors came, and of
/// these the author who came most: as there are more than the days of twelve
/// authors, both are told by others still. So nobody can keep out or displace
/// what others show.
verdict::sightings sender_writer::see(const mail_event& e, std::int64_t scope,
                                      const std::string& what) {
  const auto seen = [&] {
    return sightings_of_.first(scope, what).value_or(sightings_row());
  };
  const std::string& author = e.organization;
  const std::int64_t today = e.counted / day_seconds;
  std::vector<std::int64_t> days = days_of_.all(scope, what, author);
  if (author.empty() || std::ranges::find(days, today) != days.end())
    return seen();
  const bool is_full =
      days.size() >= most_of_author || seen().rows >= most_sightings;
  if (!is_full && !new_sightings_.take(e.fetched / day_seconds, who_made(e)))
    return seen();

  add_sighting_.bind(scope, what, author, today).run();
  days.push_back(today);
  std::ranges::sort(days, std::greater());
  if (days.size() > most_of_author)
    drop_sighting_.bind(scope, what, author, least_telling(days)).run();
  if (seen().rows > most_sightings) {
    if (const auto one = crowded_.first(scope, what))
      drop_sighting_.bind(scope, what, one->author, one->day).run();
  }
  return seen();
}

}  // namespace mekiki::store
