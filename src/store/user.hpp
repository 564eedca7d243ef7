// What users and operators chose, and how an account's mails were judged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/result.hpp"
#include "store/warning.hpp"
#include "verdict/decide.hpp"
#include "verdict/history.hpp"

namespace mekiki::store {

/// A rule as it is kept (`mekiki trust`).
struct kept_rule {
  std::int64_t id = 0;
  std::string account;  // empty: for all
  verdict::rule what;
  std::optional<std::int64_t> until;  // Unix seconds
};

/// How many mails of an author domain came on its busiest day, and in all.
struct sender_count {
  std::string domain;
  std::uint64_t mails = 0;
  std::uint64_t proven = 0;
  std::uint64_t most_a_day = 0;
  std::uint32_t days = 0;
};

/// What a user chose, in the words of notify::choice, which reads them.
struct kept_choice {
  std::string account;
  std::string methods;
  std::string language;
  std::string when;
  std::string secret_word;  // never logged
  bool subject_mark = false;
  std::int64_t updated = 0;  // set by set_choice
};

/// Mails of one account that were judged alike.
struct mail_count {
  verdict::level what = verdict::level::unverified;
  auth::result dkim_check = auth::result::none;
  std::uint64_t mails = 0;
  bool is_refused = false;  // by the DMARC policy of its author's domain
};

/// Forged mails of an author's domain that failed DMARC.
struct refusable_count {
  std::string author_domain;
  std::string policy;  // that its record asks for, in its word
  std::uint64_t mails = 0;
};

/// What is asked of an account when it logs in.
struct user_answer {
  std::optional<kept_choice> chosen;
  std::vector<mail_count> recent;  // of its last mails
  waiting_warnings waiting;
  std::vector<listed_warning> listed;
};
constexpr std::int64_t recent_mails = 100;
constexpr std::int64_t most_tokens = 10;  // of one account

/// A token of the dashboard, as its owner sees it.
struct kept_token {
  std::string mark;  // names it: the first 16 digits of its hash
  std::string way;   // how it was made: "page" or "code"
  std::int64_t made = 0;
  std::int64_t seen = 0;  // when it was last used to begin; 0: never
};

}  // namespace mekiki::store
