#include "auth/dkim/errc.hpp"

#include "auth/errc_table.hpp"

namespace mekiki::dkim {
namespace {

using auth::result;

constexpr auth::errc_table<errc, errc_count> table{{
    {errc::ok, "ok", result::pass, "the signature is good"},

    {errc::syntax, "syntax", result::neutral,
     "the signature field is not a list of tags"},
    {errc::duplicate_tag, "duplicate_tag", result::neutral,
     "the signature field has a tag twice"},
    {errc::missing_tag, "missing_tag", result::neutral,
     "the signature field lacks a required tag"},
    {errc::version, "version", result::neutral,
     "the signature is of an unknown version (v=)"},
    {errc::algorithm, "algorithm", result::neutral,
     "the signature uses an unknown algorithm (a=)"},
    {errc::encoding, "encoding", result::neutral,
     "the signature or body hash is not readable (b=, bh=)"},
    {errc::canonicalization, "canonicalization", result::neutral,
     "the signature uses an unknown canonicalization (c=)"},
    {errc::domain, "domain", result::neutral,
     "the signing domain is not a domain name (d=)"},
    {errc::header_list, "header_list", result::neutral,
     "the list of signed fields is not readable, or too long (h=)"},
    {errc::from_not_signed, "from_not_signed", result::permerror,
     "the From field is not signed"},
    {errc::identity, "identity", result::neutral,
     "the identity of the signer is not readable (i=)"},
    {errc::identity_outside, "identity_outside", result::permerror,
     "the identity of the signer is outside of the signing domain (i=, d=)"},
    {errc::length, "length", result::neutral,
     "the signed length is not a number (l=)"},
    {errc::query_method, "query_method", result::neutral,
     "the key is kept where it cannot be asked for (q=)"},
    {errc::selector, "selector", result::neutral,
     "the selector is not readable (s=)"},
    {errc::timestamp, "timestamp", result::neutral,
     "the times of signing and expiry make no sense (t=, x=)"},

    {errc::malformed_mail, "malformed_mail", result::neutral,
     "the mail has no From field with an address"},
    {errc::malformed_header, "malformed_header", result::neutral,
     "the header holds a line that is no field, where clients may end it"},
    {errc::too_many, "too_many", result::policy,
     "the mail has more signatures than are looked at"},
    {errc::weak_algorithm, "weak_algorithm", result::policy,
     "the signature uses SHA-1, which is no longer accepted"},
    {errc::weak_key, "weak_key", result::policy,
     "the key is too short to be accepted"},
    {errc::in_future, "in_future", result::neutral,
     "the signature says it was made in the future"},
    {errc::expired, "expired", result::neutral,
     "the signature had expired when the mail was received"},

    {errc::no_key, "no_key", result::permerror,
     "the signer publishes no key under this selector"},
    {errc::key_name, "key_name", result::permerror,
     "the name of the key is too long for the DNS"},
    {errc::key_unavailable, "key_unavailable", result::temperror,
     "the key could not be fetched for now"},
    {errc::key_bogus, "key_bogus", result::temperror,
     "the answer with the key was not genuine (DNSSEC)"},
    {errc::key_syntax, "key_syntax", result::permerror,
     "the key record is not readable"},
    {errc::key_version, "key_version", result::permerror,
     "the key record is of an unknown version"},
    {errc::key_version_place, "key_version_place", result::permerror,
     "the key record has its version where it may not stand (v=)"},
    {errc::key_revoked, "key_revoked", result::permerror,
     "the signer has revoked the key"},
    {errc::key_type_unknown, "key_type_unknown", result::permerror,
     "the key is of an unknown type"},
    {errc::key_unusable, "key_unusable", result::permerror,
     "the key record holds no usable key"},
    {errc::key_type_mismatch, "key_type_mismatch", result::permerror,
     "the key is of another type than the signature"},
    {errc::key_hash, "key_hash", result::permerror,
     "the key record does not allow the hash of the signature"},
    {errc::key_service, "key_service", result::permerror,
     "the key record does not allow the key to be used for mail"},
    {errc::key_identity, "key_identity", result::permerror,
     "the key record does not allow an identity in a subdomain"},

    {errc::body_too_short, "body_too_short", result::neutral,
     "the body is shorter than the part that was signed"},
    {errc::body_hash, "body_hash", result::fail,
     "the body was changed after it was signed"},
    {errc::signature, "signature", result::fail,
     "a signed header field was changed, or the signature is not by this key"},
}};

static_assert(auth::in_order(table));

}  // namespace

std::string_view to_string(errc e) { return auth::row_of(table, e).name; }
auth::result to_result(errc e) { return auth::row_of(table, e).status; }
std::string_view describe(errc e) { return auth::row_of(table, e).sentence; }

}  // namespace mekiki::dkim
