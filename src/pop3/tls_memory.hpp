// Hosts that were once seen with TLS: they are never spoken to in clear again,
// whatever the settings allow.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <unordered_set>

namespace mekiki::pop3 {

/// A text file with one host a line, read at start and appended to. Without a
/// file (an empty path) hosts are remembered while the process runs. Why:
/// docs/design.md, "The way to the server".
class tls_memory {
 public:
  explicit tls_memory(std::filesystem::path file);

  bool has(const std::string& host) const { return hosts_.contains(host); }
  /// Clients name the hosts: beyond so many only those are remembered with
  /// which it matters.
  static constexpr std::size_t most_hosts = 10'000;

  /// A verified TLS connection to `host` came about. `may_be_clear`: the
  /// settings allow clear connections to it, so that it matters. If the file
  /// cannot be written, that is logged and the host is remembered in memory.
  void remember(const std::string& host, bool may_be_clear);
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  std::unordered_set<std::string> hosts_;
};

}  // namespace mekiki::pop3
