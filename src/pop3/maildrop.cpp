#include "pop3/maildrop.hpp"

#include <algorithm>

#include "pop3/codec.hpp"

namespace mekiki::pop3 {
namespace {

constexpr std::size_t most_sizes = 200'000;
constexpr std::size_t most_uidl = 70;  // RFC 1939 7
constexpr std::size_t most_uidl_octets = 1 << 20;

}  // namespace

std::optional<std::size_t> maildrop::size_of(std::uint32_t number) const {
  if (number == 0 || number > sizes.size() || sizes[number - 1] == 0)
    return std::nullopt;
  return sizes[number - 1] - 1;
}

void maildrop::note(std::string_view line) {
  if (const auto said = parse_scan(line))
    note_size(said->number, said->octets);
}

void maildrop::note_one(std::uint32_t number, std::string_view status) {
  const auto parsed = parse_status(status);
  if (!parsed)
    return;
  if (const auto octets = parse_size(*parsed, number))
    note_size(number, *octets);
}

void maildrop::note_size(std::uint32_t number, std::uint32_t octets) {
  if (number == 0 || number > most_sizes)
    return;
  if (number > sizes.size())
    sizes.resize(number);
  sizes[number - 1] = std::uint64_t{octets} + 1;
}

std::string_view maildrop::uidl_of(std::uint32_t number) const {
  if (number == 0 || number > uidl_ends_.size() || uidl_ends_[number - 1] == 0)
    return {};
  const std::string_view all =
      std::string_view(uidls_).substr(0, uidl_ends_[number - 1]);
  return all.substr(all.rfind('\n') + 1);
}

void maildrop::note_uidl(std::string_view line) {
  const auto said = parse_numbered(line);
  if (!said)
    return;
  const auto [number, id] = *said;
  if (number == 0 || number > most_sizes || id.empty() ||
      id.size() > most_uidl || !uidl_of(number).empty() ||
      uidls_.size() + most_uidl >= most_uidl_octets)
    return;
  if (number > uidl_ends_.size())
    uidl_ends_.resize(number);
  uidls_ += id;
  uidl_ends_[number - 1] = static_cast<std::uint32_t>(uidls_.size());
  uidls_ += '\n';
}

}  // namespace mekiki::pop3
