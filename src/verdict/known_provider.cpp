#include "verdict/known_provider.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/split.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::array table = {
    known_provider{.name = "Microsoft 365",
                   .mx = ".mail.protection.outlook.com",
                   .upstream = "outlook.office365.com",
                   .doors = "*.mail.protection.outlook.com",
                   .stores = ".prod.outlook.com .outlook.office365.com",
                   .clients = ".prod.outlook.com .prod.protection.outlook.com",
                   .networks = "2603:1000::/24 2a01:111::/32",
                   .spf = "spf.protection.outlook.com",
                   .reports_without_id = true,
                   .source = "phishing_pot: 17 shapes of traces, 2017 to 2024",
                   .checked = "2026-11-29"},
    known_provider{.name = "Fastmail",
                   .mx = ".messagingengine.com",
                   .upstream = ".fastmail.com .messagingengine.com",
                   .doors = "mx*.messagingengine.com",
                   .spf = "spf.messagingengine.com",
                   .source = "dkim_verifier test/data/original, mail-auth "
                             "resources/dkim2: 2023 and 2024",
                   .checked = "2026-11-29"},
    known_provider{.name = "Google",
                   .mx = ".google.com .googlemail.com",
                   .upstream = "pop.gmail.com",
                   .doors = "mx.google.com gmr-mx.google.com",
                   .spf = "_spf.google.com",
                   .source = "archives of linux-mm and git: 2008 to 2019",
                   .checked = "2026-11-29"},
    known_provider{.name = "Yahoo",
                   .mx = ".yahoodns.net",
                   .upstream = "pop.mail.yahoo.com",
                   .doors = "mta*.mail.*.yahoo.com",
                   .spf = "_spf.mail.yahoo.com",
                   .source = "PHP-Bounce-Handler eml/arf4.txt: 2010",
                   .checked = "2026-11-29"},
    known_provider{.name = "AOL",
                   .mx = ".mx.aol.com",
                   .upstream = "pop.aol.com",
                   .doors = "mtain-*.*.mx.aol.com rly-*.mx.aol.com",
                   .source = "flanker bounce/mailbox-full.eml, SpamAssassin "
                             "t/data/nice/mime9: 2004 to 2011",
                   .checked = "2026-11-29"},
    known_provider{.name = "Proton Mail",
                   .mx = ".protonmail.ch",
                   .doors = "mailin*.protonmail.ch",
                   .spf = "_spf.protonmail.ch",
                   .source = "phishing_pot: five traces",
                   .checked = "2026-11-29"},
    known_provider{.name = "GMX and web.de",
                   .mx = ".gmx.net mx-ha02.web.de mx-ha03.web.de",
                   .upstream = "pop.gmx.net pop3.web.de",
                   .doors = "mx-ha.gmx.net mx-ha.web.de",
                   .source = "public list archives",
                   .checked = "2026-11-29"},
    known_provider{.name = "Yandex",
                   .mx = "mx.yandex.net mx.yandex.ru",
                   .upstream = "pop.yandex.ru pop.yandex.com",
                   .doors = "mxfront*.mail.yandex.net",
                   .spf = "_spf.yandex.net",
                   .source = "public list archives: 2013 and 2020",
                   .checked = "2026-11-29"},
    known_provider{.name = "Tucows hostedemail",
                   .mx = ".b.hostedemail.com",
                   .doors = "imf*.b.hostedemail.com",
                   .spf = "_spf.hostedemail.com",
                   .source = "phishing_pot email/sample-395.eml",
                   .checked = "2026-11-29"},
    known_provider{.name = "Comcast",
                   .mx = ".comcast.net",
                   .upstream = "mail.comcast.net",
                   .doors = "imta*.*.*.mail.comcast.net",
                   .relays = "sz*.ev.mail.comcast.net",
                   .source = "PHP-Bounce-Handler eml/fbl-comcast.txt: 2010",
                   .checked = "2026-11-29"},
    // Gateways: other hosts may lie behind them, at which all mail from
    // outside comes from the gateway's.
    known_provider{.name = "MessageLabs",
                   .mx = ".messagelabs.com",
                   .doors = "server-*.tower-*.messagelabs.com",
                   .relays = "server-*.bemta-*.messagelabs.com",
                   .spf = "spf.messagelabs.com",
                   .source = "sisimai maildir/bsd/rhost-messagelabs-02.eml",
                   .checked = "2026-11-29"},
    known_provider{.name = "Barracuda Email Gateway Defense",
                   .mx = ".ess.barracudanetworks.com",
                   .spf = "spf.ess.barracudanetworks.com",
                   .source = "published SPF records of its customers: 2024",
                   .checked = "2026-11-30"},
    known_provider{.name = "Mimecast",
                   .mx = ".mimecast.com",
                   .spf = "_netblocks.mimecast.com",
                   .source = "published SPF records of its customers: 2024",
                   .checked = "2026-11-30"},
};

bool is_of_label(char c) { return c != '.'; }

/// Linear in practice: a pattern has few stars, a name at most 255 octets.
bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos)
    return pattern == name;
  if (!name.starts_with(pattern.substr(0, star)))
    return false;
  pattern.remove_prefix(star + 1);
  name.remove_prefix(star);
  for (;;) {
    if (matches(pattern, name))
      return true;
    if (name.empty() || !is_of_label(name.front()))
      return false;
    name.remove_prefix(1);
  }
}

}  // namespace

bool is_listed(std::string_view list, std::string_view name) {
  return std::ranges::any_of(split(list, ' '), [&](std::string_view word) {
    return word.starts_with('.') ? name.ends_with(word) : matches(word, name);
  });
}

bool reports_without_id(std::string_view door) {
  return std::ranges::any_of(table, [&](const known_provider& k) {
    return k.reports_without_id && is_listed(k.doors, door);
  });
}

std::vector<const known_provider*> known_providers(
    const std::vector<std::string>& mx_hosts) {
  // The mails of a session have the same ones.
  thread_local std::vector<std::string> last;
  thread_local std::vector<const known_provider*> out;
  if (last == mx_hosts)
    return out;
  last = mx_hosts;
  out.clear();
  for (const known_provider& k : table) {
    const bool is_its = std::ranges::any_of(
        mx_hosts, [&](const std::string& mx) { return is_listed(k.mx, mx); });
    if (is_its)
      out.push_back(&k);
  }
  return out;
}

}  // namespace mekiki::verdict
