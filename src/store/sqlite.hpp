// SQLite's C interface behind two types that own what they hold.
//
// Failures are exceptions here, since the caller of a statement in the middle
// of a transaction can only give it up: they are caught where a transaction
// begins, and never leave the store.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace mekiki::store::sqlite {

/// Of two texts: 1 if the first one has the other in it, octet for octet, else
/// 0. Every connection has it.
constexpr const char* holds_function = "mekiki_holds";

class error : public std::runtime_error {
 public:
  error(int c, const std::string& text) : std::runtime_error(text), code(c) {}
  int code;  // SQLite's primary result code
  /// Another connection held the lock for longer than `patience`.
  bool is_locked() const;
  /// The file itself is damaged.
  bool is_damage() const;
};

class database;

/// A prepared statement. Parameters are numbered from 1, columns from 0.
///
///   insert.bind(name, count).run();
///
/// To read by the names of members see row.hpp.
class statement {
 public:
  statement(const database& db, std::string_view sql);
  ~statement();
  statement(statement&& other) noexcept;
  statement& operator=(statement&&) = delete;

  /// Begins anew, with these parameters. Texts must live until the statement is
  /// done.
  template <class... Values>
  statement& bind(const Values&... values) {
    rest();
    int at = 0;
    (bind_at(++at, values), ...);
    return *this;
  }

  /// Runs to the end and ignores rows.
  void run();
  /// Runs an INSERT with RETURNING to the end: the last number that it
  /// returned.
  std::int64_t run_for_id();
  /// Goes to the next row. False after the last; then the statement is at rest.
  bool next();
  /// Ends it early, so that it no longer holds a view of the tables.
  void rest();

  std::int64_t number(int column) const;
  /// Valid until the next step.
  std::string_view text(int column) const;
  bool is_null(int column) const;

 private:
  template <std::integral Number>
  void bind_at(int at, Number value) {
    bind_number(at, static_cast<std::int64_t>(value));
  }
  template <class Value>
  void bind_at(int at, const std::optional<Value>& value) {
    if (value)
      bind_at(at, *value);
    else
      bind_at(at, nullptr);
  }
  void bind_number(int at, std::int64_t value);
  void bind_at(int at, std::string_view value);
  void bind_at(int at, std::nullptr_t);
  [[noreturn]] void fail(int code) const;

  sqlite3_stmt* statement_ = nullptr;
};

enum class access { read_only, read_write };

/// One connection, for one thread at a time. Foreign keys are enforced.
class database {
 public:
  /// Opens an existing file. `patience` is how long a lock is waited for.
  database(const std::filesystem::path& file, access how,
           std::chrono::milliseconds patience);
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  /// Statements without parameters, separated by semicolons.
  void run(const std::string& sql);
  /// The first column of the first row of a statement that has one.
  std::int64_t number(std::string_view sql) const;

  /// From now on statements fail once `over` is true. It is asked often, by the
  /// thread that runs them.
  void give_up_if(std::function<bool()> over);

  /// The memory in which all connections keep the index of the write-ahead log;
  /// valid as long as this connection. Null if no log is open, or SQLite does
  /// not tell.
  const std::uint32_t* log_index() const;

  /// Rows that the last statement changed.
  std::int64_t changes() const;

 private:
  friend class statement;
  friend class transaction;
  friend void copy(
      database& from, database& to,
      const std::function<bool(std::uint64_t done, std::uint64_t all)>& step);
  void rest_statements();
  std::function<bool()> over_;
  sqlite3* handle_ = nullptr;
};

enum class purpose { read, write };

/// Rolled back when it is left without `commit`. At its end all statements of
/// the connection come to rest: one that did not would hold its old view.
class transaction {
 public:
  /// For writing it takes the lock at once, so that it is not refused later.
  transaction(database& db, purpose p);
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  void commit();

 private:
  database& db_;
  bool open_ = true;
};

/// Replaces the contents of `to` by all of `from`, as it is at the beginning.
/// `step` is called with the number of octets done; if it returns false, that
/// is an error.
void copy(
    database& from, database& to,
    const std::function<bool(std::uint64_t done, std::uint64_t all)>& step);

}  // namespace mekiki::store::sqlite
