#include "milter/codec.hpp"

#include <utility>

#include <fmt/format.h>

namespace mekiki::milter {
namespace {

constexpr std::size_t length_octets = 4;

std::uint32_t read_number(std::string_view octets) {
  std::uint32_t n = 0;
  for (const char c : octets.substr(0, length_octets))
    n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

void write_number(std::string& out, std::uint32_t n) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(n >> shift & 0xff);
}

/// Takes a text off the front; nothing if it has no NUL.
std::optional<std::string_view> take_text(std::string_view& data) {
  const std::size_t end = data.find('\0');
  if (end == std::string_view::npos)
    return std::nullopt;
  const std::string_view text = data.substr(0, end);
  data.remove_prefix(end + 1);
  return text;
}

}  // namespace

void packet_reader::append(std::string_view octets) {
  if (taken_ > 0) {
    octets_.erase(0, std::exchange(taken_, 0));
    // One large packet does not hold memory for the rest of the session.
    constexpr std::size_t usual = 128 << 10;
    if (octets_.size() < usual && octets_.capacity() > 2 * usual)
      octets_.shrink_to_fit();
  }
  octets_ += octets;
}

expected<std::optional<packet>, std::string> packet_reader::next() {
  const std::string_view waiting = std::string_view(octets_).substr(taken_);
  if (waiting.size() < length_octets)
    return std::nullopt;
  const std::uint32_t length = read_number(waiting);
  if (length == 0)
    return unexpected(std::string("a packet without a command"));
  if (length - 1 > most_data) {
    return unexpected(fmt::format(
        "a packet of {} octets: the peer speaks another protocol", length));
  }
  if (waiting.size() - length_octets < length)
    return std::nullopt;
  taken_ += length_octets + length;
  return packet{waiting[length_octets],
                waiting.substr(length_octets + 1, length - 1)};
}

void write_packet(std::string& out, char what, std::string_view data) {
  write_number(out, static_cast<std::uint32_t>(data.size() + 1));
  out += what;
  out += data;
}

void write_field(std::string& out, reply what, std::uint32_t n,
                 std::string_view name, std::string_view value) {
  std::string data;
  data.reserve(length_octets + name.size() + value.size() + 2);
  write_number(data, n);
  data += name;
  data += '\0';
  data += value;
  data += '\0';
  write_packet(out, what, data);
}

std::string with_crlf(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r'))
      out += '\r';
    out += value[i];
  }
  return out;
}

std::string with_lf(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\r' || i + 1 == value.size() || value[i + 1] != '\n')
      out += value[i];
  }
  return out;
}

std::optional<negotiation> parse_negotiation(std::string_view data) {
  if (data.size() < 3 * length_octets)
    return std::nullopt;
  // Behind it may stand lists of macros, which only filters send.
  return negotiation{.version = read_number(data),
                     .actions = read_number(data.substr(length_octets)),
                     .steps = read_number(data.substr(2 * length_octets))};
}

std::string format(const negotiation& n) {
  std::string out;
  write_number(out, n.version);
  write_number(out, n.actions);
  write_number(out, n.steps);
  return out;
}

std::optional<std::vector<std::string_view>> parse_texts(
    std::string_view data) {
  std::vector<std::string_view> out;
  while (!data.empty()) {
    const auto text = take_text(data);
    if (!text)
      return std::nullopt;
    out.push_back(*text);
  }
  return out;
}

std::optional<connection_facts> parse_connection(std::string_view data) {
  connection_facts out;
  const auto name = take_text(data);
  if (!name || data.empty())
    return std::nullopt;
  out.name = *name;
  out.family = data.front();
  data.remove_prefix(1);
  if (out.family == 'U')
    return out;
  constexpr std::size_t port = 2;
  if (data.size() < port)
    return std::nullopt;
  data.remove_prefix(port);
  const auto address = take_text(data);
  if (!address)
    return std::nullopt;
  out.address = *address;
  return out;
}

std::optional<macro_list> parse_macros(std::string_view data) {
  if (data.empty())
    return std::nullopt;
  macro_list out{.what = data.front(), .macros = {}};
  const auto texts = parse_texts(data.substr(1));
  if (!texts || texts->size() % 2 != 0)
    return std::nullopt;
  for (std::size_t i = 0; i < texts->size(); i += 2) {
    std::string_view name = (*texts)[i];
    if (name.size() > 2 && name.starts_with('{') && name.ends_with('}'))
      name = name.substr(1, name.size() - 2);
    out.macros.push_back({name, (*texts)[i + 1]});
  }
  return out;
}

}  // namespace mekiki::milter
