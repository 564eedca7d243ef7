// Whom a client's address belongs to, where it is kept as text.
#pragma once

#include <string>

namespace mekiki {

/// `network_of_client` of an address; a text that is none stays as it is.
std::string network_of(const std::string& client);

}  // namespace mekiki
