#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fuzz_require.hpp"
#include "base/ip_address.hpp"
#include "message/header.hpp"
#include "verdict/border.hpp"

using mekiki::fuzz::require;

using namespace mekiki;

// The octets are a header. What is read of it has its bounds; a border lies at
// one of its fields, outside, and nothing below it changes it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const message::header_view header = message::parse_header(octets);
  const verdict::trace t = verdict::trace_of(header);
  require(t.hops.size() <= 30 && t.return_paths.size() <= 10 &&
          t.statements.size() <= 20);

  const ip_address mx = *parse_ip_address("192.0.2.1");
  verdict::provider p;
  p.mx_hosts = {"mx.example.com"};
  p.upstream = "pop.example.com";
  p.domains = {"example.com"};
  const std::vector<std::string> names = verdict::names_to_confirm(t, p);
  require(names.size() <= 20);
  std::vector<verdict::resolved_name> resolved;
  resolved.reserve(names.size());
  for (const std::string& name : names)
    resolved.push_back({.name = name, .addresses = {mx}});
  const verdict::border found = verdict::find_border(t, p, resolved);
  if (found.status != verdict::border_status::found)
    return 0;
  require(found.field && *found.field < header.fields.size());
  verdict::trace above = t;
  std::erase_if(above.hops,
                [&](const verdict::hop& h) { return h.field > *found.field; });
  const verdict::border again = verdict::find_border(above, p, resolved);
  require(again.status == found.status && again.field == found.field);
  return 0;
}
