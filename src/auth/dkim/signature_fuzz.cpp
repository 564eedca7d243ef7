#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/dkim/signature.hpp"
#include "dns/name.hpp"

// What is accepted keeps the promises that a verifier relies on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reading = dkim::parse_signature(text);
  const dkim::signature& s = reading.claims;
  if (s.b_offset > text.size() || s.b_size > text.size() - s.b_offset) {
    std::abort();
  }
  // What is told of any signature can stand in a header field.
  for (const std::string* fact :
       {&s.algorithm, &s.identity, &s.domain, &s.selector, &s.octets_start}) {
    for (const char c : *fact) {
      if ((c >= 0 && c < ' ') || c == '\x7f')
        std::abort();
    }
  }
  if (reading.error)
    return 0;
  if (!dns::is_normalized(s.domain) || !dns::is_normalized(s.selector) ||
      !dns::is_subdomain_of(s.identity_domain, s.domain) ||
      s.body_hash.size() != crypto::digest_size(s.hash) || s.octets.empty() ||
      std::find(s.fields.begin(), s.fields.end(), "from") == s.fields.end()) {
    std::abort();
  }
  return 0;
}
