#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "mime/content.hpp"
#include "mime/parts.hpp"
#include "mime/transfer.hpp"

using mekiki::fuzz::require;

using namespace mekiki;

// The octets are a mail. What is read has its bounds, what is clear keeps its
// promises, and where a strict decoder answers the lenient one says the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  const message::header_view header = message::parse_header(mail);
  const mime::content c = mime::read_content(header);
  require(c.type.size() <= 100 && c.name.size() <= 400);
  require(!c.is_attachment || c.is_file);
  if (c.clear) {
    require(c.is_multipart() != c.boundary.empty());
    require(c.boundary.size() <= 70);
  }
  const std::string_view body = mail.substr(header.body);
  for (const std::string_view boundary :
       {std::string_view(c.boundary), std::string_view("b")}) {
    const mime::multipart_view m = mime::split_parts(body, boundary);
    std::size_t octets = m.preamble.size() + m.epilogue.size();
    for (const std::string_view part : m.parts)
      octets += part.size() + boundary.size() + 2;
    require(m.parts.size() <= 1000 && octets <= body.size());
    require(!m.clear || !m.parts.empty());
  }
  using enum mime::transfer_encoding;
  for (const auto encoding : {identity, quoted_printable, base64}) {
    const auto strict = mime::decode(encoding, body);
    const std::string lenient = mime::decode_leniently(encoding, body);
    require(!strict || *strict == lenient);
  }
  require(mime::decode(base64, mime::encode_base64(body)) == body);
  const std::string lines = mime::to_crlf(body);
  require(mime::decode(quoted_printable,
                       mime::encode_quoted_printable(lines)) == lines);
  return 0;
}
