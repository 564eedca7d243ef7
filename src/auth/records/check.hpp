// All that a domain publishes for its mail, looked at once, and what is wrong
// with it: for the domain's owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/records/dkim_keys.hpp"
#include "auth/records/dmarc_policy.hpp"
#include "auth/records/finding.hpp"
#include "auth/records/mx_hosts.hpp"
#include "auth/records/other_records.hpp"
#include "auth/records/spf_tree.hpp"
#include "dns/resolver.hpp"

namespace mekiki::records {

/// A rule of Google's for those who send to its mailboxes, as far as records
/// show whether it holds (support.google.com/a/answer/81126).
enum class sender_rule : std::uint8_t {
  spf_or_dkim,      // all senders
  reverse_names,    // all senders: the hosts that the MX records name
  spf_and_dkim,     // who sends 5,000 mails a day
  dmarc_published,  // likewise
};
std::string_view to_string(sender_rule r);
constexpr bool is_for_bulk(sender_rule r) {
  return r == sender_rule::spf_and_dkim || r == sender_rule::dmarc_published;
}

struct rule_result {
  sender_rule rule = sender_rule::spf_or_dkim;
  std::optional<bool> holds;  // none: records alone do not say
};

struct domain_report {
  std::string domain;
  bool exists = true;
  mx_facts mx;
  spf_tree spf;
  std::vector<dkim_key> dkim;  // of the selectors that were given
  dmarc_facts dmarc;
  other_records others;
  std::vector<rule_result> google;
  /// By record: the domain, MX, SPF, DKIM, DMARC, the others. Each is told
  /// once.
  std::vector<finding> findings;
};

/// `domain` is normalized. The questions are at most about 1,500, far fewer for
/// any honest domain; the caller limits their number and time with a
/// dns::limited_resolver.
boost::asio::awaitable<domain_report> check_domain(
    std::string domain, std::vector<std::string> selectors,
    dns::resolver& resolver);

}  // namespace mekiki::records
