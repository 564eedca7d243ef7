// Rows as structs. Each says once which columns it has, and behind each the
// member that holds it: names, or for a query alone any expressions. The list
// in the statement, its parameters and the reading are made of that.
//
//   struct pair_row {
//     std::int64_t id = 0;
//     std::string signer;
//
//     auto columns() { return std::tie("id", id, "signer", signer); }
//   };
//
//   query<pair_row> pairs(db, "FROM pair WHERE sender = ?");
//   for (const pair_row& p : pairs.all(sender)) use(p.signer);
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/sqlite.hpp"

namespace mekiki::store {

template <class Row>
using columns_of = decltype(std::declval<Row&>().columns());
template <class Row>
constexpr std::size_t column_count = std::tuple_size_v<columns_of<Row>> / 2;

/// `use(member&...)`, with all members of `row`.
template <class Row, class Use>
decltype(auto) with_members(Row& row, Use use) {
  const columns_of<Row> columns = row.columns();
  return [&]<std::size_t... At>(std::index_sequence<At...>)->decltype(auto) {
    return use(std::get<2 * At + 1>(columns)...);
  }
  (std::make_index_sequence<column_count<Row>>());
}

template <class Value>
struct is_optional : std::false_type {};
template <class Value>
struct is_optional<std::optional<Value>> : std::true_type {};

/// An integer, a bool (not 0), a std::string, a std::string_view, which is
/// valid until the next step, or one of these that may be NULL.
template <class Value>
Value read_value(const sqlite::statement& s, int at) {
  if constexpr (is_optional<Value>::value) {
    if (s.is_null(at))
      return std::nullopt;
    return read_value<typename Value::value_type>(s, at);
  } else if constexpr (std::same_as<Value, bool>) {
    return s.number(at) != 0;
  } else if constexpr (std::integral<Value>) {
    return static_cast<Value>(s.number(at));
  } else {
    return Value(s.text(at));
  }
}

template <class Row>
Row read_row(const sqlite::statement& s) {
  Row row;
  int at = 0;
  with_members(row, [&]<class... Values>(Values&... members) {
    ((members = read_value<Values>(s, at++)), ...);
  });
  return row;
}

/// "id, signer"
template <class Row>
std::string list_of_columns() {
  static_assert(std::tuple_size_v<columns_of<Row>> % 2 == 0);
  Row row;
  const columns_of<Row> columns = row.columns();
  return [&]<std::size_t... At>(std::index_sequence<At...>) {
    // Where one was forgotten a member stands in its place: no literal.
    const std::array<const char*, sizeof...(At)> names = {
        std::get<2 * At>(columns)...};
    return fmt::format("{}", fmt::join(names, ", "));
  }
  (std::make_index_sequence<column_count<Row>>());
}

/// A SELECT of a row's columns.
template <class Row>
class query {
 public:
  /// `rest` begins behind the columns: "FROM pair WHERE ...".
  query(const sqlite::database& db, std::string_view rest)
      : statement_(db, "SELECT " + list_of_columns<Row>() + " " += rest) {}

  /// None if there is none.
  template <class... Values>
  std::optional<Row> first(const Values&... values) {
    static_assert(!keeps_views);
    std::optional<Row> found;
    if (statement_.bind(values...).next())
      found = row();
    statement_.rest();
    return found;
  }

  /// `As`: the row itself, or what it is made of.
  template <class As = Row, class... Values>
  std::vector<As> all(const Values&... values) {
    static_assert(!keeps_views);
    std::vector<As> rows;
    for (statement_.bind(values...); statement_.next();) rows.push_back(row());
    return rows;
  }

  // For those that stop on their way.
  template <class... Values>
  query& bind(const Values&... values) {
    statement_.bind(values...);
    return *this;
  }
  bool next() { return statement_.next(); }
  Row row() const { return read_row<Row>(statement_); }

 private:
  template <class... Columns>
  static constexpr bool has_views(std::type_identity<std::tuple<Columns...>>) {
    return (std::same_as<Columns, std::string_view&> || ...);
  }
  static constexpr bool keeps_views =
      has_views(std::type_identity<columns_of<Row>>());

  sqlite::statement statement_;
};

/// A SELECT of one column, written out.
template <class Value>
class value_query {
 public:
  value_query(const sqlite::database& db, std::string_view sql)
      : statement_(db, sql) {}

  /// None if there is no row.
  template <class... Values>
  std::optional<Value> first(const Values&... values) {
    std::optional<Value> found;
    if (statement_.bind(values...).next())
      found = read_value<Value>(statement_, 0);
    statement_.rest();
    return found;
  }

  template <class... Values>
  std::vector<Value> all(const Values&... values) {
    std::vector<Value> found;
    for (statement_.bind(values...); statement_.next();)
      found.push_back(read_value<Value>(statement_, 0));
    return found;
  }

 private:
  sqlite::statement statement_;
};

/// An INSERT of rows; the names of their columns are those of the table.
template <class Row>
class insertion {
 public:
  /// `rest` begins behind the values: "ON CONFLICT ...", "RETURNING id".
  insertion(const sqlite::database& db, std::string_view table,
            std::string_view rest = {})
      : statement_(db, text(table, rest)) {}

  void run(Row row) { bind(row).run(); }
  /// With "RETURNING id": that of the row.
  std::int64_t run_for_id(Row row) { return bind(row).run_for_id(); }

 private:
  static std::string text(std::string_view table, std::string_view rest) {
    std::string sql = "INSERT INTO ";
    sql.append(table).append(" (").append(list_of_columns<Row>());
    sql.append(") VALUES (?");
    for (std::size_t i = 1; i < column_count<Row>; ++i) sql.append(", ?");
    return sql.append(") ").append(rest);
  }

  sqlite::statement& bind(Row& row) {
    return with_members(row,
                        [this](const auto&... members) -> sqlite::statement& {
                          return statement_.bind(members...);
                        });
  }

  sqlite::statement statement_;
};

}  // namespace mekiki::store
