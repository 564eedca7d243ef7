#include "base/random.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <sys/random.h>

#include "base/hex.hpp"

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
  return to_hex(raw);
}

}  // namespace mekiki
