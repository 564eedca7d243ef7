#include "store/browse_mails.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "store/dialect.hpp"
#include "store/kept_facts.hpp"
#include "store/row.hpp"
#include "store/setting_rows.hpp"
#include "store/words.hpp"

namespace mekiki::store {
namespace {

using numbers = std::numeric_limits<std::int64_t>;

/// Where a mail stands among all: by its last fetch, and those of one second by
/// number.
struct place {
  std::int64_t fetched = numbers::max();
  std::int64_t id = numbers::max();
  auto operator<=>(const place&) const = default;
};

// cursor = fetched "-" id
std::optional<place> parse_cursor(std::string_view text) {
  place p;
  const char* const end = text.data() + text.size();
  const auto fetched = std::from_chars(end - text.size(), end, p.fetched);
  if (fetched.ec != std::errc() || fetched.ptr == end || *fetched.ptr != '-')
    return std::nullopt;
  const auto id = std::from_chars(fetched.ptr + 1, end, p.id);
  if (id.ec != std::errc() || id.ptr != end)
    return std::nullopt;
  return p;
}

std::string format_cursor(const place& p) {
  return fmt::format("{}-{}", p.fetched, p.id);
}

// ------------------------------------------------- where a walk goes along

/// One of the indexes that end in `fetched`, and the values of its first column
/// between which the walk goes along: all that the filter lets through.
struct path {
  const char* index = "";
  const char* column = nullptr;  // none: it has no other
  std::vector<std::string> keys;
  std::int64_t mails = numbers::max();  // about so many; at most `most_counted`
};

/// In a condition whose first parameter is the key.
std::string key_is(const path& p) {
  return p.column == nullptr ? std::string("?1 = '' AND")
                             : fmt::format("{} = ?1 AND", p.column);
}

constexpr std::int64_t most_counted = 50'000;
constexpr std::size_t most_keys = 64;
constexpr std::size_t all_levels = 5;

/// The domain and those below it that occur, reversed; none where there are
/// too many.
std::optional<std::vector<std::string>> domains_at(const sqlite::database& db,
                                                   std::string_view domain) {
  std::vector<std::string> found = {reversed(domain)};
  const std::string end = found[0] + '/';  // the octet behind '.'
  std::string last = found[0] + '.';
  value_query<std::string> next(
      db, fmt::format("SELECT reversed FROM {} WHERE reversed > ? "
                      "AND reversed < ? ORDER BY reversed LIMIT 1",
                      dialect::along("mail", "mail_domain")));
  while (auto name = next.first(last, end)) {
    if (found.size() >= most_keys)
      return std::nullopt;
    last = std::move(*name);
    found.push_back(last);
  }
  return found;
}

/// At most `most`.
std::int64_t count_along(const sqlite::database& db, const path& p,
                         std::int64_t from, std::int64_t to,
                         std::int64_t most) {
  value_query<std::int64_t> count(
      db, fmt::format("SELECT count(*) FROM (SELECT id FROM {} WHERE {} "
                      "fetched BETWEEN ?2 AND ?3 LIMIT ?4) AS mails",
                      dialect::along("mail", p.index), key_is(p)));
  std::int64_t all = 0;
  for (const std::string& key : p.keys) {
    if (all >= most)
      break;
    all += count.first(key, from, to, most - all).value_or(0);
  }
  return all;
}

/// One for each condition but the times; none where it would have too many
/// keys.
std::vector<path> paths_for(const sqlite::database& db,
                            const mail_filter& which) {
  std::vector<path> able;
  if (!which.domain.empty()) {
    if (auto names = domains_at(db, which.domain))
      able.push_back({"mail_domain", "reversed", std::move(*names)});
  }
  if (!which.account.empty())
    able.push_back({"mail_account", "account", {which.account}});
  if (!which.levels.empty() && which.levels.size() < all_levels) {
    path& p = able.emplace_back(path{"mail_level", "level", {}});
    for (const verdict::level l : which.levels)
      p.keys.emplace_back(to_string(l));
    std::ranges::sort(p.keys);
    const auto twice = std::ranges::unique(p.keys);
    p.keys.erase(twice.begin(), twice.end());
  }
  return able;
}

path path_of_all() { return {"mail_fetched", nullptr, {""}}; }

/// The one along which the fewest mails lie.
path best_path(const sqlite::database& db, const mail_filter& which,
               std::int64_t from, std::int64_t to) {
  std::vector<path> able = paths_for(db, which);
  for (path& p : able) p.mails = count_along(db, p, from, to, most_counted);
  const auto best = std::ranges::min_element(able, {}, &path::mails);
  // What a search looks at, the index of all has in itself.
  if (best == able.end() ||
      (!which.search.empty() && best->mails >= most_counted))
    return path_of_all();
  return *best;
}

// -------------------------------------------------------------- the walk

struct walked_row {
  std::int64_t fetched = 0;
  std::int64_t id = 0;
  std::string_view level, account, reversed, find;

  auto columns() {
    return std::tie("fetched", fetched, "id", id, "level", level, "account",
                    account, "reversed", reversed, "find", find);
  }
};

/// What the index of all mails has.
struct scanned_row {
  std::int64_t fetched = 0;
  std::int64_t id = 0;
  std::string_view account, find;

  auto columns() {
    return std::tie("fetched", fetched, "id", id, "account", account, "find",
                    find);
  }
};

/// The mails at one key of a path, newest first.
class key_walk {
 public:
  key_walk(const sqlite::database& db, const path& p, const std::string& key,
           std::int64_t from, const place& before)
      : mails_(db, fmt::format("FROM {} WHERE {} fetched >= ?2 "
                               "AND (fetched, id) < (?3, ?4) "
                               "ORDER BY fetched DESC, id DESC",
                               dialect::along("mail", p.index), key_is(p))) {
    mails_.bind(key, from, before.fetched, before.id);
    step();
  }

  bool is_at_end() const { return !row_; }
  place at() const { return {row_->fetched, row_->id}; }
  const walked_row& row() const { return *row_; }
  void step() {
    row_.reset();
    if (mails_.next())
      row_ = mails_.row();
  }

 private:
  query<walked_row> mails_;
  std::optional<walked_row> row_;
};

/// Accounts whose names have some of the words, and which.
using found_accounts = std::unordered_map<std::string, std::uint8_t>;

constexpr int most_accounts = 10'000;  // further ones are not found by name

/// By name, until `take` answers false.
void each_account(const sqlite::database& db,
                  const std::function<bool(const std::string&)>& take) {
  value_query<std::string> next(
      db, fmt::format("SELECT account FROM {} WHERE account > ? "
                      "ORDER BY account LIMIT 1",
                      dialect::along("mail", "mail_account")));
  std::optional<std::string> name = "";
  for (int i = 0; i < most_accounts; ++i) {
    name = next.first(*name);
    if (!name || !take(*name))
      return;
  }
}

found_accounts accounts_with(const sqlite::database& db,
                             const std::vector<search_word>& words) {
  found_accounts out;
  each_account(db, [&](const std::string& name) {
    if (const auto found = words_in_account(name, words))
      out.emplace(name, found);
    return true;
  });
  return out;
}

/// Whether the row of a key_walk is asked for.
class sieve {
 public:
  sieve(const sqlite::database& db, const mail_filter& which)
      : account_(which.account),
        domain_(reversed(which.domain)),
        words_(which.search),
        texts_(which.texts) {
    for (const verdict::level l : which.levels) levels_.push_back(to_string(l));
    if (which.finds_accounts && !words_.empty())
      accounts_ = accounts_with(db, words_);
  }

  bool lets_through(const walked_row& row) const {
    return lets_through(row.account, row.find) &&
           (levels_.empty() ||
            std::ranges::find(levels_, row.level) != levels_.end()) &&
           (domain_.empty() || is_below(row.reversed)) &&
           (words_.empty() || is_found_in_shown(row));
  }

  bool lets_through(std::string_view account, std::string_view find) const {
    return (account_.empty() || account == account_) &&
           (words_.empty() || is_found(find, words_, words_in(account)));
  }

  /// sought_word
  std::string_view word() const {
    unsigned in_accounts = 0;
    for (const auto& [name, words] : accounts_) in_accounts |= words;
    return sought_word(words_, static_cast<std::uint8_t>(in_accounts));
  }
  /// The rest of the row has to be looked at, too.
  bool needs_row(std::string_view account, std::string_view find) const {
    if (!levels_.empty() || !domain_.empty())
      return true;
    return texts_ == shown_texts::of_forged && !words_.empty() &&
           !is_found(part_without_texts(find), words_, words_in(account));
  }

 private:
  /// What was found may be in a text that is not shown.
  bool is_found_in_shown(const walked_row& row) const {
    if (texts_ == shown_texts::of_all ||
        row.level == to_string(verdict::level::forged))
      return true;
    return is_found(without_texts(row.find, reversed(row.reversed)), words_,
                    words_in(row.account));
  }

  bool is_below(std::string_view name) const {
    return name.starts_with(domain_) &&
           (name.size() == domain_.size() || name[domain_.size()] == '.');
  }

  std::uint8_t words_in(std::string_view account) const {
    if (accounts_.empty())
      return 0;
    const auto found = accounts_.find(std::string(account));
    return found == accounts_.end() ? std::uint8_t{0} : found->second;
  }

  std::vector<std::string_view> levels_;
  std::string account_;
  std::string domain_;
  std::vector<search_word> words_;
  shown_texts texts_;
  found_accounts accounts_;
};

constexpr std::size_t asked_every = 64;  // rows

/// Gets what a walk finds, until it is full.
struct harvest {
  std::size_t most = 0;  // 0: they are only counted
  std::vector<std::int64_t> ids;
  std::int64_t count = 0;
  std::optional<place> next;  // where the walk ended early

  bool is_full() const { return most > 0 && ids.size() >= most; }
  void take(std::int64_t id) {
    ++count;
    if (most > 0)
      ids.push_back(id);
  }
};

void walk(const sqlite::database& db, const path& along, std::int64_t from,
          const place& before, const sieve& wanted, const walk_end& is_over,
          harvest& found) {
  std::vector<key_walk> walks;
  walks.reserve(along.keys.size());
  for (const std::string& key : along.keys)
    walks.emplace_back(db, along, key, from, before);
  const auto rank = [](const key_walk& s) {
    return s.is_at_end() ? place{numbers::min(), numbers::min()} : s.at();
  };
  place last = before;
  for (std::size_t steps = 1;; ++steps) {
    key_walk& s = *std::ranges::max_element(walks, {}, rank);
    if (s.is_at_end())
      return;
    if (found.is_full() || (steps % asked_every == 0 && is_over())) {
      found.next = last;
      return;
    }
    last = s.at();
    if (wanted.lets_through(s.row()))
      found.take(last.id);
    s.step();
  }
}

/// A walk through all mails that looks at the rest of a mail only where its
/// texts are found. One of some hundred mails comes in any case, to look at the
/// clock.
void scan(const sqlite::database& db, std::int64_t from, const place& before,
          const sieve& wanted, const walk_end& is_over, harvest& found) {
  query<scanned_row> mails(
      db, fmt::format("FROM {} WHERE fetched >= ?1 AND fetched <= ?2 AND "
                      "({} OR id % 512 = 0) "
                      "ORDER BY fetched DESC, id DESC",
                      dialect::along("mail", "mail_fetched"),
                      dialect::holds("find", "?3")));
  query<walked_row> whole(db, "FROM mail WHERE id = ?");
  const auto is_wanted = [&](std::int64_t id) {
    return whole.bind(id).next() && wanted.lets_through(whole.row());
  };
  const std::string_view word = wanted.word();
  place last = before;
  std::size_t steps = 0;
  for (mails.bind(from, before.fetched, word); mails.next();) {
    const scanned_row row = mails.row();
    if (place{row.fetched, row.id} >= before)
      continue;
    if (found.is_full()) {
      found.next = last;
      return;
    }
    last = {row.fetched, row.id};
    if (wanted.lets_through(row.account, row.find) &&
        (!wanted.needs_row(row.account, row.find) || is_wanted(row.id)))
      found.take(row.id);
    if ((++steps % asked_every == 0 || row.id % 512 == 0) && is_over()) {
      found.next = last;
      return;
    }
  }
}

void find(const sqlite::database& db, const mail_filter& which,
          std::int64_t from, const place& before, const walk_end& is_over,
          harvest& found) {
  const path along = best_path(db, which, from, before.fetched);
  const sieve wanted(db, which);
  if (along.column == nullptr && !which.search.empty())
    scan(db, from, before, wanted, is_over, found);
  else
    walk(db, along, from, before, wanted, is_over, found);
}

/// Before this.
place end_of(const mail_filter& which) {
  return which.to ? place{*which.to, numbers::min()} : place();
}

// ------------------------------------------------------------------ rows

/// What a list shows; its verdict in words.
struct listed_row : mail_row {
  std::string level;
  std::string reason;

  auto columns() {
    return std::tie("m.id", id, "m.account", account, "m.fetched", fetched,
                    "m.counted", came, "m.level", level, "m.reason", reason,
                    "m.dkim", dkim_check, "m.dmarc", dmarc, "m.policy", policy,
                    "m.author_domain", author_domain, "m.author", author,
                    "m.subject", subject);
  }
};

struct detail_row : listed_row {
  std::string uidl, way;
  std::optional<std::string> results, header, story;

  auto columns() {
    return std::tuple_cat(
        listed_row::columns(),
        std::tie("m.uidl", uidl, "m.way", way, "t.results", results, "t.header",
                 header, "t.story", story));
  }
};

mail_row mail_of(listed_row row) {
  row.result.what = read_level(row.level).value_or(verdict::level::unverified);
  row.result.why = verdict::parse_reason(row.reason);
  return row;
}

}  // namespace

void hide_texts(mail_row& m, shown_texts which) {
  if (which == shown_texts::of_all || m.result.what == verdict::level::forged)
    return;
  m.is_for_user = m.author || m.subject;
  m.author.reset();
  m.subject.reset();
  keep_domains(m.result.why);
}

mail_page read_mails(sqlite::database& db, const mail_filter& which,
                     std::string_view cursor, std::size_t limit,
                     const walk_end& is_over) {
  const auto place_of_cursor =
      cursor.empty() ? std::optional(place()) : parse_cursor(cursor);
  if (!place_of_cursor || limit == 0)
    return {};
  const std::int64_t from = which.from.value_or(numbers::min());
  const place before = std::min(*place_of_cursor, end_of(which));

  sqlite::transaction view(db, sqlite::purpose::read);
  harvest found{.most = std::min(limit, most_rows)};
  find(db, which, from, before, is_over, found);
  mail_page page;
  page.mails = read_rows(db, found.ids);
  for (mail_row& m : page.mails) hide_texts(m, which.texts);
  page.rules_since = find_number(db, rules_since_setting);
  if (found.next)
    page.next = format_cursor(*found.next);
  view.commit();
  return page;
}

mail_total count_mails(sqlite::database& db, const mail_filter& which,
                       const walk_end& is_over) {
  const std::int64_t from = which.from.value_or(numbers::min());
  const place before = end_of(which);
  const sqlite::transaction view(db, sqlite::purpose::read);
  if (which.search.empty()) {
    std::vector<path> able = paths_for(db, which);
    const std::size_t conditions = (which.domain.empty() ? 0U : 1U) +
                                   (which.account.empty() ? 0U : 1U) +
                                   (which.levels.empty() ? 0U : 1U);
    if (conditions == 0)
      able.push_back(path_of_all());
    // An index alone tells.
    if (conditions <= 1 && able.size() == 1) {
      const std::int64_t last =
          before.fetched - (before.fetched == numbers::min() ? 0 : 1);
      return {.mails = count_along(db, able[0], from, last, numbers::max())};
    }
  }
  harvest found;
  find(db, which, from, before, is_over, found);
  return {.mails = found.count, .is_whole = !found.next};
}

std::vector<std::string> accounts_holding(const sqlite::database& db,
                                          std::string_view part,
                                          std::size_t most) {
  const std::vector<search_word> words = {
      {.text = std::string(part), .codes = {}}};
  std::vector<std::string> out;
  each_account(db, [&](const std::string& name) {
    if (words_in_account(name, words) != 0)
      out.push_back(name);
    return out.size() < most;
  });
  return out;
}

std::vector<mail_row> read_rows(sqlite::database& db,
                                const std::vector<std::int64_t>& ids) {
  query<listed_row> mails(db, "FROM mail m WHERE m.id = ?");
  std::vector<mail_row> out;
  for (const std::int64_t id : ids) {
    if (auto row = mails.first(id))
      out.push_back(mail_of(std::move(*row)));
  }
  return out;
}

namespace {

void hide_all_texts(mail_detail& d, shown_texts which) {
  hide_texts(d.row, which);
  if (which == shown_texts::of_all ||
      d.row.result.what == verdict::level::forged)
    return;
  d.row.is_for_user = d.row.is_for_user || d.header || d.story;
  d.header.reset();
  d.story.reset();
  take_out_local_parts(d.results);
}

}  // namespace

std::optional<std::int64_t> find_mail(const sqlite::database& db,
                                      std::string_view account,
                                      std::string_view uidl,
                                      std::string_view digest) {
  constexpr int looked_at = 5'000;
  return value_query<std::int64_t>(
             db, fmt::format(
                     "SELECT id FROM (SELECT id, uidl, digest FROM {} "
                     "WHERE {} ORDER BY fetched DESC, id DESC LIMIT ?4) AS m "
                     "WHERE (?2 = '' OR uidl = ?2) "
                     "AND (?3 = '' OR digest = ?3) LIMIT 1",
                     dialect::along("mail", account.empty() ? "mail_fetched"
                                                            : "mail_account"),
                     account.empty() ? "?1 = ''" : "account = ?1"))
      .first(account, uidl, digest, looked_at);
}

std::optional<mail_detail> read_mail(sqlite::database& db, std::int64_t id,
                                     std::string_view account,
                                     shown_texts which) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  auto row =
      query<detail_row>(db,
                        "FROM mail m LEFT JOIN mail_story t ON t.mail = m.id "
                        "WHERE m.id = ?1 AND (?2 = '' OR m.account = ?2)")
          .first(id, account);
  if (!row)
    return std::nullopt;
  mail_detail d;
  d.uidl = std::move(row->uidl);
  d.way = std::move(row->way);
  d.results = decode_results(row->results.value_or(""));
  d.header = std::move(row->header);
  d.story = std::move(row->story);
  d.row = mail_of(std::move(*row));
  d.rules_since = find_number(db, rules_since_setting);
  d.said = feedback_of(db, id);
  if (d.said && d.said->said != feedback::word::agree)
    which = shown_texts::of_all;
  hide_all_texts(d, which);
  return d;
}

}  // namespace mekiki::store
