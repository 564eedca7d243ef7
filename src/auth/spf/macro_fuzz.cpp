#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/spf/macro.hpp"

// The input is a macro string, and, behind the first line end, a local part.
// What follows the grammar expands within its bounds; cutting early changes
// nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  const std::string_view text = input.substr(0, end);
  const std::string_view local =
      end == std::string_view::npos ? "a" : input.substr(end + 1);
  const spf::macro_values values{
      .local_part = local.substr(0, 255),
      .sender_domain = "email.example.com",
      .domain = "example.com",
      .ip = size % 2 == 0 ? parse_ip_address("192.0.2.1").value()
                          : parse_ip_address("2001:db8::1").value(),
      .validated_name = "mx.example.com",
      .helo = "mx.example.com",
      .receiver = "receiver.example",
      .now = 0};

  const bool spec = spf::is_domain_spec(text);
  if (spec && (!spf::is_macro_string(text, spf::macro_place::domain_spec) ||
               text.empty())) {
    std::abort();
  }
  if (spf::is_macro_string(text, spf::macro_place::domain_spec)) {
    if (!spf::is_macro_string(text, spf::macro_place::explanation))
      std::abort();
    const std::string name = spf::expand_domain(text, values);
    if (name.size() > 253)
      std::abort();
    // The whole of it, cut by the rule of RFC 7208 7.3.
    const std::string expanded = spf::expand_explanation(text, values, 1 << 20);
    if (expanded.size() == 1 << 20)
      return 0;
    std::string_view all = expanded;
    if (all.ends_with('.'))
      all.remove_suffix(1);
    while (all.size() > 253) {
      const std::size_t dot = all.find('.');
      all.remove_prefix(dot == all.npos ? all.size() : dot + 1);
    }
    if (all != name)
      std::abort();
  }
  if (spf::is_macro_string(text, spf::macro_place::explanation) &&
      spf::expand_explanation(text, values, 500).size() > 500) {
    std::abort();
  }
  spf::uses_macro(text, "sl");
  return 0;
}
