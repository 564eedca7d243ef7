// The proxy as a daemon: listeners, sessions, signals.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "net/stream.hpp"

namespace mekiki::daemon {

/// The addresses that the proxy listens on.
struct bound_ports {
  std::vector<net::endpoint> pop3;
  std::vector<net::endpoint> pop3s;
  std::vector<net::endpoint> admin;
  std::vector<net::place> milter;
};

struct serve_options {
  /// --dns: a JSON zone that answers every question; empty: the real DNS.
  std::filesystem::path zone;
  /// The state folder, which exists.
  std::filesystem::path state;
  /// The file of the settings, and their lines in it, for the dashboard.
  std::filesystem::path settings_file;
  std::map<std::string, unsigned> lines;
  /// For `demo`: the administrator's password; the history is then made up.
  /// Empty: neither.
  std::string demo_password;
  /// Called once, when all listeners are bound. May be empty. Its argument
  /// `stop` ends serve() like a signal, and may be called from any thread.
  std::function<void(const bound_ports& ports, std::function<void()> stop)>
      ready;
};

/// Runs until SIGINT or SIGTERM, and then until sessions have the answers that
/// they are at (limits.drain); at SIGHUP it reads settings and certificates
/// again. The answer is the exit code: 0 after a
/// signal, 2 when it could not start (the reason is logged or printed).
int serve(const config::settings& settings, const serve_options& options);

}  // namespace mekiki::daemon
