// The keys that mail of our own is signed with (RFC 6376), and which of them
// are for a mail.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dkim/sign.hpp"
#include "crypto/private_key.hpp"

namespace mekiki::milter {

struct signing_key {
  std::string domain;  // normalized: d=
  std::string selector;
  std::shared_ptr<const crypto::private_key> key;
};

class key_table {
 public:
  key_table() = default;
  explicit key_table(std::vector<signing_key> keys) : keys_(std::move(keys)) {}

  bool is_empty() const { return keys_.empty(); }
  const std::vector<signing_key>& all() const { return keys_; }

  /// Those of the author's domain, or else of the nearest domain above it.
  std::vector<const signing_key*> for_author(std::string_view domain) const;

 private:
  std::vector<signing_key> keys_;
};

/// Both algorithms sign the same fields; those that a client shows, and those
/// that say how it is to be read, cannot be added later.
dkim::sign_options options_for_mail(std::int64_t now);

/// Why a mail is not signed, or the fields to put on top of it. A mail of
/// several authors is nobody's.
struct signed_fields {
  std::string fields;  // each with its CRLF
  std::string author_domain;
  std::string why_not;  // a word; empty: it is signed
};
struct mail_of_our_own {
  /// It comes from this machine, and nobody logged in: it may be a stranger's
  /// where another host has taken it before.
  bool is_from_this_machine = false;
  /// The MTA writes lists of addresses anew, with a space behind each comma
  /// (Sendmail): those without one are not signed.
  bool has_lists_rewritten = false;
};
/// `signer` has the whole mail.
signed_fields sign_for_author(dkim::mail_signer& signer, const key_table& keys,
                              const mail_of_our_own& m);

}  // namespace mekiki::milter
