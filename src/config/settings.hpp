// The settings as the program uses them. The meaning, spelling and range of
// each are in table.cpp; its default is here, and nowhere else.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "admin/autoconfig.hpp"
#include "base/ip_address.hpp"
#include "base/log.hpp"
#include "dns/unbound_resolver.hpp"
#include "message/spool.hpp"
#include "milter/policy.hpp"
#include "net/listen.hpp"
#include "net/stream.hpp"
#include "net/submit.hpp"
#include "notify/mail/schedule.hpp"
#include "notify/policy/choice.hpp"
#include "pop3/account.hpp"
#include "pop3/proxy.hpp"
#include "store/mail_event.hpp"
#include "verdict/request.hpp"

namespace mekiki::config {

/// A DNS zone whose questions go to servers of its own.
struct stub_zone {
  std::string zone;
  std::vector<net::endpoint> servers;
};

/// How warning mails reach the users who chose them (method B).
enum class warning_way : std::uint8_t {
  listing,  // behind the other mails of their mailbox
  smtp,     // sent to it
};

/// A mailbox in which reports about our domains arrive.
struct report_mailbox {
  enum class after_reading : std::uint8_t { leave, remove };
  std::string account;  // as a mail client's login name
  std::filesystem::path password_file;
  std::chrono::milliseconds every{std::chrono::hours(1)};
  after_reading after = after_reading::leave;

  bool operator==(const report_mailbox&) const = default;
};

/// A key that mail of our own is signed with.
struct signing {
  std::string domain;  // d=
  std::string selector;
  std::filesystem::path key_file;

  bool operator==(const signing&) const = default;
};

struct settings {
  std::filesystem::path state;  // empty: see state_folder
  std::string authserv_id;      // empty: the host's name

  struct {
    std::vector<net::endpoint> pop3;   // with STLS
    std::vector<net::endpoint> pop3s;  // TLS from the first octet
    bool clear_logins = false;         // on addresses that are not loopback
  } listen{
      .pop3 = {{ip_address::v4({127, 0, 0, 1}), 1110}},
      .pop3s = {{ip_address::v4({127, 0, 0, 1}), 1995}},
  };

  struct {
    std::vector<net::endpoint> listen;
    std::vector<std::string> names;  // it may be asked for by
    std::string url;                 // where people open it; empty: nowhere
    bool clear = false;              // on addresses that are not loopback
    std::vector<ip_network> metrics_for;
    std::vector<ip_network> proxies;
    std::size_t connections = 128;
    std::chrono::milliseconds deadline{std::chrono::seconds(10)};
  } admin{
      .listen = {{ip_address::v4({127, 0, 0, 1}), 8110}},
      .metrics_for = {{ip_address::v4({127, 0, 0, 0}), 8},
                      {*parse_ip_address("::1"), 128}},
  };

  std::vector<admin::client_setup> autoconfigs;

  struct {
    std::filesystem::path certificate;  // chain; empty: our own
    std::filesystem::path key;
    std::vector<std::string> names;  // more names for our own certificate
  } tls;

  struct {
    std::string level = "info";  // as log::start takes it
    log::format format = log::format::text;
  } log;

  struct {
    std::vector<ip_network> networks;  // allowed beside public addresses
    std::vector<std::uint16_t> ports{110, 995};
    bool high_ports = true;
    std::vector<std::string> hosts;  // or "*.DOMAIN"; empty: any
    std::vector<std::string> clear_hosts;
    std::filesystem::path extra_ca;
    std::chrono::milliseconds connect_timeout{std::chrono::seconds(20)};
    std::chrono::milliseconds silence_timeout{std::chrono::seconds(60)};
  } upstream;

  std::vector<pop3::route> routes;  // the first that matches counts

  struct {
    std::chrono::milliseconds idle_timeout{std::chrono::minutes(10)};
    std::chrono::milliseconds login_timeout{std::chrono::minutes(1)};
    std::chrono::milliseconds first_lines{std::chrono::seconds(15)};
    std::chrono::milliseconds failed_login_delay{std::chrono::seconds(1)};
  } client;

  struct {
    pop3::prefetch mode = pop3::prefetch::on;
    pop3::prefetch_for whom = pop3::prefetch_for::deleting;
    std::size_t commands = 256;
    std::size_t octets = 2 << 20;
  } prefetch;

  struct {
    std::size_t top_whole = 1 << 20;  // TOP of larger mails: header alone
    std::size_t memory = 256 << 10;
    std::size_t largest = std::size_t{4} << 30;
  } mail;

  struct {
    std::vector<net::endpoint> resolvers;  // empty: the system's
    std::vector<stub_zone> stubs;
    std::vector<std::string> trust_anchors;  // DS or DNSKEY records
    std::vector<std::filesystem::path> trust_anchor_files;
    std::chrono::milliseconds deadline{std::chrono::seconds(5)};
    dns::dnssec validation = dns::dnssec::opportunistic;
  } dns;

  verdict::settings verdict;  // [[provider]], [checks], [dkim], [verdict]

  struct {
    std::vector<std::string> watch;  // whose records are looked at daily
    std::vector<std::string> report_accounts;  // their mails are looked into
    std::size_t report_octets = std::size_t{256} << 20;
    bool summary = true;  // a mail each month about who sends
  } domains;

  std::vector<report_mailbox> report_mailboxes;

  struct {
    std::vector<net::place> listen;
    std::vector<ip_network> mtas = net::loopback_networks();
    std::vector<ip_network> sign_networks = net::loopback_networks();
    std::vector<ip_network> relays;
    milter::mode mode = milter::mode::act;
    milter::policy policy;  // without its domains' names of below
    bool failure_comes_again = false;
    std::size_t connections = 512;
  } milter;

  std::vector<signing> milter_signing;

  struct {
    std::size_t days = 90;  // how long verdicts are kept
    std::size_t memory = std::size_t{64} << 20;
    std::size_t sum_days = 730;  // and the sums of each day
    std::size_t octets = std::size_t{1} << 30;
    std::uint64_t least_free_disk = 5;  // per cent
    store::text_retention keep = store::text_retention::of_own;
  } history;  // its deadline is in `verdict`

  struct {
    notify::choice standard;  // of users who have not chosen
    notify::limits limits;
    bool keep_original = true;
    std::filesystem::path templates;  // folder; empty: our own texts
    std::string contact;              // whom users may ask; empty: nobody
  } users;

  struct {
    warning_way by = warning_way::listing;
    std::chrono::milliseconds gather{std::chrono::minutes(1)};
    std::chrono::milliseconds interval{std::chrono::minutes(15)};
    std::vector<std::string> administrators;  // addr-specs
    bool at_once = false;                     // tell them of each forged mail
    notify::period digest = notify::period::off;
    std::chrono::minutes digest_at = std::chrono::hours(7);
    notify::language in = notify::language::english;  // of their mails
  } warnings;

  struct {
    std::string host;  // empty: no mail is sent
    std::uint16_t port = 587;
    net::submit_tls tls = net::submit_tls::starttls;
    std::string user;  // empty: no login
    std::filesystem::path password_file;
    std::filesystem::path extra_ca;
    std::chrono::milliseconds timeout{std::chrono::minutes(5)};
    std::string from;         // empty: see own_address
    std::string dkim_domain;  // this and the next two: all or none
    std::string dkim_selector;
    std::filesystem::path dkim_key;
  } smtp;

  struct {
    std::size_t sessions = 512;
    std::size_t sessions_per_client = 64;
    std::size_t line = 8192;
    std::size_t memory = std::size_t{1} << 30;  // for mails, of all sessions
    std::size_t threads = 0;  // that compute; 0: as many as cores
    std::chrono::milliseconds hang{std::chrono::seconds(30)};
    std::chrono::milliseconds drain{std::chrono::seconds(30)};
  } limits;

  struct {
    bool enabled = true;
  } sandbox;
};

}  // namespace mekiki::config
