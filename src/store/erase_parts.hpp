// Where what is kept of an account is, table for table.
#pragma once

#include <array>

namespace mekiki::store::erase_parts {

struct part {
  const char* table;
  const char* key;   // its primary key
  const char* when;  // ?1 is the account
};

inline constexpr const char* in_its_history =
    "scope IN (SELECT id FROM scope WHERE name = 'account:' || ?1)";

// The row of its history itself goes with the next purge: the writer may know
// its number.
inline constexpr std::array history = {
    part{"warning", "id", "account = ?1 OR reader = ?1"},
    part{"warning_mail", "id", "account = ?1"},
    part{"sender", "id", in_its_history},
    part{"signature", "scope, mark", in_its_history},
    part{"learned", "scope, what, author, day", in_its_history},
    part{"border_vote", "scope, mx_set, signature", in_its_history},
    part{"border_answer", "scope, mx_set, view", in_its_history}};
inline constexpr std::array choices = {
    part{"rule", "id", "account = ?1"},
    part{"user_choice", "account", "account = ?1"},
    part{"access_token", "hash", "account = ?1"},
    part{"word_known", "account", "account = ?1"}};
inline constexpr part mails{"mail", "id", "account = ?1"};

}  // namespace mekiki::store::erase_parts
