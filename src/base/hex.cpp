#include "base/hex.hpp"

namespace mekiki {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

std::string to_hex(std::string_view octets) {
  std::string out;
  out.reserve(2 * octets.size());
  for (const char c : octets) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace mekiki
