#include "store/browse_mails.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

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
  const auto fetched = std::from_chars(text.data(), end, p.fetched);
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
  sqlite::statement next(db,
                         "SELECT reversed FROM mail INDEXED BY mail_domain "
                         "WHERE reversed > ? AND reversed < ? "
                         "ORDER BY reversed LIMIT 1");
  while (next.bind(last, end).next()) {
    if (found.size() >= most_keys)
      return std::nullopt;
    last = next.text(0);
    found.push_back(last);
  }
  return found;
}

std::int64_t count_along(const sqlite::database& db, const path& p,
                         std::int64_t from, std::int64_t to) {
  sqlite::statement count(
      db, fmt::format("SELECT count(*) FROM (SELECT 1 FROM mail INDEXED BY {} "
                      "WHERE {} = ? AND fetched BETWEEN ? AND ? LIMIT ?)",
                      p.index, p.column));
  std::int64_t all = 0;
  for (const std::string& key : p.keys) {
    if (all >= most_counted)
      break;
    count.bind(key, from, to, most_counted - all).next();
    all += count.number(0);
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

/// The mails at one key of a path, newest first.
class strand {
 public:
  strand(const sqlite::database& db, const path& p, const std::string& key,
         std::int64_t from, const place& before)
      : mails_(db, fmt::format("SELECT fetched, id, level, account, reversed "
                               "FROM mail INDEXED BY {} WHERE {} fetched >= ?2 "
                               "AND (fetched, id) < (?3, ?4) "
                               "ORDER BY fetched DESC, id DESC",
                               p.index,
                               p.column == nullptr
                                   ? std::string("?1 = '' AND")
                                   : fmt::format("{} = ?1 AND", p.column))) {
    mails_.bind(key, from, before.fetched, before.id);
    step();
  }

  bool is_at_end() const { return !at_; }
  const place& at() const { return *at_; }
  const sqlite::statement& row() const { return mails_; }
  void step() {
    at_.reset();
    if (mails_.next())
      at_ = place{mails_.number(0), mails_.number(1)};
  }

 private:
  sqlite::statement mails_;
  std::optional<place> at_;
};

/// Whether the row of a strand is asked for.
class sieve {
 public:
  explicit sieve(const mail_filter& which)
      : account_(which.account), domain_(reversed(which.domain)) {
    for (const verdict::level l : which.levels) levels_.push_back(to_string(l));
  }

  bool lets_through(const sqlite::statement& row) const {
    return (levels_.empty() ||
            std::ranges::find(levels_, row.text(2)) != levels_.end()) &&
           (account_.empty() || row.text(3) == account_) &&
           (domain_.empty() || is_below(row.text(4)));
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
  std::vector<strand> strands;
  strands.reserve(along.keys.size());
  for (const std::string& key : along.keys)
    strands.emplace_back(db, along, key, from, before);
  const auto rank = [](const strand& s) {
    return s.is_at_end() ? place{numbers::min(), numbers::min()} : s.at();
  };
  const sieve wanted(which);
  walked found;
  place last = before;
  for (std::size_t steps = 1;; ++steps) {
    strand& s = *std::ranges::max_element(strands, {}, rank);
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

constexpr std::string_view select_row =
    "SELECT m.id, m.account, m.fetched, m.level, m.reason, m.dkim, m.dmarc, "
    "m.policy, m.author_domain, m.author, m.subject ";

std::optional<std::string> text_of(const sqlite::statement& s, int column) {
  if (s.is_null(column))
    return std::nullopt;
  return std::string(s.text(column));
}

mail_row row_of(const sqlite::statement& s) {
  mail_row m;
  m.id = s.number(0);
  m.account = s.text(1);
  m.fetched = s.number(2);
  m.result.what = read_level(s.text(3)).value_or(verdict::level::unverified);
  m.result.why = verdict::parse_reason(s.text(4));
  m.dkim_check = s.text(5);
  m.dmarc = s.text(6);
  m.policy = s.text(7);
  m.author_domain = s.text(8);
  m.author = text_of(s, 9);
  m.subject = text_of(s, 10);
  return m;
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
  if (found.next)
    page.next = format_cursor(*found.next);
  view.commit();
  return page;
}

std::vector<mail_row> read_rows(sqlite::database& db,
                                const std::vector<std::int64_t>& ids) {
  sqlite::statement s(db,
                      std::string(select_row) + "FROM mail m WHERE m.id = ?");
  std::vector<mail_row> out;
  for (const std::int64_t id : ids) {
    if (s.bind(id).next())
      out.push_back(row_of(s));
  }
  return out;
}

std::optional<mail_detail> read_mail(sqlite::database& db, std::int64_t id,
                                     std::string_view account) {
  const sqlite::transaction view(db, sqlite::purpose::read);
  sqlite::statement s(db,
                      std::string(select_row) +
                          ", m.uidl, t.results, t.header, t.story FROM mail m "
                          "LEFT JOIN mail_story t ON t.mail = m.id "
                          "WHERE m.id = ?1 AND (?2 = '' OR m.account = ?2)");
  if (!s.bind(id, account).next())
    return std::nullopt;
  mail_detail d;
  d.row = row_of(s);
  d.uidl = s.text(11);
  d.results = decode_results(s.text(12));
  d.header = text_of(s, 13);
  d.story = text_of(s, 14);
  return d;
}

}  // namespace mekiki::store
