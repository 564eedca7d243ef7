#include "config/reload.hpp"

#include "config/setting.hpp"

namespace mekiki::config {

namespace {

std::vector<std::string> texts_of(const std::vector<stub_zone>& zones) {
  std::vector<std::string> out;
  for (const stub_zone& z : zones) {
    out.push_back(z.zone);
    for (const net::endpoint& server : z.servers)
      out.push_back(net::format(server));
  }
  return out;
}

}  // namespace

reloaded reload(const settings& running, const settings& given) {
  reloaded out{.settings = given, .waiting = {}};
  settings& s = out.settings;
  s.state = running.state;
  s.authserv_id = running.authserv_id;
  s.listen.pop3 = running.listen.pop3;
  s.listen.pop3s = running.listen.pop3s;
  s.admin = running.admin;
  s.log.format = running.log.format;
  s.client.failed_login_delay = running.client.failed_login_delay;
  s.dns = running.dns;
  s.verdict.watched = running.verdict.watched;
  s.history = running.history;
  s.users.contact = running.users.contact;
  s.warnings = running.warnings;
  s.smtp = running.smtp;
  s.limits.sessions = running.limits.sessions;
  s.limits.memory = running.limits.memory;
  s.limits.threads = running.limits.threads;
  s.limits.hang = running.limits.hang;
  s.milter.listen = running.milter.listen;
  s.milter.connections = running.milter.connections;
  s.sandbox = running.sandbox;

  settings before = running;
  settings after = given;
  const table old_rows = rows_of(before);
  const table new_rows = rows_of(after);
  for (std::size_t i = 0; i < new_rows.size(); ++i) {
    if (new_rows[i].changed == effect::restart &&
        old_rows[i].value.show() != new_rows[i].value.show())
      out.waiting.push_back(new_rows[i].name);
  }
  if (texts_of(running.dns.stubs) !=
      texts_of(given.dns.stubs))  // tables show no value
    out.waiting.emplace_back("dns.stub");
  return out;
}

}  // namespace mekiki::config
