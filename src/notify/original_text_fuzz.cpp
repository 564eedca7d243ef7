#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "message/header.hpp"
#include "notify/charset.hpp"
#include "notify/html_text.hpp"
#include "notify/inert.hpp"
#include "notify/original_text.hpp"

namespace {

using namespace mekiki;

void require(bool truth) {
  if (!truth)
    std::abort();
}

notify::original_text read(std::string_view mail, std::size_t piece) {
  const message::header_view header = message::parse_header(mail);
  notify::original_reader reader(header);
  std::string_view body = mail.substr(header.body);
  while (!body.empty()) {
    reader.write(body.substr(0, piece));
    body.remove_prefix(std::min(piece, body.size()));
  }
  return reader.finish(100'000);
}

}  // namespace

// Pieces make no difference, but to lines too long to be looked at as one; text
// and files keep their bounds, and what is quoted holds no link and no line
// that is not quoted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  const notify::original_text whole = read(mail, size + 1);
  const notify::original_text pieces = read(mail, 1000);
  if (size <= 4096) {
    require(whole.text == pieces.text);
    require(whole.files.size() == pieces.files.size());
  }
  require(whole.text.size() <= 100'000 && whole.files.size() <= 50);

  const std::string quoted = notify::quote(notify::make_inert(whole.text));
  require(quoted.find("://") == quoted.npos);
  for (std::size_t at = 0; at < quoted.size();) {
    require(quoted[at] == '>');
    const std::size_t lf = quoted.find('\n', at);
    require(lf != quoted.npos && quoted[lf - 1] == '\r');
    at = lf + 1;
  }
  notify::html_to_text(notify::read_text(mail, ""));
  notify::html_to_text(notify::read_text(mail, "iso-2022-jp"));
  return 0;
}
