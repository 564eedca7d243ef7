// Whose a sender is, and who is believed about it: what the plan of a domain's
// policy rests on. People's word comes first. Without it nothing is called
// ours or foreign but for what a receiver or the DNS verified.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "reports/senders.hpp"

namespace mekiki::reports {

enum class owner : std::uint8_t {
  unknown,
  ours,     // it sends for the domain
  foreign,  // a forger, or a forwarder: its mail is not the domain's concern
};
/// "unknown", "ours", "foreign"
std::string_view to_string(owner o);
std::optional<owner> parse_owner(std::string_view text);

struct whose {
  enum class reason : std::uint8_t {
    undecided,  // nothing tells
    marked,     // a person said so
    passes,     // most of it passes: it has our key, or our SPF record names it
    covered,    // our SPF record covers an address of it
    sent_as_us,  // some of it came with a signature or return path of ours
    forwards,    // receivers say of most of what fails: forwarded
    /// None of it passes; no receiver saw a signature or a return path of it
    /// pass, whosever; no name leads back to its addresses; it is no known
    /// service. Nobody who sends for others is like that.
    nameless,
  };
  owner of = owner::unknown;
  reason why = reason::undecided;

  bool operator==(const whose&) const = default;
};
std::string_view to_string(whose::reason r);

/// `marked`: what a person said; nothing, or unknown: nobody did.
whose whose_is(const sender_group& g, std::optional<owner> marked,
               std::string_view domain);

/// The proven domains of large providers that report. Nobody gets such a name
/// by registering one, and nobody else has a mailbox there: of the domains in
/// which they give mailboxes to anybody, anybody can send proven reports. ""
/// is among them: a person vouches there.
std::span<const std::string_view> well_known_reporters();
bool is_well_known_reporter(std::string_view author);

}  // namespace mekiki::reports
