// The files in which a machine says how names are looked up: resolv.conf and
// hosts. They change with the network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "dns/resolver.hpp"

namespace mekiki::dns {

struct resolv_conf {
  /// The addresses behind "nameserver", in their order, at most 8; what is no
  /// address is passed over. Beyond what the C library reads, "@PORT" may
  /// follow an address.
  std::vector<std::string> servers;
  /// The last of all "search" and "domain" lines, at most 6 names, and the last
  /// "ndots" of the options, at most 15. Without such a line the list is empty:
  /// the domain of the machine's own name and the variables LOCALDOMAIN and
  /// RES_OPTIONS are ignored.
  search_list search;
};

/// resolv.conf(5).
resolv_conf parse_resolv_conf(std::string_view text);
/// Empty where the file cannot be read.
resolv_conf read_resolv_conf(const std::filesystem::path& file);

/// Notices when a file is written, replaced, removed or made.
class watched_file {
 public:
  explicit watched_file(std::filesystem::path file);

  /// Whether the file changed since the last call, or since construction.
  bool has_changed();

 private:
  struct state {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t written = 0;  // nanoseconds
    bool operator==(const state&) const = default;
  };
  std::optional<state> look() const;

  std::filesystem::path file_;
  std::optional<state> last_;
};

}  // namespace mekiki::dns
