#include "dns/rdata.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/ascii.hpp"

namespace mekiki::dns {
namespace {

std::size_t octet_at(std::string_view data, std::size_t at) {
  return static_cast<unsigned char>(data[at]);
}

// Labels, each after its length, up to the empty one that ends the data.
std::optional<std::string> read_name(std::string_view data) {
  std::string name;
  while (!data.empty()) {
    const std::size_t length = octet_at(data, 0);
    data.remove_prefix(1);
    if (length == 0) {
      if (!data.empty())
        return std::nullopt;
      return name;
    }
    if (length > 63 || length > data.size())
      return std::nullopt;
    const std::string_view label = data.substr(0, length);
    if (label.find('.') != label.npos || label.find('\0') != label.npos) {
      return std::nullopt;
    }
    if (!name.empty())
      name += '.';
    name += ascii::to_lower(label);
    data.remove_prefix(length);
  }
  return std::nullopt;
}

// Character-strings, each after its length, joined.
std::optional<std::string> read_text(std::string_view data) {
  std::string text;
  while (!data.empty()) {
    const std::size_t length = octet_at(data, 0);
    data.remove_prefix(1);
    if (length > data.size())
      return std::nullopt;
    text += data.substr(0, length);
    data.remove_prefix(length);
  }
  return text;
}

template <std::size_t Size>
std::array<std::uint8_t, Size> read_octets(std::string_view data) {
  std::array<std::uint8_t, Size> out{};
  std::copy_n(data.begin(), Size, out.begin());
  return out;
}

}  // namespace

bool add_rdata(record_type type, std::string_view rdata, answer& out) {
  switch (type) {
    case record_type::a:
      if (rdata.size() != 4)
        return false;
      out.addresses.push_back(ip_address::v4(read_octets<4>(rdata)));
      return true;
    case record_type::aaaa:
      if (rdata.size() != 16)
        return false;
      out.addresses.push_back(ip_address::v6(read_octets<16>(rdata)));
      return true;
    case record_type::txt: {
      std::optional<std::string> text = read_text(rdata);
      if (!text)
        return false;
      out.texts.push_back(std::move(*text));
      return true;
    }
    case record_type::mx: {
      if (rdata.size() < 3)
        return false;
      std::optional<std::string> host = read_name(rdata.substr(2));
      if (!host)
        return false;
      const auto preference = static_cast<std::uint16_t>(
          octet_at(rdata, 0) << 8 | octet_at(rdata, 1));
      out.exchanges.push_back({preference, std::move(*host)});
      return true;
    }
    case record_type::cname:
    case record_type::ptr: {
      std::optional<std::string> name = read_name(rdata);
      if (!name)
        return false;
      out.names.push_back(std::move(*name));
      return true;
    }
  }
  return false;
}

}  // namespace mekiki::dns
