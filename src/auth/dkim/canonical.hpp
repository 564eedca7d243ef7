// The two canonicalizations of header fields and bodies (RFC 6376 3.4).
//
// A line ends at CRLF. A CR or LF that stands alone is an octet like any other
// in a body: RFC 6376 leaves it open, and 5.3 tells signers to send none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "message/header.hpp"

namespace mekiki::dkim {

enum class canonicalization : std::uint8_t { simple, relaxed };

/// Takes canonical octets as they are made. The view is valid in the call.
class octet_sink {
 public:
  virtual ~octet_sink() = default;
  virtual void write(std::string_view octets) = 0;
};

/// A body that arrives in pieces (RFC 6376 3.4.3, 3.4.4). Long stretches that
/// canonicalization does not change are given to the sink where they lie;
/// the rest is gathered in a small buffer, so that the sink sees few calls.
/// How the body is cut into pieces makes no difference to the octets.
class body_canonicalizer {
 public:
  explicit body_canonicalizer(canonicalization mode) : mode_(mode) {}

  void write(std::string_view octets, octet_sink& sink);
  /// After the last octet. Nothing may follow.
  void finish(octet_sink& sink);

 private:
  void write_simple(std::string_view octets, octet_sink& sink);
  void write_relaxed(std::string_view octets, octet_sink& sink);
  const char* pass_on(const char* p, const char* end, octet_sink& sink);
  void release(octet_sink& sink);
  void emit(std::string_view octets, octet_sink& sink);
  void drain(octet_sink& sink);

  canonicalization mode_;
  // What was read, and may or may not become part of the body: line ends,
  // then white space (relaxed only), then a CR.
  std::size_t line_ends_ = 0;
  bool space_ = false;
  bool cr_ = false;

  bool any_ = false;  // something was emitted
  std::size_t gathered_ = 0;
  std::array<char, 4096> buffer_{};
};

/// Appends the canonical form of `field` with its final CRLF (3.4.1, 3.4.2).
void append_canonical(canonicalization mode, const message::field_view& field,
                      std::string& out);

/// Appends the form in which a signature field is hashed itself: `size` octets
/// from `offset` of its value left out (the value of b=), and no final CRLF
/// (3.7).
void append_canonical_signature(canonicalization mode,
                                const message::field_view& field,
                                std::size_t offset, std::size_t size,
                                std::string& out);

}  // namespace mekiki::dkim
