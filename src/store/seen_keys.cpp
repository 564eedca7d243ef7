#include "store/seen_selectors.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

#include <fmt/format.h>

#include "store/row.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {
namespace {

constexpr std::chrono::seconds patience{5};
constexpr std::size_t most_selectors = 20;

struct key_name_row {
  std::string_view name;  // "s1._domainkey.example.jp"

  auto columns() { return std::tie("name", name); }
};

}  // namespace

expected<std::vector<std::string>, std::string> seen_selectors(
    const std::filesystem::path& file, std::string_view domain) {
  const std::string end = fmt::format("._domainkey.{}", domain);
  std::vector<std::string> out;
  try {
    sqlite::database db(file, sqlite::access::read_only, patience);
    const sqlite::transaction view(db, sqlite::purpose::read);
    query<key_name_row> names(
        db, "FROM dkim_key WHERE revoked = 0 ORDER BY last DESC, name");
    while (names.next() && out.size() < most_selectors) {
      const std::string_view name = names.row().name;
      if (name.size() <= end.size() || !name.ends_with(end))
        continue;
      std::string selector(name.substr(0, name.size() - end.size()));
      if (std::ranges::find(out, selector) == out.end())
        out.push_back(std::move(selector));
    }
  } catch (const sqlite::error& e) {
    return unexpected(fmt::format("the database {} cannot be used: {}",
                                  file.string(), e.what()));
  }
  return out;
}

}  // namespace mekiki::store
