#include "config/table.hpp"

#include <algorithm>
#include <tuple>

#include "base/printable.hpp"
#include "base/small_file.hpp"
#include "config/check.hpp"
#include "config/setting.hpp"
#include "config/units.hpp"
#include "dns/name.hpp"
#include "notify/mail/own_mail.hpp"

namespace mekiki::config {
namespace {

using std::chrono::milliseconds;

// Texts ----------------------------------------------------------------

// Control characters have no place in any setting, and could forge log lines.
bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
}

spelled<std::string> text_like(std::string type,
                               bool (*accept)(std::string_view)) {
  return {.type = std::move(type),
          .parse =
              [accept](std::string_view text) {
                return accept(text) ? std::optional(std::string(text))
                                    : std::nullopt;
              },
          .spell = [](const std::string& v) { return v; }};
}

spelled<std::filesystem::path> file() {
  return {
      .type = "the path of a file or folder",
      .parse =
          [](std::string_view text) -> std::optional<std::filesystem::path> {
        if (!is_clean(text))
          return std::nullopt;
        return std::filesystem::path(text);
      },
      .spell = [](const std::filesystem::path& v) { return v.string(); }};
}

spelled<std::string> host() {
  return {.type = "a host name or address",
          .parse = [](std::string_view text) -> std::optional<std::string> {
            const std::string_view name = without_brackets(text);
            if (!is_host(name))
              return std::nullopt;
            return std::string(name);
          },
          .spell = [](const std::string& v) { return v; }};
}

// Names of this host, for comparing.
spelled<std::string> host_name_in_lower_case() {
  return {.type = "a host name",
          .parse = [](std::string_view text) -> std::optional<std::string> {
            if (!is_host(text) || parse_ip_address(text))
              return std::nullopt;
            return ascii::to_lower(text);
          },
          .spell = [](const std::string& v) { return v; }};
}

// RFC 8601 2.5: a token here; nobody needs a quoted one.
bool is_authserv_id(std::string_view text) {
  constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";
  return text.size() <= 253 &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return ascii::is_graph(c) &&
                  specials.find(c) == std::string_view::npos;
         });
}

// A name of the DNS, kept as it is asked for there.
std::optional<std::string> parse_domain(std::string_view text) {
  auto name = dns::to_a_labels(text);
  if (!name || !is_domain_name(*name) || parse_ip_address(*name))
    return std::nullopt;
  return name;
}

spelled<std::string> domain() {
  return {.type = "a domain name",
          .parse = parse_domain,
          .spell = [](const std::string& v) { return v; }};
}

spelled<std::string> domain_or_none() {
  return {.type = "a domain name, or \"\"",
          .parse = [](std::string_view text) -> std::optional<std::string> {
            return text.empty() ? std::string() : parse_domain(text);
          },
          .spell = [](const std::string& v) { return v; }};
}

bool is_line(std::string_view text) { return !text.empty() && is_clean(text); }

template <class Duration = milliseconds>
spelled<Duration> duration(milliseconds least, milliseconds most) {
  return {
      .type = fmt::format("a duration such as \"30s\" or \"5m\", from {} "
                          "to {}",
                          format_duration(least), format_duration(most)),
      .parse = [least, most](std::string_view text) -> std::optional<Duration> {
        const auto d = parse_duration(text);
        if (!d || *d < least || *d > most)
          return std::nullopt;
        return std::chrono::duration_cast<Duration>(*d);
      },
      .spell = [](const Duration& v) { return format_duration(v); }};
}

spelled<std::size_t> size(std::size_t least, std::size_t most) {
  return {
      .type = fmt::format("a size such as \"256KiB\" or \"2MiB\", from {} to "
                          "{}",
                          format_size(least), format_size(most)),
      .parse = [least, most](std::string_view text) -> std::optional<size_t> {
        auto octets = parse_size(text);
        if (octets && (*octets < least || *octets > most))
          return std::nullopt;
        return octets;
      },
      .spell = [](std::size_t v) { return format_size(v); }};
}

spelled<net::endpoint> endpoint(std::uint16_t default_port) {
  return {.type = default_port == 0
                      ? "an address with port such as \"127.0.0.1:1110\""
                      : fmt::format("an address such as \"192.0.2.53\" or "
                                    "\"[2001:db8::53]:{}\"",
                                    default_port),
          .parse =
              [default_port](std::string_view text) {
                return parse_endpoint(text, default_port);
              },
          .spell = [](const net::endpoint& v) { return net::format(v); }};
}

spelled<ip_network> network() {
  return {.type = "a network such as \"192.168.0.0/16\" or \"::1\"",
          .parse =
              [](std::string_view text) {
                const std::size_t slash = std::min(text.find('/'), text.size());
                return parse_ip_network(
                    fmt::format("{}{}", without_brackets(text.substr(0, slash)),
                                text.substr(slash)));
              },
          .spell =
              [](const ip_network& v) {
                return fmt::format("{}/{}", mekiki::format(v.address),
                                   v.prefix_length);
              }};
}

spelled<std::string> mail_address() {
  return text_like("a mail address such as \"postmaster@example.jp\"",
                   notify::is_plain_address);
}

spelled<std::string> mail_address_or_none() {
  return text_like("a mail address such as \"mekiki@example.jp\", or \"\"",
                   [](std::string_view t) {
                     return t.empty() || notify::is_plain_address(t);
                   });
}

spelled<std::chrono::minutes> time_of_day() {
  return {.type = "a time of day, from \"00:00\" to \"23:59\"",
          .parse =
              [](std::string_view text) -> std::optional<std::chrono::minutes> {
            if (text.size() != 5 || text[2] != ':')
              return std::nullopt;
            const auto hour = parse_count(text.substr(0, 2));
            const auto minute = parse_count(text.substr(3));
            if (!hour || *hour > 23 || !minute || *minute > 59)
              return std::nullopt;
            return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
          },
          .spell =
              [](const std::chrono::minutes& v) {
                const std::chrono::hh_mm_ss time(v);
                return fmt::format("{:02}:{:02}", time.hours().count(),
                                   time.minutes().count());
              }};
}

template <class Choice>
spelled<Choice> choice(
    const std::vector<std::pair<std::string_view, Choice>>& names) {
  std::vector<std::string> words;
  words.reserve(names.size());
  for (const auto& [name, value] : names) words.push_back(quote(name));
  return {.type = fmt::format("one of {}", fmt::join(words, ", ")),
          .parse = [names](std::string_view text) -> std::optional<Choice> {
            for (const auto& [name, value] : names) {
              if (name == text)
                return value;
            }
            return std::nullopt;
          },
          .spell =
              [names](const Choice& v) {
                for (const auto& [name, value] : names) {
                  if (value == v)
                    return std::string(name);
                }
                return std::string();
              }};
}

spelled<notify::methods> methods() {
  return {.type =
              "letters of A, B, C, D with commas such as \"A,C\", or "
              "\"none\"",
          .parse = [](std::string_view text) -> std::optional<notify::methods> {
            auto m = notify::parse_methods(text);
            return m ? std::optional(*m) : std::nullopt;
          },
          .spell = [](const notify::methods& m) { return notify::format(m); }};
}

// ----------------------------------------------------------- the tables

using namespace std::chrono_literals;
constexpr std::size_t kib = 1 << 10;
constexpr std::size_t mib = 1 << 20;
constexpr std::size_t gib = 1 << 30;

spelled<std::optional<pop3::protection>> protection() {
  using pop3::protection;
  return choice<std::optional<protection>>({{"as-client", std::nullopt},
                                            {"tls", protection::tls},
                                            {"stls", protection::stls},
                                            {"clear", protection::clear}});
}

spelled<std::string> host_or_none() {
  spelled<std::string> out = host();
  out.type = "a host name or address, or \"\"";
  out.parse = [](std::string_view text) -> std::optional<std::string> {
    return text.empty() ? std::string() : host().parse(text);
  };
  return out;
}

/// 0 stands for no port.
struct optional_port {
  using value = std::optional<std::uint16_t>;
  number<std::uint16_t> plain{.least = 0, .most = 65535};
  std::string type = plain.type;

  void read(const toml::node& node, const std::string& key, value& out,
            reading& r) const {
    std::uint16_t port = 0;
    plain.read(node, key, port, r);
    out = port == 0 ? std::nullopt : std::optional(port);
  }
  std::string show(const value& v) const { return plain.show(v.value_or(0)); }
};

table<pop3::route> route_settings() {
  using pop3::route;
  const auto row = [](auto&&... of) {
    return config::row<route>(std::forward<decltype(of)>(of)...);
  };
  return {
      row(
          "pattern", [](auto& r) -> auto& { return r.pattern; },
          text_like("a login name, where * stands for anything", is_line),
          "which login names this is for", "", presence::required),
      row(
          "host", [](auto& r) -> auto& { return r.host; }, host_or_none(),
          "the mail server; may be left out where the pattern has %HOST", ""),
      row(
          "port", [](auto& r) -> auto& { return r.port; }, optional_port{},
          "its port; 0 is the usual one", ""),
      row(
          "tls", [](auto& r) -> auto& { return r.with; }, protection(),
          "TLS at once, STLS, none (see upstream.clear_hosts), or as the "
          "client came",
          ""),
      row(
          "local_part_only", [](auto& r) -> auto& { return r.local_part_only; },
          boolean{}, "log in there as what stands before the @", ""),
  };
}

table<stub_zone> stub_settings() {
  const auto row = [](auto&&... of) {
    return config::row<stub_zone>(std::forward<decltype(of)>(of)...);
  };
  return {
      row(
          "zone", [](auto& z) -> auto& { return z.zone; },
          text_like("a domain name", is_domain_name), "the zone's name", "",
          presence::required),
      row(
          "servers", [](auto& z) -> auto& { return z.servers; },
          list<spelled<net::endpoint>>{.item = endpoint(53)},
          "the servers that answer for it", "", presence::required),
  };
}

// "pop.example.jp", or "*.example.jp" for all hosts below that domain.
std::optional<std::string> parse_host_pattern(std::string_view text) {
  if (!text.starts_with("*."))
    return is_host(without_brackets(text))
               ? std::optional(ascii::to_lower(without_brackets(text)))
               : std::nullopt;
  auto name = parse_domain(text.substr(2));
  return name ? std::optional("*." + *name) : std::nullopt;
}

// An authserv-id, or "@" and a domain for all ids in it and below it.
bool is_believed_id(std::string_view text) {
  return text.starts_with('@') ? is_domain_name(text.substr(1))
                               : !text.empty() && is_authserv_id(text);
}

table<verdict::provider_rule> provider_settings() {
  using verdict::provider_rule;
  const auto row = [](auto&&... of) {
    return config::row<provider_rule>(std::forward<decltype(of)>(of)...);
  };
  return {
      row(
          "upstream", [](auto& p) -> auto& { return p.upstream; },
          spelled<std::string>{.type =
                                   "a host name such as \"pop.example.jp\", or "
                                   "\"*.example.jp\" for all below that domain",
                               .parse = parse_host_pattern,
                               .spell = [](const std::string& v) { return v; }},
          "the mail server this is about, as logins or routes name it", "",
          presence::required),
      row(
          "networks", [](auto& p) -> auto& { return p.networks; },
          list<spelled<ip_network>>{.item = network()},
          "networks in which every host is the provider's own: what such a "
          "host hands on was inside already",
          ""),
      row(
          "mail_domain", [](auto& p) -> auto& { return p.mail_domain; },
          domain_or_none(),
          "the domain of its mail addresses, whose MX hosts take mail from "
          "outside; \"\" is the one in the login name",
          ""),
      row(
          "host_domain", [](auto& p) -> auto& { return p.host_domain; },
          domain_or_none(),
          "the domain below which its hosts have their names; \"\" is the one "
          "of the mail server",
          ""),
      row(
          "authserv_ids", [](auto& p) -> auto& { return p.authserv_ids; },
          list<spelled<std::string>>{
              .item = text_like("an authserv-id, or \"@\" and a domain for all "
                                "ids below it",
                                is_believed_id)},
          "whose Authentication-Results are believed, where they stand above "
          "all that the sender can have written",
          ""),
      row(
          "shares_history", [](auto& p) -> auto& { return p.shares_history; },
          boolean{},
          "what is learned from one mailbox there counts for all: only where "
          "no stranger can have one",
          ""),
  };
}

const table<settings>& all_rows() {
  const auto row = [](auto&&... of) {
    return config::row<settings>(std::forward<decltype(of)>(of)...);
  };
  static const table<settings> rows = {
      row(
          "state", [](auto& c) -> auto& { return c.state; }, file(),
          "the folder that keeps certificates, secrets and spooled mails",
          "Made with mode 0700 when absent. Empty: `$STATE_DIRECTORY`, which "
          "systemd sets, else `$XDG_STATE_HOME/mekiki`, else "
          "`~/.local/state/mekiki`. `--state` on the command line comes "
          "first."),
      row(
          "authserv_id", [](auto& c) -> auto& { return c.authserv_id; },
          text_like("a name without spaces", is_authserv_id),
          "our name in Authentication-Results (RFC 8601 2.5)",
          "Empty: the name of this host. Incoming Authentication-Results "
          "fields that carry this name are removed, because only we may write "
          "them."),

      row(
          "listen.pop3", [](auto& c) -> auto& { return c.listen.pop3; },
          list<spelled<net::endpoint>>{.item = endpoint(0)},
          "where mail clients connect, without TLS or with STLS",
          "An empty list turns it off. Port 0 takes a free port. On an address "
          "that is not loopback a client must use STLS before it logs in, "
          "unless `listen.clear_logins` is true."),
      row(
          "listen.pop3s", [](auto& c) -> auto& { return c.listen.pop3s; },
          list<spelled<net::endpoint>>{.item = endpoint(0)},
          "where mail clients connect with TLS",
          "An empty list turns it off. Port 0 takes a free port."),
      row(
          "listen.clear_logins",
          [](auto& c) -> auto& { return c.listen.clear_logins; }, boolean{},
          "allow logins without TLS on addresses that are not loopback",
          "Passwords then cross the network for everybody on it to read. On "
          "loopback addresses they are always allowed."),

      row(
          "admin.listen", [](auto& c) -> auto& { return c.admin.listen; },
          list<spelled<net::endpoint>>{.item = endpoint(0)},
          "where the dashboard is, and `/metrics` and `/healthz` for programs",
          "HTTP on loopback addresses, on others HTTPS with the certificate of "
          "`[tls]`. An empty list turns it off. Port 0 takes a free port. "
          "Where an address is taken, the log says so and mail is served "
          "without. docs/operation.md and docs/dashboard.md tell what is "
          "shown."),
      row(
          "admin.names", [](auto& c) -> auto& { return c.admin.names; },
          list<spelled<std::string>>{.item = host_name_in_lower_case()},
          "names that browsers and programs may ask for it by",
          "`localhost`, loopback addresses and the address that is connected "
          "to always may. Others are refused, so that no page elsewhere can "
          "have its own name lead here and read what is shown."),
      row(
          "admin.clear", [](auto& c) -> auto& { return c.admin.clear; },
          boolean{}, "speak HTTP on addresses that are not loopback, too",
          "Passwords then cross the network for everybody on it to read, if "
          "nothing before Mekiki speaks HTTPS."),
      row(
          "admin.metrics_for",
          [](auto& c) -> auto& { return c.admin.metrics_for; },
          list<spelled<ip_network>>{.item = network()},
          "the clients that get `/metrics`",
          "They need no password, and see how much mail is fetched from "
          "where."),
      row(
          "admin.connections",
          [](auto& c) -> auto& { return c.admin.connections; },
          number<std::size_t>{.least = 1, .most = 10'000},
          "how many connections each of its addresses takes at once", ""),
      row(
          "admin.deadline", [](auto& c) -> auto& { return c.admin.deadline; },
          duration(100ms, 5min),
          "how long a request may take to arrive, and an answer to be taken",
          ""),

      row(
          "tls.certificate", [](auto& c) -> auto& { return c.tls.certificate; },
          file(), "your own certificate chain (PEM) for clients",
          "Empty: Mekiki makes its own authority and certificate in the state "
          "folder; `mekiki cert` exports it with the steps for each client. "
          "Needs `tls.key` too."),
      row(
          "tls.key", [](auto& c) -> auto& { return c.tls.key; }, file(),
          "the private key (PEM) of `tls.certificate`", ""),
      row(
          "tls.names", [](auto& c) -> auto& { return c.tls.names; },
          list<spelled<std::string>>{.item = host()},
          "more names and addresses for the certificate that Mekiki makes",
          "The host's name, `localhost`, `127.0.0.1` and `::1` are always in "
          "it. Add what other machines call this one. Clients accept the "
          "renewed certificate, as the authority stays the same."),

      row(
          "log.level", [](auto& c) -> auto& { return c.log.level; },
          choice<std::string>({{"debug", "debug"},
                               {"info", "info"},
                               {"warning", "warning"},
                               {"error", "error"},
                               {"off", "off"}}),
          "the least important lines that are logged", ""),
      row(
          "log.format", [](auto& c) -> auto& { return c.log.format; },
          choice<log::format>(
              {{"text", log::format::text}, {"json", log::format::json}}),
          "lines for people, or one JSON object a line",
          "The log goes to standard error. It never holds passwords."),

      row(
          "upstream.networks",
          [](auto& c) -> auto& { return c.upstream.networks; },
          list<spelled<ip_network>>{.item = network()},
          "private networks in which mail servers may be reached",
          "Public addresses are always allowed. Private, loopback and "
          "link-local ones only if they are listed here, so that nobody uses "
          "the proxy to reach what lies behind it."),
      row(
          "upstream.ports", [](auto& c) -> auto& { return c.upstream.ports; },
          list<number<std::uint16_t>>{.item = {.least = 1, .most = 65535}},
          "ports of mail servers that may be connected to", ""),
      row(
          "upstream.high_ports",
          [](auto& c) -> auto& { return c.upstream.high_ports; }, boolean{},
          "allow all ports from 1024 on too", ""),
      row(
          "upstream.clear_hosts",
          [](auto& c) -> auto& { return c.upstream.clear_hosts; },
          list<spelled<std::string>>{.item = host()},
          "hosts to which a password may be sent without TLS",
          "To all others a login goes over TLS or STLS only. A host that once "
          "offered TLS is never spoken to in clear again, even if it is "
          "listed."),
      row(
          "upstream.extra_ca",
          [](auto& c) -> auto& { return c.upstream.extra_ca; }, file(),
          "certificate authorities (PEM) to trust beside the system's",
          "For mail servers with a certificate of your own authority."),
      row(
          "upstream.connect_timeout",
          [](auto& c) -> auto& { return c.upstream.connect_timeout; },
          duration(1s, 10min), "how long connecting to a mail server may take",
          "All its addresses together, without the TLS handshake."),
      row(
          "upstream.silence_timeout",
          [](auto& c) -> auto& { return c.upstream.silence_timeout; },
          duration(1s, 1h),
          "how long a mail server may send nothing before it is given up",
          "The client then sees a broken connection, never a cut mail."),

      tables<settings>(
          "route", [](auto& c) -> auto& { return c.routes; }, route_settings(),
          pop3::route{.pattern = "*@example.jp",
                      .host = "pop.example.jp",
                      .port = {},
                      .with = {}},
          "says which mail server login names belong to",
          "With a route people log in as `taro@example.jp` instead of "
          "`taro@example.jp%pop.example.jp`. The first route whose pattern "
          "matches counts. A pattern without `%` is for names without `%HOST` "
          "only; one such as `*%pop.example.jp` changes port or TLS for a "
          "host that people name themselves."),

      row(
          "client.idle_timeout",
          [](auto& c) -> auto& { return c.client.idle_timeout; },
          duration(10s, 24h),
          "how long a client may send nothing before it is disconnected",
          "RFC 1939 3 asks for at least 10 minutes. Nothing is deleted then."),
      row(
          "client.login_timeout",
          [](auto& c) -> auto& { return c.client.login_timeout; },
          duration(5s, 1h),
          "how long a client may take to log in before it is disconnected",
          "Mail clients log in at once. Connections that never do, such as "
          "those of browsers and port scanners, are not kept."),
      row(
          "client.first_lines",
          [](auto& c) -> auto& { return c.client.first_lines; },
          duration(1s, 10min),
          "how often a waiting client is sent a line of a slow mail's header",
          "Mail clients give up when nothing comes. Until the verdict is known "
          "only header lines of no consequence go out."),
      row(
          "client.failed_login_delay",
          [](auto& c) -> auto& { return c.client.failed_login_delay; },
          duration(0ms, 1min), "how long a login waits after a refused one",
          "Doubles with each further refusal of the same client and account, "
          "up to 30 seconds; logins tried at once wait one behind another."),

      row(
          "prefetch.mode", [](auto& c) -> auto& { return c.prefetch.mode; },
          choice<pop3::prefetch>({{"off", pop3::prefetch::off},
                                  {"on", pop3::prefetch::on},
                                  {"force", pop3::prefetch::force}}),
          "ask the mail server for the next mails before the client does",
          "Mails are asked for with TOP, which marks nothing as read, and on "
          "servers alone whose TOP gives whole mails. `on` leaves it out where "
          "the server says EXPIRE 0; `force` does not ask."),
      row(
          "prefetch.for", [](auto& c) -> auto& { return c.prefetch.whom; },
          choice<pop3::prefetch_for>(
              {{"deleting", pop3::prefetch_for::deleting},
               {"all", pop3::prefetch_for::all}}),
          "for which clients that is done",
          "`deleting`: for those that delete each mail after they fetched it, "
          "twice in a row or throughout the account's last session; the first "
          "client that keeps its mails after such a session leaves those that "
          "were read ahead for it unread. `all`: "
          "after two RETR in a row, for clients that leave their mails, too: "
          "these then stay unread on the server."),
      row(
          "prefetch.commands",
          [](auto& c) -> auto& { return c.prefetch.commands; },
          number<std::size_t>{.least = 1, .most = 1000},
          "how many mails may be asked for ahead", ""),
      row(
          "prefetch.octets", [](auto& c) -> auto& { return c.prefetch.octets; },
          size(64 * kib, gib), "how large they may be together",
          "This much memory a session may need while it prefetches."),

      row(
          "mail.top_whole", [](auto& c) -> auto& { return c.mail.top_whole; },
          size(0, gib), "up to which size TOP judges the whole mail",
          "A client that looks at headers only (TOP) still makes Mekiki fetch "
          "the mail, because a signature covers it all. Of larger mails TOP "
          "gives the header, marked `unverified`."),
      row(
          "mail.memory", [](auto& c) -> auto& { return c.mail.memory; },
          size(4 * kib, 64 * mib),
          "how much of a mail is kept in memory while it is judged",
          "The rest goes to a file without a name in the state folder."),
      row(
          "mail.largest", [](auto& c) -> auto& { return c.mail.largest; },
          size(mib, 1024 * gib), "the largest mail that is judged",
          "Larger ones are delivered unjudged, without forged fields."),

      row(
          "dns.resolvers", [](auto& c) -> auto& { return c.dns.resolvers; },
          list<spelled<net::endpoint>>{.item = endpoint(53)},
          "the DNS servers that are asked",
          "Empty: the system's, as in /etc/resolv.conf. It is read again when "
          "it changes, as /etc/hosts is. Its search list completes short names "
          "of mail servers (`taro%pop`), never a name in a mail; certificates "
          "must carry the name as it was typed."),
      row(
          "dns.dnssec", [](auto& c) -> auto& { return c.dns.validation; },
          choice<dns::dnssec>({{"off", dns::dnssec::off},
                               {"opportunistic", dns::dnssec::opportunistic},
                               {"strict", dns::dnssec::strict}}),
          "validate answers with DNSSEC",
          "`opportunistic` validates where the resolvers let signatures "
          "through; `strict` takes missing signatures for a forgery. A forged "
          "answer counts as no answer."),
      row(
          "dns.trust_anchors",
          [](auto& c) -> auto& { return c.dns.trust_anchors; },
          list<spelled<std::string>>{
              .item = text_like("a DS or DNSKEY record", is_line)},
          "trust anchors, as records in zone file form",
          "If neither these nor `dns.trust_anchor_files` are given: the root's "
          "keys, which are built in."),
      row(
          "dns.trust_anchor_files",
          [](auto& c) -> auto& { return c.dns.trust_anchor_files; },
          list<spelled<std::filesystem::path>>{.item = file()},
          "files of trust anchors", ""),
      row(
          "dns.deadline", [](auto& c) -> auto& { return c.dns.deadline; },
          duration(100ms, 1min), "how long one DNS question may take",
          "A check that gets no answer ends as `temperror`; the mail is "
          "delivered."),
      row(
          "dns.budget", [](auto& c) -> auto& { return c.verdict.dns_budget; },
          duration(100ms, 5min),
          "how long after a mail's header questions about it may begin",
          "SPF and DMARC ask one question after another. Later ones count as "
          "without an answer, so that no sender can hold up a mail for long."),
      tables<settings>(
          "dns.stub", [](auto& c) -> auto& { return c.dns.stubs; },
          stub_settings(),
          stub_zone{.zone = "corp.example",
                    .servers = {{ip_address::v4({192, 0, 2, 53}), 53}}},
          "zones that are asked of servers of their own", ""),

      row(
          "dkim.allow_weak",
          [](auto& c) -> auto& { return c.verdict.dkim.allow_weak; }, boolean{},
          "accept rsa-sha1 and RSA keys below 1024 bits",
          "RFC 8301 forbids both, because they can be forged. For judging old "
          "archives only."),
      row(
          "dkim.max_signatures",
          [](auto& c) -> auto& { return c.verdict.dkim.max_signatures; },
          number<std::size_t>{.least = 1, .most = 100},
          "how many signatures of one mail are checked, from the top", ""),
      row(
          "dkim.max_rsa_bits",
          [](auto& c) -> auto& { return c.verdict.dkim.max_rsa_bits; },
          number<int>{.least = 2048, .most = 16384},
          "the longest RSA key that is used",
          "Longer keys cost too much time; RFC 8301 3.2 asks for 4096."),
      row(
          "dkim.clock_skew",
          [](auto& c) -> auto& { return c.verdict.dkim.clock_skew; },
          duration<std::chrono::seconds>(0s, 24h),
          "by how much the clocks of senders may be wrong",
          "Whole seconds; a fraction is cut off."),

      tables<settings>(
          "provider", [](auto& c) -> auto& { return c.verdict.providers; },
          provider_settings(),
          verdict::provider_rule{
              .upstream = "pop.example.jp",
              .networks = {*parse_ip_network("192.0.2.0/24")},
              .mail_domain = {},
              .host_domain = {},
              .authserv_ids = {}},
          "says what belongs to a mail provider",
          "SPF needs the address that a mail came from outside with, and that "
          "stands in the Received field of the first host of the provider. "
          "Mekiki finds it by itself where the DNS tells which hosts are the "
          "provider's; where `mekiki explain` says that it did not, tell it "
          "here. The first provider that matches counts."),

      row(
          "checks.dmarc",
          [](auto& c) -> auto& { return c.verdict.dmarc.rules; },
          choice<dmarc::spec>({{"rfc9989", dmarc::spec::rfc9989},
                               {"rfc7489", dmarc::spec::rfc7489}}),
          "by which standard DMARC records are found and applied",
          "RFC 9989 walks up the domain name; its forerunner RFC 7489 asks the "
          "list of public suffixes and knows `pct=`."),
      row(
          "checks.dmarc_compare",
          [](auto& c) -> auto& { return c.verdict.dmarc.compare; }, boolean{},
          "evaluate DMARC by the other standard too, and tell differences",
          "`mekiki explain` and `mekiki verify --json` show them. The verdict "
          "stays that of `checks.dmarc`."),
      row(
          "checks.iprev", [](auto& c) -> auto& { return c.verdict.iprev; },
          boolean{},
          "check whether the sending host's address has a name that leads back "
          "to it (iprev, RFC 8601 3)",
          "Told, never evidence: honest hosts lack such names, and forgers can "
          "have them."),
      row(
          "checks.senderid",
          [](auto& c) -> auto& { return c.verdict.senderid; }, boolean{},
          "check Sender ID (RFC 4406), which is historic",
          "Told, never evidence. Few domains still publish records for it."),
      row(
          "checks.adsp", [](auto& c) -> auto& { return c.verdict.adsp; },
          boolean{}, "check ADSP (RFC 5617), which is historic since 2013",
          "Told, never evidence. DMARC took its place."),

      row(
          "verdict.accuse_within",
          [](auto& c) -> auto& { return c.verdict.decision.accuse_within; },
          duration<std::chrono::seconds>(0s, 90 * 24h),
          "how old a mail may be to be called forged by what the DNS says now",
          "Counted from when it came to the provider. Later keys and records "
          "may be gone or changed, so that an honest mail looks forged. Whole "
          "seconds; a fraction is cut off."),
      row(
          "verdict.senders",
          [](auto& c) -> auto& { return c.verdict.decision.senders; },
          choice<verdict::sender_class>(
              {{"off", verdict::sender_class::off},
               {"google", verdict::sender_class::google},
               {"strict", verdict::sender_class::strict}}),
          "what senders must do, besides, to be better than `unverified`",
          "`google`: SPF or DKIM must pass; for senders of bulk mail both, and "
          "one of them for the author's domain. `strict`: for senders of bulk "
          "mail both, and both for the author's domain; others as `google`. "
          "What could not be checked is not held against a mail."),
      row(
          "verdict.bulk_senders",
          [](auto& c) -> auto& { return c.verdict.decision.bulk_senders; },
          list<spelled<std::string>>{.item = domain()},
          "the domains that send bulk mail, and all below them",
          "For `verdict.senders`."),
      row(
          "verdict.watched", [](auto& c) -> auto& { return c.verdict.watched; },
          list<spelled<std::string>>{.item = domain()},
          "domains that look-alikes are compared with",
          "Beside those that the user of the mailbox corresponds with. Name "
          "your own, and those whose mail matters."),

      row(
          "history.deadline",
          [](auto& c) -> auto& { return c.verdict.history_deadline; },
          duration(10ms, 10s),
          "how long the history of earlier mails may take to answer",
          "Later the mail is judged without it: a sender who is known is then "
          "called `new`."),
      row(
          "history.days", [](auto& c) -> auto& { return c.history.days; },
          number<std::size_t>{.least = 1, .most = 3650},
          "for how many days the verdict on each mail is kept",
          "What was learned of senders is kept longer; docs/history.md tells "
          "how long, and what it is."),
      row(
          "history.keep", [](auto& c) -> auto& { return c.history.keep; },
          choice<store::kept_texts>({{"none", store::kept_texts::of_none},
                                     {"domains", store::kept_texts::of_forged},
                                     {"full", store::kept_texts::of_all}}),
          "of which mails the author's address and the subject are kept",
          "`domains`: of forged ones; of every other mail the author's domain "
          "and the results alone. `full`: of every mail, for users who want to "
          "see them on their page; then whoever can read the database, or a "
          "copy of it, reads who wrote to whom about what. `none`: of no mail, "
          "and of the reason its code alone. Whatever it says, account names, "
          "domains, results and each mail's digest are kept, as rules and "
          "history rest on them, and a warning has its texts until it is told "
          "and its mail is fetched or sent. What an earlier setting kept goes "
          "with the first mail after the change."),
      row(
          "history.sum_days",
          [](auto& c) -> auto& { return c.history.sum_days; },
          number<std::size_t>{.least = 1, .most = 3650},
          "for how many days the sums of each day are kept",
          "How many mails of each account were judged how, and which author "
          "domains were forged most: no mail, no address."),

      row(
          "users.methods",
          [](auto& c) -> auto& { return c.users.standard.methods; }, methods(),
          "how users are told of forged mail who have not chosen for "
          "themselves",
          "A: the mail's body is replaced by a warning, the original attached. "
          "B: a separate warning mail. C: labels, by rules in the mail client "
          "(`mekiki rules`). D: a window that the add-on for Thunderbird "
          "opens. `mekiki user set` chooses for one account, `mekiki user "
          "rehearse` tells what a choice would have done."),
      row(
          "users.language",
          [](auto& c) -> auto& { return c.users.standard.in; },
          choice<notify::language>({{"en", notify::language::english},
                                    {"ja", notify::language::japanese}}),
          "the language of warnings, for the same users", ""),
      row(
          "users.when", [](auto& c) -> auto& { return c.users.standard.when; },
          choice<notify::occasion>({{"forged", notify::occasion::forged},
                                    {"altered", notify::occasion::altered},
                                    {"new", notify::occasion::new_},
                                    {"classic", notify::occasion::classic}}),
          "of which mails they are told, for the same users",
          "`altered` and `new` each include those before them. `classic`: of "
          "every mail whose X-DKIM-Check is `fail`, whatever the verdict. "
          "Only a forged mail is ever rewritten."),
      row(
          "users.subject_mark",
          [](auto& c) -> auto& { return c.users.standard.subject_mark; },
          boolean{}, "mark forged mail in its Subject, for the same users",
          "For clients that cannot filter by our fields, such as phones."),
      row(
          "users.allowed",
          [](auto& c) -> auto& { return c.users.limits.allowed; }, methods(),
          "the methods that users may choose",
          "What is not allowed is not done, whatever was chosen."),
      row(
          "users.budget",
          [](auto& c) -> auto& { return c.users.limits.budget; },
          number<std::size_t>{.least = 0, .most = 1000},
          "tell a user at most of 1 mail in so many by methods A and B; 0: no "
          "limit",
          "Where more of an account's last mails would be warned about, and "
          "more than ten of them, something is wrong rather than everybody "
          "forging: its mails are only labelled (C, D and the mark in the "
          "Subject stay), and the log says so. Whoever sends you very many "
          "forged mails can bring this about; with 0 he cannot."),
      row(
          "users.keep_original",
          [](auto& c) -> auto& { return c.users.keep_original; }, boolean{},
          "attach the untouched original to a rewritten mail",
          "Without it the original stays only at the mail server, for as long "
          "as the client leaves it there."),
      row(
          "users.templates", [](auto& c) -> auto& { return c.users.templates; },
          file(), "a folder with texts of your own",
          "Empty: the built-in texts. A file stands in place of one text in "
          "one language: `rewrite-notice.ja.txt`, UTF-8. Names, and what may "
          "stand in {braces}, are those of src/notify/words/texts.cpp; a file "
          "that fits none keeps the program from starting."),

      row(
          "warnings.by", [](auto& c) -> auto& { return c.warnings.by; },
          choice<warning_way>(
              {{"listing", warning_way::listing}, {"smtp", warning_way::smtp}}),
          "how warning mails (method B) reach the users who chose them",
          "`listing`: as one more mail behind those of the mailbox, when its "
          "client logs in next; it exists in Mekiki alone, and goes when the "
          "client deletes it. `smtp`: sent to the mailbox's own address "
          "through `smtp.host`, if that address is certain: its domain is the "
          "`mail_domain` of the server's `[[provider]]`, or the one that the "
          "server's name stands in (example.jp for pop.example.jp). Else "
          "it is `listing`. Users of method A get mail, too, when a verdict "
          "changes "
          "later."),
      row(
          "warnings.gather", [](auto& c) -> auto& { return c.warnings.gather; },
          duration(100ms, 24h),
          "how long a warning that is sent waits for others",
          "All that is there by then is told in one mail."),
      row(
          "warnings.interval",
          [](auto& c) -> auto& { return c.warnings.interval; },
          duration(0ms, 7 * 24h),
          "how long a reader gets no second mail after a first",
          "So that a flood of forged mail is no flood of warnings. For mails "
          "that are sent."),
      row(
          "warnings.administrators",
          [](auto& c) -> auto& { return c.warnings.administrators; },
          list<spelled<std::string>>{.item = mail_address()},
          "who gets digests and, if set so, warnings about all mailboxes",
          "They are sent through `smtp.host`."),
      row(
          "warnings.at_once",
          [](auto& c) -> auto& { return c.warnings.at_once; }, boolean{},
          "tell administrators of forged mail as it comes",
          "With the header of each forged mail as a file. Also when a mailbox "
          "is over `users.budget`. `warnings.gather` and `warnings.interval` "
          "hold for them, too."),
      row(
          "warnings.digest", [](auto& c) -> auto& { return c.warnings.digest; },
          choice<notify::period>({{"off", notify::period::off},
                                  {"hourly", notify::period::hourly},
                                  {"daily", notify::period::daily},
                                  {"weekly", notify::period::weekly}}),
          "how often administrators get a digest of what came",
          "How many mails were judged how, which domains were forged most and "
          "who was hit, beside the period before. Weeks end on Mondays."),
      row(
          "warnings.digest_at",
          [](auto& c) -> auto& { return c.warnings.digest_at; }, time_of_day(),
          "when the day of a daily or weekly digest ends",
          "By the clock of this machine."),
      row(
          "warnings.language", [](auto& c) -> auto& { return c.warnings.in; },
          choice<notify::language>({{"en", notify::language::english},
                                    {"ja", notify::language::japanese}}),
          "the language of what administrators get", ""),

      row(
          "smtp.host", [](auto& c) -> auto& { return c.smtp.host; },
          host_or_none(), "the mail server that takes mails of our own",
          "Warnings to users (method B) and to administrators are handed to "
          "this server (RFC 6409), which sends them on. Empty: no mail is "
          "sent. `mekiki send-test ADDRESS` tries it, step by step."),
      row(
          "smtp.port", [](auto& c) -> auto& { return c.smtp.port; },
          number<std::uint16_t>{.least = 1, .most = 65535}, "its port",
          "Usually 587 with STARTTLS, 465 with TLS at once, 25 for a relay on "
          "this machine."),
      row(
          "smtp.tls", [](auto& c) -> auto& { return c.smtp.tls; },
          choice<net::submit_tls>({{"starttls", net::submit_tls::starttls},
                                   {"tls", net::submit_tls::tls},
                                   {"clear", net::submit_tls::clear}}),
          "how the way there is protected",
          "`starttls`: TLS after a first greeting, and nothing is sent where "
          "the server does not offer it. `tls`: from the first octet. "
          "`clear`: none, which is allowed to `127.0.0.1` and `::1` only. The "
          "server's certificate must be valid and for `smtp.host`."),
      row(
          "smtp.user", [](auto& c) -> auto& { return c.smtp.user; },
          text_like("a text without control characters", is_clean),
          "the name to log in with", "Empty: no login."),
      row(
          "smtp.password_file",
          [](auto& c) -> auto& { return c.smtp.password_file; }, file(),
          "a file with the password in its first line",
          "Only its owner may read it (`chmod 600`). It is read at start. The "
          "password itself is no setting, since settings are shown around."),
      row(
          "smtp.extra_ca", [](auto& c) -> auto& { return c.smtp.extra_ca; },
          file(), "certificate authorities (PEM) to trust beside the system's",
          "For a mail server with a certificate of your own authority."),
      row(
          "smtp.timeout", [](auto& c) -> auto& { return c.smtp.timeout; },
          duration(1s, 1h), "how long sending one mail may take",
          "Some servers examine a mail for minutes before they take it (RFC "
          "5321 4.5.3.2). A mail that took too long is tried again later, and "
          "may then arrive twice."),
      row(
          "smtp.from", [](auto& c) -> auto& { return c.smtp.from; },
          mail_address_or_none(), "the sender shown in our own mails",
          "Empty: `mekiki@` and `authserv_id`. Nothing needs to be received "
          "there: bounces go nowhere (the return path is empty)."),
      row(
          "smtp.dkim_domain",
          [](auto& c) -> auto& { return c.smtp.dkim_domain; }, domain_or_none(),
          "the domain that signs our own mails with DKIM",
          "A signature of the domain in `smtp.from` lets receivers prove that "
          "a warning is yours. Leave it out where the mail server signs. This, "
          "`smtp.dkim_selector` and `smtp.dkim_key` go together; `mekiki "
          "keygen` makes the key and prints the DNS record for it."),
      row(
          "smtp.dkim_selector",
          [](auto& c) -> auto& { return c.smtp.dkim_selector; },
          domain_or_none(), "the name of that key in the DNS", ""),
      row(
          "smtp.dkim_key", [](auto& c) -> auto& { return c.smtp.dkim_key; },
          file(), "the file of the private key (PEM)", "It is read at start."),

      row(
          "limits.sessions", [](auto& c) -> auto& { return c.limits.sessions; },
          number<std::size_t>{.least = 1, .most = 1'000'000},
          "how many clients may be connected to one listener at once", ""),
      row(
          "limits.sessions_per_client",
          [](auto& c) -> auto& { return c.limits.sessions_per_client; },
          number<std::size_t>{.least = 1, .most = 1'000'000},
          "how many of them from one address", ""),
      row(
          "limits.line", [](auto& c) -> auto& { return c.limits.line; },
          number<std::size_t>{.least = 512, .most = 1'000'000},
          "the longest command or answer line, in octets",
          "RFC 2449 4 asks for 255 octets, OAuth tokens need thousands."),
      row(
          "limits.threads", [](auto& c) -> auto& { return c.limits.threads; },
          number<std::size_t>{.least = 0, .most = 1024},
          "how many threads compute what takes long of one mail",
          "Large mails, many signatures, and what was changed on the way. An "
          "account has one of them at a time, so that its mails delay nobody "
          "else's. 0: as many as the machine has cores."),
      row(
          "limits.hang", [](auto& c) -> auto& { return c.limits.hang; },
          duration(1s, 1h),
          "how long the program may hang before it ends itself",
          "If nothing goes on for so long, or one mail is computed for so "
          "long, that is a fault of the program: it logs what it was at and "
          "aborts, and the service manager starts it again. A mail is logged "
          "after a third of that time."),
  };
  return rows;
}

std::string_view section_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? "" : name.substr(0, dot);
}

void relocate(settings& c, const std::filesystem::path& directory) {
  for (std::filesystem::path* path :
       {&c.state, &c.tls.certificate, &c.tls.key, &c.upstream.extra_ca,
        &c.users.templates, &c.smtp.password_file, &c.smtp.extra_ca,
        &c.smtp.dkim_key}) {
    if (!path->empty())
      *path = directory / *path;
  }
  for (auto& path : c.dns.trust_anchor_files) path = directory / path;
}

// The line of `key`, or of the table it stands in, or 0.
unsigned line_of(const reading& r, const std::string& key) {
  auto found = r.lines.find(key);
  if (found == r.lines.end()) {
    found = r.lines.find(key.substr(0, key.rfind('.') + 1));
  }
  return found == r.lines.end() ? 0 : found->second;
}

}  // namespace

std::string format(const problem& problem, std::string_view file) {
  std::string out(file);
  if (problem.line != 0)
    out += fmt::format(":{}", problem.line);
  if (!problem.key.empty())
    out += fmt::format(": {}", problem.key);
  return out + ": " + problem.text;
}

expected<loaded, std::vector<problem>> parse(
    std::string_view text, const std::filesystem::path& directory) {
  toml::table given;
  try {
    given = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return unexpected(std::vector{
        problem_at(error.source(), "", printable(error.description()))});
  }

  loaded out;
  reading r;
  read_table(given, "", "", all_rows(), out.settings, r);
  if (r.problems.empty()) {
    relocate(out.settings, directory);
    findings found = check(out.settings);
    for (auto* list : {&found.errors, &found.warnings}) {
      for (problem& p : *list) p.line = line_of(r, p.key);
    }
    r.problems = std::move(found.errors);
    out.warnings = std::move(found.warnings);
  }
  out.lines = std::move(r.lines);
  if (r.problems.empty())
    return out;
  std::ranges::sort(r.problems, {}, [](const problem& p) {
    return std::tuple(p.line, p.column, p.key);
  });
  return unexpected(std::move(r.problems));
}

expected<loaded, std::string> load(const std::filesystem::path& file) {
  if (file.empty())
    return loaded{};
  const auto text = read_small_file(file, mib);
  if (!text) {
    return unexpected(
        fmt::format("{}: cannot read the settings file, or it is larger than "
                    "1 MiB",
                    file.string()));
  }
  auto parsed = parse(*text, std::filesystem::absolute(file).parent_path());
  if (parsed)
    return std::move(*parsed);
  std::vector<std::string> lines;
  for (const auto& p : parsed.error())
    lines.push_back(format(p, file.string()));
  return unexpected(fmt::format("{}", fmt::join(lines, "\n")));
}

std::vector<shown_setting> in_force(
    const settings& c, const std::map<std::string, unsigned>& lines) {
  const settings defaults;
  std::vector<shown_setting> out;
  for (const auto& s : all_rows()) {
    shown_setting shown{.name = s.name,
                        .value = s.show(c),
                        .standard = s.show(defaults),
                        .type = s.type,
                        .help = s.help};
    auto line = lines.find(s.name);
    if (!s.example.empty()) {  // "name[1]."
      line = lines.find(s.name + "[1].");
      const auto tables = std::ranges::count_if(lines, [&](const auto& l) {
        return l.first.starts_with(s.name + '[') && l.first.ends_with("].");
      });
      if (tables > 0)
        shown.value = fmt::format("{} of them", tables);
    }
    if (line != lines.end())
      shown.line = line->second;
    out.push_back(std::move(shown));
  }
  return out;
}

std::string format_defaults() {
  const settings defaults;
  std::string out =
      "# Every setting of Mekiki at its default. Keep what you change.\n";
  std::string_view section;
  for (const auto& s : all_rows()) {
    if (section_of(s.name) != section && s.example.empty()) {
      section = section_of(s.name);
      out += fmt::format("\n[{}]\n", section);
    }
    out += fmt::format("\n# {}\n", s.help);
    out += fmt::format("# {}\n", s.type);
    out += s.example.empty()
               ? fmt::format("{} = {}\n", last_part(s.name), s.show(defaults))
               : s.example;
  }
  return out;
}

std::string format_manual() {
  const settings defaults;
  std::string out =
      "# Settings\n\n"
      "Mekiki runs without a settings file. To change something, write a TOML\n"
      "file that holds just that, test it with `mekiki config check FILE`, "
      "and\n"
      "start `mekiki serve --config FILE`. A file with an unknown name, a "
      "wrong\ntype or a missing unit is refused as a whole, with the line of "
      "each mistake.\n`mekiki config defaults` prints every setting as such a "
      "file.\n\n"
      "Durations are written with their unit (`\"500ms\"`, `\"30s\"`, "
      "`\"5m\"`, `\"2h\"`,\n`\"7d\"`), sizes too (`\"512B\"`, `\"256KiB\"`, "
      "`\"2MiB\"`, `\"4GiB\"`). Relative paths\nstart at the folder of the "
      "settings file.\n\n"
      "This page is made by `mekiki config defaults --markdown`.\n";
  std::string_view section;
  for (const auto& s : all_rows()) {
    if (section_of(s.name) != section) {
      section = section_of(s.name);
      if (!section.empty())
        out += fmt::format("\n## {}\n", section);
    }
    out +=
        fmt::format("\n### {}\n\n{}{}.\n", s.name,
                    static_cast<char>(ascii::to_lower(s.help[0]) - 'a' + 'A'),
                    s.help.substr(1));
    if (!s.paragraph.empty())
      out += fmt::format("{}\n", s.paragraph);
    out += fmt::format("\n- Value: {}\n", s.type);
    if (s.example.empty()) {
      out += fmt::format("- Default: `{}`\n", s.show(defaults));
    }
    out += s.elements;
  }
  return out;
}

}  // namespace mekiki::config
