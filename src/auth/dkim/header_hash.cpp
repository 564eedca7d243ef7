#include "auth/dkim/header_hash.hpp"

#include <string>

#include "auth/dkim/canonical.hpp"

namespace mekiki::dkim {

crypto::digest hash_header(const signature& claims,
                           const message::field_view& field,
                           const field_index& fields) {
  std::string octets;
  octets.reserve(4096);
  for (const message::field_view* f : fields.select(claims.fields)) {
    append_canonical(claims.header, *f, octets);
  }
  append_canonical_signature(claims.header, field, claims.b_offset,
                             claims.b_size, octets);
  return crypto::hash(claims.hash, octets);
}

}  // namespace mekiki::dkim
