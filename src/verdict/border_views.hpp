// What proven mail teaches about a provider's border that neither names nor
// addresses show. Does no lookups and keeps nothing: the caller evaluates SPF
// and remembers the votes.
//
// A mail whose author domain DKIM proves votes for the hop whose client passes
// SPF of that domain while the clients of all other hops do not. An inner host
// passes SPF of nobody but the provider; a hop below the border passes only by
// relaying. The votes of independent domains for one form of trace make that
// form a view.
//
// A border that a view gives accuses and does not prove, since what can be
// learned from mail can be imitated by mail; unless the trace itself shows
// every hop above it to be the provider's.
//
// Limit: a form is coarse (no host, no number), so that mails share it. Hops
// that differ in these alone look alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/result.hpp"
#include "base/ip_address.hpp"
#include "message/header.hpp"
#include "verdict/border.hpp"

namespace mekiki::verdict {

/// A hop that may be the border: its client has a public address.
struct border_place {
  std::size_t hop = 0;  // its index in trace::hops
  ip_address client;
  /// The form of the trace down to this hop: for each one what kind of client
  /// it records, under which registered domain, by a host of which domain, by
  /// which protocol, and for a local program whose. Of the last one not the
  /// client, but the first letters of the host's name.
  std::string view;
};

/// From the top, at most 6; none below a field that cannot be read, a login, or
/// the 12th hop.
std::vector<border_place> border_places(const trace& t,
                                        const message::header_view& header);

/// One mail's vote: for the last of its places.
struct border_vote {
  struct place {
    std::string view;
    std::string client;  // address
    bool operator==(const place&) const = default;
  };
  std::vector<place> places;
  std::string organization;  // the author's registered domain
  std::string signature;     // d= and the start of b=
  std::string authority;     // the term of the SPF record that passed
  std::int64_t at = 0;       // Unix seconds
};

/// What SPF of the author's domain says of the clients of all places, in their
/// order, if one of them passes and no other does. A lookup that failed, or a
/// record that cannot be read, leaves the mail without a vote.
std::optional<std::size_t> voted_place(
    const std::vector<auth::result>& by_place);

/// A form of trace that enough votes agree about.
struct border_view {
  std::string view;
  std::size_t mails = 0;
  std::size_t organizations = 0;
  std::int64_t last = 0;  // Unix seconds
  /// Organizations that voted for a place above the border of its mails.
  std::size_t above = 0;
  /// It is usable by a person's "yes"; the votes alone do not suffice.
  bool confirmed = false;
};

/// What a view needs to be usable.
struct view_needs {
  std::size_t mails = 12;
  std::size_t organizations = 8;
  std::size_t days = 5;
  std::size_t spread = 7;  // days from the first to the last
  std::size_t clients = 5;
  std::size_t authorities = 3;
  std::size_t agreeing = 98;  // percent
  std::size_t objecting = 3;  // organizations, before their votes count
  std::size_t lapse = 45;     // days unseen
};

constexpr std::size_t most_border_views = 8;

/// What a person says when asked whether a view's host is the provider's
/// (open_questions.hpp).
enum class border_reply : std::uint8_t { yes, no, later };
/// "yes", "no", "later"
std::string_view to_string(border_reply r);

struct border_answer {
  std::string view;
  border_reply said = border_reply::later;
  std::int64_t at = 0;  // Unix seconds
};

/// Nothing if nobody was asked or answered.
std::optional<border_reply> reply_about(
    const std::string& view, const std::vector<border_answer>& answers);

/// How the votes for one form count, whether it is usable or not.
struct view_count {
  border_view view;
  std::size_t days = 0;
  std::size_t spread = 0;  // days
  std::size_t clients = 0;
  std::size_t authorities = 0;
  std::size_t against = 0;
  /// Organizations that vote for a deeper place, and whose mails came by the
  /// same clients as this form's own.
  std::size_t passing = 0;
  bool disputed = false;  // more are against it than may be
  bool usable = false;
};

/// Each signature counts once. The shallowest place with enough votes wins:
/// - A vote for a deeper place counts once for each client at each shallower
///   place that somebody votes for: a sender who invents hops below the border
///   comes by a relay of his own.
/// - A client at a place that three organizations have in common, which vote
///   for deeper places, is a relay or a host of the provider: votes at this
///   place with that client count neither for the place nor against it.
/// From the shallowest, at most 64.
std::vector<view_count> count_views(const std::vector<border_vote>& votes,
                                    std::int64_t now,
                                    const view_needs& needs = {});

/// What a view needs before a person is asked about it, and before the answer
/// counts, as long as the votes alone do not make it usable. At a border the
/// clients differ with the senders; objections count from the first day.
constexpr view_needs question_needs = {.mails = 5,
                                       .organizations = 3,
                                       .days = 1,
                                       .spread = 0,
                                       .clients = 3,
                                       .authorities = 1};

/// Its host may be one that hands mail on: three organizations, and at least as
/// many as vote for it, have their border below, with the same clients.
bool may_be_inner(const view_count& c);

/// The usable views, at most 8, those seen last first. After "yes" a view is
/// usable, whatever its number of mails, and does not lapse; unless the votes
/// dispute it by `question_needs`, or its host may be an inner one. After "no"
/// it never is.
std::vector<border_view> usable_views(
    const std::vector<border_vote>& votes, std::int64_t now,
    const std::vector<border_answer>& answers = {});

/// The first place that one of the views names.
const border_place* fitting_place(const std::vector<border_place>& places,
                                  const std::vector<border_view>& views);

}  // namespace mekiki::verdict
