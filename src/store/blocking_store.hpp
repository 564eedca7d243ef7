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
#include "store/feedback_rows.hpp"
#include "store/user.hpp"

namespace mekiki::store {

/// Each call opens a connection of its own and waits for the database, at most
/// some seconds. From any thread. The reason of a failure is a sentence.
class blocking_store {
 public:
  /// The tables have the current version.
  blocking_store(std::filesystem::path file, const clock& now)
      : file_(std::move(file)), now_(now) {}

  /// One with the same account, kind, pattern and signer is replaced.
  expected<std::int64_t, std::string> add_rule(const kept_rule& r);
  /// False if there is none of this number.
  expected<bool, std::string> remove_rule(std::int64_t id);
  expected<std::vector<kept_rule>, std::string> rules() const;

  /// By author domain, the busiest first, at most 1,000, since `since`.
  expected<std::vector<sender_count>, std::string> senders(
      std::int64_t since) const;

  /// What proven mails taught about the borders of providers.
  expected<std::vector<learned_provider>, std::string> learned_borders() const;
  /// Forgets that for a host: for one account of it, or where that is empty for
  /// all.
  expected<forgotten_border, std::string> forget_borders(
      std::string_view host, std::string_view account);
  /// What a person says of a view of a history (domain_history::scope). False
  /// where that is not asked (dashboard_queries::questions).
  expected<bool, std::string> answer_question(std::string_view scope,
                                              std::string_view view,
                                              verdict::border_reply said);

  /// As put_feedback and put_reply have it.
  expected<bool, std::string> say_about(std::int64_t mail,
                                        std::string_view account,
                                        std::optional<feedback::word> said);
  expected<bool, std::string> answer_report(std::int64_t mail,
                                            feedback::reply answer);

  /// In place of what the account chose before; counts from its next login on.
  expected<void, std::string> set_choice(const kept_choice& c);
  /// False if it had chosen nothing.
  expected<bool, std::string> forget_choice(std::string_view account);
  expected<std::vector<kept_choice>, std::string> choices() const;
  expected<std::optional<kept_choice>, std::string> find_choice(
      std::string_view account) const;

  /// How the account's mails were judged that were fetched since.
  expected<std::vector<mail_count>, std::string> judged(
      std::string_view account, std::int64_t since) const;

  /// One more token of the account, by its hash; the oldest goes where there
  /// are `most_tokens`.
  expected<void, std::string> add_token(std::string_view account,
                                        std::string_view hash);
  /// How many there were.
  expected<std::int64_t, std::string> forget_tokens(std::string_view account);

 private:
  std::filesystem::path file_;
  const clock& now_;
};

}  // namespace mekiki::store
