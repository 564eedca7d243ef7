// The SPF record of a domain with all that it includes, and what its
// evaluation costs at most: for the domain's owner, where check_host() answers
// for one client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/records/finding.hpp"
#include "auth/spf/errc.hpp"
#include "auth/spf/record.hpp"
#include "base/ip_address.hpp"
#include "dns/resolver.hpp"

namespace mekiki::records {

struct spf_record;

/// One mechanism, or redirect=.
struct spf_term {
  enum class state : std::uint8_t {
    plain,      // nothing to say
    ignored,    // stands after "all", or is a redirect= beside one
    per_mail,   // its name is made of the mail by a macro
    empty,      // what it asks for does not exist: a void lookup
    crowded,    // an mx with more than 10 hosts
    silent,     // the DNS gave no answer
    loop,       // it leads back to a record above it
    uncounted,  // beyond `max_asked`: not looked at
  };
  std::string text;  // as written
  spf::mechanism kind = spf::mechanism::all;
  bool is_redirect = false;
  state what = state::plain;
  std::uint8_t prefix4 = 32;   // of a and mx
  std::uint8_t prefix6 = 128;  // likewise
  std::string target;          // the name it asks for; may be empty
  std::size_t lookups = 0;     // its own and those of what is below
  std::size_t voids = 0;       // likewise
  /// Of ip4 and ip6, and what a and mx were found to be.
  std::vector<ip_network> networks;
  std::unique_ptr<spf_record> below;  // of include and redirect=
};

/// What one name publishes.
struct spf_record {
  std::string domain;
  /// `allowed`: it was read. Else why not.
  spf::errc code = spf::errc::no_record;
  std::string text;                // as published; empty without a record
  std::string wrong_term;          // where it does not follow the grammar
  std::vector<std::string> texts;  // of several_records and no_record: what is
                                   // there
  std::vector<spf_term> terms;
  std::size_t left_out = 0;  // terms behind these, which trim() has dropped
};

struct spf_tree {
  spf_record root;
  std::size_t lookups = 0;  // if every term is evaluated (RFC 7208 4.6.4)
  std::size_t voids = 0;
  bool complete = true;  // false: the numbers are too small
};

/// Terms that ask the DNS beyond this number are counted, but not followed.
constexpr std::size_t max_asked = 50;

/// Reads the tree. Terms that no evaluation comes to do not count. A name
/// counts as void if it has neither A nor AAAA. Bounds: `max_asked` terms, each
/// with at most 21 questions; records longer than spf::max_record_octets are
/// not read. `domain` is normalized.
boost::asio::awaitable<spf_tree> read_spf_tree(std::string domain,
                                               dns::resolver& resolver);

/// Leaves the first `most` terms of each record: whoever keeps trees does not
/// keep the tens of thousands that strangers may publish.
void trim(spf_record& record, std::size_t most);

/// What is wrong with the tree. `receives`: the domain has hosts that take its
/// mail, so that it is likely to send some.
std::vector<finding> judge_spf(const spf_tree& tree, bool receives);

}  // namespace mekiki::records
