#include "auth/dmarc/public_suffix.hpp"

#include <libpsl.h>
#include <memory>

namespace mekiki::dmarc {
namespace {

const psl_ctx_t* list() {
  static const std::unique_ptr<psl_ctx_t, decltype(&psl_free)> latest(
      psl_latest(nullptr), psl_free);
  return latest.get();
}

}  // namespace

bool is_public_suffix(const std::string& domain) {
  return psl_is_public_suffix(list(), domain.c_str()) != 0;
}

std::string registered_domain(const std::string& domain) {
  const char* found = psl_registrable_domain(list(), domain.c_str());
  return found != nullptr ? found : domain;
}

}  // namespace mekiki::dmarc
