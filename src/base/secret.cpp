#include "base/secret.hpp"

#include <cstring>

namespace mekiki {

void wipe(char* data, std::size_t size) { explicit_bzero(data, size); }

secret join_secret(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) text += part;
  return secret(std::move(text));
}

[[gnu::noinline]] void wipe_stack() {
  char room[32 << 10];
  wipe(room, sizeof room);
}

}  // namespace mekiki
