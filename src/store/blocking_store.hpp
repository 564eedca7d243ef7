// Rules, choices and tokens as the command line and the dashboard change them,
// and counts for the command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "store/border_vote_rows.hpp"
#include "store/erase.hpp"
#include "store/feedback_rows.hpp"
#include "store/sender_notes.hpp"
#include "store/user.hpp"
#include "store/warning.hpp"

namespace mekiki::store {

/// Each call opens a connection of its own and waits for the database, at most
/// some seconds. From any thread. The reason of a failure is a sentence.
class blocking_store {
 public:
  /// The tables have the current version.
  blocking_store(std::filesystem::path file, const clock& now)
      : file_(std::move(file)), now_(now) {}

  /// Replaces a rule with the same account, kind, pattern and signer. Returns
  /// the number of the new one.
  expected<std::int64_t, std::string> add_rule(const kept_rule& r);
  /// False if no rule has this number.
  expected<bool, std::string> remove_rule(std::int64_t id);
  expected<std::vector<kept_rule>, std::string> rules() const;

  /// Mails since `since` by author domain, the busiest first, at most 1,000.
  expected<std::vector<sender_count>, std::string> senders(
      std::int64_t since) const;

  /// What proven mails taught about the borders of providers.
  expected<std::vector<learned_provider>, std::string> learned_borders() const;
  /// Forgets what proven mails taught about a host: to one account, or to all
  /// if `account` is empty.
  expected<forgotten_border, std::string> forget_borders(
      std::string_view host, std::string_view account);
  /// Keeps a person's answer about a view of a history (domain_history::scope).
  /// False if nobody is asked about it (dashboard_queries::questions).
  expected<bool, std::string> answer_question(std::string_view scope,
                                              std::string_view view,
                                              verdict::border_reply said);

  /// As put_feedback and put_reply have it.
  expected<bool, std::string> say_about(std::int64_t mail,
                                        std::string_view account,
                                        std::optional<feedback::word> said);
  expected<bool, std::string> answer_report(std::int64_t mail,
                                            feedback::reply answer);

  /// Replaces the account's choice; it counts from the next login on.
  expected<void, std::string> set_choice(const kept_choice& c);
  /// The same where the account has none.
  expected<void, std::string> preset_choice(const kept_choice& c);
  /// False if the account had chosen nothing.
  expected<bool, std::string> forget_choice(std::string_view account);
  expected<std::vector<kept_choice>, std::string> choices() const;
  expected<std::optional<kept_choice>, std::string> find_choice(
      std::string_view account) const;

  /// How the account's mails that were fetched since `since` were judged.
  expected<std::vector<mail_count>, std::string> judged(
      std::string_view account, std::int64_t since) const;

  /// Of the account's mails that were fetched since `since`, the most first.
  expected<std::vector<refusable_count>, std::string> refusable(
      std::string_view account, std::int64_t since) const;

  /// Adds a token of the account, by its hash; beyond `most_tokens` the oldest
  /// is removed.
  /// `way` as kept_token has it.
  expected<void, std::string> add_token(std::string_view account,
                                        std::string_view hash,
                                        std::string_view way);
  /// Removes the account's tokens whose hashes begin with `mark`, "" for all,
  /// and returns how many there were.
  expected<std::int64_t, std::string> forget_tokens(std::string_view account,
                                                    std::string_view mark);
  /// The token was used just now.
  expected<void, std::string> note_token(std::string_view hash);
  /// As erase_account.
  expected<std::int64_t, std::string> erase(std::string_view account,
                                            erasure what);
  /// As put_sender_mark; the number means nothing. Its failure is a sentence,
  /// too, where there are too many.
  expected<std::int64_t, std::string> mark_sender(const sender_mark& m);
  /// From now on the reporter does not count, or does.
  expected<std::int64_t, std::string> ignore_reporter(const ignored_reporter& r,
                                                      bool ignored);
  /// As note_told, now.
  expected<std::int64_t, std::string> note_sending_told(
      const std::vector<told_sending>& all);
  /// The account's user has noted the secret word.
  expected<void, std::string> note_word_known(std::string_view account);

 private:
  std::filesystem::path file_;
  const clock& now_;
};

}  // namespace mekiki::store
