// The one answer, from what is known about a mail. Asks nobody.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dkim/verify.hpp"
#include "message/header.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::verdict {

/// The fields that a client shows or that decide how the mail is shown.
inline constexpr std::array<std::string_view, 5> shown_fields = {
    "from", "subject", "date", "reply-to", "content-type"};

/// What the decision needs of a header, which may go then.
struct header_facts {
  std::string author;
  std::string author_domain;
  std::size_t author_count = 0;
  std::size_t from_fields = 0;
  bool author_is_clear = false;  // all clients show the same author
  /// How often a client may see each of `shown_fields`.
  std::array<std::size_t, shown_fields.size()> shown{};
};

header_facts look_at(const message::header_view& header);

/// `new` where an aligned signature passed and nothing of what the design
/// calls "never genuine" holds; otherwise `unverified`.
verdict decide(const header_facts& facts,
               std::vector<dkim::signature_result> results);

}  // namespace mekiki::verdict
