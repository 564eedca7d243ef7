// What proven mail teaches about the border of a provider that neither names
// nor addresses give away. Asks nobody and keeps nothing: the caller evaluates
// SPF and remembers the votes.
//
// A mail whose author domain DKIM proves votes for the hop whose client passes
// SPF of that domain while the clients of all other hops do not. An inner host
// passes SPF of nobody but the provider; a hop below the border passes only by
// relaying. The votes of independent domains for one form of trace make that
// form a view.
//
// A border that a view gives accuses and does not prove: what can be learned
// from mail can be imitated by mail.
//
// Limit: a form is coarse (no host, no number), so that it repeats. Hops that
// differ in these alone look alike.
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
  /// A person says that it is the provider's; the votes do not suffice.
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

/// None: nobody was asked, or did not answer.
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
  /// Organizations whose mails came by the same clients as its own, and vote
  /// for a deeper place.
  std::size_t passing = 0;
  bool disputed = false;  // more are against it than may be
  bool usable = false;
};

/// Each signature counts once. The shallowest place with enough votes wins:
/// - A vote for a deeper place counts once for each client at each shallower
///   one that somebody votes for: who invents hops below the border comes by
///   his own relay.
/// - A client that three organizations had in common at a place, and that voted
///   for a deeper one, is a relay, or a host of the provider: no vote at this
///   place with it counts, neither for it nor against.
/// From the shallowest, at most 64.
std::vector<view_count> count_views(const std::vector<border_vote>& votes,
                                    std::int64_t now,
                                    const view_needs& needs = {});

/// What is enough to ask a person about a view, and as long as the votes alone
/// do not make it usable, to go by the answer. At a border the clients differ
/// with the senders; objections count from the first day.
constexpr view_needs question_needs = {.mails = 5,
                                       .organizations = 3,
                                       .days = 1,
                                       .spread = 0,
                                       .clients = 3,
                                       .authorities = 1};

/// Its host may be one that hands mail on: three organizations have their
/// border below, by the same clients, and as many as have it here.
bool may_be_inner(const view_count& c);

/// Those that are usable, at most 8, those seen last first. With "yes" a view
/// is, whatever its number of mails, and does not lapse; unless the votes
/// dispute it by `question_needs`, or its host may be an inner one. With "no"
/// it never is.
std::vector<border_view> usable_views(
    const std::vector<border_vote>& votes, std::int64_t now,
    const std::vector<border_answer>& answers = {});

/// The first place that one of the views names.
const border_place* fitting_place(const std::vector<border_place>& places,
                                  const std::vector<border_view>& views);

}  // namespace mekiki::verdict
