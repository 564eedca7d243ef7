// What is wrong with the records that a domain publishes, as data: the words
// are in notify/words/findings.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/resolver.hpp"

namespace mekiki::records {

/// How bad a finding is; a domain's grade is that of its worst one.
enum class level : std::uint8_t {
  info,  // worth knowing; nothing fails for it
  warn,  // weaker than it should be, or fails at some receivers
  bad,   // does not do what it is there for
};
std::string_view to_string(level l);

enum class finding_id : std::uint8_t {
  // The domain.
  domain_missing,
  dns_no_answer,
  dnssec_bogus,

  // MX.
  mx_missing,
  mx_null_mixed,
  mx_host_address,
  mx_host_missing,
  mx_host_alias,
  mx_host_private,
  mx_reverse_missing,
  mx_reverse_mismatch,

  // SPF.
  spf_missing,
  spf_version,
  spf_several,
  spf_syntax,
  spf_too_many_lookups,
  spf_too_many_voids,
  spf_void_lookup,
  spf_too_many_mx,
  spf_include_missing,
  spf_include_broken,
  spf_include_twice,
  spf_redirect_missing,
  spf_redirect_ignored,
  spf_loop,
  spf_allows_all,
  spf_neutral_all,
  spf_after_all,
  spf_ptr,
  spf_too_long,
  spf_wide_network,
  spf_private_network,
  spf_overlap,

  // DKIM.
  dkim_key_missing,
  dkim_several,
  dkim_key_broken,
  dkim_key_type,
  dkim_key_revoked,
  dkim_key_too_short,
  dkim_key_short,
  dkim_key_long,
  dkim_key_testing,
  dkim_sha1_only,
  dkim_not_for_mail,
  dkim_ed25519_only,
  dkim_key_old,

  // DMARC.
  dmarc_missing,
  dmarc_version,
  dmarc_misplaced,
  dmarc_several,
  dmarc_other_text,
  dmarc_policy_invalid,
  dmarc_not_a_tag,
  dmarc_tag_twice,
  dmarc_p_not_second,
  dmarc_unknown_tag,
  dmarc_removed_tag,
  dmarc_sampling,
  dmarc_value_invalid,
  dmarc_policy_none,
  dmarc_subdomains_open,
  dmarc_testing,
  dmarc_public_suffix,
  dmarc_rfcs_differ,
  dmarc_no_reports,
  dmarc_report_uri,
  dmarc_report_scheme,
  dmarc_report_size,
  dmarc_report_many,
  dmarc_report_not_allowed,
  dmarc_report_unreachable,

  // What is for information, where it is published and wrong.
  mta_sts_broken,
  tls_rpt_broken,
  bimi_broken,
  bimi_not_enforced,
};

constexpr std::size_t finding_count =
    static_cast<std::size_t>(finding_id::bimi_not_enforced) + 1;

/// The name for programs: "spf-too-many-lookups".
std::string_view to_string(finding_id id);
level level_of(finding_id id);

/// A line of a zone, to be published. `data` as in the zone file, but for TXT
/// without quotation marks.
struct zone_line {
  std::string name;
  dns::record_type type = dns::record_type::txt;
  std::string data;
};

struct finding {
  finding_id id = finding_id::domain_missing;
  /// The name and type it is about: "_dmarc.example.jp TXT".
  std::string record;
  /// What the words name, in their order; visible ASCII.
  std::vector<std::string> facts;
  /// What to publish instead; empty where that cannot be known.
  std::vector<zone_line> publish;
};

/// So many findings of one id are listed for one record: there may be
/// thousands.
constexpr std::size_t most_of_a_kind = 10;
/// Whether there are so many already.
bool is_told_enough(finding_id id, std::span<const finding> findings);

/// "ok", or the level of the worst: "warn", "bad". Information does not count.
std::string_view grade(std::span<const finding> findings);

/// What strangers wrote, as visible ASCII and spaces.
std::string visible(std::string_view text);
/// The same, of at most 120 octets.
std::string shown(std::string_view text);

/// "example.jp TXT"
std::string record_name(std::string_view name, dns::record_type type);

}  // namespace mekiki::records
