// What a person could say at once, where too few mails are there yet for a view
// (border_views.hpp): whether the host that mails come in through is the
// provider's. Asks nobody and keeps nothing.
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

/// About views that the votes do not make usable yet, and that `question_needs`
/// are met for; with a host that has a name; above which nobody votes for a
/// place; that is no inner host's; and that the built-in table has no host for.
/// Not where it was answered: with "later", not for 7 days. Those with most
/// mails first, at most 3.
std::vector<open_question> open_questions(
    const std::vector<border_vote>& votes,
    const std::vector<border_answer>& answers, const std::string& mx_set,
    std::int64_t now);

}  // namespace mekiki::verdict
