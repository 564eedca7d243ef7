#include "auth/spf/errc.hpp"

#include "auth/errc_table.hpp"

namespace mekiki::spf {
namespace {

using auth::result;

constexpr auth::errc_table<errc, errc_count> table{{
    {errc::allowed, "allowed", result::pass,
     "the domain allows this address to send its mail"},
    {errc::refused, "refused", result::fail,
     "the domain refuses mail of this address"},
    {errc::doubted, "doubted", result::softfail,
     "the domain doubts mail of this address"},
    {errc::unstated, "unstated", result::neutral,
     "the domain does not say whether the address may send its mail"},
    {errc::unmatched, "unmatched", result::neutral,
     "nothing in the domain's record concerns the address"},

    {errc::no_domain, "no_domain", result::none,
     "the sender has no domain that could be asked"},
    {errc::no_such_domain, "no_such_domain", result::none,
     "the domain does not exist"},
    {errc::no_record, "no_record", result::none,
     "the domain publishes no record"},

    {errc::dns_unavailable, "dns_unavailable", result::temperror,
     "the DNS gave no answer for now"},
    {errc::dns_bogus, "dns_bogus", result::temperror,
     "an answer of the DNS was not genuine (DNSSEC)"},

    {errc::several_records, "several_records", result::permerror,
     "the domain publishes more than one record"},
    {errc::record_size, "record_size", result::permerror,
     "the record is too long to be read"},
    {errc::octet, "octet", result::permerror,
     "the record holds something other than visible ASCII"},
    {errc::mechanism, "mechanism", result::permerror,
     "the record has an unknown mechanism"},
    {errc::argument, "argument", result::permerror,
     "a mechanism of the record has an argument too many or too few"},
    {errc::domain_spec, "domain_spec", result::permerror,
     "the record holds something that is no domain name"},
    {errc::address, "address", result::permerror,
     "the record holds something that is no address"},
    {errc::prefix_length, "prefix_length", result::permerror,
     "the record holds a prefix length that is none"},
    {errc::modifier, "modifier", result::permerror,
     "a modifier of the record is not readable"},
    {errc::duplicate_modifier, "duplicate_modifier", result::permerror,
     "the record has a modifier twice"},

    {errc::too_many_terms, "too_many_terms", result::permerror,
     "the record asks for more than 10 lookups"},
    {errc::too_many_voids, "too_many_voids", result::permerror,
     "the record needs more than 2 lookups that find nothing"},
    {errc::too_many_exchanges, "too_many_exchanges", result::permerror,
     "the record points to a domain with more than 10 mail exchangers"},

    {errc::include_target, "include_target", result::permerror,
     "the record includes a domain without a record"},
    {errc::redirect_target, "redirect_target", result::permerror,
     "the record redirects to a domain without a record"},
}};

static_assert(auth::in_order(table));

}  // namespace

std::string_view to_string(errc e) { return auth::row_of(table, e).name; }
auth::result to_result(errc e) { return auth::row_of(table, e).status; }
std::string_view describe(errc e) { return auth::row_of(table, e).sentence; }

}  // namespace mekiki::spf
