// Table `setting`: values that a database has only one of.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/row.hpp"
#include "store/sqlite.hpp"

namespace mekiki::store {

// Names of them.
constexpr std::string_view salt_setting = "salt";    // of the names' marks
constexpr std::string_view texts_setting = "texts";  // see purge.hpp
// Unix seconds: mails that were last fetched before have lost theirs by age.
constexpr std::string_view texts_until_setting = "texts-until";
constexpr std::string_view digested_setting = "digested";  // Unix seconds
constexpr std::string_view mark_setting = "mark";    // of the installation
constexpr std::string_view rules_setting = "rules";  // verdict::rules_version
constexpr std::string_view rules_since_setting = "rules-since";  // Unix seconds

inline std::optional<std::string> find_setting(const sqlite::database& db,
                                               std::string_view name) {
  return value_query<std::string>(db,
                                  "SELECT value FROM setting WHERE name = ?")
      .first(name);
}

/// 0 where there is none.
inline std::int64_t find_number(const sqlite::database& db,
                                std::string_view name) {
  std::int64_t out = 0;
  if (const auto text = find_setting(db, name))
    std::from_chars(text->data(), text->data() + text->size(), out);
  return out;
}

inline void put_setting(const sqlite::database& db, std::string_view name,
                        std::string_view value) {
  sqlite::statement(db,
                    "INSERT INTO setting (name, value) VALUES (?, ?) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .bind(name, value)
      .run();
}

/// Where another program was first, its value stays.
inline void add_setting(const sqlite::database& db, std::string_view name,
                        std::string_view value) {
  sqlite::statement(db,
                    "INSERT INTO setting (name, value) VALUES (?, ?) "
                    "ON CONFLICT DO NOTHING")
      .bind(name, value)
      .run();
}

}  // namespace mekiki::store
