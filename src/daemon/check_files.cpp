#include "daemon/check_files.hpp"

#include <string>

#include "base/small_file.hpp"
#include "daemon/secret_files.hpp"
#include "net/tls.hpp"
#include "notify/words/texts.hpp"

namespace mekiki::daemon {

std::vector<config::problem> check_files(const config::loaded& given) {
  const config::settings& s = given.settings;
  std::vector<config::problem> out;
  const auto note = [&](std::string_view key, const auto& opened) {
    if (opened)
      return;
    const auto line = given.lines.find(std::string(key));
    out.push_back({.line = line == given.lines.end() ? 0 : line->second,
                   .key = std::string(key),
                   .text = opened.error()});
  };
  if (!s.tls.certificate.empty()) {
    note("tls.certificate",
         net::tls_context::make_server(s.tls.certificate, s.tls.key));
  }
  if (!s.upstream.extra_ca.empty()) {
    note("upstream.extra_ca",
         net::tls_context::make_client(s.upstream.extra_ca));
  }
  constexpr std::size_t largest_anchor = 1 << 20;
  for (const auto& file : s.dns.trust_anchor_files)
    note("dns.trust_anchor_files", read_small_file(file, largest_anchor));
  if (!s.users.templates.empty())
    note("users.templates", notify::texts::load(s.users.templates));
  for (const config::report_mailbox& m : s.report_mailboxes)
    note("reports.password_file", load_password(m.password_file));
  for (const config::signing& one : s.milter_signing)
    note("milter.sign.key", load_signing_key(one.key_file));
  if (!s.smtp.password_file.empty())
    note("smtp.password_file", load_password(s.smtp.password_file));
  if (!s.smtp.extra_ca.empty())
    note("smtp.extra_ca", net::tls_context::make_client(s.smtp.extra_ca));
  if (!s.smtp.dkim_key.empty())
    note("smtp.dkim_key", load_key(s.smtp.dkim_key));
  return out;
}

}  // namespace mekiki::daemon
