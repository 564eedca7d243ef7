#include "verdict/public_suffix.hpp"

#include <libpsl.h>
#include <memory>

namespace mekiki::verdict {

bool is_public_suffix(const std::string& domain) {
  static const std::unique_ptr<psl_ctx_t, decltype(&psl_free)> list(
      psl_latest(nullptr), psl_free);
  return psl_is_public_suffix(list.get(), domain.c_str()) != 0;
}

}  // namespace mekiki::verdict
