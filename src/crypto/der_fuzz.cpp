#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/der.hpp"
#include "crypto/public_key.hpp"

// What can be read lies within the octets, and a key of it can be made or is
// refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const auto numbers = mekiki::crypto::read_rsa_public_key(der);
  if (numbers && (numbers->modulus.data() < der.data() ||
                  numbers->exponent.data() + numbers->exponent.size() >
                      der.data() + der.size())) {
    std::abort();
  }
  auto key = mekiki::crypto::public_key::rsa(der);
  if (key && !numbers)
    std::abort();
  return 0;
}
