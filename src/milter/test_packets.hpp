// Packets as an MTA sends them, for tests.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "milter/codec.hpp"

namespace mekiki::milter {

/// Texts, each with its NUL.
std::string texts(std::initializer_list<std::string_view> of);
/// The data of a connect packet.
std::string client(std::string_view name, char family,
                   std::string_view address);

/// What was answered: the octet of each reply, and its data.
using answers = std::vector<std::pair<char, std::string>>;
answers read_answers(std::string_view octets);

}  // namespace mekiki::milter
