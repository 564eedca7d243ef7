// All that a domain publishes for its mail, looked at once, and what is wrong
// with it: for the domain's owner.
#pragma once

#include <chrono>
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
/// and what came of the domain's mails show whether it holds
/// (support.google.com/a/answer/81126).
enum class sender_rule : std::uint8_t {
  spf_or_dkim,            // all senders
  reverse_names,          // all senders: the hosts that the MX records name
  tls,                    // all senders: never known here
  spam_rate,              // all senders: never known here
  spf_and_dkim,           // who sends 5,000 mails a day
  dmarc_published,        // likewise
  aligned,                // likewise: From is proven by SPF or DKIM
  one_click_unsubscribe,  // likewise, RFC 8058: never known here
};
std::string_view to_string(sender_rule r);
constexpr bool is_for_bulk(sender_rule r) {
  return r >= sender_rule::spf_and_dkim;
}

struct rule_result {
  sender_rule rule = sender_rule::spf_or_dkim;
  std::optional<bool> holds;  // none: not known
};

/// The domain's mails that came to our mailboxes of late.
struct arrived_mails {
  std::uint64_t proven = 0;    // as the domain's own, by aligned SPF or DKIM
  std::uint64_t unproven = 0;  // the domain's own or not
};
/// So many have to be proven, and none unproven, for `sender_rule::aligned` to
/// be called kept.
constexpr std::uint64_t least_arrived = 10;

struct domain_report {
  std::string domain;
  bool exists = true;
  mx_facts mx;
  spf_tree spf;
  std::vector<dkim_key> dkim;  // of the selectors that were given
  dmarc_facts dmarc;
  other_records others;
  std::optional<arrived_mails> arrived;  // none: nobody counted
  std::vector<rule_result> google;
  /// By record: the domain, MX, SPF, DKIM, DMARC, the others. Each is told
  /// once.
  std::vector<finding> findings;
};

/// The domain is kept and has no mail: nobody may send, nobody receives, and
/// who tries is refused.
bool is_parked(const domain_report& report);

/// What is known of the domain beside its records.
struct known_facts {
  known_keys keys;
  std::optional<arrived_mails> arrived;
  /// Where its owner reads reports; "": dmarc-reports@ the domain is proposed.
  std::string report_address;
};

/// What `check_domain` may ask of a resolver, for all of a domain's records
/// together.
constexpr std::size_t most_check_questions = 1500;
constexpr std::chrono::seconds most_check_time{60};

/// `domain` is normalized. The questions are at most about 1,500, far fewer for
/// any honest domain; the caller limits their number and time with a
/// dns::limited_resolver.
boost::asio::awaitable<domain_report> check_domain(std::string domain,
                                                   known_facts known,
                                                   dns::resolver& resolver);

}  // namespace mekiki::records
