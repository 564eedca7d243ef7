#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "auth/spf/macro.hpp"
#include "auth/spf/record.hpp"

// Terms lie within the text, in order; a directive read alone says the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki::spf;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> texts{std::string(text)};
  const selection chosen = select_spf1(texts);
  if (chosen.code == errc::allowed && chosen.terms.size() + 6 != text.size())
    std::abort();

  const auto record = parse_terms(text);
  if (!record) {
    if (record.error().offset > size)
      std::abort();
    return 0;
  }
  if (size > max_record_octets)
    std::abort();
  const char* at = text.data();
  for (const directive& d : record->directives) {
    if (d.text.empty() || d.text.data() < at)
      std::abort();
    at = d.text.data() + d.text.size();
    if (!d.target.empty() && !is_domain_spec(d.target))
      std::abort();
    const auto alone = parse_terms(d.text);
    if (!alone || alone->directives.size() != 1 ||
        alone->directives[0].kind != d.kind ||
        alone->directives[0].meaning != d.meaning ||
        alone->directives[0].prefix4 != d.prefix4 ||
        alone->directives[0].prefix6 != d.prefix6) {
      std::abort();
    }
  }
  if (at > text.data() + size)
    std::abort();
  return 0;
}
