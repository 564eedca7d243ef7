// Guesses at a mail as it was when it was signed: what `undo` is made of.
//
// First the header: over which guess at the original's fields does b= verify?
// It signs bh= as well, so nothing is hashed for a signature that is not real.
// Then the body: whose hash is bh=? Each guess at it is canonicalized and
// hashed once; at every place where the original may have ended, the hash so
// far is compared, which costs as much as hashing some 200 octets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/signature.hpp"
#include "auth/dkim/verify.hpp"
#include "dns/resolver.hpp"
#include "message/header.hpp"
#include "mime/content.hpp"

namespace mekiki::changes {

/// What is left to spend on a mail, all signatures together.
struct budget {
  std::size_t octets;
  std::size_t cuts;
  std::size_t verifications;

  /// False if `what` is less than `amount`; it is then set to 0.
  static bool take(std::size_t& what, std::size_t amount);
};

/// A candidate for the original, with the fields that describe its body.
struct original {
  /// 0 for the mail as it is, or the number of the part, from 1.
  std::size_t part = 0;
  message::header_view header;
  mime::content kind;
  std::string_view body;
};

/// One signature of one mail, and all that trying it needs. Borrows that.
struct signature_attempt {
  const message::header_view& header;
  const message::field_view& field;  // the signature
  const dkim::signature& claims;
  const dns::answer& answer;
  dkim::key_cache& keys;
  const dkim::verify_options& options;
  const std::vector<original>& originals;  // the mail as it is comes first
  budget& left;

  /// h= names the field (lower case).
  bool is_signed(std::string_view name) const;
};

/// A header that b= verifies over.
struct header_found {
  std::string prefix;     // of the subject
  const original* first;  // to be tried first
  bool only = false;      // Content-Type is signed: only `first` can match
  bool has_other_encoding = false;  // its transfer encoding was another
  /// What the original's field says; nothing if none was signed.
  std::optional<mime::transfer_encoding> encoding;
};

std::optional<header_found> find_header(const signature_attempt& t);

/// A body that was found, and what was added to it.
struct body_found {
  const original* from = nullptr;
  std::vector<std::string_view> steps;
  std::string body;  // of the original, as it was signed
  mime::transfer_encoding encoding =
      mime::transfer_encoding::identity;  // of `body`
  std::string added;                      // without transfer encoding
  bool parts = false;                     // `added` are parts, with delimiters
  bool readable = true;
  std::vector<std::string_view> gateways;  // that had rewritten its links
};

std::optional<body_found> find_body(const signature_attempt& t,
                                    const header_found& h);

}  // namespace mekiki::changes
