// How a user wants to be warned of forged mail (docs/design.md, "Four ways to
// warn"). Kept in the store for each account; administrators set defaults and
// limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "notify/words/sentence.hpp"
#include "store/store.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::notify {

/// The four ways, as the original system named them.
struct methods {
  bool rewrite = false;  // A: the mail's body is replaced by a warning
  bool warn = false;     // B: a separate warning mail
  bool label = true;     // C: X-Mekiki-Label, for the client's own rules
  bool popup = true;     // D: the add-on may show it
  bool operator==(const methods&) const = default;
};

/// "A,C", or "none". The error is a sentence.
expected<methods, std::string> parse_methods(std::string_view text);
std::string format(const methods& m);

/// Which mails the user is warned of. Each value includes those before it,
/// except classic.
enum class occasion : std::uint8_t {
  forged,
  altered,
  new_,     // "new"
  classic,  // every X-DKIM-Check: fail, whatever the verdict
};
std::optional<occasion> parse_occasion(std::string_view word);
std::string_view to_string(occasion o);

struct choice {
  notify::methods methods;
  language in = language::english;
  occasion when = occasion::forged;
  /// Each real warning carries it; an imitation cannot. May be empty.
  std::string secret_word;
  /// A mark in the Subject of forged mail, for clients without filters.
  bool subject_mark = false;
  bool operator==(const choice&) const = default;
};

/// One line of UTF-8 without control characters, at most 64 octets; "" too.
bool is_secret_word(std::string_view text);

/// The administrator's limits for all users.
struct limits {
  notify::methods allowed{
      .rewrite = true, .warn = true, .label = true, .popup = true};
  /// At most 1 mail in this many is warned about by A and B; 0: no limit.
  std::size_t budget = 5;
};
/// The methods that are both chosen and allowed.
methods operator&(const methods& chosen, const methods& allowed);

/// As the store keeps it, without the account.
store::kept_choice to_kept(const choice& c);
/// Of a user who chose nothing, but came in a language: all else is as the
/// administrator's settings say.
store::kept_choice to_kept(language came_in);
/// By the user, or by somebody for the user.
bool is_chosen(const std::optional<store::kept_choice>& kept);
/// Words that only a newer version knows are replaced from `standard`.
choice read_choice(const store::kept_choice& kept, const choice& standard);

/// The choice in force for a user, whether or not the user has chosen: allowed
/// methods only.
choice choice_of(const std::optional<store::kept_choice>& kept,
                 const choice& standard, const limits& l);

/// Whether the user wants to be warned of this mail at all.
bool is_told(verdict::level what, auth::result dkim_check, occasion when);
bool is_told(const verdict::judgement& v, occasion when);

}  // namespace mekiki::notify
