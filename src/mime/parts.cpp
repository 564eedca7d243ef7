#include "mime/parts.hpp"

#include <cstddef>

#include "base/ascii.hpp"
#include "mime/transfer.hpp"

namespace mekiki::mime {
namespace {

constexpr std::size_t max_parts = 1000;

}  // namespace

bool is_delimiter(std::string_view line, std::string_view boundary) {
  return line.starts_with("--") && line.substr(2).starts_with(boundary) &&
         ascii::trim(line.substr(2 + boundary.size())).empty();
}

bool is_close_delimiter(std::string_view line, std::string_view boundary) {
  return line.starts_with("--") && line.substr(2).starts_with(boundary) &&
         ascii::trim(line.substr(2 + boundary.size())) == "--";
}

multipart_view split_parts(std::string_view body, std::string_view boundary) {
  multipart_view out;
  if (boundary.empty())
    return out;
  bool in_part = false;
  bool closed = false;
  bool clear = true;
  std::size_t begin = 0;  // of the preamble, part or epilogue
  const auto end_at = [&](std::size_t line) {
    // The line end before a delimiter belongs to the delimiter.
    std::string_view octets = body.substr(begin, line - begin);
    if (octets.ends_with('\n'))
      octets.remove_suffix(octets.ends_with("\r\n") ? 2 : 1);
    if (in_part) {
      out.parts.push_back(octets);
    } else {
      out.preamble = octets;
    }
  };
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t start = at;
    const std::string_view line = next_line(body, at);
    if (!line.starts_with("--") || !line.substr(2).starts_with(boundary))
      continue;
    const bool close = is_close_delimiter(line, boundary);
    if (closed || (close ? !in_part : !is_delimiter(line, boundary))) {
      // Some clients go on reading parts behind the end, or compare no more
      // than the beginning of a line.
      clear = false;
      continue;
    }
    if (out.parts.size() == max_parts)
      return {};
    end_at(start);
    in_part = true;
    closed = close;
    begin = at;
  }
  if (closed)
    out.epilogue = body.substr(begin);
  out.clear = clear && closed;
  return out;
}

}  // namespace mekiki::mime
