#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "changes/rewritten_links.hpp"
#include "mime/content.hpp"

// A link is at most as long as its text, and what is put back holds no link of
// the gateway's more than before; no guess takes away what is none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto link = changes::read_rewritten_link(text);
  if (link && (link->size > text.size() || link->size > 4096 ||
               link->url.size() > link->size || !text.starts_with("https://")))
    std::abort();

  mime::content kind;
  for (const char* type : {"text/plain", "text/html", "multipart/mixed"}) {
    kind.type = type;
    kind.boundary = "b";
    for (const auto encoding : {mime::transfer_encoding::identity,
                                mime::transfer_encoding::quoted_printable,
                                mime::transfer_encoding::base64}) {
      kind.encoding = encoding;
      const auto first = changes::restore_links(text, kind, {});
      if (!first)
        continue;
      if (first->gateways.empty() || first->body == text)
        std::abort();
      const auto others = changes::further_guesses(*first);
      if (others.size() > 35)
        std::abort();
      for (const changes::link_guess& how : others) {
        const auto next = changes::restore_links(text, kind, how);
        if (!next || next->gateways != first->gateways)
          std::abort();
      }
    }
  }
  return 0;
}
