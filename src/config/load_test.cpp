#include "config/load.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_paths.hpp"
#include "config/check.hpp"
#include "config/japanese.hpp"
#include "config/manual.hpp"
#include "config/setting.hpp"
#include "config/units.hpp"
#include "notify/words/test_phrases.hpp"

namespace mekiki::config {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

TEST(units, durations) {
  struct {
    std::string_view text;
    std::optional<milliseconds> expected;
  } constexpr cases[] = {
      {"30s", 30'000ms},
      {"500ms", 500ms},
      {"5m", 300'000ms},
      {"2h", 7'200'000ms},
      {"1d", 86'400'000ms},
      {"0s", 0ms},
      {"", std::nullopt},
      {"30", std::nullopt},
      {"s", std::nullopt},
      {"-1s", std::nullopt},
      {"1.5s", std::nullopt},
      {"30 s", std::nullopt},
      {"30S", std::nullopt},
      {"30sec", std::nullopt},
      {"999999999999999999d", std::nullopt},
      {"9999999999999999999s", std::nullopt},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(parse_duration(c.text), c.expected) << c.text;
    if (c.expected) {
      EXPECT_EQ(parse_duration(format_duration(*c.expected)), c.expected);
    }
  }
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(10min), "10m");
}

TEST(units, sizes) {
  struct {
    std::string_view text;
    std::optional<std::size_t> expected;
  } constexpr cases[] = {
      {"512B", 512},
      {"256KiB", 256 << 10},
      {"2MiB", 2 << 20},
      {"4GiB", std::size_t{4} << 30},
      {"0B", 0},
      {"1024", std::nullopt},
      {"1KB", std::nullopt},
      {"1kib", std::nullopt},
      {"-1B", std::nullopt},
      {"99999999999999GiB", std::nullopt},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(parse_size(c.text), c.expected) << c.text;
    if (c.expected) {
      EXPECT_EQ(parse_size(format_size(*c.expected)), c.expected);
    }
  }
}

TEST(units, endpoints) {
  struct {
    std::string_view text;
    std::uint16_t default_port;
    std::string_view expected;  // "" for none
  } constexpr cases[] = {
      {"127.0.0.1:1110", 0, "127.0.0.1:1110"},
      {"[::1]:995", 0, "[::1]:995"},
      {"0.0.0.0:0", 0, "0.0.0.0:0"},
      {"192.0.2.53", 53, "192.0.2.53:53"},
      {"[2001:db8::53]", 53, "[2001:db8::53]:53"},
      {"192.0.2.53:5353", 53, "192.0.2.53:5353"},
      {"127.0.0.1", 0, ""},
      {"127.0.0.1:", 53, ""},
      {"[::1]:", 53, ""},
      {"[::1]53", 53, ""},
      {"[127.0.0.1]:53", 0, ""},
      {"::1", 53, ""},
      {"localhost:110", 0, ""},
      {"127.0.0.1:65536", 0, ""},
      {"", 53, ""},
  };
  for (const auto& c : cases) {
    const auto e = parse_endpoint(c.text, c.default_port);
    EXPECT_EQ(e ? net::format(*e) : "", c.expected) << c.text;
  }
}

TEST(units, times) {
  struct {
    std::string_view text;
    std::optional<std::int64_t> expected;
  } constexpr cases[] = {
      {"0", 0},
      {"1709294400", 1709294400},
      {"2024-03-01T12:00:00Z", 1709294400},
      {"2024-03-01t12:00:00z", 1709294400},
      {"2024-03-01 12:00:00Z", 1709294400},
      {"2024-03-01T21:00:00+09:00", 1709294400},
      {"2024-03-01T06:30:00.125-05:30", 1709294400},
      {"2024-02-29", 1709164800},
      {"2023-02-29", std::nullopt},
      {"2024-03-01T12:00:00", std::nullopt},
      {"2024-03-01T24:00:00Z", std::nullopt},
      {"2024-03-01T12:00:00Zjunk", std::nullopt},
      {"2024-03-01T12:00:00+0900", std::nullopt},
      {"2024-03-01T12:00:00.Z", std::nullopt},
      {"1969-12-31", std::nullopt},
      {"9999-12-31", std::nullopt},
      {"99999999999", std::nullopt},
      {"-1", std::nullopt},
      {"", std::nullopt},
      {"yesterday", std::nullopt},
  };
  for (const auto& c : cases) {
    const auto t = parse_time(c.text);
    ASSERT_EQ(t.has_value(), c.expected.has_value()) << c.text;
    if (t)
      EXPECT_EQ(t->time_since_epoch() / 1s, *c.expected) << c.text;
  }
  EXPECT_EQ(format_time(time_point(1709294400s)), "2024-03-01T12:00:00Z");
}

// What is wrong with a file, one line for each problem.
std::vector<std::string> problems(std::string_view toml) {
  std::vector<std::string> out;
  const auto parsed = parse(toml, "/etc/mekiki");
  if (parsed)
    return out;
  for (const auto& p : parsed.error()) out.push_back(format(p, "f"));
  return out;
}

TEST(config, empty_file_gives_the_defaults) {
  const auto parsed = parse("", "/");
  ASSERT_TRUE(parsed);
  const settings& c = parsed->settings;
  ASSERT_EQ(c.listen.pop3.size(), 1U);
  EXPECT_EQ(net::format(c.listen.pop3[0]), "127.0.0.1:1110");
  ASSERT_EQ(c.listen.pop3s.size(), 1U);
  EXPECT_EQ(net::format(c.listen.pop3s[0]), "127.0.0.1:1995");
  EXPECT_FALSE(c.listen.clear_logins);
  EXPECT_EQ(c.upstream.connect_timeout, 20s);
  EXPECT_EQ(c.upstream.silence_timeout, 60s);
  EXPECT_EQ(c.client.idle_timeout, 10min);
  EXPECT_EQ(c.client.first_lines, 15s);
  EXPECT_EQ(c.prefetch.commands, 256U);
  EXPECT_EQ(c.prefetch.octets, 2U << 20);
  EXPECT_EQ(c.limits.sessions, 512U);
  EXPECT_EQ(c.limits.line, 8192U);
  EXPECT_FALSE(c.verdict.dkim.allow_weak);
  EXPECT_EQ(c.verdict.decision.accuse_within, std::chrono::days(7));
  EXPECT_EQ(c.verdict.decision.accuse_unsigned_within, std::chrono::days(30));
  EXPECT_FALSE(c.verdict.senderid || c.verdict.adsp || c.verdict.iprev);
  EXPECT_TRUE(c.smtp.host.empty());
  EXPECT_EQ(c.smtp.port, 587);
  EXPECT_EQ(c.smtp.tls, net::submit_tls::starttls);
  EXPECT_TRUE(parsed->warnings.empty());
}

TEST(config, reads_every_kind_of_value) {
  const auto parsed = parse(R"(
authserv_id = "mekiki.example.jp"
state = "var"
[listen]
pop3 = []
pop3s = ["0.0.0.0:995", "[::]:995"]
[tls]
certificate = "/etc/ssl/chain.pem"
key = "key.pem"
[log]
level = "debug"
format = "json"
[upstream]
networks = ["10.0.0.0/8", "::1"]
hosts = ["POP.example.jp", "*.Mail.Example", "192.0.2.1", "*.目利き.example"]
clear_hosts = ["pop.example.jp"]
connect_timeout = "5s"
[prefetch]
mode = "force"
octets = "1MiB"
[dns]
dnssec = "strict"
trust_anchor_files = ["anchors"]
resolvers = ["192.0.2.53", "[2001:db8::53]:5353"]
[[dns.stub]]
zone = "corp.example"
servers = ["10.0.0.53"]
[dkim]
allow_weak = true
clock_skew = "1m"
[checks]
dmarc = "rfc7489"
iprev = true
[verdict]
accuse_within = "3d"
accuse_unsigned_within = "4d"
senders = "google"
bulk_senders = ["News.Example.JP."]
watched = ["目利き.example"]
[history]
deadline = "1s"
days = 30
keep = "full"
sum_days = 400
[users]
methods = "A, B"
language = "ja"
when = "new"
subject_mark = true
allowed = "A,B,C"
budget = 0
keep_original = false
templates = "texts"
[smtp]
host = "smtp.example.jp"
port = 465
tls = "tls"
user = "mekiki"
password_file = "password"
extra_ca = "/etc/ssl/ca.pem"
timeout = "2m"
from = "mekiki@Example.JP"
dkim_domain = "Example.JP."
dkim_selector = "s1"
dkim_key = "s1.pem"
[[provider]]
upstream = "*.Example.JP"
networks = ["192.0.2.0/24", "2001:db8::/32"]
mail_domain = "example.jp"
mail_only = true
authserv_ids = ["@mx.example.jp", "mx.example.net"]
[[provider]]
upstream = "pop.example.net"
shares_history = true
[[route]]
pattern = "*@example.jp"
host = "pop.example.jp"
port = 1110
tls = "clear"
local_part_only = true
[[route]]
pattern = "*"
host = "mail.example.net"
)",
                            "/etc/mekiki");
  ASSERT_TRUE(parsed) << format(parsed.error().front(), "f");
  const settings& c = parsed->settings;
  EXPECT_EQ(c.authserv_id, "mekiki.example.jp");
  EXPECT_EQ(c.state, "/etc/mekiki/var");
  EXPECT_TRUE(c.listen.pop3.empty());
  ASSERT_EQ(c.listen.pop3s.size(), 2U);
  EXPECT_EQ(net::format(c.listen.pop3s[1]), "[::]:995");
  EXPECT_EQ(c.tls.certificate, "/etc/ssl/chain.pem");
  EXPECT_EQ(c.tls.key, "/etc/mekiki/key.pem");
  EXPECT_EQ(c.log.level, "debug");
  EXPECT_EQ(c.log.format, log::format::json);
  ASSERT_EQ(c.upstream.networks.size(), 2U);
  EXPECT_TRUE(c.upstream.networks[0].contains(*parse_ip_address("10.1.2.3")));
  EXPECT_THAT(c.upstream.hosts,
              testing::ElementsAre("pop.example.jp", "*.mail.example",
                                   "192.0.2.1", "*.xn--w8j323h2gz.example"));
  EXPECT_EQ(c.upstream.connect_timeout, 5s);
  EXPECT_EQ(c.prefetch.mode, pop3::prefetch::force);
  EXPECT_EQ(c.prefetch.octets, 1U << 20);
  ASSERT_EQ(c.dns.resolvers.size(), 2U);
  EXPECT_EQ(net::format(c.dns.resolvers[0]), "192.0.2.53:53");
  EXPECT_EQ(c.dns.validation, dns::dnssec::strict);
  ASSERT_EQ(c.dns.trust_anchor_files.size(), 1U);
  EXPECT_EQ(c.dns.trust_anchor_files[0], "/etc/mekiki/anchors");
  ASSERT_EQ(c.dns.stubs.size(), 1U);
  EXPECT_EQ(c.dns.stubs[0].zone, "corp.example");
  EXPECT_TRUE(c.verdict.dkim.allow_weak);
  EXPECT_EQ(c.verdict.dkim.clock_skew, 60s);
  EXPECT_EQ(c.verdict.dmarc.rules, dmarc::spec::rfc7489);
  EXPECT_FALSE(c.verdict.dmarc.compare);
  EXPECT_TRUE(c.verdict.iprev);
  EXPECT_EQ(c.verdict.decision.accuse_within, 72h);
  EXPECT_EQ(c.verdict.decision.accuse_unsigned_within, 96h);
  EXPECT_EQ(c.verdict.decision.senders, verdict::sender_class::google);
  EXPECT_THAT(c.verdict.decision.bulk_senders,
              testing::ElementsAre("news.example.jp"));
  EXPECT_THAT(c.verdict.watched,
              testing::ElementsAre("xn--w8j323h2gz.example"));
  EXPECT_EQ(c.verdict.history_deadline, 1s);
  EXPECT_EQ(c.history.days, 30u);
  EXPECT_EQ(c.history.keep, store::text_retention::of_all);
  EXPECT_EQ(c.history.sum_days, 400u);
  EXPECT_EQ(notify::format(c.users.standard.methods), "A,B");
  EXPECT_EQ(c.users.standard.in, notify::language::japanese);
  EXPECT_EQ(c.users.standard.when, notify::occasion::new_);
  EXPECT_TRUE(c.users.standard.subject_mark);
  EXPECT_EQ(notify::format(c.users.limits.allowed), "A,B,C");
  EXPECT_EQ(c.users.limits.budget, 0U);
  EXPECT_FALSE(c.users.keep_original);
  EXPECT_EQ(c.users.templates.filename(), "texts");
  EXPECT_TRUE(c.users.templates.is_absolute());
  EXPECT_EQ(c.smtp.host, "smtp.example.jp");
  EXPECT_EQ(c.smtp.port, 465);
  EXPECT_EQ(c.smtp.tls, net::submit_tls::tls);
  EXPECT_EQ(c.smtp.user, "mekiki");
  EXPECT_EQ(c.smtp.password_file, "/etc/mekiki/password");
  EXPECT_EQ(c.smtp.extra_ca, "/etc/ssl/ca.pem");
  EXPECT_EQ(c.smtp.timeout, 2min);
  EXPECT_EQ(c.smtp.from, "mekiki@Example.JP");
  EXPECT_EQ(c.smtp.dkim_domain, "example.jp");
  EXPECT_EQ(c.smtp.dkim_selector, "s1");
  EXPECT_EQ(c.smtp.dkim_key, "/etc/mekiki/s1.pem");
  EXPECT_TRUE(parsed->warnings.empty());
  ASSERT_EQ(c.verdict.providers.size(), 2U);
  const verdict::provider_rule& provider = c.verdict.providers[0];
  EXPECT_EQ(provider.upstream, "*.example.jp");
  EXPECT_EQ(provider.networks.size(), 2U);
  EXPECT_EQ(provider.mail_domain, "example.jp");
  EXPECT_EQ(provider.host_domain, "");
  EXPECT_THAT(provider.authserv_ids,
              testing::ElementsAre("@mx.example.jp", "mx.example.net"));
  EXPECT_TRUE(provider.mail_only);
  EXPECT_FALSE(c.verdict.providers[1].mail_only);
  EXPECT_FALSE(provider.shares_history);
  EXPECT_TRUE(c.verdict.providers[1].shares_history);
  ASSERT_EQ(c.routes.size(), 2U);
  EXPECT_EQ(c.routes[0].port, 1110);
  EXPECT_EQ(c.routes[0].with, pop3::protection::clear);
  EXPECT_TRUE(c.routes[0].local_part_only);
  EXPECT_EQ(c.routes[1].with, std::nullopt);
  EXPECT_EQ(c.routes[1].port, std::nullopt);
}

TEST(config, an_ipv6_address_may_have_its_brackets_everywhere) {
  const auto parsed = parse(R"(
[listen]
pop3 = ["[::1]:1110"]
[upstream]
networks = ["[::1]", "[2001:db8::]/32", "::1"]
clear_hosts = ["[::1]"]
[dns]
resolvers = ["[::1]", "[::1]:5353"]
[smtp]
host = "[::1]"
[[provider]]
upstream = "[::1]"
[[route]]
pattern = "*"
host = "[::1]"
)",
                            "/");
  ASSERT_TRUE(parsed) << format(parsed.error().front(), "f");
  const settings& c = parsed->settings;
  const ip_address loopback = parse_ip_address("::1").value();
  EXPECT_EQ(c.listen.pop3.at(0).address, loopback);
  ASSERT_EQ(c.upstream.networks.size(), 3U);
  EXPECT_EQ(c.upstream.networks[0].address, loopback);
  EXPECT_EQ(c.upstream.networks[0].prefix_length, 128);
  EXPECT_EQ(c.upstream.networks[1].prefix_length, 32);
  EXPECT_EQ(c.upstream.clear_hosts.at(0), "::1");
  EXPECT_EQ(c.dns.resolvers.at(0).address, loopback);
  EXPECT_EQ(c.smtp.host, "::1");
  EXPECT_EQ(c.verdict.providers.at(0).upstream, "::1");
  EXPECT_EQ(c.routes.at(0).host, "::1");
  for (const char* bad :
       {"[127.0.0.1]", "[::1", "::1]", "[pop.example.jp]", "[]", "[[::1]]"}) {
    EXPECT_THAT(
        problems(fmt::format("[upstream]\nclear_hosts = [\"{}\"]\n", bad)),
        testing::SizeIs(1))
        << bad;
  }
}

TEST(config, refuses_with_line_key_and_what_was_expected) {
  struct {
    std::string_view name, toml;
    std::vector<std::string> expected;
  } const cases[] = {
      {"unknown key",
       "[limits]\nsesions = 3\n",
       {"f:2: limits.sesions: no such setting; did you mean limits.sessions?"}},
      {"unknown key, no idea",
       "[limits]\nfrobnicate = 3\n",
       {"f:2: limits.frobnicate: no such setting"}},
      {"key in the wrong section",
       "\nconnect_timeout = \"5s\"\n",
       {"f:2: connect_timeout: no such setting; did you mean "
        "upstream.connect_timeout?"}},
      {"unknown section",
       "[limit]\nline = 3\n",
       {"f:1: limit: no such setting"}},
      {"section with a value",
       "listen = 3\n",
       {"f:1: listen: expected a table [listen], got 3"}},
      {"wrong type",
       "[limits]\nline = \"many\"\n",
       {"f:2: limits.line: expected a whole number from 512 to 1000000, got "
        "\"many\""}},
      {"out of range",
       "[limits]\n\nline = 3\n",
       {"f:3: limits.line: expected a whole number from 512 to 1000000, got "
        "3"}},
      {"duration without unit",
       "[upstream]\nconnect_timeout = 20\n",
       {"f:2: upstream.connect_timeout: expected a duration such as \"30s\" or "
        "\"5m\", from 1s to 10m, got 20"}},
      {"duration with an unknown unit",
       "[upstream]\nconnect_timeout = \"20sec\"\n",
       {"f:2: upstream.connect_timeout: expected a duration such as \"30s\" or "
        "\"5m\", from 1s to 10m, got \"20sec\""}},
      {"size with a decimal unit",
       "[mail]\nmemory = \"256KB\"\n",
       {"f:2: mail.memory: expected a size such as \"256KiB\" or \"2MiB\", "
        "from 4KiB to 64MiB, got \"256KB\""}},
      {"bad choice",
       "[log]\nlevel = \"loud\"\n",
       {"f:2: log.level: expected one of \"debug\", \"info\", \"warning\", "
        "\"error\", \"off\", got \"loud\""}},
      {"bad element of a list",
       "[listen]\npop3 = [\n  \"127.0.0.1:1110\",\n  \"localhost\"]\n",
       {"f:4: listen.pop3: expected an address with port such as "
        "\"127.0.0.1:1110\", got \"localhost\""}},
      {"no list",
       "[listen]\npop3 = \"127.0.0.1:1110\"\n",
       {"f:2: listen.pop3: expected a list, each an address with port such as "
        "\"127.0.0.1:1110\", got \"127.0.0.1:1110\""}},
      {"control character",
       "state = \"a\\nb\"\n",
       {"f:1: state: expected the path of a file or folder, got \"a\\x0ab\""}},
      {"element without a needed key",
       "[[route]]\nhost = \"h.example\"\n",
       {"f:1: route[1].pattern: must be given: a login name, where * stands "
        "for anything"}},
      {"route without a host",
       "[[route]]\npattern = \"*@a.example\"\n",
       {"f:1: route[1].host: must be given, as the pattern names no host"}},
      {"unknown key in an element",
       "[[route]]\npattern = \"*\"\nhost = \"h.example\"\nprot = 3\n",
       {"f:4: route[1].prot: no such setting; did you mean route[1].port?"}},
      {"route that is no list",
       "[route]\npattern = \"*\"\n",
       {"f:1: route: expected any number of tables [[route]], got a table"}},
      {"several at once, in the order of the file",
       "[limits]\nline = 3\nsesions = 4\n[log]\nlevel = 5\n",
       {"f:2: limits.line: expected a whole number from 512 to 1000000, got 3",
        "f:3: limits.sesions: no such setting; did you mean limits.sessions?",
        "f:5: log.level: expected one of \"debug\", \"info\", \"warning\", "
        "\"error\", \"off\", got 5"}},
      {"certificate without key",
       "[tls]\ncertificate = \"c.pem\"\n",
       {"f:2: tls.certificate: given without tls.key"}},
      {"key without certificate",
       "[tls]\nkey = \"k.pem\"\n",
       {"f:2: tls.key: given without tls.certificate"}},
      {"a domain for clients twice, and no way to log in",
       "[[autoconfig]]\ndomain = \"a.example\"\nincoming = \"m.example\"\n"
       "outgoing = \"s.example\"\nserver = \"p.example\"\n"
       "[[autoconfig]]\ndomain = \"A.example\"\nincoming = \"m.example\"\n"
       "outgoing = \"s.example\"\n",
       {"f:6: autoconfig[2].server: must be given, as no [[route]] takes "
        "somebody@a.example",
        "f:7: autoconfig[2].domain: never reached: autoconfig 1 has "
        "\"a.example\""}},
      {"nothing to listen on",
       "[listen]\npop3 = []\npop3s = []\n",
       {"f:2: listen.pop3: nothing to listen on: listen.pop3 and listen.pop3s "
        "are both empty"}},
      {"listening twice",
       "[listen]\npop3 = [\"127.0.0.1:1995\"]\n",
       {"f: listen.pop3s: 127.0.0.1:1995 is listened on twice"}},
      {"pages where mails are",
       "[admin]\nlisten = [\"127.0.0.1:1110\"]\n",
       {"f:2: admin.listen: 127.0.0.1:1110 is listened on twice"}},
      {"an address for a name",
       "[admin]\nnames = [\"192.0.2.1\"]\n",
       {"f:2: admin.names: expected a host name, got \"192.0.2.1\""}},
      {"a listener for others without hosts",
       "[listen]\npop3s = [\"127.0.0.1:1\", \"[::]:995\"]\n",
       {"f: upstream.hosts: must name the mail servers of your users, as "
        "others than this machine can connect to [::]:995; add to the "
        "settings, with your servers: upstream.hosts = [\"pop.example.jp\"]"}},
      {"a dashboard for others without hosts",
       "[admin]\nlisten = [\"192.0.2.1:8110\"]\n[upstream]\nhosts = []\n"
       "[[route]]\npattern = \"a\"\nhost = \"h.example\"\n"
       "[[route]]\npattern = \"b\"\nhost = \"h.example\"\n"
       "[[route]]\npattern = \"c\"\nhost = \"i.example\"\n",
       {"f:4: upstream.hosts: must name the mail servers of your users, as "
        "others than this machine can connect to 192.0.2.1:8110; add to the "
        "settings, with your servers: upstream.hosts = [\"h.example\", "
        "\"i.example\"]"}},
      {"addresses by their end",
       "[upstream]\nhosts = [\"*.0.0.1\"]\n",
       {"f:2: upstream.hosts: expected a host name such as "
        "\"pop.example.jp\", or \"*.example.jp\" for all below that domain, "
        "got \"*.0.0.1\""}},
      {"every host",
       "[upstream]\nhosts = [\"*\"]\n",
       {"f:2: upstream.hosts: expected a host name such as "
        "\"pop.example.jp\", or \"*.example.jp\" for all below that domain, "
        "got \"*\""}},
      {"clear route to a host that is not listed",
       "[[route]]\npattern = \"*\"\nhost = \"h.example\"\ntls = \"clear\"\n",
       {"f:4: route[1].tls: \"clear\" needs \"h.example\" in "
        "upstream.clear_hosts"}},
      {"route to a port that is not allowed",
       "[[route]]\npattern = \"*\"\nhost = \"h.example\"\nport = 25\n",
       {"f:4: route[1].port: port 25 is not in upstream.ports"}},
      {"route to a private address",
       "[[route]]\npattern = \"*\"\nhost = \"127.0.0.1\"\n",
       {"f:3: route[1].host: 127.0.0.1 is not a public address and not in "
        "upstream.networks"}},
      {"provider without its server",
       "[[provider]]\nmail_domain = \"a.example\"\n",
       {"f:1: provider[1].upstream: must be given: a host name such as "
        "\"pop.example.jp\", or \"*.example.jp\" for all below that domain"}},
      {"provider that stands for all servers",
       "[[provider]]\nupstream = \"*\"\n",
       {"f:2: provider[1].upstream: expected a host name such as "
        "\"pop.example.jp\", or \"*.example.jp\" for all below that domain, "
        "got \"*\""}},
      {"provider that is never reached",
       "[[provider]]\nupstream = \"*.a.example\"\nshares_history = true\n"
       "[[provider]]\nupstream = \"p.a.example\"\nshares_history = true\n",
       {"f:5: provider[2].upstream: never reached: provider 1 has "
        "\"*.a.example\""}},
      {"provider that owns the Internet",
       "[[provider]]\nupstream = \"p.example\"\nnetworks = [\"0.0.0.0/0\"]\n",
       {"f:3: provider[1].networks: a network this wide holds strangers, whose "
        "word would count as the provider's"}},
      {"provider whose hosts anybody may name",
       "[[provider]]\nupstream = \"p.example\"\nhost_domain = \"co.jp\"\n",
       {"f:3: provider[1].host_domain: anybody can have a name below "
        "\"co.jp\""}},
      {"results of anybody",
       "[[provider]]\nupstream = \"p.example\"\nauthserv_ids = [\"@com\"]\n",
       {"f:3: provider[1].authserv_ids: anybody can have a name below "
        "\"com\""}},
      {"results in our own name",
       "authserv_id = \"us.example\"\n[[provider]]\n"
       "upstream = \"p.example\"\nauthserv_ids = [\"US.example\"]\n",
       {"f:4: provider[1].authserv_ids: \"US.example\" stands for our own "
        "name, us.example, which nobody else may use"}},
      {"reports without a password",
       "[[reports]]\naccount = \"dmarc%pop.example.jp\"\n",
       {"f:1: reports[1].password_file: must be given: the path of a file or "
        "folder"}},
      {"a mailbox with reports twice",
       "[[reports]]\naccount = \"dmarc%pop.example.jp\"\n"
       "password_file = \"p\"\n"
       "[[reports]]\naccount = \"dmarc%POP.example.jp\"\n"
       "password_file = \"p\"\n",
       {"f:5: reports[2].account: this mailbox is named twice"}},
      {"domain that is none",
       "[verdict]\nwatched = [\"a\\nb\", \"192.0.2.1\"]\n",
       {"f:2: verdict.watched: expected a domain name, got \"a\\x0ab\"",
        "f:2: verdict.watched: expected a domain name, got \"192.0.2.1\""}},
      {"addresses of no dashboard",
       "[admin]\nurl = \"mekiki.example.jp\"\n",
       {"f:2: admin.url: expected an address such as "
        "https://mekiki.example.jp:8110/, got \"mekiki.example.jp\""}},
      {"an address that is more than one",
       "[admin]\nurl = \"https://mekiki.example.jp/#/mails\"\n",
       {"f:2: admin.url: expected an address such as "
        "https://mekiki.example.jp:8110/, got "
        "\"https://mekiki.example.jp/#/mails\""}},
      {"choices that are none",
       "[users]\nmethods = \"E\"\nwhen = \"always\"\nbudget = -1\n",
       {"f:2: users.methods: expected letters of A, B, C, D with commas such "
        "as \"A,C\", or \"none\", got \"E\"",
        "f:3: users.when: expected one of \"forged\", \"altered\", \"new\", "
        "\"classic\", got \"always\"",
        "f:4: users.budget: expected a whole number from 0 to 1000, got -1"}},
      {"login at a smarthost without a password",
       "[smtp]\nhost = \"h.example\"\nuser = \"mekiki\"\n",
       {"f:3: smtp.user: given without smtp.password_file"}},
      {"password without a login",
       "[smtp]\nhost = \"h.example\"\npassword_file = \"p\"\n",
       {"f:3: smtp.password_file: given without smtp.user"}},
      {"smarthost in clear that is not this machine",
       "[smtp]\nhost = \"192.0.2.1\"\ntls = \"clear\"\n",
       {"f:3: smtp.tls: \"clear\" is for a relay on this machine, and "
        "\"192.0.2.1\" is neither 127.0.0.1 nor ::1"}},
      {"smarthost in clear by name",
       "[smtp]\nhost = \"localhost\"\ntls = \"clear\"\n",
       {"f:3: smtp.tls: \"clear\" is for a relay on this machine, and "
        "\"localhost\" is neither 127.0.0.1 nor ::1"}},
      {"login in clear",
       "[smtp]\nhost = \"::1\"\ntls = \"clear\"\nuser = \"mekiki\"\n"
       "password_file = \"p\"\n",
       {"f:4: smtp.user: a password is never sent without TLS"}},
      {"half a signature",
       "[smtp]\nhost = \"h.example\"\ndkim_selector = \"s1\"\n"
       "dkim_key = \"s1.pem\"\n",
       {"f:3: smtp.dkim_selector: smtp.dkim_domain, smtp.dkim_selector and "
        "smtp.dkim_key go together"}},
      {"senders that are none",
       "[smtp]\nfrom = \"taro\"\n",
       {"f:2: smtp.from: expected a mail address such as "
        "\"mekiki@example.jp\", or \"\", got \"taro\""}},
      {"sender with a name",
       "[smtp]\nfrom = \"Mekiki <mekiki@example.jp>\"\n",
       {"f:2: smtp.from: expected a mail address such as "
        "\"mekiki@example.jp\", or \"\", got \"Mekiki "
        "<mekiki@example.jp>\""}},
      {"two senders",
       "[smtp]\nfrom = \"a@example.jp,b@example.jp\"\n",
       {"f:2: smtp.from: expected a mail address such as "
        "\"mekiki@example.jp\", or \"\", got "
        "\"a@example.jp,b@example.jp\""}},
      {"route that is never reached",
       "[[route]]\npattern = \"*\"\nhost = \"h.example\"\n"
       "[[route]]\npattern = \"*@a.example\"\nhost = \"h.example\"\n",
       {"f:5: route[2].pattern: never reached: route 1 has \"*\""}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(problems(c.toml), c.expected) << c.name;
  }
}

TEST(config, refuses_broken_toml_with_its_line) {
  const auto lines = problems("[limits]\nline = \n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], testing::StartsWith("f:2: "));
}

TEST(config, letters_outside_of_strings_are_refused) {
  for (const std::string_view toml :
       {"あ = 1\n", "。 = 1\n", "é = 1\n", "\xef\xb3\xbf = 1\n", "[あ]\n"}) {
    const auto lines = problems(toml);
    ASSERT_EQ(lines.size(), 1U) << toml;
    EXPECT_THAT(lines[0], testing::StartsWith("f:1: ")) << toml;
  }
  EXPECT_TRUE(problems("# 目利きの設定。\nstate = \"/var/あ。é\"\n").empty());
}

// The sockets of a service manager may be others than those of the settings.
TEST(config, hosts_are_needed_where_others_can_connect) {
  settings c;
  const auto why = [&c](std::vector<net::endpoint> listeners) {
    return why_hosts_are_needed(c, listeners);
  };
  const net::endpoint here{*parse_ip_address("127.0.0.1"), 110};
  const net::endpoint there{*parse_ip_address("192.0.2.1"), 995};
  EXPECT_EQ(why({here, {*parse_ip_address("::1"), 995}}), "");
  EXPECT_THAT(why({here, there}), testing::HasSubstr("192.0.2.1:995"));
  EXPECT_THAT(why({{*parse_ip_address("::"), 995}}),
              testing::HasSubstr("[::]:995"));
  c.upstream.hosts = {"pop.example.jp"};
  EXPECT_EQ(why({here, there}), "");
}

TEST(config, warns_of_clear_logins_on_the_network) {
  const auto parsed = parse(
      "[listen]\nclear_logins = true\npop3 = [\"192.0.2.1:110\"]\n"
      "[upstream]\nhosts = [\"h.example\"]\n",
      "/");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->warnings.size(), 1U);
  EXPECT_EQ(format(parsed->warnings[0], "f"),
            "f:2: listen.clear_logins: passwords may cross the network in "
            "clear to 192.0.2.1:110");
}

TEST(config, warns_of_a_dashboard_in_clear_on_the_network) {
  const auto parsed = parse(
      "[admin]\nclear = true\n"
      "listen = [\"127.0.0.1:1\", \"0.0.0.0:2\", \"[::1]:3\"]\n"
      "[upstream]\nhosts = [\"h.example\"]\n",
      "/");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->warnings.size(), 1U);
  EXPECT_EQ(format(parsed->warnings[0], "f"),
            "f:2: admin.clear: passwords may cross the network in clear to "
            "0.0.0.0:2");
}

TEST(config, tells_what_is_in_force_and_where_it_stands) {
  const auto parsed = parse(
      "authserv_id = \"mx.example\"\n[limits]\nline = 1000\n"
      "[[route]]\npattern = \"a\"\nhost = \"h.example\"\n"
      "[[route]]\npattern = \"b\"\nhost = \"h.example\"\n",
      "/");
  ASSERT_TRUE(parsed);
  struct {
    const char* name;
    const char* value;
    const char* standard;
    unsigned line;
  } const cases[] = {
      {"authserv_id", "\"mx.example\"", "\"\"", 1},
      {"limits.line", "1000", "8192", 3},
      {"limits.sessions", "512", "512", 0},
      {"route", "2 of them", "none", 4},
      {"provider", "none", "none", 0},
  };
  const auto all = in_force(parsed->settings, parsed->lines);
  for (const auto& c : cases) {
    const auto found = std::ranges::find(all, c.name, &shown_setting::name);
    ASSERT_NE(found, all.end()) << c.name;
    EXPECT_EQ(found->value, c.value) << c.name;
    EXPECT_EQ(found->standard, c.standard) << c.name;
    EXPECT_EQ(found->line, c.line) << c.name;
  }
}

// What the page of the settings lets people copy means the same.
TEST(config, tables_are_shown_as_they_can_stand_in_a_file) {
  const std::string text =
      "[[route]]\npattern = \"*@a.example\"\nhost = \"h.example\"\n"
      "port = 1110\ntls = \"stls\"\nlocal_part_only = true\n\n"
      "[[route]]\npattern = \"\\\"b\\\\*\"\nhost = \"h.example\"\n"
      "[[provider]]\nupstream = \"h.example\"\n"
      "networks = [\"192.0.2.0/24\", \"2001:db8::/32\"]\n"
      "mail_domain = \"a.example\"\nshares_history = true\n"
      "[[dns.stub]]\nzone = \"corp.example\"\nservers = [\"192.0.2.53\"]\n"
      "[[autoconfig]]\ndomain = \"a.example\"\n"
      "incoming = \"mekiki.a.example\"\noutgoing = \"smtp.a.example\"\n"
      "[[reports]]\naccount = \"dmarc%h.example\"\n"
      "password_file = \"/p/reports\"\nafter = \"delete\"\n";
  const auto tables_of = [](const std::string& file) {
    const auto parsed = parse(file, "/");
    EXPECT_TRUE(parsed);
    std::vector<std::string> out;
    if (parsed) {
      for (const auto& s : in_force(parsed->settings, parsed->lines)) {
        if (!s.tables.empty())
          out.push_back(s.tables);
      }
    }
    return out;
  };
  const std::vector<std::string> first = tables_of(text);
  ASSERT_EQ(first.size(), 5U);
  EXPECT_EQ(first[0].substr(0, first[0].find("[[", 2)),
            "[[autoconfig]]\ndomain = \"a.example\"\n"
            "incoming = \"mekiki.a.example\"\n"
            "outgoing = \"smtp.a.example\"\n");
  std::string all;
  for (const std::string& tables : first) all += tables;
  EXPECT_NE(all.find("local_part_only = true\n\n[[route]]\n"), all.npos);
  EXPECT_NE(all.find("after = \"delete\""), all.npos);
  EXPECT_NE(all.find("servers = [\"192.0.2.53"), all.npos);
  EXPECT_NE(all.find("2001:db8::/32"), all.npos);
  EXPECT_EQ(tables_of(all), first);
}

TEST(config, warns_of_what_has_no_effect) {
  const auto parsed = parse(
      "[verdict]\nbulk_senders = [\"a.example\"]\n"
      "[[provider]]\nupstream = \"p.example\"\n"
      "[users]\nmethods = \"A,C\"\nallowed = \"C,D\"\n",
      "/");
  ASSERT_TRUE(parsed);
  std::vector<std::string> lines;
  for (const auto& w : parsed->warnings) lines.push_back(format(w, "f"));
  EXPECT_THAT(lines,
              testing::ElementsAre(
                  "f:4: provider[1].upstream: has no effect, as nothing else "
                  "is said of this provider",
                  "f:2: verdict.bulk_senders: has no effect, as "
                  "verdict.senders is off",
                  "f:6: users.methods: of A,C, only C is in users.allowed"));
}

TEST(config, warns_of_odd_ways_to_a_smarthost) {
  struct {
    std::string_view toml;
    std::vector<std::string> expected;
  } const cases[] = {
      {"[smtp]\nhost = \"h.example\"\nport = 465\n",
       {"f:3: smtp.port: servers expect TLS at once on port 465: smtp.tls = "
        "\"tls\""}},
      {"[smtp]\nhost = \"h.example\"\nport = 465\ntls = \"tls\"\n", {}},
      {"[smtp]\nhost = \"::1\"\nport = 25\ntls = \"clear\"\n", {}},
      {"[smtp]\nuser = \"mekiki\"\npassword_file = \"p\"\n",
       {"f:2: smtp.user: has no effect, as smtp.host is empty"}},
      {"authserv_id = \"mx.Example.jp\"\n[smtp]\nhost = \"h.example\"\n"
       "dkim_domain = \"example.jp\"\ndkim_selector = \"s1\"\n"
       "dkim_key = \"k\"\n",
       {}},
      {"[smtp]\nhost = \"h.example\"\nfrom = \"m@example.com\"\n"
       "dkim_domain = \"example.jp\"\ndkim_selector = \"s1\"\n"
       "dkim_key = \"k\"\n",
       {"f:4: smtp.dkim_domain: its signature proves nothing of "
        "m@example.com, the sender of our own mails (smtp.from)"}},
  };
  for (const auto& c : cases) {
    const auto parsed = parse(c.toml, "/");
    ASSERT_TRUE(parsed) << format(parsed.error().front(), "f");
    std::vector<std::string> lines;
    for (const auto& w : parsed->warnings) lines.push_back(format(w, "f"));
    EXPECT_EQ(lines, c.expected) << c.toml;
  }
}

TEST(config, defaults_are_a_file_that_changes_nothing) {
  const std::string text = format_defaults();
  const auto parsed = parse(text, "/");
  ASSERT_TRUE(parsed) << format(parsed.error().front(), "f");
  EXPECT_TRUE(parsed->warnings.empty());
  EXPECT_THAT(text, testing::HasSubstr("\nsessions = 512\n"));
}

TEST(config, examples_in_the_defaults_are_good) {
  std::string text = format_defaults();
  for (std::string_view commented :
       {"# [[autoconfig]]",  "# domain =",        "# incoming =",
        "# port =",          "# server =",        "# outgoing =",
        "# outgoing_port =", "# outgoing_tls =",  "# outgoing_local_part =",
        "# [[route]]",       "# pattern =",       "# host =",
        "# port =",          "# tls =",           "# local_part_only =",
        "# [[dns.stub]]",    "# zone =",          "# servers =",
        "# [[provider]]",    "# upstream =",      "# networks =",
        "# mail_domain =",   "# host_domain =",   "# mail_only =",
        "# authserv_ids =",  "# shares_history ="}) {
    const std::size_t at = text.find(commented);
    ASSERT_NE(at, std::string::npos) << commented;
    text.erase(at, 2);
  }
  const auto parsed = parse(text, "/");
  ASSERT_TRUE(parsed) << format(parsed.error().front(), "f");
  EXPECT_EQ(parsed->settings.autoconfigs.size(), 1U);
  EXPECT_EQ(parsed->settings.routes.size(), 1U);
  EXPECT_EQ(parsed->settings.dns.stubs.size(), 1U);
  EXPECT_EQ(parsed->settings.verdict.providers.size(), 1U);
}

// Renew with: build/mekiki config defaults --markdown > docs/config.md, and
// with --lang ja > docs/config.ja.md
TEST(config, manuals_are_up_to_date) {
  for (const auto& [file, in] :
       {std::pair("config.md", notify::language::english),
        std::pair("config.ja.md", notify::language::japanese)}) {
    std::ifstream stream(std::string(test_paths::testdata) + "/../docs/" + file,
                         std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    EXPECT_TRUE(text == format_manual(in)) << "renew docs/" << file;
  }
}

TEST(japanese_help, has_every_setting_once_in_the_order_of_the_table) {
  settings defaults;
  const table rows = rows_of(defaults);
  std::vector<std::string> names;
  for (const japanese_help& h : all_japanese_help()) {
    EXPECT_FALSE(h.help.empty()) << h.name;
    const bool is_top = std::ranges::any_of(
        rows, [&](const row& r) { return r.name == h.name; });
    if (is_top)
      names.emplace_back(h.name);
  }
  std::vector<std::string> wanted;
  for (const row& r : rows) {
    wanted.push_back(r.name);
    EXPECT_EQ(r.paragraph.empty(), find_japanese_help(r.name).paragraph.empty())
        << r.name;
  }
  EXPECT_EQ(names, wanted);
  // Those of elements have no row of their own; none may lack its help.
  EXPECT_EQ(format_manual(notify::language::japanese).find("|  |"),
            std::string::npos);
}

TEST(types, are_known_in_japanese) {
  notify::expect_same_values(type_phrases());
  settings defaults;
  for (const row& r : rows_of(defaults)) {
    EXPECT_NE(type_text(r.value.type, notify::language::japanese), r.value.type)
        << r.name;
  }
}

}  // namespace
}  // namespace mekiki::config
