#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "mime/charset.hpp"
#include "mime/links.hpp"
#include "notify/edit/inert.hpp"

using mekiki::fuzz::require;

// What is made inert holds no host, and what is quoted no line that is not
// quoted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::string inert = notify::make_inert(mime::read_text(octets, ""));
  mime::link_list links(1);
  links.add_all(inert);
  require(links.take().empty());
  const std::string quoted = notify::quote(inert);
  require(quoted.find("://") == quoted.npos);
  for (std::size_t at = 0; at < quoted.size();) {
    require(quoted[at] == '>');
    const std::size_t lf = quoted.find('\n', at);
    require(lf != quoted.npos && quoted[lf - 1] == '\r');
    at = lf + 1;
  }
  return 0;
}
