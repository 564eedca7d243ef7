#include "store/browse_mails.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "store/dialect.hpp"
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

std::int64_t count_along(const sqlite::database& db, const path& p,
                         std::int64_t from, std::int64_t to) {
  value_query<std::int64_t> count(
      db, fmt::format("SELECT count(*) FROM (SELECT id FROM {} WHERE {} = ? "
                      "AND fetched BETWEEN ? AND ? LIMIT ?) AS mails",
                      dialect::along("mail", p.index), p.column));
  std::int64_t all = 0;
  for (const std::string& key : p.keys) {
    if (all >= most_counted)
      break;
    all += count.first(key, from, to, most_counted - all).value_or(0);
  }
  return all;
}

/// The one along which the fewest mails lie.
path best_path(const sqlite::database& db, const mail_filter& which,
               std::int64_t from, std::int64_t to) {
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
  if (able.empty())
    return {"mail_fetched", nullptr, {""}};
  for (path& p : able) p.mails = count_along(db, p, from, to);
  return *std::ranges::min_element(able, {}, &path::mails);
}

// -------------------------------------------------------------- the walk

struct walked_row {
  std::int64_t fetched = 0;
  std::int64_t id = 0;
  std::string_view level, account, reversed;

  auto columns() {
    return std::tie("fetched", fetched, "id", id, "level", level, "account",
                    account, "reversed", reversed);
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
                               dialect::along("mail", p.index),
                               p.column == nullptr
                                   ? std::string("?1 = '' AND")
                                   : fmt::format("{} = ?1 AND", p.column))) {
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

/// Whether the row of a key_walk is asked for.
class sieve {
 public:
  explicit sieve(const mail_filter& which)
      : account_(which.account), domain_(reversed(which.domain)) {
    for (const verdict::level l : which.levels) levels_.push_back(to_string(l));
  }

  bool lets_through(const walked_row& row) const {
    return (levels_.empty() ||
            std::ranges::find(levels_, row.level) != levels_.end()) &&
           (account_.empty() || row.account == account_) &&
           (domain_.empty() || is_below(row.reversed));
  }

 private:
  bool is_below(std::string_view name) const {
    return name.starts_with(domain_) &&
           (name.size() == domain_.size() || name[domain_.size()] == '.');
  }

  std::vector<std::string_view> levels_;
  std::string account_;
  std::string domain_;
};

struct walked {
  std::vector<std::int64_t> ids;
  std::optional<place> next;
};

walked walk(const sqlite::database& db, const path& along, std::int64_t from,
            const place& before, const mail_filter& which, std::size_t limit,
            const walk_end& is_over) {
  constexpr std::size_t asked_every = 64;
  std::vector<key_walk> walks;
  walks.reserve(along.keys.size());
  for (const std::string& key : along.keys)
    walks.emplace_back(db, along, key, from, before);
  const auto rank = [](const key_walk& s) {
    return s.is_at_end() ? place{numbers::min(), numbers::min()} : s.at();
  };
  const sieve wanted(which);
  walked found;
  place last = before;
  for (std::size_t steps = 1;; ++steps) {
    key_walk& s = *std::ranges::max_element(walks, {}, rank);
    if (s.is_at_end())
      return found;
    if (found.ids.size() >= limit || (steps % asked_every == 0 && is_over())) {
      found.next = last;
      return found;
    }
    last = s.at();
    if (wanted.lets_through(s.row()))
      found.ids.push_back(last.id);
    s.step();
  }
}

// ------------------------------------------------------------------ rows

/// What a list shows; its verdict in words.
struct listed_row : mail_row {
  std::string level;
  std::string reason;

  auto columns() {
    return std::tie("m.id", id, "m.account", account, "m.fetched", fetched,
                    "m.level", level, "m.reason", reason, "m.dkim", dkim_check,
                    "m.dmarc", dmarc, "m.policy", policy, "m.author_domain",
                    author_domain, "m.author", author, "m.subject", subject);
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

mail_page read_mails(sqlite::database& db, const mail_filter& which,
                     std::string_view cursor, std::size_t limit,
                     const walk_end& is_over) {
  const auto place_of_cursor =
      cursor.empty() ? std::optional(place()) : parse_cursor(cursor);
  if (!place_of_cursor || limit == 0)
    return {};
  const std::int64_t from = which.from.value_or(numbers::min());
  place before = *place_of_cursor;
  if (which.to)
    before = std::min(before, place{*which.to, numbers::min()});

  sqlite::transaction view(db, sqlite::purpose::read);
  const path along = best_path(db, which, from, before.fetched);
  const walked found =
      walk(db, along, from, before, which, std::min(limit, most_rows), is_over);
  mail_page page;
  page.mails = read_rows(db, found.ids);
  page.rules_since = find_number(db, rules_since_setting);
  if (found.next)
    page.next = format_cursor(*found.next);
  view.commit();
  return page;
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

std::optional<mail_detail> read_mail(sqlite::database& db, std::int64_t id,
                                     std::string_view account) {
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
  return d;
}

}  // namespace mekiki::store
