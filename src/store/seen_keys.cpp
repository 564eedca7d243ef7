#include "store/seen_keys.hpp"

#include <chrono>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "store/row.hpp"

namespace mekiki::store {
namespace {

constexpr std::chrono::seconds patience{5};
constexpr std::size_t most_selectors = 20;
constexpr std::size_t most_keys = 100;

struct key_row {
  std::string_view name;  // "s1._domainkey.example.jp"
  std::string_view text;
  std::int64_t first = 0, last = 0;

  auto columns() {
    return std::tie("name", name, "text", text, "first", first, "last", last);
  }
};

}  // namespace

std::vector<seen_key> read_seen_keys(sqlite::database& db,
                                     std::string_view domain) {
  const std::string end = fmt::format("._domainkey.{}", domain);
  const std::string pattern = "%" + end;
  std::vector<seen_key> out;
  std::set<std::string, std::less<>> selectors;
  const sqlite::transaction view(db, sqlite::purpose::read);
  query<key_row> rows(db,
                      "FROM dkim_key WHERE name LIKE ?1 AND revoked = 0 "
                      "ORDER BY last DESC, name, first");
  rows.bind(pattern);
  while (rows.next() && out.size() < most_keys) {
    const key_row k = rows.row();
    // A "_" stands for any character in the pattern.
    if (k.name.size() <= end.size() || !k.name.ends_with(end))
      continue;
    const std::string_view selector =
        k.name.substr(0, k.name.size() - end.size());
    if (!selectors.contains(selector)) {
      if (selectors.size() == most_selectors)
        continue;
      selectors.emplace(selector);
    }
    out.push_back(
        {std::string(selector), std::string(k.text), k.first, k.last});
  }
  return out;
}

expected<std::vector<seen_key>, std::string> seen_keys(
    const std::filesystem::path& file, std::string_view domain) {
  try {
    sqlite::database db(file, sqlite::access::read_only, patience);
    return read_seen_keys(db, domain);
  } catch (const sqlite::error& e) {
    return unexpected(fmt::format("the database {} cannot be used: {}",
                                  file.string(), e.what()));
  }
}

}  // namespace mekiki::store
