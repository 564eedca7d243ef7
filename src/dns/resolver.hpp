// The questions that checks ask of the DNS, and what they get back.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/ip_address.hpp"

namespace mekiki::dns {

enum class record_type : std::uint16_t {
  a = 1,
  cname = 5,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
};
/// "A", "TXT", ...
std::string_view to_string(record_type type);

/// A question. `name` is in lower case, A-labels, no final dot (see
/// `normalize` in dns/name.hpp).
struct question {
  std::string name;
  record_type type = record_type::txt;

  auto operator<=>(const question&) const = default;
};

enum class status : std::uint8_t {
  success,   // at least one record of the type
  no_data,   // the name exists, but has no record of the type
  nxdomain,  // the name does not exist
  timeout,   // no answer before the deadline
  servfail,  // the servers failed, or refused
  bogus,     // DNSSEC validation failed: the data is not handed out
  malformed  // a name that cannot be asked (label or name too long, ...)
};

/// True for the outcomes that may be different on another try.
constexpr bool is_temporary(status s) {
  return s == status::timeout || s == status::servfail || s == status::bogus;
}

/// "no answer in time", "no such name", ... for people.
std::string_view describe(status s);

struct mail_exchange {
  std::uint16_t preference = 0;
  std::string host;  // lower case, no final dot
};

/// What the DNS said. Only the list of the asked type is filled, CNAMEs
/// followed. Answers are shared and never change.
struct answer {
  dns::status status = dns::status::servfail;
  bool authentic = false;  // DNSSEC validated
  std::chrono::seconds ttl{0};
  std::string detail;  // why a lookup failed, where the resolver says so

  std::vector<std::string> texts;  // TXT: character-strings of a record joined
  std::vector<std::string> names;  // PTR, CNAME
  std::vector<ip_address> addresses;     // A, AAAA
  std::vector<mail_exchange> exchanges;  // MX
};

using answer_ptr = std::shared_ptr<const answer>;

/// How this machine completes the names of hosts that people type
/// (resolv.conf(5)).
struct search_list {
  std::vector<std::string> domains;  // normalized
  /// A name with as many dots or more is complete.
  std::size_t ndots = 1;
};

/// Answers questions within its own deadline. Network failures are a `status`,
/// never an exception. For one thread only.
class resolver {
 public:
  virtual ~resolver() = default;

  /// Starts a lookup for a later `resolve`, which then waits only for the rest
  /// of it. Returns no answer itself.
  virtual void prefetch(const question& q) = 0;

  virtual boost::asio::awaitable<answer_ptr> resolve(question q) = 0;

  /// For hosts that people name (net::connect). Names in mails are complete:
  /// `resolve` never looks at it.
  virtual search_list search() const { return {}; }
};

}  // namespace mekiki::dns
