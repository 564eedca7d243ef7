#include "daemon/administrators.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/file_remedy.hpp"
#include "base/small_file.hpp"
#include "crypto/password.hpp"

namespace mekiki::daemon {

const std::string* administrators::find(std::string_view name) const {
  if (name.empty())
    return hash.empty() ? nullptr : &hash;
  const auto at = named.find(name);
  return at == named.end() ? nullptr : &at->second;
}

bool is_administrator_name(std::string_view name) {
  constexpr std::size_t longest = 40;
  return !name.empty() && name.size() <= longest && name[0] != '-' &&
         std::ranges::none_of(
             name, [](char c) { return c == ' ' || ascii::is_control(c); });
}

administrators parse_administrators(std::string_view text) {
  administrators all;
  for (bool is_first = true; !text.empty(); is_first = false) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view hash = line.substr(0, space);
    if (!crypto::is_password_hash(hash))
      continue;
    const std::string_view name = line.substr(std::min(space + 1, line.size()));
    if (is_first && name.empty())
      all.hash = hash;
    else if (is_administrator_name(name) &&
             all.named.size() < administrators::most)
      all.named.insert_or_assign(std::string(name), hash);
  }
  return all;
}

std::string format(const administrators& all) {
  std::string out = all.hash.empty() ? "-" : all.hash;
  out += '\n';
  for (const auto& [name, hash] : all.named)
    out.append(hash).append(" ").append(name).append("\n");
  return out;
}

expected<administrators, std::string> read_administrators(
    const std::filesystem::path& file) {
  constexpr std::size_t most = 64 << 10;
  auto text = read_small_file(file, most);
  if (!text)
    return unexpected(text.error() + file_remedy(file));
  return parse_administrators(*text);
}

}  // namespace mekiki::daemon
