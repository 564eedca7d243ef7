// A mail that is stuffed and unstuffed is the same mail, wherever it is cut;
// a response is never ended early; and a decoder takes any octets.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pop3/codec.hpp"

using namespace mekiki::pop3;

namespace {

std::string decode(std::string_view wire, std::size_t cut, bool& ended) {
  dot_decoder decoder;
  std::string text;
  for (std::string_view piece : {wire.substr(0, cut), wire.substr(cut)}) {
    while (!piece.empty() && !decoder.ended()) text += decoder.next(piece);
  }
  ended = decoder.ended();
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = size == 0 ? 0 : data[0] % size;

  bool whole = false;
  bool in_two = false;
  if (decode(octets, 0, whole) != decode(octets, cut, in_two))
    std::abort();
  if (whole != in_two)
    std::abort();

  dot_encoder encoder;
  std::string wire;
  encoder.write(octets.substr(0, cut), wire);
  encoder.write(octets.substr(cut), wire);
  encoder.finish(wire);
  bool ended = false;
  const std::string back = decode(wire, cut, ended);
  // Dots after a bare LF stay doubled for a decoder that wants CRLF.
  if (!ended)
    std::abort();
  if (octets.find("\n.") == std::string_view::npos &&
      !std::string_view(back).starts_with(octets)) {
    std::abort();
  }

  line_buffer lines(64);
  lines.append(octets.substr(0, cut));
  std::string line;
  while (lines.next(line) != line_buffer::event::need_more) {
    if (const auto status = parse_status(line)) {
      parse_stat(*status);
      parse_size(*status, 1);
    }
    parse_scan(line);
    is_list_line(line);
    parse_number(parse_command(line).argument);
  }
  lines.append(octets.substr(cut));
  while (lines.next(line) != line_buffer::event::need_more) {
  }
  return 0;
}
