#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/dkim/canonical.hpp"

namespace {

using mekiki::dkim::canonicalization;

class string_sink final : public mekiki::dkim::octet_sink {
 public:
  void write(std::string_view o) override { octets += o; }
  std::string octets;
};

std::string canonical(canonicalization mode, std::string_view body,
                      std::size_t step) {
  mekiki::dkim::body_canonicalizer c(mode);
  string_sink sink;
  while (!body.empty()) {
    const auto piece = body.substr(0, step);
    c.write(piece, sink);
    body.remove_prefix(piece.size());
  }
  c.finish(sink);
  return sink.octets;
}

}  // namespace

// The first octet says how the rest is cut: that makes no difference. Doing it
// twice makes none either. Fields of the rest as a header are canonical too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  const std::size_t step = std::size_t{1} + data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1,
                              size - 1);
  for (const auto mode :
       {canonicalization::simple, canonicalization::relaxed}) {
    const std::string whole = canonical(mode, text, text.size());
    if (canonical(mode, text, step) != whole)
      std::abort();
    if (canonical(mode, whole, step) != whole)
      std::abort();
    if (mode == canonicalization::relaxed && whole.size() > text.size() + 2) {
      std::abort();
    }
  }
  for (const auto& field : mekiki::message::parse_header(text).fields) {
    std::string out;
    append_canonical(canonicalization::relaxed, field, out);
    const std::size_t half = field.value.size() / 2;
    append_canonical_signature(canonicalization::relaxed, field, half, 0, out);
    append_canonical_signature(canonicalization::simple, field, half,
                               field.value.size() - half, out);
  }
  return 0;
}
