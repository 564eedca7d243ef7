// Where the libraries do not count steps: times are measured.
#include "step_count.hpp"

namespace mekiki::growth {

void count_steps(std::uint64_t /*most*/, void (* /*too_many*/)()) {}

std::uint64_t steps_taken() { return 0; }

const std::uintptr_t* samples() {
  static const std::uintptr_t none[most_samples] = {};
  return none;
}

}  // namespace mekiki::growth
