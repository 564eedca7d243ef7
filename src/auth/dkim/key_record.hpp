// Key records (RFC 6376 3.6.1).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "auth/dkim/tag_list.hpp"
#include "base/expected.hpp"
#include "crypto/public_key.hpp"

namespace mekiki::dkim {

struct key_record {
  crypto::key_type type = crypto::key_type::rsa;  // k=
  std::string key;           // p=, decoded; empty: the key is revoked
  bool sha1 = true;          // h= allows it
  bool sha256 = true;        // h= allows it
  bool email = true;         // s= allows mail
  bool testing = false;      // t=y
  bool same_domain = false;  // t=s: the domain of i= must be d= itself

  bool is_revoked() const { return key.empty(); }
  bool allows(crypto::hash_algorithm a) const {
    return a == crypto::hash_algorithm::sha1 ? sha1 : sha256;
  }
};

/// Longer texts are not read; the longest key that can be used takes 3 KB.
constexpr std::size_t max_key_record_octets = 8 << 10;

/// Reads the text of a TXT record. Errors: `key_version` where v= is not
/// DKIM1, `key_version_place` where it is not first; `key_type_unknown`;
/// `key_unusable` where p= is not base64; `key_syntax` for everything else, so
/// that texts of other protocols can be told from keys. Whether p= is a key is
/// not looked at.
expected<key_record, parse_error> parse_key_record(std::string_view text);

}  // namespace mekiki::dkim
