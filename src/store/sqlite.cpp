#include "store/sqlite.hpp"

#include <cstring>
#include <sqlite3.h>
#include <utility>

#include "store/dialect.hpp"

namespace mekiki::store::sqlite {
namespace {

[[noreturn]] void throw_last(sqlite3* db, int code) {
  throw error(code & 0xff,
              db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db));
}

std::string_view text_of(sqlite3_value* v) {
  const void* const octets = sqlite3_value_blob(v);
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(v));
  return octets == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(octets), size);
}

// memmem reads many octets at once; std::string_view::find one.
void holds(sqlite3_context* answer, int /*count*/, sqlite3_value** values) {
  const std::string_view text = text_of(values[0]);
  const std::string_view part = text_of(values[1]);
  const bool found =
      part.empty() ||
      (!text.empty() &&
       memmem(text.data(), text.size(), part.data(), part.size()) != nullptr);
  sqlite3_result_int(answer, found ? 1 : 0);
}

}  // namespace

bool error::is_locked() const { return code == SQLITE_BUSY; }
bool error::is_damage() const {
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

// -------------------------------------------------------------- statement

statement::statement(const database& db, std::string_view sql) {
  const int code =
      sqlite3_prepare_v3(db.handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK)
    throw_last(db.handle_, code);
}

statement::~statement() { sqlite3_finalize(statement_); }

statement::statement(statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

void statement::run() {
  while (next()) {
  }
}

std::int64_t statement::run_for_id() {
  std::int64_t id = 0;
  while (next()) id = number(0);
  return id;
}

bool statement::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW)
    return true;
  if (code != SQLITE_DONE)
    fail(code);
  rest();
  return false;
}

std::int64_t statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view statement::text(int column) const {
  // In this order: the text first, then its length.
  const void* octets = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(octets), static_cast<std::size_t>(size)};
}

bool statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

// The code of a failed step comes once more; it was told already.
void statement::rest() { sqlite3_reset(statement_); }

void statement::bind_number(int at, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_, at, value);
      code != SQLITE_OK)
    fail(code);
}

void statement::bind_at(int at, std::string_view value) {
  const char* octets = value.data() == nullptr ? "" : value.data();
  if (const int code = sqlite3_bind_text64(statement_, at, octets, value.size(),
                                           SQLITE_STATIC, SQLITE_UTF8);
      code != SQLITE_OK)
    fail(code);
}

void statement::bind_at(int at, std::nullptr_t) {
  if (const int code = sqlite3_bind_null(statement_, at); code != SQLITE_OK)
    fail(code);
}

void statement::fail(int code) const {
  sqlite3* db = sqlite3_db_handle(statement_);
  const std::string text = sqlite3_errmsg(db);
  sqlite3_reset(statement_);
  throw error(code & 0xff, text);
}

// --------------------------------------------------------------- database

database::database(const std::filesystem::path& file, access how,
                   std::chrono::milliseconds patience) {
  const int mode =
      how == access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(
      file.c_str(), &handle_,
      mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nullptr);
  if (code != SQLITE_OK) {
    const std::string text =
        handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
    sqlite3_close(handle_);
    throw error(code & 0xff, text);
  }
  // It fails for want of memory alone; then its use does.
  sqlite3_create_function_v2(
      handle_, holds_function, 2,
      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr, &holds,
      nullptr, nullptr, nullptr);
  sqlite3_busy_timeout(handle_, static_cast<int>(patience.count()));
  try {
    run(dialect::connected);
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

database::~database() { sqlite3_close(handle_); }

void database::run(const std::string& sql) {
  if (const int code =
          sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
      code != SQLITE_OK)
    throw_last(handle_, code);
}

std::int64_t database::number(std::string_view sql) const {
  statement s(*this, sql);
  return s.next() ? s.number(0) : 0;
}

void database::give_up_if(std::function<bool()> over) {
  constexpr int steps = 10'000;  // about a millisecond
  over_ = std::move(over);
  sqlite3_progress_handler(
      handle_, steps,
      [](void* is_over) {
        return (*static_cast<std::function<bool()>*>(is_over))() ? 1 : 0;
      },
      &over_);
}

const std::uint32_t* database::log_index() const {
  constexpr int octets_of_region = 32'768;
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER,
                           static_cast<void*>(&file)) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr ||
      file->pMethods->iVersion < 2 || file->pMethods->xShmMap == nullptr)
    return nullptr;
  void volatile* at = nullptr;
  constexpr int first = 0;
  constexpr int only_what_is_there = 0;
  if (file->pMethods->xShmMap(file, first, octets_of_region, only_what_is_there,
                              &at) != SQLITE_OK)
    return nullptr;
  return static_cast<const std::uint32_t*>(const_cast<void*>(at));
}

std::int64_t database::changes() const { return sqlite3_changes64(handle_); }

void database::rest_statements() {
  for (sqlite3_stmt* s = sqlite3_next_stmt(handle_, nullptr); s != nullptr;
       s = sqlite3_next_stmt(handle_, s)) {
    sqlite3_reset(s);
  }
}

// ------------------------------------------------------------ transaction

transaction::transaction(database& db, purpose p) : db_(db) {
  db_.run(p == purpose::write ? dialect::begin_writing
                              : dialect::begin_reading);
}

transaction::~transaction() {
  if (!open_)
    return;
  db_.rest_statements();
  // A failure may have ended it already.
  sqlite3_exec(db_.handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void transaction::commit() {
  db_.rest_statements();
  db_.run("COMMIT");
  open_ = false;
}

// ------------------------------------------------------------------- copy

void copy(database& from, database& to,
          const std::function<bool(std::uint64_t, std::uint64_t)>& step) {
  constexpr int pages = 256;
  // One view for all of it: without that, each commit of another connection's
  // would make it begin anew.
  transaction view(from, purpose::read);
  const auto page =
      static_cast<std::uint64_t>(from.number(dialect::octets_of_page));
  dialect::read_marks(from);
  sqlite3_backup* const work =
      sqlite3_backup_init(to.handle_, "main", from.handle_, "main");
  if (work == nullptr)
    throw_last(to.handle_, sqlite3_errcode(to.handle_));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(work, pages);
    const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(work));
    const auto left =
        static_cast<std::uint64_t>(sqlite3_backup_remaining(work));
    if (!step((all - left) * page, all * page))
      code = SQLITE_INTERRUPT;
  }
  const int finished = sqlite3_backup_finish(work);
  if (code != SQLITE_DONE) {
    const int why = finished == SQLITE_OK ? code : finished;
    throw error(why & 0xff, sqlite3_errstr(why));
  }
  view.commit();
}

}  // namespace mekiki::store::sqlite
