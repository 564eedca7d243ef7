#include "base/random.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <sys/random.h>

namespace mekiki {

void system_random::fill(char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t n = getrandom(out, size, 0);
    if (n < 0) {
      if (errno == EINTR)
        continue;
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    out += n;
    size -= static_cast<std::size_t>(n);
  }
}

std::string random_hex(random_source& random, std::size_t octets) {
  std::string raw(octets, '\0');
  random.fill(raw.data(), raw.size());
  std::string out;
  out.reserve(octets * 2);
  for (const char c : raw) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

}  // namespace mekiki
