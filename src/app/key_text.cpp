#include "app/key_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.hpp"

namespace mekiki::app {

std::string key_record_text(const crypto::private_key& key) {
  return fmt::format("v=DKIM1; k={}; p={}",
                     key.type() == crypto::key_type::rsa ? "rsa" : "ed25519",
                     base64_encode(key.public_octets()));
}

std::string zone_strings(std::string_view record) {
  constexpr std::size_t most = 255;
  std::string out;
  do {
    if (!out.empty())
      out += ' ';
    out += '"';
    for (const char c : record.substr(0, most)) {
      if (c == '"' || c == '\\')
        out += '\\';
      out += c;
    }
    out += '"';
    record.remove_prefix(std::min(most, record.size()));
  } while (!record.empty());
  return out;
}

}  // namespace mekiki::app
