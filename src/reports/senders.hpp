// Who is behind the addresses that reports tell of: sources, grouped by
// organization, with one next step for each.
//
// Whoever sends mail in a domain's name chooses his address, the name in its
// reverse zone, the domain of his return path and what he signs with. So a
// source is put under a name only if that was verified by somebody else: the
// reverse name leads back to the address, or, where there is none, a receiver
// reports that DKIM or SPF passed for it. Anybody may call himself a receiver,
// so a reverse name always decides. Even so a group is no more than who it says
// it is: nothing here makes a mail genuine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::reports {

/// What reports tell of one address.
struct source {
  std::string address;   // "" for rows without a readable one
  std::string name;      // reverse name that leads back to it; may be empty
  bool is_asked = true;  // the DNS, for that name
  // Of the first that passed, as large providers tell, where one reports.
  std::string signer;  // by DKIM; may be empty
  std::string sender;  // by SPF; may be empty
  /// The term of the domain's own SPF record that covers it; "": none, or it is
  /// not known.
  std::string covered;
  std::int64_t first = 0;  // Unix seconds
  std::int64_t last = 0;
  std::uint64_t mails = 0;
  std::uint64_t passed = 0;     // DMARC
  std::uint64_t dkim = 0;       // aligned
  std::uint64_t spf = 0;        // aligned
  std::uint64_t forwarded = 0;  // failed, and the receiver says: forwarded
  std::uint64_t stopped = 0;    // failed: quarantined or rejected

  std::uint64_t failed() const { return mails - passed; }
};

/// What is to be done about a group.
enum class next_step : std::uint8_t {
  none,         // all of it passes
  sign,         // a known service that does not sign as the domain
  return_path,  // the domain's SPF covers it, but its return path is another
  some_fail,    // most passes: look which do not
  forwards,     // forwarded: DKIM alone survives that
  yours_or_forged,  // nothing tells that it is yours
};
/// "yours-or-forged"
std::string_view to_string(next_step s);

struct sender_group {
  std::string name;         // "Google", "example.net", "192.0.2.0/24", or ""
  bool is_service = false;  // one of the table
  next_step step = next_step::none;
  std::uint64_t mails = 0, passed = 0, dkim = 0, spf = 0, forwarded = 0,
                stopped = 0;
  std::int64_t first = 0, last = 0;
  std::vector<source> sources;  // the most mails first

  std::uint64_t failed() const { return mails - passed; }
};

/// The group that a source of mails of `domain` belongs to: its name, and
/// whether that is a service of the table.
struct group_name {
  std::string name;
  bool is_service = false;
};
group_name group_of(const source& s, std::string_view domain);

/// The most mails first.
std::vector<sender_group> group(std::vector<source> all,
                                std::string_view domain);

/// The well-known service that a reverse name, a signer or a return path
/// belongs to; "" none.
std::string_view service_of(std::string_view name);

}  // namespace mekiki::reports
