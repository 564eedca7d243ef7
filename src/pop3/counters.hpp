// What the proxy did since its start: for those who run it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace mekiki::pop3 {

/// Where a session with an upstream can fail. The last two are after login.
enum class step : std::uint8_t { connect, tls, greeting, login, session, mail };
constexpr std::string_view to_string(step s) {
  switch (s) {
    case step::connect:
      return "connect";
    case step::tls:
      return "tls";
    case step::greeting:
      return "greeting";
    case step::login:
      return "login";
    case step::session:
      return "session";
    case step::mail:
      return "mail";
  }
  return "";
}

/// Octets as POP3 has them, without TLS.
struct octet_counts {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};

struct counters {
  std::size_t sessions = 0;  // that are open
  std::uint64_t all_sessions = 0;

  octet_counts clients;
  octet_counts upstreams;

  /// Errors of upstreams, by host and step. Clients name the hosts: at most 100
  /// are told apart, the others together are "other".
  class host_errors {
   public:
    static constexpr std::size_t most_hosts = 100;

    /// Has a name of its own from now on, if there is room.
    bool know(const std::string& host) {
      if (hosts_.contains(host))
        return true;
      if (hosts_.size() >= most_hosts)
        return false;
      hosts_.insert(host);
      return true;
    }
    void add(const std::string& host, step at) {
      ++all_[{know(host) ? host : "other", at}];
    }
    const std::map<std::pair<std::string, step>, std::uint64_t>& all() const {
      return all_;
    }

   private:
    std::unordered_set<std::string> hosts_;
    std::map<std::pair<std::string, step>, std::uint64_t> all_;
  } errors;
};

}  // namespace mekiki::pop3
