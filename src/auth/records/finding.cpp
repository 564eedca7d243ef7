#include "auth/records/finding.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace mekiki::records {
namespace {

struct row {
  finding_id id;
  std::string_view name;
  level how_bad;
};

using enum finding_id;
constexpr auto info = level::info;
constexpr auto warn = level::warn;
constexpr auto bad = level::bad;

constexpr std::array<row, finding_count> table{{
    {domain_missing, "domain-missing", bad},
    {dns_no_answer, "dns-no-answer", bad},
    {dnssec_bogus, "dnssec-bogus", bad},

    {mx_missing, "mx-missing", info},
    {mx_null_mixed, "mx-null-mixed", bad},
    {mx_host_address, "mx-host-address", bad},
    {mx_host_missing, "mx-host-missing", bad},
    {mx_host_alias, "mx-host-alias", warn},
    {mx_host_private, "mx-host-private", bad},
    {mx_reverse_missing, "mx-reverse-missing", warn},
    {mx_reverse_mismatch, "mx-reverse-mismatch", warn},

    {spf_missing, "spf-missing", bad},
    {spf_version, "spf-version", bad},
    {spf_several, "spf-several", bad},
    {spf_syntax, "spf-syntax", bad},
    {spf_too_many_lookups, "spf-too-many-lookups", bad},
    {spf_too_many_voids, "spf-too-many-voids", bad},
    {spf_void_lookup, "spf-void-lookup", warn},
    {spf_too_many_mx, "spf-too-many-mx", bad},
    {spf_include_missing, "spf-include-missing", bad},
    {spf_include_broken, "spf-include-broken", bad},
    {spf_include_twice, "spf-include-twice", info},
    {spf_redirect_missing, "spf-redirect-missing", bad},
    {spf_redirect_ignored, "spf-redirect-ignored", warn},
    {spf_loop, "spf-loop", bad},
    {spf_allows_all, "spf-allows-all", bad},
    {spf_neutral_all, "spf-neutral-all", warn},
    {spf_after_all, "spf-after-all", warn},
    {spf_ptr, "spf-ptr", warn},
    {spf_too_long, "spf-too-long", warn},
    {spf_wide_network, "spf-wide-network", warn},
    {spf_private_network, "spf-private-network", warn},
    {spf_overlap, "spf-overlap", info},

    {dkim_key_missing, "dkim-key-missing", bad},
    {dkim_several, "dkim-several", bad},
    {dkim_key_broken, "dkim-key-broken", bad},
    {dkim_key_type, "dkim-key-type", bad},
    {dkim_key_revoked, "dkim-key-revoked", warn},
    {dkim_key_too_short, "dkim-key-too-short", bad},
    {dkim_key_short, "dkim-key-short", warn},
    {dkim_key_long, "dkim-key-long", warn},
    {dkim_key_testing, "dkim-key-testing", warn},
    {dkim_sha1_only, "dkim-sha1-only", bad},
    {dkim_not_for_mail, "dkim-not-for-mail", bad},
    {dkim_ed25519_only, "dkim-ed25519-only", warn},
    {dkim_key_old, "dkim-key-old", info},

    {dmarc_missing, "dmarc-missing", bad},
    {dmarc_version, "dmarc-version", bad},
    {dmarc_misplaced, "dmarc-misplaced", warn},
    {dmarc_several, "dmarc-several", bad},
    {dmarc_other_text, "dmarc-other-text", info},
    {dmarc_policy_invalid, "dmarc-policy-invalid", bad},
    {dmarc_not_a_tag, "dmarc-not-a-tag", bad},
    {dmarc_tag_twice, "dmarc-tag-twice", bad},
    {dmarc_p_not_second, "dmarc-p-not-second", warn},
    {dmarc_unknown_tag, "dmarc-unknown-tag", warn},
    {dmarc_removed_tag, "dmarc-removed-tag", info},
    {dmarc_sampling, "dmarc-sampling", warn},
    {dmarc_value_invalid, "dmarc-value-invalid", warn},
    {dmarc_policy_none, "dmarc-policy-none", warn},
    {dmarc_subdomains_open, "dmarc-subdomains-open", warn},
    {dmarc_testing, "dmarc-testing", warn},
    {dmarc_public_suffix, "dmarc-public-suffix", warn},
    {dmarc_rfcs_differ, "dmarc-rfcs-differ", warn},
    {dmarc_no_reports, "dmarc-no-reports", warn},
    {dmarc_report_uri, "dmarc-report-uri", warn},
    {dmarc_report_scheme, "dmarc-report-scheme", info},
    {dmarc_report_size, "dmarc-report-size", info},
    {dmarc_report_many, "dmarc-report-many", info},
    {dmarc_report_not_allowed, "dmarc-report-not-allowed", warn},
    {dmarc_report_unreachable, "dmarc-report-unreachable", warn},

    {mta_sts_broken, "mta-sts-broken", warn},
    {tls_rpt_broken, "tls-rpt-broken", warn},
    {bimi_broken, "bimi-broken", warn},
    {bimi_not_enforced, "bimi-not-enforced", info},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].id != static_cast<finding_id>(i))
      return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::string_view to_string(level l) {
  switch (l) {
    case level::info:
      break;
    case level::warn:
      return "warn";
    case level::bad:
      return "bad";
  }
  return "info";
}

std::string_view to_string(finding_id id) {
  return table.at(static_cast<std::size_t>(id)).name;
}

level level_of(finding_id id) {
  return table.at(static_cast<std::size_t>(id)).how_bad;
}

bool is_told_enough(finding_id id, std::span<const finding> findings) {
  std::size_t n = 0;
  for (const finding& f : findings) n += f.id == id ? 1 : 0;
  return n >= most_of_a_kind;
}

std::string_view grade(std::span<const finding> findings) {
  level worst = level::info;
  for (const finding& f : findings) worst = std::max(worst, level_of(f.id));
  return worst == level::info ? "ok" : to_string(worst);
}

std::string visible(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_space = ascii::is_wsp(c);
    out += is_space ? ' ' : ascii::is_graph(c) ? c : '?';
  }
  return out;
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 120;
  return visible(text.substr(0, most)) + (text.size() > most ? "..." : "");
}

std::string record_name(std::string_view name, dns::record_type type) {
  std::string out = shown(name);
  out += ' ';
  out += dns::to_string(type);
  return out;
}

}  // namespace mekiki::records
