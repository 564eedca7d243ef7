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
enum class session_stage : std::uint8_t {
  connect,
  tls,
  greeting,
  login,
  session,
  mail
};
constexpr std::string_view to_string(session_stage s) {
  switch (s) {
    case session_stage::connect:
      return "connect";
    case session_stage::tls:
      return "tls";
    case session_stage::greeting:
      return "greeting";
    case session_stage::login:
      return "login";
    case session_stage::session:
      return "session";
    case session_stage::mail:
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

  /// Errors of upstreams, by host and step. Clients name the hosts, and
  /// strangers may be clients: told apart are those of the settings and those
  /// that let somebody in, at most 100. The others together are "other".
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
    void add(const std::string& host, session_stage at) {
      ++all_[{hosts_.contains(host) ? host : "other", at}];
    }
    const std::unordered_set<std::string>& known() const { return hosts_; }
    const std::map<std::pair<std::string, session_stage>, std::uint64_t>& all()
        const {
      return all_;
    }

   private:
    std::unordered_set<std::string> hosts_;
    std::map<std::pair<std::string, session_stage>, std::uint64_t> all_;
  } errors;
};

}  // namespace mekiki::pop3
