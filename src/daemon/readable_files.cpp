#include "daemon/readable_files.hpp"

#include <algorithm>
#include <system_error>

#include "dns/unbound_resolver.hpp"
#include "net/tls.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

/// A folder of authorities holds links to where the packages have them. What an
/// administrator links to may lie beside a key: that file alone is open.
void add_authorities(const fs::path& place, std::vector<fs::path>& out) {
  out.push_back(place);
  std::error_code error;
  for (fs::directory_iterator i(place, error), end; !error && i != end;
       i.increment(error)) {
    std::error_code ignored;
    if (!i->is_symlink(ignored))
      continue;
    fs::path leads_to = fs::canonical(i->path(), ignored);
    if (leads_to.string().starts_with("/usr/"))
      leads_to = leads_to.parent_path();
    if (!leads_to.empty() && std::ranges::find(out, leads_to) == out.end())
      out.push_back(leads_to);
  }
}

}  // namespace

std::vector<fs::path> readable_files(const config::settings& settings) {
  std::vector<fs::path> out;
  for (const fs::path& place : net::system_authorities())
    add_authorities(place, out);
  // A new time zone is another link to one of these.
  out.emplace_back("/etc/localtime");
  out.emplace_back("/usr/share/zoneinfo");
  out.emplace_back("/dev/urandom");
  // How many arenas malloc makes.
  out.emplace_back("/sys/devices/system/cpu/online");
  // libpsl reads it when it is asked first, and again when it is newer.
  out.emplace_back("/usr/share/publicsuffix");
  if (!settings.users.templates.empty())
    out.push_back(settings.users.templates);
  return out;
}

std::vector<fs::path> files_by_name(const config::settings& settings,
                                    const fs::path& settings_file) {
  const dns::unbound_options dns;
  std::vector<fs::path> out{dns.resolv_conf, dns.hosts};
  for (const fs::path& file : {settings_file, settings.tls.certificate,
                               settings.tls.key, settings.upstream.extra_ca}) {
    if (!file.empty())
      out.push_back(file);
  }
  // libunbound reads them whenever it begins anew.
  out.insert(out.end(), settings.dns.trust_anchor_files.begin(),
             settings.dns.trust_anchor_files.end());
  for (const config::report_mailbox& m : settings.report_mailboxes)
    out.push_back(m.password_file);
  for (const config::signing& s : settings.milter_signing)
    out.push_back(s.key_file);
  out.push_back(net::system_authorities().front());
  return out;
}

std::vector<std::string> settings_that_need_a_restart(
    const config::settings& at_start, const config::settings& now) {
  std::vector<std::string> out;
  const auto compare = [&out](const char* name, const auto& a, const auto& b) {
    if (a != b)
      out.emplace_back(name);
  };
  compare("state", at_start.state, now.state);
  compare("tls.certificate", at_start.tls.certificate, now.tls.certificate);
  compare("tls.key", at_start.tls.key, now.tls.key);
  compare("upstream.extra_ca", at_start.upstream.extra_ca,
          now.upstream.extra_ca);
  compare("dns.trust_anchor_files", at_start.dns.trust_anchor_files,
          now.dns.trust_anchor_files);
  // Those that were named at the start are read again.
  const bool has_new_file =
      std::ranges::any_of(now.report_mailboxes, [&](const auto& m) {
        return std::ranges::find(at_start.report_mailboxes, m.password_file,
                                 &config::report_mailbox::password_file) ==
               at_start.report_mailboxes.end();
      });
  if (has_new_file)
    out.emplace_back("reports.password_file");
  const bool has_new_key =
      std::ranges::any_of(now.milter_signing, [&](const auto& s) {
        return std::ranges::find(at_start.milter_signing, s.key_file,
                                 &config::signing::key_file) ==
               at_start.milter_signing.end();
      });
  if (has_new_key)
    out.emplace_back("milter.sign.key");
  compare("users.templates", at_start.users.templates, now.users.templates);
  compare("sandbox.enabled", at_start.sandbox.enabled, now.sandbox.enabled);
  return out;
}

}  // namespace mekiki::daemon
