// Hosts that were once seen with TLS: they are never spoken to in clear again,
// whatever the settings allow. Also the ports that were found to begin with
// TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace mekiki::pop3 {

/// A text file with one host a line, read at start and appended to. Without a
/// file (an empty path) hosts are remembered while the process runs. Why:
/// docs/design.md, "The way to the server".
class tls_memory {
 public:
  explicit tls_memory(std::filesystem::path file);

  bool has(const std::string& host) const { return hosts_.contains(host); }
  /// Clients name the hosts: beyond these numbers, in all and for each client's
  /// network since the start, only those are remembered with which it matters.
  static constexpr std::size_t most_hosts = 10'000;
  static constexpr std::size_t most_of_client = 500;

  /// A verified TLS connection to `host` came about. `may_be_clear`: the
  /// settings allow clear connections to it, so that it matters. If the file
  /// cannot be written, that is logged and the host is remembered in memory.
  void remember(const std::string& host, bool may_be_clear,
                const std::string& client);
  const std::filesystem::path& file() const { return file_; }

  /// A verified TLS connection came about there from the first octet on. Of
  /// ports nothing is written to the file: to find it out again costs one
  /// client some seconds. Beyond the same numbers no more are remembered.
  void remember_port(const std::string& host, std::uint16_t port,
                     const std::string& client);
  /// It does not begin with TLS any more.
  void forget_port(const std::string& host, std::uint16_t port) {
    ports_.erase({host, port});
  }
  bool begins_with_tls(const std::string& host, std::uint16_t port) const {
    return ports_.contains({host, port});
  }

 private:
  std::filesystem::path file_;
  std::unordered_set<std::string> hosts_;
  std::set<std::pair<std::string, std::uint16_t>> ports_;
  std::unordered_map<std::string, std::size_t> hosts_of_;  // a client
  std::unordered_map<std::string, std::size_t> ports_of_;
};

}  // namespace mekiki::pop3
