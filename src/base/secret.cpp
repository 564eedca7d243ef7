#include "base/secret.hpp"

#include <cstring>

namespace mekiki {

void wipe(char* data, std::size_t size) { explicit_bzero(data, size); }

}  // namespace mekiki
