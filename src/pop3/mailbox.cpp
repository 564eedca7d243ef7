#include "pop3/mailbox.hpp"

#include <algorithm>

#include "pop3/codec.hpp"

namespace mekiki::pop3 {
namespace {

constexpr std::size_t most_sizes = 200'000;

}  // namespace

std::optional<std::size_t> mailbox::size_of(std::uint32_t number) const {
  if (number == 0 || number > sizes.size() || sizes[number - 1] == 0)
    return std::nullopt;
  return sizes[number - 1];
}

void mailbox::note(std::string_view line) {
  const auto [first, second] = parse_command(line);
  const auto number = parse_number(first);
  const auto size = parse_number(second.substr(0, second.find(' ')));
  if (!number || *number == 0 || *number > most_sizes || !size)
    return;
  if (*number > sizes.size())
    sizes.resize(*number);
  sizes[*number - 1] = std::max<std::uint32_t>(1, *size);
}

}  // namespace mekiki::pop3
