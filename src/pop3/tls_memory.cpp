#include "pop3/tls_memory.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/file_remedy.hpp"
#include "base/log.hpp"

namespace mekiki::pop3 {

tls_memory::tls_memory(std::filesystem::path file) : file_(std::move(file)) {
  errno = 0;
  std::ifstream in(file_);
  if (!in && errno != ENOENT) {
    log::error(
        "cannot read {}: {}{}; that servers have TLS is forgotten until then",
        file_.string(), std::generic_category().message(errno),
        file_remedy(file_, errno));
  }
  for (std::string line; std::getline(in, line);) hosts_.insert(line);
}

void tls_memory::remember(const std::string& host, bool may_be_clear,
                          const std::string& client) {
  if (hosts_.contains(host))
    return;
  std::size_t& of_client = hosts_of_[client];
  const bool is_full =
      hosts_.size() >= most_hosts || of_client >= most_of_client;
  if (is_full && !may_be_clear)
    return;
  ++of_client;
  hosts_.insert(host);
  if (file_.empty())
    return;
  std::ofstream out(file_, std::ios::app);
  out << host << '\n' << std::flush;
  if (!out) {
    log::error(
        "cannot write {}: that {} has TLS is forgotten at the next start{}",
        file_.string(), host, file_remedy(file_));
  }
}

void tls_memory::remember_port(const std::string& host, std::uint16_t port,
                               const std::string& client) {
  if (begins_with_tls(host, port))
    return;
  std::size_t& of_client = ports_of_[client];
  if (ports_.size() >= most_hosts || of_client >= most_of_client)
    return;
  ++of_client;
  ports_.emplace(host, port);
}

}  // namespace mekiki::pop3
