#include "crypto/der.hpp"

#include <cstddef>
#include <cstdint>

namespace mekiki::crypto {
namespace {

constexpr char tag_integer = 0x02;
constexpr char tag_bit_string = 0x03;
constexpr char tag_object_identifier = 0x06;
constexpr char tag_sequence = 0x30;

// rsaEncryption, 1.2.840.113549.1.1.1
constexpr std::string_view rsa_encryption(
    "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9);

std::size_t octet(char c) { return static_cast<std::uint8_t>(c); }

/// Takes one element with `tag` off the front of `in` and returns its content.
std::optional<std::string_view> take(std::string_view& in, char tag) {
  if (in.size() < 2 || in[0] != tag)
    return std::nullopt;
  std::size_t length = octet(in[1]);
  std::size_t start = 2;
  if (length >= 0x80) {
    const std::size_t count = length - 0x80;  // octets of the length
    if (count == 0 || count > 3 || in.size() - 2 < count)
      return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) {
      length = length << 8 | octet(in[2 + i]);
    }
    const std::size_t least =
        count == 1 ? 0x80 : std::size_t{1} << 8 * (count - 1);
    if (length < least)
      return std::nullopt;
    start += count;
  }
  if (in.size() - start < length)
    return std::nullopt;
  const std::string_view content = in.substr(start, length);
  in.remove_prefix(start + length);
  return content;
}

std::optional<std::string_view> take_unsigned(std::string_view& in) {
  auto number = take(in, tag_integer);
  if (!number || number->empty() || octet(number->front()) >= 0x80) {
    return std::nullopt;
  }
  if (number->front() == 0) {  // only there to keep the number positive
    number->remove_prefix(1);
    if (!number->empty() && octet(number->front()) < 0x80)
      return std::nullopt;
  }
  return number;
}

/// The RSAPublicKey within a SubjectPublicKeyInfo, given what is in the
/// latter's outer sequence.
std::optional<std::string_view> take_subject_key(std::string_view in) {
  auto algorithm = take(in, tag_sequence);
  if (!algorithm)
    return std::nullopt;
  // Parameters should be NULL; some keys were published without.
  if (take(*algorithm, tag_object_identifier) != rsa_encryption) {
    return std::nullopt;
  }
  auto bits = take(in, tag_bit_string);
  if (!bits || !in.empty() || bits->empty() || bits->front() != 0) {
    return std::nullopt;
  }
  return bits->substr(1);
}

}  // namespace

std::optional<rsa_numbers_view> read_rsa_public_key(std::string_view der) {
  auto outer = take(der, tag_sequence);
  if (!outer || !der.empty())
    return std::nullopt;
  if (outer->starts_with(tag_sequence)) {
    auto key = take_subject_key(*outer);
    if (!key)
      return std::nullopt;
    outer = take(*key, tag_sequence);
    if (!outer || !key->empty())
      return std::nullopt;
  }
  const auto modulus = take_unsigned(*outer);
  const auto exponent = take_unsigned(*outer);
  if (!modulus || !exponent || !outer->empty())
    return std::nullopt;
  return rsa_numbers_view{*modulus, *exponent};
}

}  // namespace mekiki::crypto
