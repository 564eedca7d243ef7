#include "auth/dkim/tag_list.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace mekiki::dkim {
namespace {

constexpr std::size_t max_octets = 64 << 10;
constexpr std::size_t max_tags = 64;

//   tag-list  =  tag-spec *( ";" tag-spec ) [ ";" ]
//   tag-spec  =  [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
//   tag-name  =  ALPHA *ALNUMPUNC
//   tag-value =  [ tval *( 1*(WSP / FWS) tval ) ]
//   tval      =  1*VALCHAR          ; %x21-3A / %x3C-7E

bool is_tag_name(std::string_view name) {
  return !name.empty() && ascii::is_alpha(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return ascii::is_alnum(c) || c == '_'; });
}

bool is_value_octet(char c) {
  return ascii::is_graph(c) || ascii::is_fws(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

const tag_view* tag_list_view::find(std::string_view name) const {
  for (const tag_view& tag : tags) {
    if (tag.name == name)
      return &tag;
  }
  return nullptr;
}

expected<tag_list_view, parse_error> parse_tag_list(std::string_view text,
                                                    empty_elements empty) {
  if (text.size() > max_octets) {
    return unexpected(parse_error{errc::syntax, max_octets});
  }
  tag_list_view out;
  out.tags.reserve(16);
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find(';', start), text.size());
    const std::string_view spec = text.substr(start, end - start);
    const std::size_t equals = spec.find('=');
    const std::string_view name = ascii::trim(spec.substr(0, equals));
    const parse_error error{errc::syntax, start};
    start = end + 1;
    if (equals == std::string_view::npos && name.empty() &&
        (empty == empty_elements::ignored ||
         (end == text.size() && !out.tags.empty()))) {
      continue;
    }
    if (equals == std::string_view::npos || !is_tag_name(name) ||
        out.tags.size() == max_tags) {
      return unexpected(error);
    }
    const std::string_view raw = spec.substr(equals + 1);
    if (!std::all_of(raw.begin(), raw.end(), is_value_octet)) {
      return unexpected(error);
    }
    if (out.find(name) != nullptr) {
      return unexpected(parse_error{errc::duplicate_tag, error.offset});
    }
    out.tags.push_back({name, ascii::trim(raw), raw});
  }
  if (out.tags.empty())
    return unexpected(parse_error{errc::syntax, 0});
  return out;
}

std::vector<std::string_view> split_elements(std::string_view value) {
  std::vector<std::string_view> out;
  out.reserve(16);
  std::size_t start = 0;
  while (true) {
    const std::size_t end = std::min(value.find(':', start), value.size());
    out.push_back(ascii::trim(value.substr(start, end - start)));
    if (end == value.size())
      return out;
    start = end + 1;
  }
}

}  // namespace mekiki::dkim
