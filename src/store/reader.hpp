// Answers questions from the tables, each from one snapshot.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/answer_cache.hpp"
#include "store/dialect.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "verdict/history.hpp"

namespace mekiki::store {

/// For one thread only, except `outdate` and `commits`. Failures are
/// sqlite::error.
class reader {
 public:
  explicit reader(const std::filesystem::path& file);
  ~reader();
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  read_answer answer(const verdict::history_question& q,
                     const std::string& scope, std::int64_t now);
  verdict::addition_answer answer(const verdict::addition& a,
                                  const std::string& scope);
  std::vector<verdict::border_view> answer(const verdict::border_question& q,
                                           const std::string& scope,
                                           std::int64_t now);
  std::vector<pending_mail> due(std::int64_t now, std::size_t most);

  user_answer answer(const std::string& account);
  waiting_warnings waiting(const std::string& reader);
  std::optional<std::string> octets_of(const std::string& account,
                                       const std::string& uidl);
  sending_work sending(std::int64_t now);

  /// A number that changes with every commit to the database, whoever makes it.
  /// From any thread.
  std::optional<std::uint32_t> commits() const { return counter_.read(); }

  /// The correspondents of these scopes are read anew when next asked for.
  void outdate(const std::vector<std::string>& scopes);

 private:
  struct statements;
  struct habit_row;
  struct name_row;
  struct known_row;
  struct due_row;
  struct possible_row;

  /// 0 if there is no such history.
  std::int64_t scope_id(const std::string& name);
  std::int64_t sender_id(std::int64_t scope, int kind, std::string_view name);
  std::vector<verdict::pair_record> pairs(std::int64_t sender);
  std::int64_t first_proven(std::int64_t scope, const std::string& domain,
                            const std::vector<verdict::pair_record>& pairs);
  verdict::habit habit_of(std::int64_t sender, std::int64_t now);
  std::vector<verdict::rule> rules(const std::string& account,
                                   std::int64_t now);
  std::vector<verdict::remembered_key> keys(const std::string& name);

  using correspondents_ptr = std::shared_ptr<const verdict::correspondents>;
  correspondents_ptr cached(const std::string& scope);
  correspondents_ptr read_correspondents(std::int64_t scope);
  std::uint64_t changes();
  const std::string& salt();

  sqlite::database db_;
  dialect::commit_counter counter_;
  std::mutex mutex_;  // of the two next, which the writer's thread changes
  std::unordered_map<std::string, correspondents_ptr> known_;
  std::uint64_t changes_ = 0;
  std::string salt_;  // once it was read

  std::unique_ptr<statements> sql_;
};

}  // namespace mekiki::store
