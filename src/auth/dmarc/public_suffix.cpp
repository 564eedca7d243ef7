#include "auth/dmarc/public_suffix.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <libpsl.h>
#include <memory>

namespace mekiki::dmarc {
namespace {

const psl_ctx_t* list() {
  static const std::unique_ptr<psl_ctx_t, decltype(&psl_free)> latest(
      psl_latest(nullptr), psl_free);
  return latest.get();
}

struct listed {
  std::string domain;
  std::string registered;
  bool is_suffix = false;
};

// The rules about one mail ask for the same few domains again and again.
const listed& ask(const std::string& domain) {
  thread_local std::array<listed, 256> lately;
  // Of those that are too long for a domain one has room.
  const std::size_t place =
      domain.size() > 253 ? 0 : std::hash<std::string>()(domain);
  listed& l = lately.at(place % lately.size());
  if (l.domain != domain || domain.empty()) {
    // The library reads as far as a NUL; a domain with one is its own.
    const bool is_whole = domain.find('\0') == domain.npos;
    const char* found =
        is_whole ? psl_registrable_domain(list(), domain.c_str()) : nullptr;
    l = {.domain = domain,
         .registered = found != nullptr ? found : domain,
         .is_suffix =
             is_whole && psl_is_public_suffix(list(), domain.c_str()) != 0};
  }
  return l;
}

}  // namespace

bool is_public_suffix(const std::string& domain) {
  return ask(domain).is_suffix;
}

bool is_top_level_domain(std::string_view label) {
  constexpr std::array<std::string_view, 7> reserved = {
      "example", "internal", "invalid", "local", "localhost", "onion", "test"};
  return std::ranges::find(reserved, label) != reserved.end() ||
         psl_is_public_suffix2(list(), std::string(label).c_str(),
                               PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

std::string registered_domain(const std::string& domain) {
  return ask(domain).registered;
}

}  // namespace mekiki::dmarc
