// The records that a domain should publish: the other way round of the check.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dmarc/record.hpp"
#include "auth/records/finding.hpp"
#include "auth/records/spf_tree.hpp"
#include "base/expected.hpp"
#include "base/ip_address.hpp"

namespace mekiki::records {

/// A service that sends for others, by the name of the SPF record that it wants
/// included.
struct sending_service {
  std::string_view name;  // "google"
  std::string_view record;
};
std::span<const sending_service> sending_services();

/// The SPF term for one who sends: "mx", "a", an address or network, a service
/// of the list, the name of a host, or a term such as include:NAME as it is.
/// The reason of a failure is a phrase for people.
expected<std::string, std::string> sender_term(std::string_view sender);

struct make_request {
  std::string domain;              // normalized
  std::vector<std::string> terms;  // SPF terms of those who send
  std::string selector;            // empty: no key
  std::string key_record;          // of it
  std::string report_address;      // user@domain; empty: no reports
  dmarc::policy policy = dmarc::policy::none;
};

/// SPF, DKIM and DMARC, in this order; a last one for another domain, if that
/// has to agree to get the reports.
std::vector<zone_line> make_records(const make_request& of);

/// For a domain that has no mail: nobody sends, nobody receives, every key is
/// revoked (RFC 6376 3.6.1, an empty p=), and who tries is refused. Of the
/// request domain and report_address count.
std::vector<zone_line> make_parked_records(const make_request& of);

/// A domain's SPF record with the addresses in place of the names.
struct flat_spf {
  std::vector<ip_network> networks;
  std::vector<std::string> kept;  // terms that cannot be resolved once for all
};
/// Nothing if the tree has an error, or a term that takes addresses out again.
std::optional<flat_spf> flatten(const spf_tree& tree);

/// The lines of a flat record: if it is longer than fits into one answer, in
/// parts named _spf1, _spf2, ...
std::vector<zone_line> flat_lines(const std::string& domain,
                                  const flat_spf& flat);

}  // namespace mekiki::records
