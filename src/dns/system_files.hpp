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

namespace mekiki::dns {

/// The addresses behind "nameserver" in a resolv.conf (resolv.conf(5)), in
/// their order, at most 8; what is no address is passed over. Beyond what the C
/// library reads, "@PORT" may follow an address.
std::vector<std::string> parse_resolv_conf(std::string_view text);
/// None where the file cannot be read.
std::vector<std::string> read_resolv_conf(const std::filesystem::path& file);

/// Notices when a file is written, replaced, removed or made.
class watched_file {
 public:
  explicit watched_file(std::filesystem::path file);

  /// Since it was last asked, or made.
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
