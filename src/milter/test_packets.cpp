#include "milter/test_packets.hpp"

namespace mekiki::milter {

std::string texts(std::initializer_list<std::string_view> of) {
  std::string out;
  for (const std::string_view text : of) {
    out += text;
    out += '\0';
  }
  return out;
}

std::string client(std::string_view name, char family,
                   std::string_view address) {
  std::string out = texts({name});
  out += family;
  if (family != 'U') {
    out += std::string_view("\0\x19", 2);
    out += texts({address});
  }
  return out;
}

answers read_answers(std::string_view octets) {
  answers out;
  packet_reader reader;
  reader.append(octets);
  for (auto p = reader.next(); p && *p; p = reader.next())
    out.emplace_back((*p)->what, std::string((*p)->data));
  return out;
}

}  // namespace mekiki::milter
