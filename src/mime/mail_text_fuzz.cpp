#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "message/header.hpp"
#include "mime/mail_text.hpp"

using mekiki::fuzz::require;

namespace {

using namespace mekiki;

mime::mail_text read(std::string_view mail, std::size_t piece) {
  const message::header_view header = message::parse_header(mail);
  mime::mail_text_reader reader(header);
  std::string_view body = mail.substr(header.body);
  while (!body.empty()) {
    reader.write(body.substr(0, piece));
    body.remove_prefix(std::min(piece, body.size()));
  }
  return reader.finish(100'000);
}

}  // namespace

// Pieces make no difference, but to lines too long to be looked at as one; text
// and files keep their bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  const mime::mail_text whole = read(mail, size + 1);
  const mime::mail_text pieces = read(mail, 1000);
  if (size <= 4096) {
    require(whole.text == pieces.text);
    require(whole.files.size() == pieces.files.size());
  }
  require(whole.text.size() <= 100'000 && whole.files.size() <= 50);
  return 0;
}
