// Everything that can be said about a chain of ARC sets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/result.hpp"

namespace mekiki::arc {

enum class errc : std::uint8_t {
  /// The chain is unbroken, and its newest set covers this mail.
  ok,
  /// The mail has no ARC fields.
  no_chain,

  // The structure (RFC 8617 5.2, steps 1 to 3).
  /// The newest seal says that the chain was broken when it was made.
  broken_before,
  /// More than 50 sets.
  too_many_sets,
  /// The ARC fields together are longer than is looked at.
  too_large,
  /// An ARC-Seal or ARC-Message-Signature is not a tag list.
  syntax,
  /// A field has no i= from 1 to 50.
  instance,
  /// Two fields of one kind have the same i=.
  duplicate_instance,
  /// A set lacks one of its three fields, or a set is missing.
  incomplete,
  /// cv= is not none in the first seal, or not pass in a later one.
  chain_status,
  /// A seal has h= (4.1.3).
  seal_header_list,
  /// The seals and the newest signature need more keys than are asked for.
  too_many_keys,

  // The signatures (steps 4 and 6).
  /// The newest ARC-Message-Signature does not verify.
  message_signature,
  /// An ARC-Seal does not verify.
  seal,
  /// The DNS gave no answer with one of the keys for now.
  key_unavailable,
};

/// How many enumerators there are.
constexpr std::size_t errc_count =
    static_cast<std::size_t>(errc::key_unavailable) + 1;

/// The code for other programs: the enumerator's name.
std::string_view to_string(errc e);
/// none, pass, fail or temperror.
auth::result to_result(errc e);
/// One English sentence without final stop, for people.
std::string_view describe(errc e);

}  // namespace mekiki::arc
