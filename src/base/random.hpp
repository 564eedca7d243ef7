// Random octets, passed in so that tests can fix them.
#pragma once

#include <cstddef>
#include <string>

namespace mekiki {

class random_source {
 public:
  virtual ~random_source() = default;
  virtual void fill(char* out, std::size_t size) = 0;
};

/// The kernel's generator, fit for secrets.
class system_random final : public random_source {
 public:
  void fill(char* out, std::size_t size) override;
};

/// `octets` random octets as lower-case hexadecimal digits.
std::string random_hex(random_source& random, std::size_t octets);

}  // namespace mekiki
