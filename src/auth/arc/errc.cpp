#include "auth/arc/errc.hpp"

#include "auth/errc_table.hpp"

namespace mekiki::arc {
namespace {

using auth::result;

constexpr auth::errc_table<errc, errc_count> table{{
    {errc::ok, "ok", result::pass, "the ARC chain is unbroken"},
    {errc::no_chain, "no_chain", result::none, "the mail has no ARC chain"},

    {errc::broken_before, "broken_before", result::fail,
     "the newest seal says that the ARC chain was broken before"},
    {errc::too_many_sets, "too_many_sets", result::fail,
     "the ARC chain has more than 50 sets"},
    {errc::too_large, "too_large", result::fail,
     "the ARC fields are longer than is looked at"},
    {errc::syntax, "syntax", result::fail,
     "an ARC field is not a list of tags"},
    {errc::instance, "instance", result::fail,
     "an ARC field has no instance number (i=)"},
    {errc::duplicate_instance, "duplicate_instance", result::fail,
     "an instance of the ARC chain has a field twice"},
    {errc::incomplete, "incomplete", result::fail,
     "an instance of the ARC chain is missing or incomplete"},
    {errc::chain_status, "chain_status", result::fail,
     "a seal has a chain status that cannot be at its place (cv=)"},
    {errc::seal_header_list, "seal_header_list", result::fail,
     "a seal has a list of signed fields (h=)"},
    {errc::too_many_keys, "too_many_keys", result::fail,
     "the ARC chain needs more keys than are asked for"},

    {errc::message_signature, "message_signature", result::fail,
     "the newest signature of the ARC chain does not verify"},
    {errc::seal, "seal", result::fail,
     "a seal of the ARC chain does not verify"},
    {errc::key_unavailable, "key_unavailable", result::temperror,
     "a key of the ARC chain could not be fetched for now"},
}};

static_assert(auth::in_order(table));

}  // namespace

std::string_view to_string(errc e) { return auth::row_of(table, e).name; }
auth::result to_result(errc e) { return auth::row_of(table, e).status; }
std::string_view describe(errc e) { return auth::row_of(table, e).sentence; }

}  // namespace mekiki::arc
