// Rows as structs. Each says once which columns it has, and in which members;
// the list in the statement, its parameters and the reading come of that.
//
//   struct pair_row {
//     std::int64_t id = 0;
//     std::string signer;
//
//     static constexpr auto columns() {
//       return std::tuple(column("id", &pair_row::id),
//                         column("signer", &pair_row::signer));
//     }
//   };
//
//   query<pair_row> pairs(db, "FROM pair WHERE sender = ?");
//   for (const pair_row& p : pairs.all(sender)) use(p.signer);
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "store/sqlite.hpp"

namespace mekiki::store {

/// `sql` is a name, or for a query alone any expression.
template <class Owner, class Value>
struct column {
  constexpr column(std::string_view text, Value Owner::*where)
      : sql(text), member(where) {}

  std::string_view sql;
  Value Owner::*member;
};

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
  std::apply(
      [&](const auto&... c) {
        ((row.*c.member =
              read_value<std::remove_cvref_t<decltype(row.*c.member)>>(s,
                                                                       at++)),
         ...);
      },
      Row::columns());
  return row;
}

/// "id, signer"
template <class Row>
std::string list_of_columns() {
  std::string list;
  std::apply(
      [&](const auto&... c) {
        ((list.append(list.empty() ? "" : ", ").append(c.sql)), ...);
      },
      Row::columns());
  return list;
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
    static_assert(!has_views());
    std::optional<Row> found;
    if (statement_.bind(values...).next())
      found = row();
    statement_.rest();
    return found;
  }

  template <class... Values>
  std::vector<Row> all(const Values&... values) {
    static_assert(!has_views());
    std::vector<Row> rows;
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
  static constexpr bool has_views() {
    return std::apply(
        [](const auto&... c) {
          return (std::same_as<std::remove_cvref_t<decltype(Row().*c.member)>,
                               std::string_view> ||
                  ...);
        },
        Row::columns());
  }

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

  void run(const Row& row) { bind(row).run(); }
  /// With "RETURNING id": that of the row.
  std::int64_t run_for_id(const Row& row) { return bind(row).run_for_id(); }

 private:
  static std::string text(std::string_view table, std::string_view rest) {
    std::string sql = "INSERT INTO ";
    sql.append(table).append(" (").append(list_of_columns<Row>());
    sql.append(") VALUES (?");
    for (std::size_t i = 1; i < std::tuple_size_v<decltype(Row::columns())>;
         ++i)
      sql.append(", ?");
    return sql.append(") ").append(rest);
  }

  sqlite::statement& bind(const Row& row) {
    return std::apply(
        [&](const auto&... c) -> sqlite::statement& {
          return statement_.bind(row.*c.member...);
        },
        Row::columns());
  }

  sqlite::statement statement_;
};

}  // namespace mekiki::store
