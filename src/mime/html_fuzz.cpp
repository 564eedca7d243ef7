#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "mime/html.hpp"
#include "mime/html_text.hpp"
#include "mime/links.hpp"

using mekiki::fuzz::require;

using namespace mekiki;

// Tokens are read until the text has ended, and say no more than it does;
// links have their bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view html(reinterpret_cast<const char*>(data), size);
  mime::html_tokenizer tokens(html);
  std::size_t octets = 0;
  while (const auto t = tokens.next()) {
    using kind = mime::html_token::kind;
    octets += t->what == kind::text ? 0 : 1;
    octets += t->text.size() + t->name.size();
    for (const mime::html_attribute& a : t->attributes) {
      require(!a.name.empty());
      octets += a.name.size() + a.value.size();
    }
  }
  require(octets <= size);

  const mime::decoded_references decoded = mime::decode_references(html);
  require(decoded.text.size() <= size);
  if (html.find('&') == html.npos)
    require(decoded.clear && decoded.text == html);
  mime::html_to_text(html);

  mime::link_list links(8);
  links.add_all(html);
  links.add_all(decoded.text);
  for (const std::string& link : links.take())
    require(!link.empty() && link.size() <= 253);
  require(links.take().size() <= 8);
  return 0;
}
