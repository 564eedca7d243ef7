#include "notify/edit/labels.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"
#include "crypto/digest.hpp"

namespace mekiki::notify {
namespace {

std::string digits(std::string_view secret, std::string_view purpose,
                   std::string_view account, std::uint64_t generation,
                   std::size_t octets) {
  const crypto::digest code = crypto::hmac_sha256(
      secret, fmt::format("{}\n{}\n{}", purpose, generation, account));
  return to_hex(code.octets().substr(0, octets));
}

}  // namespace

std::string label_value(std::string_view secret, std::string_view account,
                        std::uint64_t generation) {
  return digits(secret, "label", account, generation, 8);
}

std::string tag_value(std::string_view secret, std::string_view account,
                      std::uint64_t generation) {
  return digits(secret, "tag", account, generation, 6);
}

}  // namespace mekiki::notify
