// Questions to a person where there are too few mails yet for a view
// (border_views.hpp): is the host that mails come in through the provider's?
// Does no lookups and keeps nothing.
//
// A question names what the votes of proven mails named, never what a single
// mail claims, and is only asked where a stranger could hardly have made all of
// them. Limit: where his mails are the only ones, the host is of his choice.
// What is confirmed then is for mails of that form alone, accuses those, and
// proves nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "verdict/border_views.hpp"

namespace mekiki::verdict {

/// "Is this your provider's server?"
struct open_question {
  std::string view;
  /// The view's host as far as it is known: "mx*.example.jp" for the hosts of
  /// that domain whose names begin so, or "example.jp".
  std::string host;
  std::size_t mails = 0;
  std::size_t organizations = 0;
};

constexpr std::size_t most_open_questions = 3;
constexpr std::int64_t ask_again_days = 7;  // after "later"

/// The domain of a view's host: of its border's. "" where it has none.
std::string domain_of_view(const std::string& view);

/// A question for each view that the votes do not make usable yet but that
/// meets `question_needs`; whose host has a name and is no inner one; above
/// which nobody votes for a place; and for whose domain the built-in table has
/// no host. None for a view that was answered, or within 7 days after "later".
/// Those with most mails first, at most 3.
std::vector<open_question> open_questions(
    const std::vector<border_vote>& votes,
    const std::vector<border_answer>& answers, const std::string& mx_set,
    std::int64_t now);

}  // namespace mekiki::verdict
