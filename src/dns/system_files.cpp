#include "dns/system_files.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "base/ip_address.hpp"
#include "dns/name.hpp"

namespace mekiki::dns {
namespace {

constexpr std::size_t most_servers = 8;
constexpr std::size_t most_domains = 6;
constexpr std::size_t most_ndots = 15;
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

std::vector<std::string> take_domains(std::string_view line, std::size_t most) {
  std::vector<std::string> out;
  while (out.size() < most) {
    const std::string_view word = take_word(line);
    if (word.empty())
      break;
    // "." is the root: the name as it is, which is tried anyway.
    if (auto domain = normalize(word))
      out.push_back(std::move(*domain));
  }
  return out;
}

void take_options(std::string_view line, search_list& search) {
  constexpr std::string_view name = "ndots:";
  for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
    if (!word.starts_with(name))
      continue;
    const std::string_view digits = word.substr(name.size());
    std::size_t n = 0;
    for (const char c : digits.substr(0, 3)) {
      if (!ascii::is_digit(c))
        break;
      n = 10 * n + static_cast<std::size_t>(c - '0');
    }
    search.ndots = std::min(n, most_ndots);
  }
}

}  // namespace

resolv_conf parse_resolv_conf(std::string_view text) {
  resolv_conf out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // The word begins its line, a comment begins with ";" or "#".
    if (line.empty() || !ascii::is_alpha(line.front()))
      continue;
    const std::string_view what = take_word(line);
    if (what == "nameserver") {
      const std::string_view server = take_word(line);
      if (out.servers.size() < most_servers && is_server(server))
        out.servers.emplace_back(server);
    } else if (what == "search" || what == "domain") {
      out.search.domains =
          take_domains(line, what == "domain" ? 1 : most_domains);
    } else if (what == "options") {
      take_options(line, out.search);
    }
  }
  return out;
}

resolv_conf read_resolv_conf(const std::filesystem::path& file) {
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
