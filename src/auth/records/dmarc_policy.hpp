// The DMARC record that holds for a domain, by both RFCs, and what each says of
// the domain and its sub-domains (RFC 9989, RFC 7489, RFC 9990 4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dmarc/discover.hpp"
#include "auth/dmarc/record.hpp"
#include "auth/records/finding.hpp"
#include "dns/resolver.hpp"

namespace mekiki::records {

/// Where reports are to go: one URI of rua= or ruf=.
struct report_address {
  std::string tag;   // "rua", "ruf"
  std::string uri;   // as written
  std::string host;  // of a mailto; empty: it is none, or not readable
  bool is_uri = false;
  bool has_size = false;          // "!10m", of RFC 7489
  bool external = false;          // of another organization: it has to agree
  std::optional<bool> agreed;     // none: not external, or not known
  std::optional<bool> reachable;  // whether mail can get there
};

struct dmarc_facts {
  std::string domain;
  dns::status status = dns::status::success;  // of the question at the domain
  std::vector<std::string> texts;             // at _dmarc
  std::vector<std::string> misplaced;         // records at the domain itself
  dmarc::discovery found;                     // RFC 9989
  dmarc::discovery older;                     // RFC 7489
  /// What the owner asks for, should a mail of the domain fail; none: no
  /// record applies. By RFC 9989; `older_policy` by RFC 7489.
  std::optional<dmarc::policy> policy;
  std::optional<dmarc::policy> subdomains;   // those that exist
  std::optional<dmarc::policy> nonexistent;  // those that do not
  std::optional<dmarc::policy> older_policy;
  std::vector<report_address> reports;  // the first 10 of each tag
  std::string report_address;           // known_facts::report_address

  /// The record that applies, or nothing.
  const dmarc::record* record() const {
    return found.found ? &*found.found : nullptr;
  }
};

/// `domain` is normalized. Bounds: the questions of dmarc::discover, twice, and
/// at most 12 for each address.
boost::asio::awaitable<dmarc_facts> read_dmarc(std::string domain,
                                               dns::resolver& resolver);

std::vector<finding> judge_dmarc(const dmarc_facts& dmarc);

}  // namespace mekiki::records
