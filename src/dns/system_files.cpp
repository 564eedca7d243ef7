#include "dns/system_files.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "base/ip_address.hpp"

namespace mekiki::dns {
namespace {

constexpr std::size_t most_servers = 8;
constexpr std::streamsize most_octets = 64 << 10;

/// ADDRESS ["%" ZONE] ["@" PORT]
bool is_server(std::string_view text) {
  const std::string_view address = text.substr(0, text.find('@'));
  if (address.size() != text.size()) {
    const std::string_view port = text.substr(address.size() + 1);
    if (port.empty() || port.size() > 5 ||
        !std::ranges::all_of(port, ascii::is_digit))
      return false;
  }
  return parse_ip_address(address.substr(0, address.find('%'))).has_value();
}

std::string_view take_word(std::string_view& line) {
  line = ascii::trim(line);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

}  // namespace

std::vector<std::string> parse_resolv_conf(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() < most_servers) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // The word begins its line, a comment begins with ";" or "#".
    if (!line.starts_with("nameserver"))
      continue;
    if (take_word(line) != "nameserver")
      continue;
    if (const std::string_view server = take_word(line); is_server(server))
      out.emplace_back(server);
  }
  return out;
}

std::vector<std::string> read_resolv_conf(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(most_octets, '\0');
  in.read(text.data(), most_octets);
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_resolv_conf(text);
}

watched_file::watched_file(std::filesystem::path file)
    : file_(std::move(file)), last_(look()) {}

std::optional<watched_file::state> watched_file::look() const {
  struct stat info {};
  if (::stat(file_.c_str(), &info) != 0)
    return std::nullopt;
  constexpr std::int64_t second = 1'000'000'000;
  return state{.device = info.st_dev,
               .inode = info.st_ino,
               .size = info.st_size,
               .written = info.st_mtim.tv_sec * second + info.st_mtim.tv_nsec};
}

bool watched_file::has_changed() {
  auto now = look();
  if (now == last_)
    return false;
  last_ = now;
  return true;
}

}  // namespace mekiki::dns
