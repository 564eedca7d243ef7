#include "base/small_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace mekiki {

expected<std::string, std::string> read_small_file(
    const std::filesystem::path& file, std::size_t most) {
  namespace fs = std::filesystem;
  const auto cannot = [&](int number) {
    return unexpected(fmt::format("{}: cannot be read: {}", file.string(),
                                  std::generic_category().message(number)));
  };
  const auto too_large = [&] {
    return most % 1024 == 0
               ? unexpected(fmt::format("{}: larger than {} KB", file.string(),
                                        most / 1024))
               : unexpected(fmt::format("{}: larger than {} octets",
                                        file.string(), most));
  };
  std::error_code error;
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return cannot(errno);
  if (fs::is_directory(file, error))
    return cannot(EISDIR);
  // Of a pipe, or of a file that the kernel makes, it is not known.
  const std::uintmax_t told = fs::file_size(file, error);
  if (!error && told > most)
    return too_large();
  constexpr std::size_t first = 4 << 10;
  std::size_t room =
      1 + std::min(most,
                   error || told == 0 ? first : static_cast<std::size_t>(told));
  std::string text;
  for (;;) {
    const std::size_t had = text.size();
    text.resize(room);
    in.read(text.data() + had, static_cast<std::streamsize>(room - had));
    text.resize(had + static_cast<std::size_t>(in.gcount()));
    if (in.bad())
      return cannot(errno);
    if (text.size() > most)
      return too_large();
    if (text.size() < room)
      return text;
    room = std::min(most + 1, 2 * room);
  }
}

}  // namespace mekiki
