// The hash of the header that b= signs (RFC 6376 3.7).
#pragma once

#include "auth/dkim/field_index.hpp"
#include "auth/dkim/signature.hpp"
#include "crypto/digest.hpp"
#include "message/header.hpp"

namespace mekiki::dkim {

/// Over the fields of `fields` that h= names, in its order, then over `field`,
/// which is the one that `claims` was read from, without the value of its b=.
crypto::digest hash_header(const signature& claims,
                           const message::field_view& field,
                           const field_index& fields);

}  // namespace mekiki::dkim
