#include "dns/name.hpp"

#include <algorithm>
#include <idn2.h>
#include <memory>

#include "base/ascii.hpp"
#include "base/host_name.hpp"

namespace mekiki::dns {
namespace {

constexpr std::size_t max_label = 63;
constexpr std::size_t max_name = 253;

// Labels of 1 to 63 octets, no NUL, at most 253 octets in all.
bool has_valid_labels(std::string_view name) {
  if (name.empty() || name.size() > max_name)
    return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '\0')
      return false;
    if (c == '.') {
      if (label == 0)
        return false;
      label = 0;
    } else if (++label > max_label) {
      return false;
    }
  }
  return label != 0;
}

}  // namespace

std::optional<std::string> normalize(std::string_view name) {
  if (name.ends_with('.'))
    name.remove_suffix(1);
  if (!has_valid_labels(name))
    return std::nullopt;
  return ascii::to_lower(name);
}

std::optional<std::string> to_a_labels(std::string_view name) {
  const bool is_ascii = std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
  if (is_ascii)
    return normalize(name);
  // No A-label is shorter than a fifth of its U-label in UTF-8, so nothing
  // longer than this can be valid, and libidn2 never sees megabytes.
  if (name.size() > 5 * max_name || name.find('\0') != name.npos) {
    return std::nullopt;
  }
  char* converted = nullptr;
  const int error = idn2_to_ascii_8z(std::string(name).c_str(), &converted,
                                     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> owner(converted, idn2_free);
  if (error != IDN2_OK)
    return std::nullopt;
  return normalize(converted);
}

std::string domain_name(std::string_view written) {
  std::string name = to_a_labels(written).value_or("");
  const bool is_name = std::ranges::all_of(name, [](char c) {
    return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.';
  });
  return is_name ? name : std::string();
}

bool is_normalized(std::string_view name) {
  return has_valid_labels(name) &&
         std::none_of(name.begin(), name.end(), ascii::is_upper);
}

bool is_subdomain_of(std::string_view name, std::string_view parent) {
  if (!name.ends_with(parent))
    return false;
  return name.size() == parent.size() ||
         name[name.size() - parent.size() - 1] == '.';
}

bool is_hostname(std::string_view name) {
  return is_normalized(name) && is_host_name(name);
}

}  // namespace mekiki::dns
