#include "pop3/tls_memory.hpp"

#include <fstream>

#include "base/log.hpp"

namespace mekiki::pop3 {

tls_memory::tls_memory(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) hosts_.insert(line);
}

void tls_memory::remember(const std::string& host, bool may_be_clear) {
  if (hosts_.size() >= most_hosts && !may_be_clear)
    return;
  if (!hosts_.insert(host).second || file_.empty())
    return;
  std::ofstream out(file_, std::ios::app);
  out << host << '\n' << std::flush;
  if (!out) {
    log::error(
        "cannot write {}: that {} has TLS is forgotten at the next "
        "start",
        file_.string(), host);
  }
}

void tls_memory::remember_port(const std::string& host, std::uint16_t port) {
  if (ports_.size() < most_hosts)
    ports_.emplace(host, port);
}

}  // namespace mekiki::pop3
