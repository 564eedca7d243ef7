#include "auth/dmarc/errc.hpp"

#include "auth/errc_table.hpp"

namespace mekiki::dmarc {
namespace {

using auth::result;

constexpr auth::errc_table<errc, errc_count> table{{
    {errc::aligned, "aligned", result::pass,
     "a domain that passed is aligned with the author's"},
    {errc::unaligned, "unaligned", result::fail,
     "no domain that passed DKIM or SPF belongs to the author's domain"},

    {errc::no_author, "no_author", result::none,
     "the mail names no author with a domain"},
    {errc::several_authors, "several_authors", result::none,
     "the mail names authors of several domains"},
    {errc::author_domain, "author_domain", result::none,
     "the author's domain is not a domain name"},

    {errc::no_record, "no_record", result::none,
     "the author's domain publishes no DMARC policy"},
    {errc::several_records, "several_records", result::none,
     "the author's domain publishes several DMARC records"},
    {errc::no_policy, "no_policy", result::none,
     "the DMARC record of the author's domain states no valid policy"},

    {errc::spf_left_out, "spf_left_out", result::none,
     "no DKIM signature proves the author's domain, and SPF could not be "
     "checked"},
    {errc::check_unavailable, "check_unavailable", result::temperror,
     "a check that might prove the author's domain could not be finished for "
     "now"},
    {errc::dns_unavailable, "dns_unavailable", result::temperror,
     "the DNS gave no answer for now"},
    {errc::dns_bogus, "dns_bogus", result::temperror,
     "an answer of the DNS was not genuine (DNSSEC)"},
    {errc::record_syntax, "record_syntax", result::permerror,
     "the DMARC record of the author's domain is not readable"},
}};

static_assert(auth::in_order(table));

}  // namespace

std::string_view to_string(errc e) { return auth::row_of(table, e).name; }
auth::result to_result(errc e) { return auth::row_of(table, e).status; }
std::string_view describe(errc e) { return auth::row_of(table, e).sentence; }

}  // namespace mekiki::dmarc
