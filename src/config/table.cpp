// The settings: of each its name, where its value is kept and what that may be,
// a line of help and a paragraph. Parser, defaults, manual and what the
// dashboard shows come of it.
#include <algorithm>
#include <optional>

#include "base/ascii.hpp"
#include "config/setting.hpp"
#include "config/units.hpp"
#include "dns/name.hpp"
#include "notify/mail/own_mail.hpp"

namespace mekiki::config {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t kib = 1 << 10;
constexpr std::size_t mib = 1 << 20;
constexpr std::size_t gib = 1 << 30;

// Texts of some kinds --------------------------------------------------

// A text that is kept as `parse` makes it.
value parsed(std::string& at, std::string type,
             std::optional<std::string> (*parse)(std::string_view)) {
  return spelled(
      std::move(type),
      [&at, parse](std::string_view text) {
        auto made = parse(text);
        if (made)
          at = std::move(*made);
        return made.has_value();
      },
      [&at] { return at; });
}

bool is_any(std::string_view /*text*/) { return true; }
bool is_contact(std::string_view text) { return text.size() <= 200; }
// Where people open the dashboard; "" nowhere that mails may name.
bool is_page_address(std::string_view text) {
  constexpr std::size_t longest = 200;
  constexpr std::string_view not_bare = "\"'<>(){}\\^`|#?%";
  if (text.empty())
    return true;
  const std::size_t slashes = text.find("://");
  const std::string_view scheme = text.substr(0, slashes);
  return (scheme == "https" || scheme == "http") && text.size() <= longest &&
         text.size() > slashes + 3 && text[slashes + 3] != '/' &&
         std::ranges::all_of(text, [&](char c) {
           return ascii::is_graph(c) && not_bare.find(c) == not_bare.npos;
         });
}
bool is_excluded(std::string_view text) {
  return !text.empty() && text == ascii::to_lower(text) &&
         std::ranges::all_of(text, ascii::is_graph);
}
bool is_line(std::string_view text) { return !text.empty(); }

// RFC 8601 2.5: a token here; nobody needs a quoted one.
bool is_authserv_id(std::string_view text) {
  constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";
  return text.size() <= 253 && std::ranges::all_of(text, [&](char c) {
           return ascii::is_graph(c) &&
                  specials.find(c) == std::string_view::npos;
         });
}

// An authserv-id, or "@" and a domain for all ids in it and below it.
bool is_believed_id(std::string_view text) {
  return text.starts_with('@') ? is_domain_name(text.substr(1))
                               : !text.empty() && is_authserv_id(text);
}

std::optional<std::string> parse_host(std::string_view text) {
  const std::string_view name = without_brackets(text);
  return is_host(name) ? std::optional(std::string(name)) : std::nullopt;
}

// Names of this host, for comparing.
std::optional<std::string> parse_host_name(std::string_view text) {
  return is_host(text) && !parse_ip_address(text)
             ? std::optional(ascii::to_lower(text))
             : std::nullopt;
}

// A name of the DNS, kept as it is asked for there.
std::optional<std::string> parse_domain(std::string_view text) {
  auto name = dns::to_a_labels(text);
  if (!name || !is_domain_name(*name) || parse_ip_address(*name))
    return std::nullopt;
  return name;
}

// "pop.example.jp", or "*.example.jp" for all hosts below that domain.
std::optional<std::string> parse_host_pattern(std::string_view text) {
  if (!text.starts_with("*.")) {
    const auto host = parse_host(text);
    return host ? std::optional(ascii::to_lower(*host)) : std::nullopt;
  }
  auto name = parse_domain(text.substr(2));
  // "*.0.0.1" would stand for addresses.
  if (!name ||
      std::ranges::all_of(name->substr(name->rfind('.') + 1), ascii::is_digit))
    return std::nullopt;
  return "*." + *name;
}

template <std::optional<std::string> (*Parse)(std::string_view)>
std::optional<std::string> or_none(std::string_view text) {
  return text.empty() ? std::string() : Parse(text);
}

value host(std::string& at) {
  return parsed(at, "a host name or address", parse_host);
}
value host_or_none(std::string& at) {
  return parsed(at, "a host name or address, or \"\"", or_none<parse_host>);
}
value host_name_in_lower_case(std::string& at) {
  return parsed(at, "a host name", parse_host_name);
}
value host_pattern(std::string& at) {
  return parsed(at,
                "a host name such as \"pop.example.jp\", or \"*.example.jp\" "
                "for all below that domain",
                parse_host_pattern);
}
value domain(std::string& at) {
  return parsed(at, "a domain name", parse_domain);
}
value domain_or_none(std::string& at) {
  return parsed(at, "a domain name, or \"\"", or_none<parse_domain>);
}
value mail_address(std::string& at) {
  return text(at, "a mail address such as \"postmaster@example.jp\"",
              notify::is_plain_address);
}
value mail_address_or_none(std::string& at) {
  return text(at, "a mail address such as \"mekiki@example.jp\", or \"\"",
              [](std::string_view t) {
                return t.empty() || notify::is_plain_address(t);
              });
}

// Other values ---------------------------------------------------------

value listener(net::endpoint& at) { return endpoint(at, 0); }
value place(net::place& at) {
  return spelled(
      "an address such as \"127.0.0.1:8892\", or \"unix:\" and the path of a "
      "local socket",
      [&at](std::string_view text) {
        auto made = parse_place(text);
        if (made)
          at = std::move(*made);
        return made.has_value();
      },
      [&at] { return net::format(at); });
}
value measure(milter::measure& at) {
  return choice(at, {{"mark", milter::measure::mark},
                     {"quarantine", milter::measure::quarantine},
                     {"reject", milter::measure::reject}});
}
value dns_server(net::endpoint& at) { return endpoint(at, 53); }
value port(std::uint16_t& at) { return number(at, 1, 65535); }

value port_or_usual(std::optional<std::uint16_t>& at) {
  return whole_number(
      0, 65535,
      [&at](std::int64_t n) {
        at = n == 0 ? std::nullopt
                    : std::optional(static_cast<std::uint16_t>(n));
      },
      [&at] { return std::to_string(at.value_or(0)); });
}

value tls_way(std::optional<pop3::protection>& at) {
  using pop3::protection;
  return choice(at, {{"as-client", std::nullopt},
                     {"tls", protection::tls},
                     {"stls", protection::stls},
                     {"clear", protection::clear}});
}

value methods(notify::methods& at) {
  return spelled(
      "letters of A, B, C, D with commas such as \"A,C\", or \"none\"",
      [&at](std::string_view text) {
        const auto m = notify::parse_methods(text);
        if (m)
          at = *m;
        return m.has_value();
      },
      [&at] { return notify::format(at); });
}

value language(notify::language& at) {
  return choice(at, {{"en", notify::language::english},
                     {"ja", notify::language::japanese}});
}

// ----------------------------------------------------------- the tables

table route_rows(pop3::route& r) {
  return {
      {"pattern",
       text(r.pattern, "a login name, where * stands for anything", is_line),
       "which login names this is for", "", effect::session, true},
      {"host", host_or_none(r.host),
       "the mail server; may be left out where the pattern has %HOST"},
      {"port", port_or_usual(r.port), "its port; 0 is the usual one"},
      {"tls", tls_way(r.with),
       "TLS at once, STLS, none (see upstream.clear_hosts), or as the client "
       "came"},
      {"local_part_only", boolean(r.local_part_only),
       "log in there as what stands before the @"},
  };
}

table report_mailbox_rows(report_mailbox& m) {
  using after = report_mailbox::after_reading;
  return {
      {"account",
       text(m.account, "a login name such as \"dmarc%pop.example.jp\"",
            is_line),
       "the mailbox, as a mail client would log in to it through Mekiki", "",
       effect::at_once, true},
      {"password_file", path(m.password_file),
       "the file that holds its password in the first line, for the owner "
       "alone "
       "(`chmod 600`)",
       "", effect::at_once, true},
      {"every", duration(m.every, 1min, 7 * 24h), "how often it is looked into",
       "", effect::at_once},
      {"after",
       choice(m.after, {{"leave", after::leave}, {"delete", after::remove}}),
       "what becomes of its mails once their reports are kept; `delete` leaves "
       "those that could not be read",
       "", effect::at_once},
  };
}

table milter_domain_rows(milter::policy::domain_rule& r) {
  return {
      {"name", domain(r.name), "the author's domain; what is below it, too", "",
       effect::session, true},
      {"on_dmarc_fail", measure(r.on_dmarc_fail),
       "what may be done with mail in its name that fails DMARC"},
  };
}

table signing_rows(signing& s) {
  return {
      {"domain", domain(s.domain), "the author's domain; what is below it, too",
       "", effect::at_once, true},
      {"selector", domain(s.selector), "the name of its key in the DNS", "",
       effect::at_once, true},
      {"key", path(s.key_file),
       "the key's file, as `mekiki keygen` writes it, for the owner alone", "",
       effect::at_once, true},
  };
}

table autoconfig_rows(admin::client_setup& s) {
  return {
      {"domain", domain(s.domain), "the domain of the mail addresses", "",
       effect::at_once, true},
      {"incoming", host(s.incoming), "what mail clients call this machine", "",
       effect::at_once, true},
      {"port", port_or_usual(s.port),
       "the port there, with TLS; 0 is the first of `listen.pop3s`, or, where "
       "that is off, of `listen.pop3`, with STLS"},
      {"server", host_or_none(s.server),
       "the mail server that the login name needs behind its %; \"\" where a "
       "[[route]] has it"},
      {"outgoing", host(s.outgoing), "the provider's own outgoing mail server",
       "", effect::at_once, true},
      {"outgoing_port", port(s.outgoing_port), "its port"},
      {"outgoing_tls",
       choice(s.outgoing_tls, {{"tls", net::submit_tls::tls},
                               {"starttls", net::submit_tls::starttls},
                               {"clear", net::submit_tls::clear}}),
       "how the way there is protected"},
      {"outgoing_local_part", boolean(s.outgoing_local_part),
       "log in there as what stands before the @"},
  };
}

table stub_rows(stub_zone& z) {
  return {
      {"zone", text(z.zone, "a domain name", is_domain_name), "the zone's name",
       "", effect::session, true},
      {"servers", list(z.servers, dns_server), "the servers that answer for it",
       "", effect::session, true},
  };
}

table provider_rows(verdict::provider_rule& p) {
  return {
      {"upstream", host_pattern(p.upstream),
       "the mail server this is about, as logins or routes name it", "",
       effect::session, true},
      {"networks", list(p.networks, network),
       "networks in which every host is the provider's own: what such a host "
       "hands on was inside already"},
      {"mail_domain", domain_or_none(p.mail_domain),
       "the domain of its mail addresses, whose MX hosts take mail from "
       "outside; \"\" is the one in the login name"},
      {"host_domain", domain_or_none(p.host_domain),
       "the domain below which its hosts have their names, beside those of its "
       "MX hosts; \"\" is the one of the mail server"},
      {"mail_only", boolean(p.mail_only),
       "no program of a customer, such as a web site's, runs on its mail "
       "hosts: what a host takes from itself proves, too"},
      {"authserv_ids",
       list(p.authserv_ids,
            [](std::string& one) {
              return text(one,
                          "an authserv-id, or \"@\" and a domain for all "
                          "ids below it",
                          is_believed_id);
            }),
       "whose Authentication-Results are believed, where they stand above all "
       "that the sender can have written"},
      {"shares_history", boolean(p.shares_history),
       "what is learned from one mailbox there counts for all: only where no "
       "stranger can have one"},
  };
}

}  // namespace

table rows_of(settings& c) {
  return {
      {"state", path(c.state),
       "the folder that keeps certificates, secrets and spooled mails",
       "Made with mode 0700 when absent. Empty: `$STATE_DIRECTORY`, which "
       "systemd sets, else `$XDG_STATE_HOME/mekiki`, else "
       "`~/.local/state/mekiki`. `--state` on the command line comes first.",
       effect::restart},
      {"authserv_id",
       text(c.authserv_id, "a name without spaces", is_authserv_id),
       "our name in Authentication-Results (RFC 8601 2.5)",
       "Empty: the name of this host. Incoming Authentication-Results fields "
       "that carry this name are removed, because only we may write them.",
       effect::restart},

      {"listen.pop3", list(c.listen.pop3, listener),
       "where mail clients connect, without TLS or with STLS",
       "An empty list turns it off. Port 0 takes a free port. On an address "
       "that is not loopback a client must use STLS before it logs in, unless "
       "`listen.clear_logins` is true.",
       effect::restart},
      {"listen.pop3s", list(c.listen.pop3s, listener),
       "where mail clients connect with TLS",
       "An empty list turns it off. Port 0 takes a free port.",
       effect::restart},
      {"listen.clear_logins", boolean(c.listen.clear_logins),
       "allow logins without TLS on addresses that are not loopback",
       "Passwords then cross the network for everybody on it to read. On "
       "loopback addresses they are always allowed."},

      {"admin.listen", list(c.admin.listen, listener),
       "where the dashboard is, and `/metrics` and `/healthz` for programs",
       "HTTP on loopback addresses, on others HTTPS with the certificate of "
       "`[tls]`. An empty list turns it off. Port 0 takes a free port. Where "
       "an address is taken, the log says so and mail is served without. "
       "docs/operation.md and docs/dashboard.md tell what is shown.",
       effect::restart},
      {"admin.names", list(c.admin.names, host_name_in_lower_case),
       "names that browsers and programs may ask for it by",
       "`localhost`, loopback addresses and the address that is connected to "
       "always may. Others are refused, so that no page elsewhere can have its "
       "own name lead here and read what is shown.",
       effect::restart},
      {"admin.url",
       text(c.admin.url, "an address such as https://mekiki.example.jp:8110/",
            is_page_address),
       "the address at which people open the dashboard",
       "Warning mails and the digest link to its pages. Empty: they name none.",
       effect::restart},
      {"admin.clear", boolean(c.admin.clear),
       "speak HTTP on addresses that are not loopback, too",
       "Passwords then cross the network for everybody on it to read, if "
       "nothing before Mekiki speaks HTTPS.",
       effect::restart},
      {"admin.metrics_for", list(c.admin.metrics_for, network),
       "the clients that get `/metrics`",
       "They need no password, and see how much mail is fetched from which "
       "host.",
       effect::restart},
      {"admin.proxies", list(c.admin.proxies, network),
       "reverse proxies, whose `X-Forwarded-For` is believed",
       "For requests that they pass on, the client is the last address of that "
       "field which is not listed here: it is the one that attempts to sign in "
       "are counted for, and that `admin.metrics_for` looks at. From all "
       "others the field means nothing. A proxy on this machine has to be "
       "listed (`127.0.0.1`): otherwise all who come by it count as this "
       "machine. docs/administration.md has examples.",
       effect::restart},
      {"admin.connections", number(c.admin.connections, 1, 10'000),
       "how many connections each of its addresses takes at once", "",
       effect::restart},
      {"admin.deadline", duration(c.admin.deadline, 100ms, 5min),
       "how long a request may take to arrive, and an answer to be taken", "",
       effect::restart},

      {"autoconfig",
       tables("autoconfig", c.autoconfigs, autoconfig_rows,
              admin::client_setup{.domain = "example.jp",
                                  .incoming = "mail.example.jp",
                                  .port = {},
                                  .server = "pop.example.jp",
                                  .outgoing = "smtp.example.jp"}),
       "lets mail clients find the servers of a domain's addresses",
       "The dashboard's listener has the files that they look for: "
       "`/.well-known/autoconfig/mail/config-v1.1.xml` and "
       "`/mail/config-v1.1.xml` (Thunderbird and others), "
       "`/autodiscover/autodiscover.xml` (Outlook; not tried). They name this "
       "machine for incoming mail. docs/administration.md tells how clients "
       "come to them.",
       effect::at_once},

      {"tls.certificate", path(c.tls.certificate),
       "your own certificate chain (PEM) for clients",
       "Empty: Mekiki makes its own authority and certificate in the state "
       "folder; `mekiki cert` exports it with the steps for each client. Needs "
       "`tls.key` too. Another path needs a restart (docs/security.md).",
       effect::at_once},
      {"tls.key", path(c.tls.key), "the private key (PEM) of `tls.certificate`",
       "Another path needs a restart.", effect::at_once},
      {"tls.names", list(c.tls.names, host),
       "more names and addresses for the certificate that Mekiki makes",
       "The host's name, `localhost`, `127.0.0.1` and `::1` are always in it. "
       "Add what other machines call this one. The authority may vouch for "
       "none that was not known when it was made: `mekiki cert --renew` makes "
       "another, which clients have to import.",
       effect::at_once},

      {"log.level",
       choice(c.log.level, {{"debug", "debug"},
                            {"info", "info"},
                            {"warning", "warning"},
                            {"error", "error"},
                            {"off", "off"}}),
       "the least important lines that are logged", "", effect::at_once},
      {"log.format",
       choice(c.log.format,
              {{"text", log::format::text}, {"json", log::format::json}}),
       "lines for people, or one JSON object a line",
       "The log goes to standard error. It never holds passwords.",
       effect::restart},

      {"upstream.networks", list(c.upstream.networks, network),
       "private networks in which mail servers may be reached",
       "Public addresses of other machines are always allowed. Private, "
       "loopback and link-local ones, and all of this machine's own, only if "
       "they are listed here, so that nobody uses the proxy to reach what lies "
       "behind it."},
      {"upstream.hosts", list(c.upstream.hosts, host_pattern),
       "the only mail servers that may be reached; `*.example.jp` stands for "
       "all below that domain",
       "Names and addresses as login names have them; those of `[[route]]` are "
       "added. Empty: every server may be, which is refused when anything "
       "listens on an address that is not loopback, since others could then "
       "reach any server in this machine's name."},
      {"upstream.ports", list(c.upstream.ports, port),
       "ports of mail servers that may be connected to"},
      {"upstream.high_ports", boolean(c.upstream.high_ports),
       "allow all ports from 1024 on too"},
      {"upstream.clear_hosts", list(c.upstream.clear_hosts, host),
       "hosts to which a password may be sent without TLS",
       "To all others a login goes over TLS or STLS only. A host that once "
       "offered TLS is never spoken to in clear again, even if it is listed."},
      {"upstream.extra_ca", path(c.upstream.extra_ca),
       "certificate authorities (PEM) to trust beside the system's",
       "For mail servers with a certificate of your own authority. Another "
       "path "
       "needs a restart."},
      {"upstream.connect_timeout",
       duration(c.upstream.connect_timeout, 1s, 10min),
       "how long connecting to a mail server may take",
       "All its addresses together, without the TLS handshake."},
      {"upstream.silence_timeout", duration(c.upstream.silence_timeout, 1s, 1h),
       "how long a mail server may send nothing before it is given up",
       "The client then sees a broken connection, never a cut mail."},

      {"route",
       tables("route", c.routes, route_rows,
              pop3::route{.pattern = "*@example.jp",
                          .host = "pop.example.jp",
                          .port = {},
                          .with = {}}),
       "says which mail server login names belong to",
       "With a route people log in as `taro@example.jp` instead of "
       "`taro@example.jp%pop.example.jp`. The first route whose pattern "
       "matches counts. A pattern without `%` is for names without `%HOST` "
       "only; one such as `*%pop.example.jp` changes port or TLS for a host "
       "that people name themselves."},

      {"client.idle_timeout", duration(c.client.idle_timeout, 10s, 24h),
       "how long a client may send nothing before it is disconnected",
       "RFC 1939 3 asks for at least 10 minutes. Nothing is deleted then."},
      {"client.login_timeout", duration(c.client.login_timeout, 5s, 1h),
       "how long a client may take to log in before it is disconnected",
       "Mail clients log in at once. Connections that never do, such as those "
       "of browsers and port scanners, are not kept."},
      {"client.first_lines", duration(c.client.first_lines, 1s, 10min),
       "how often a waiting client is sent a line of a slow mail's header",
       "Mail clients give up when nothing comes. Until the verdict is known "
       "only header lines of no consequence go out."},
      {"client.failed_login_delay",
       duration(c.client.failed_login_delay, 0ms, 1min),
       "how long a login waits after a refused one",
       "Doubles with each further refusal of the same client and account, up "
       "to 30 seconds; logins tried at once wait one behind another.",
       effect::restart},

      {"prefetch.mode",
       choice(c.prefetch.mode, {{"off", pop3::prefetch::off},
                                {"on", pop3::prefetch::on},
                                {"force", pop3::prefetch::force}}),
       "ask the mail server for the next mails before the client does",
       "Mails are asked for with TOP, which marks nothing as read, and on "
       "servers alone whose TOP gives whole mails. `on` leaves it out where "
       "the server says EXPIRE 0; `force` does not ask."},
      {"prefetch.for",
       choice(c.prefetch.whom, {{"deleting", pop3::prefetch_for::deleting},
                                {"all", pop3::prefetch_for::all}}),
       "for which clients that is done",
       "`deleting`: for those that delete each mail after they fetched it, "
       "twice in a row or throughout the account's last session; the first "
       "client that keeps its mails after such a session leaves those that "
       "were read ahead for it unread. `all`: after two RETR in a row, for "
       "clients that leave their mails, too: these then stay unread on the "
       "server."},
      {"prefetch.commands", number(c.prefetch.commands, 1, 1000),
       "how many mails may be asked for ahead"},
      {"prefetch.octets", size(c.prefetch.octets, 64 * kib, gib),
       "how large they may be together",
       "This much memory a session may need while it prefetches."},

      {"mail.top_whole", size(c.mail.top_whole, 0, gib),
       "up to which size TOP judges the whole mail",
       "A client that looks at headers only (TOP) still makes Mekiki fetch the "
       "mail, because a signature covers it all. Of larger mails TOP gives the "
       "header, marked `unverified`."},
      {"mail.memory", size(c.mail.memory, 4 * kib, 64 * mib),
       "how much of a mail is kept in memory while it is judged",
       "The rest goes to a file without a name in the state folder."},
      {"mail.largest", size(c.mail.largest, mib, 1024 * gib),
       "the largest mail that is judged",
       "Larger ones are delivered unjudged, without forged fields."},

      {"dns.resolvers", list(c.dns.resolvers, dns_server),
       "the DNS servers that are asked",
       "Empty: the system's, as in /etc/resolv.conf. It is read again when it "
       "changes, as /etc/hosts is. Its search list completes short names of "
       "mail servers (`taro%pop`), never a name in a mail; certificates must "
       "carry the name as it was typed.",
       effect::restart},
      {"dns.dnssec",
       choice(c.dns.validation, {{"off", dns::dnssec::off},
                                 {"opportunistic", dns::dnssec::opportunistic},
                                 {"strict", dns::dnssec::strict}}),
       "validate answers with DNSSEC",
       "`opportunistic` validates where the resolvers let signatures through; "
       "`strict` takes missing signatures for a forgery. A forged answer "
       "counts as no answer.",
       effect::restart},
      {"dns.trust_anchors",
       list(c.dns.trust_anchors,
            [](std::string& one) {
              return text(one, "a DS or DNSKEY record", is_line);
            }),
       "trust anchors, as records in zone file form",
       "If neither these nor `dns.trust_anchor_files` are given: the root's "
       "keys, which are built in.",
       effect::restart},
      {"dns.trust_anchor_files", list(c.dns.trust_anchor_files, path),
       "files of trust anchors", "", effect::restart},
      {"dns.deadline", duration(c.dns.deadline, 100ms, 1min),
       "how long one DNS question may take",
       "A check that gets no answer ends as `temperror`; the mail is "
       "delivered.",
       effect::restart},
      {"dns.budget", duration(c.verdict.dns_budget, 100ms, 5min),
       "how long after a mail's first DNS question further ones may begin",
       "SPF and DMARC ask one question after another. Later ones count as "
       "without an answer, so that no sender can hold up a mail for long."},
      {"dns.stub",
       tables("dns.stub", c.dns.stubs, stub_rows,
              stub_zone{.zone = "corp.example",
                        .servers = {{ip_address::v4({192, 0, 2, 53}), 53}}}),
       "zones that are asked of servers of their own", "", effect::restart},

      {"dkim.allow_weak", boolean(c.verdict.dkim.allow_weak),
       "accept rsa-sha1 and RSA keys below 1024 bits",
       "RFC 8301 forbids both, because they can be forged. For judging old "
       "archives only."},
      {"dkim.max_signatures", number(c.verdict.dkim.max_signatures, 1, 100),
       "how many signatures of one mail are checked, from the top"},
      {"dkim.max_rsa_bits", number(c.verdict.dkim.max_rsa_bits, 2048, 16384),
       "the longest RSA key that is used",
       "Longer keys cost too much time; RFC 8301 3.2 asks for 4096."},
      {"dkim.clock_skew", duration(c.verdict.dkim.clock_skew, 0s, 24h),
       "by how much the clocks of senders may be wrong",
       "Whole seconds; a fraction is cut off."},

      {"provider",
       tables("provider", c.verdict.providers, provider_rows,
              verdict::provider_rule{
                  .upstream = "pop.example.jp",
                  .networks = {*parse_ip_network("192.0.2.0/24")},
                  .mail_domain = {},
                  .host_domain = {},
                  .authserv_ids = {}}),
       "says what belongs to a mail provider",
       "SPF needs the address that a mail came from outside with, and that "
       "stands in the Received field of the first host of the provider. Mekiki "
       "finds it by itself where the DNS tells which hosts are the provider's; "
       "where `mekiki explain` says that it did not, tell it here. The first "
       "provider that matches counts. A changed `shares_history` takes effect "
       "at a restart."},

      {"checks.dmarc",
       choice(c.verdict.dmarc.rules, {{"rfc9989", dmarc::spec::rfc9989},
                                      {"rfc7489", dmarc::spec::rfc7489}}),
       "by which standard DMARC records are found and applied",
       "RFC 9989 walks up the domain name; its forerunner RFC 7489 asks the "
       "list of public suffixes and knows `pct=`."},
      {"checks.dmarc_compare", boolean(c.verdict.dmarc.compare),
       "evaluate DMARC by the other standard too, and tell differences",
       "`mekiki explain` and `mekiki verify --json` show them. The verdict "
       "stays that of `checks.dmarc`."},
      {"checks.iprev", boolean(c.verdict.iprev),
       "check whether the sending host's address has a name that leads back to "
       "it (iprev, RFC 8601 3)",
       "Told, never evidence: honest hosts lack such names, and forgers can "
       "have them."},
      {"checks.senderid", boolean(c.verdict.senderid),
       "check Sender ID (RFC 4406), which is historic",
       "Told, never evidence. Few domains still publish records for it."},
      {"checks.adsp", boolean(c.verdict.adsp),
       "check ADSP (RFC 5617), which is historic since 2013",
       "Told, never evidence. DMARC took its place."},

      {"verdict.accuse_within",
       duration(c.verdict.decision.accuse_within, 0s, 90 * 24h),
       "the age up to which a mail may be called forged because of what the "
       "DNS says now",
       "Counted from when it came to the provider. Later keys and records may "
       "be gone or changed, so that an honest mail looks forged. Whole "
       "seconds; a fraction is cut off."},
      {"verdict.accuse_unsigned_within",
       duration(c.verdict.decision.accuse_unsigned_within, 0s, 90 * 24h),
       "the same for mail without a signature of the author's domain",
       "There no key can be gone. Whole seconds; a fraction is cut off."},
      {"verdict.senders",
       choice(c.verdict.decision.senders,
              {{"off", verdict::sender_class::off},
               {"google", verdict::sender_class::google},
               {"strict", verdict::sender_class::strict}}),
       "additional rules that a sender must follow to be better than "
       "`unverified`",
       "`google`: SPF or DKIM must pass; for senders of bulk mail both, and "
       "one of them for the author's domain. `strict`: for senders of bulk "
       "mail both, and both for the author's domain; others as `google`. What "
       "could not be checked is not held against a mail."},
      {"verdict.bulk_senders", list(c.verdict.decision.bulk_senders, domain),
       "the domains that send bulk mail, and all below them",
       "For `verdict.senders`."},
      {"verdict.watched", list(c.verdict.watched, domain),
       "domains that look-alikes are compared with",
       "Beside those that the user of the mailbox corresponds with. Name your "
       "own, and those whose mail matters.",
       effect::restart},

      {"domains.watch", list(c.domains.watch, domain),
       "your own domains, whose records are looked at once a day",
       "The log, the dashboard's page \"Own domains\" and a mail to "
       "`warnings.administrators` tell what changed or broke in MX, SPF, DKIM "
       "and DMARC (docs/domain.md). Of DKIM the keys count that the history "
       "knows.",
       effect::at_once},
      {"domains.report_accounts",
       list(c.domains.report_accounts,
            [](std::string& one) {
              return text(one, "a login name such as \"dmarc%pop.example.jp\"",
                          is_line);
            }),
       "mailboxes that people fetch through Mekiki, and in which reports about "
       "your domains arrive",
       "Reports in their mails (DMARC, TLS-RPT) are kept for the dashboard, "
       "once the client has the mail, which is left as it is. Named as mail "
       "clients log in.",
       effect::at_once},
      {"domains.report_octets",
       size(c.domains.report_octets, 16 * mib, 64 * gib),
       "how much of the database kept reports may fill",
       "Then the oldest go. Reports that are not proven to come from their "
       "author have an eighth of it for themselves, and so have those about "
       "domains that are not in `domains.watch`, if there are any in it. No "
       "author has more than a quarter. `history.octets` does not count them.",
       effect::at_once},
      {"domains.summary", boolean(c.domains.summary),
       "whether administrators get a mail each month about who sends as your "
       "domains",
       "For each domain of `domains.watch` about which reports are kept: how "
       "much of the mail in its name passed, which senders failed, and the "
       "next step of its policy. It comes on the 3rd at `warnings.digest_at`, "
       "once the reports of the last days have come, and to "
       "`warnings.administrators`.",
       effect::at_once},
      {"milter.listen", list(c.milter.listen, place),
       "where mail servers (Postfix, Sendmail) ask about the mail that they "
       "take; [] is off",
       "`unix:/PATH/milter.sock` is a local socket, which the group of its "
       "folder may use if that has the setgid bit. docs/server.md has the "
       "settings of the mail server.",
       effect::restart},
      {"milter.mtas", list(c.milter.mtas, network),
       "the mail servers that may ask, by their addresses",
       "Mekiki believes what they say of a mail's client."},
      {"milter.sign_networks", list(c.milter.sign_networks, network),
       "clients whose mail is our own: it is not judged",
       "Nor is mail of users who logged in."},
      {"milter.relays", list(c.milter.relays, network),
       "hosts that hand over mail which they took from others: backup MX, "
       "gateways, fetchmail",
       "Their mail is judged by its Received fields, as mail that is fetched."},
      {"milter.mode",
       choice(c.milter.mode, {{"act", milter::mode::act},
                              {"rehearse", milter::mode::rehearse}}),
       "`rehearse`: the log tells what would be done with mail that fails "
       "DMARC, and the mail is only marked"},
      {"milter.on_dmarc_fail", measure(c.milter.policy.on_dmarc_fail),
       "what may be done with forged mail that fails DMARC",
       "Never more than the author's domain asks for: its p=none always means "
       "`mark`, and only at its p=reject a mail is refused. Nothing is done "
       "with mail whose verdict is not `forged`, such as that of known mailing "
       "lists and forwarders."},
      {"milter.quarantine_by",
       choice(c.milter.policy.quarantine_by_field,
              {{"hold", false}, {"header", true}}),
       "`hold` keeps the mail in the mail server's queue, `header` adds "
       "\"X-Mekiki-Disposition: quarantine\" for the mailboxes' filters"},
      {"milter.on_temperror",
       choice(c.milter.policy.temperror_comes_again,
              {{"mark", false}, {"tempfail", true}}),
       "what is done with mail that might be forged if the DNS does not "
       "answer; `tempfail`: it is to come again later"},
      {"milter.on_failure",
       choice(c.milter.failure_comes_again,
              {{"accept", false}, {"tempfail", true}}),
       "what is done with mail that cannot be judged, as there is no room for "
       "it"},
      {"milter.excluded",
       list(c.milter.policy.excluded,
            [](std::string& one) {
              return text(one, "an address, or what stands before its @",
                          is_excluded);
            }),
       "recipients whose mail is always taken",
       "If all recipients of a mail are among them."},
      {"milter.connections", number(c.milter.connections, 1, 1'000'000),
       "connections of mail servers at a time", "", effect::restart},
      {"milter.domain",
       tables("milter.domain", c.milter.policy.domains, milter_domain_rows,
              milter::policy::domain_rule{
                  .name = "bank.example.jp",
                  .on_dmarc_fail = milter::measure::reject}),
       "other answers than `milter.on_dmarc_fail`, for single author domains"},
      {"milter.sign",
       tables("milter.sign", c.milter_signing, signing_rows,
              signing{.domain = "example.jp",
                      .selector = "s2026",
                      .key_file = "s2026.example.jp.pem"}),
       "the DKIM keys that our own mail is signed with",
       "Mail of users who logged in, and of `milter.sign_networks`, by its "
       "author's domain. Several keys of one domain all sign: one RSA and one "
       "Ed25519. A key that the DNS contradicts signs nothing. A reload reads "
       "all again; a file that was not named at the start needs a restart.",
       effect::at_once},
      {"reports",
       tables("reports", c.report_mailboxes, report_mailbox_rows,
              report_mailbox{.account = "dmarc@example.jp%pop.example.jp",
                             .password_file = "reports-password"}),
       "mailboxes that Mekiki fetches reports about your domains from",
       "Those to which rua= of your DMARC records and of _smtp._tls leads "
       "(docs/reports.md). The same rules hold as for the mail servers of "
       "clients, TLS is always used unless `upstream.clear_hosts` names the "
       "host, and a password file that was not named at the start needs a "
       "restart.",
       effect::at_once},

      {"history.deadline", duration(c.verdict.history_deadline, 10ms, 10s),
       "how long the history of earlier mails may take to answer",
       "Later the mail is judged without it: a sender who is known is then "
       "called `new`."},
      {"history.days", number(c.history.days, 1, 3650),
       "for how many days the verdict on each mail is kept",
       "What was learned of senders is kept longer; docs/history.md tells how "
       "long, and what it is.",
       effect::restart},
      {"history.keep",
       choice(c.history.keep, {{"none", store::text_retention::of_none},
                               {"domains", store::text_retention::of_forged},
                               {"own", store::text_retention::of_own},
                               {"full", store::text_retention::of_all}}),
       "of which mails the author's address and the subject are kept",
       "`domains`: of forged ones; of every other mail the author's domain and "
       "the results alone. `own`: the same, and until 14 days after a mail "
       "was last fetched also its address and subject, for the account's own "
       "user; on the dashboard administrators see the domain alone, unless the "
       "user reports the mail. `full`: of every mail, and administrators see "
       "it. `none`: of no mail, and of the reason its code alone. With `own` "
       "and `full`, whoever can read the database, or a copy of it, reads who "
       "wrote to whom about what. Whatever it says, account names, domains, "
       "results and each mail's digest are kept, as rules and history rest on "
       "them, and a warning has its texts until it is told and its mail is "
       "fetched or sent. What an earlier setting kept goes with the first mail "
       "after the change.",
       effect::restart},
      {"history.memory", size(c.history.memory, 0, 64 * gib),
       "how much of what sessions read from the history is kept in memory",
       "Of all accounts together. It is read anew once the database has "
       "changed.",
       effect::restart},
      {"history.least_free_disk", number(c.history.least_free_disk, 0, 50),
       "per cent of the disk that stay free",
       "With less, mails are judged and delivered, but not noted, until there "
       "is as much again. The log, `/healthz` and the dashboard say so. 0: "
       "until the disk is full.",
       effect::restart},
      {"history.octets", size(c.history.octets, 16 * mib, 1024 * gib),
       "how large the history may become",
       "Then the oldest mails make room: what only their page shows goes "
       "first. An account fills at most 1/16 of it in a day, and 1/32 with "
       "what "
       "pages show; the accounts of one client's network four times that. A "
       "file that is larger already is used within it, and shrinks by `mekiki "
       "store vacuum`.",
       effect::restart},
      {"history.sum_days", number(c.history.sum_days, 1, 3650),
       "for how many days the sums of each day are kept",
       "How many mails of each account were judged how, and which author "
       "domains were forged most: no mail, no address.",
       effect::restart},

      {"users.methods", methods(c.users.standard.methods),
       "how users are told of forged mail who have not chosen for themselves",
       "A: the mail's body is replaced by a warning, the original attached. B: "
       "a separate warning mail. C: labels, by rules in the mail client "
       "(`mekiki rules`). D: a window that the add-on for Thunderbird opens. "
       "`mekiki user set` chooses for one account, `mekiki user rehearse` "
       "tells what a choice would have done."},
      {"users.language", language(c.users.standard.in),
       "the language of warnings, for the same users",
       "Of one who signs in to the dashboard or connects the add-on in another "
       "language, without having chosen, it is that one."},
      {"users.when",
       choice(c.users.standard.when, {{"forged", notify::occasion::forged},
                                      {"altered", notify::occasion::altered},
                                      {"new", notify::occasion::new_},
                                      {"classic", notify::occasion::classic}}),
       "of which mails they are told, for the same users",
       "`altered` and `new` each include those before them. `classic`: of "
       "every mail whose X-DKIM-Check is `fail`, whatever the verdict. Only a "
       "forged mail is ever rewritten."},
      {"users.subject_mark", boolean(c.users.standard.subject_mark),
       "mark forged mail in its Subject, for the same users",
       "For clients that cannot filter by our fields, such as phones."},
      {"users.allowed", methods(c.users.limits.allowed),
       "the methods that users may choose",
       "What is not allowed is not done, whatever was chosen."},
      {"users.budget", number(c.users.limits.budget, 0, 1000),
       "warn a user by methods A and B about at most 1 mail in this many; 0: "
       "no limit",
       "If more of an account's last mails would cause a warning, and more "
       "than ten of them, a mistake of ours is more likely than so many "
       "forgeries: its mails are only labelled (C, D and the mark in the "
       "Subject stay), and the log says so. Mail that the DMARC policy of its "
       "author's domain refuses is no mistake: it does not count, and is "
       "warned "
       "of in any case."},
      {"users.keep_original", boolean(c.users.keep_original),
       "attach the untouched original to a rewritten mail",
       "Without it the original stays only at the mail server, for as long as "
       "the client leaves it there."},
      {"users.templates", path(c.users.templates),
       "a folder with texts of your own",
       "Empty: the built-in texts. A file stands in place of one text in one "
       "language: `rewrite-notice.ja.txt`, UTF-8. `mekiki texts` lists the "
       "names, and what may stand in {braces}; `mekiki texts --export DIR` "
       "writes the built-in texts as such files. A file that fits none keeps "
       "the program from starting. Another folder needs a restart."},
      {"users.contact",
       text(c.users.contact,
            "a text without control characters, at most 200 octets",
            is_contact),
       "whom users may ask about a forged mail",
       "An address, a telephone number or a name. The notice in place of a "
       "forged mail (method A) and warning mails (method B) end their advice "
       "with it. Empty: nobody is named.",
       effect::restart},

      {"warnings.by",
       choice(c.warnings.by,
              {{"listing", warning_way::listing}, {"smtp", warning_way::smtp}}),
       "how warning mails (method B) reach the users who chose them",
       "`listing`: as one more mail behind those of the mailbox, when its "
       "client logs in next; it exists in Mekiki alone, and goes when the "
       "client deletes it. `smtp`: sent to the mailbox's own address through "
       "`smtp.host`, if that address is certain: its domain is the "
       "`mail_domain` of the server's `[[provider]]`, or the one that the "
       "server's name stands in (example.jp for pop.example.jp). Else it is "
       "`listing`. Users of method A get mail, too, when a verdict changes "
       "later.",
       effect::restart},
      {"warnings.gather", duration(c.warnings.gather, 100ms, 24h),
       "how long a warning that is sent waits for others",
       "All that is there by then is told in one mail.", effect::restart},
      {"warnings.interval", duration(c.warnings.interval, 0ms, 7 * 24h),
       "the minimum time between two warning mails to the same recipient",
       "So that a flood of forged mail is no flood of warnings. For mails that "
       "are sent.",
       effect::restart},
      {"warnings.administrators", list(c.warnings.administrators, mail_address),
       "who gets digests and, if set so, warnings about all mailboxes",
       "They are sent through `smtp.host`.", effect::restart},
      {"warnings.at_once", boolean(c.warnings.at_once),
       "tell administrators of forged mail as it comes",
       "With the header of each forged mail as a file. Also when a mailbox is "
       "over `users.budget`. `warnings.gather` and `warnings.interval` hold "
       "for them, too.",
       effect::restart},
      {"warnings.digest",
       choice(c.warnings.digest, {{"off", notify::period::off},
                                  {"hourly", notify::period::hourly},
                                  {"daily", notify::period::daily},
                                  {"weekly", notify::period::weekly}}),
       "how often administrators get a digest of what came",
       "How many mails were judged how, which domains were forged most and who "
       "was hit, beside the period before. Weeks end on Mondays.",
       effect::restart},
      {"warnings.digest_at", time_of_day(c.warnings.digest_at),
       "when the day of a daily or weekly digest ends",
       "By the clock of this machine.", effect::restart},
      {"warnings.language", language(c.warnings.in),
       "the language of what administrators get", "", effect::restart},

      {"smtp.host", host_or_none(c.smtp.host),
       "the mail server that takes mails of our own",
       "Warnings to users (method B) and to administrators are handed to this "
       "server (RFC 6409), which sends them on. Empty: no mail is sent. "
       "`mekiki send-test ADDRESS` tries it, step by step.",
       effect::restart},
      {"smtp.port", number(c.smtp.port, 1, 65535), "its port",
       "Usually 587 with STARTTLS, 465 with TLS at once, 25 for a relay on "
       "this machine.",
       effect::restart},
      {"smtp.tls",
       choice(c.smtp.tls, {{"starttls", net::submit_tls::starttls},
                           {"tls", net::submit_tls::tls},
                           {"clear", net::submit_tls::clear}}),
       "how the way there is protected",
       "`starttls`: TLS after a first greeting, and nothing is sent where the "
       "server does not offer it. `tls`: from the first octet. `clear`: none, "
       "which is allowed to `127.0.0.1` and `::1` only. The server's "
       "certificate must be valid and for `smtp.host`.",
       effect::restart},
      {"smtp.user",
       text(c.smtp.user, "a text without control characters", is_any),
       "the name to log in with", "Empty: no login.", effect::restart},
      {"smtp.password_file", path(c.smtp.password_file),
       "a file with the password in its first line",
       "Only its owner may read it (`chmod 600`). It is read at start. The "
       "password itself is no setting, since settings are shown around.",
       effect::restart},
      {"smtp.extra_ca", path(c.smtp.extra_ca),
       "certificate authorities (PEM) to trust beside the system's",
       "For a mail server with a certificate of your own authority.",
       effect::restart},
      {"smtp.timeout", duration(c.smtp.timeout, 1s, 1h),
       "how long sending one mail may take",
       "Some servers examine a mail for minutes before they take it (RFC 5321 "
       "4.5.3.2). A mail that took too long is tried again later, and may then "
       "arrive twice.",
       effect::restart},
      {"smtp.from", mail_address_or_none(c.smtp.from),
       "the sender shown in our own mails",
       "Empty: `mekiki@` and `authserv_id`. Nothing needs to be received "
       "there: bounces go nowhere (the return path is empty). Take an address "
       "that nobody else writes from: other mail in its name is `forged` "
       "(`not-by-mekiki`), unless its domain is proven.",
       effect::restart},
      {"smtp.dkim_domain", domain_or_none(c.smtp.dkim_domain),
       "the domain that signs our own mails with DKIM",
       "A signature of the domain in `smtp.from` lets receivers prove that a "
       "warning is yours. Leave it out where the mail server signs. This, "
       "`smtp.dkim_selector` and `smtp.dkim_key` go together; `mekiki keygen` "
       "makes the key and prints the DNS record for it.",
       effect::restart},
      {"smtp.dkim_selector", domain_or_none(c.smtp.dkim_selector),
       "the name of that key in the DNS", "", effect::restart},
      {"smtp.dkim_key", path(c.smtp.dkim_key),
       "the file of the private key (PEM)", "It is read at start.",
       effect::restart},

      {"limits.sessions", number(c.limits.sessions, 1, 1'000'000),
       "how many clients may be connected to one listener at once", "",
       effect::restart},
      {"limits.sessions_per_client",
       number(c.limits.sessions_per_client, 1, 1'000'000),
       "how many of them from one address"},
      {"limits.line", number(c.limits.line, 512, 1'000'000),
       "the longest command or answer line, in octets",
       "RFC 2449 4 asks for 255 octets, OAuth tokens need thousands."},
      {"limits.memory", size(c.limits.memory, mib, 1024 * gib),
       "how much memory the mails of all sessions may use together",
       "Beyond it mails wait in files, and from half of it on none are fetched "
       "before their client asks for them. Connections are not counted: about "
       "10 KiB each, 50 KiB with TLS.",
       effect::restart},
      {"limits.threads", number(c.limits.threads, 0, 1024),
       "how many threads compute what takes long of one mail",
       "Large mails, many signatures, and what was changed on the way. An "
       "account has one of them at a time, so that its mails delay nobody "
       "else's. 0: as many as the machine has cores.",
       effect::restart},
      {"limits.hang", duration(c.limits.hang, 1s, 1h),
       "how long the program may hang before it ends itself",
       "If nothing goes on for so long, or one mail is computed for so long, "
       "that is a fault of the program: it logs what it was at and aborts, and "
       "the service manager starts it again. A mail is logged after a third of "
       "that time.",
       effect::restart},
      {"limits.drain", duration(c.limits.drain, 0ms, 1h),
       "how long a stop waits for what clients have asked for",
       "New clients are turned away at once, and those that wait for nothing "
       "are disconnected. A second signal ends the program without waiting.",
       effect::at_once},

      {"sandbox.enabled", boolean(c.sandbox.enabled),
       "give up all rights that serving mail does not need",
       "The program can then start no other, write nothing outside of the "
       "state folder, read nothing but what docs/security.md lists, and leaves "
       "no core dump. The log says at start what the kernel can enforce. "
       "`false` is for debuggers, profilers and valgrind.",
       effect::restart},
  };
}

}  // namespace mekiki::config
