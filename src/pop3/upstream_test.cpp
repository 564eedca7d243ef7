#include "pop3/upstream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "dns/zone_resolver.hpp"
#include "pop3/codec.hpp"

namespace mekiki::pop3 {
namespace {

using kind = refusal_kind;

boost::asio::awaitable<expected<net::stream_ptr, net::connect_error>>
refused() {
  co_return unexpected(
      net::connect_error{net::connect_errc::unreachable, "nobody is there"});
}

// The answers of real servers to PASS, and whether the password may be tried
// once more by AUTH PLAIN.
TEST(refusal, is_taken_for_what_it_says) {
  const struct {
    const char* status;
    kind what;
    bool may_try_sasl;  // for a client that said AUTH
  } rows[] = {
      {"-ERR [AUTH] Authentication failed.", kind::credentials, false},
      {"-ERR [auth] no", kind::credentials, false},
      {"-ERR [AUTH] account is locked", kind::credentials, false},
      {"-ERR [AUTH] plaintext authentication disallowed", kind::credentials,
       false},
      {"-ERR Logon failure: unknown user name or bad password.",
       kind::credentials, false},
      {"-ERR Login failed.", kind::credentials, false},
      {"-ERR authorization failed", kind::credentials, false},
      {"-ERR Incorrect username or password", kind::credentials, false},
      {"-ERR invalid password, please try again", kind::credentials, false},
      {"-ERR authentication failed, too many attempts", kind::credentials,
       false},
      {"-ERR Access denied", kind::credentials, false},
      {"-ERR", kind::credentials, false},
      {"-ERR: wrong", kind::credentials, false},
      {"-ERR not here", kind::credentials, true},

      {"-ERR [IN-USE] mailbox is open", kind::busy, false},
      {"-ERR [in-use]", kind::busy, false},
      {"-ERR [LOGIN-DELAY] minimum time between logins", kind::busy, false},
      {"-ERR [LOGIN-DELAY/60] wait", kind::busy, false},
      {"-ERR [SYS/TEMP] authentication failed", kind::busy, false},
      {"-ERR Mailbox Locked", kind::busy, false},
      {"-ERR POP lock busy!  Is another session active?", kind::busy, false},
      {"-ERR unable to lock maildrop", kind::busy, false},
      {"-ERR maildrop already locked", kind::busy, false},
      {"-ERR mailbox in use", kind::busy, false},
      {"-ERR Temporary authentication failure", kind::busy, false},
      {"-ERR please try again later", kind::busy, false},
      {"-ERR too many connections from your host", kind::busy, false},
      {"-ERR Too many logins, wait 15 minutes", kind::busy, false},
      {"-ERR Too many failed login attempts", kind::busy, false},

      {"-ERR [SYS/PERM] mailbox is disabled", kind::other, false},
      {"-ERR [SYS/PERM] USER/PASS is not supported, use AUTH", kind::other,
       true},
      {"-ERR [ALERT] read the news", kind::other, false},
      {"-ERR unknown command", kind::other, true},
      {"-ERR command not implemented", kind::other, true},
      {"-ERR Plaintext authentication disallowed", kind::other, true},
      {"-ERR PASS is not supported", kind::other, true},
      {"-ERR use AUTH PLAIN", kind::other, true},
      {"-ERR syntax error", kind::other, true},
  };
  for (const auto& row : rows) {
    const status_view status = parse_status(row.status).value();
    EXPECT_EQ(kind_of_refusal(status), row.what) << row.status;
    EXPECT_EQ(may_try_sasl_after(status, true), row.may_try_sasl) << row.status;
    // For one that said PASS, where the answer is about the command alone.
    EXPECT_EQ(may_try_sasl_after(status, false),
              row.may_try_sasl && row.what == kind::other)
        << row.status;
  }
}

/// How a login ends where no connection succeeds: the status for the client,
/// and the hosts that were tried.
struct failed_login {
  std::string status;
  std::vector<std::string> tried;
};

failed_login log_in_in_vain(const target& where, const upstream_rules& rules) {
  boost::asio::io_context io;
  const manual_clock clock{time_point{}};
  const auto zone = std::move(*dns::parse_zone("{}"));
  const auto tls = std::move(*net::tls_context::make_client({}));
  tls_memory seen({});
  failed_login out;
  const connector refuses = [&out](dns::resolver&, const net::address_rules&,
                                   const net::connect_request& request)
      -> boost::asio::awaitable<expected<net::stream_ptr, net::connect_error>> {
    out.tried.push_back(request.host);
    return refused();
  };
  const credentials who;
  const step_observer silent;
  boost::asio::co_spawn(
      io,
      log_in(where, who, rules,
             {.resolver = *zone,
              .tls = *tls,
              .seen_tls = seen,
              .clock = clock,
              .connect = refuses},
             silent),
      [&out](const std::exception_ptr&,
             const expected<std::unique_ptr<upstream>, refusal>& in) {
        out.status = in.error().status;
      });
  io.run();
  return out;
}

// What a final dot says is for the search list alone.
TEST(log_in, connects_to_the_host_as_it_was_named) {
  for (const bool is_complete : {false, true}) {
    const failed_login said = log_in_in_vain({.user = "taro",
                                              .host = "mail",
                                              .port = 995,
                                              .host_is_complete = is_complete},
                                             {});
    ASSERT_FALSE(said.tried.empty());
    EXPECT_EQ(said.tried.back(), is_complete ? "mail." : "mail");
    EXPECT_EQ(said.status, "-ERR [SYS/TEMP] Mekiki: mail: nobody is there");
  }
}

TEST(log_in, reaches_the_hosts_of_the_settings_only) {
  const struct {
    std::vector<std::string> hosts;
    const char* host;
    bool is_tried;
  } rows[] = {
      {{}, "pop.example.jp", true},
      {{"pop.example.jp"}, "pop.example.jp", true},
      {{"pop.example.jp"}, "pop.example.net", false},
      {{"pop.example.jp"}, "a.pop.example.jp", false},
      {{"*.example.jp"}, "pop.example.jp", true},
      {{"*.example.jp"}, "a.pop.example.jp", true},
      {{"*.example.jp"}, "example.jp", false},
      {{"*.example.jp"}, "popexample.jp", false},
      {{"*.example.jp"}, "192.0.2.1", false},
      {{"a.example", "192.0.2.1"}, "192.0.2.1", true},
      {{"a.example", "192.0.2.1"}, "192.0.2.11", false},
  };
  for (const auto& row : rows) {
    upstream_rules rules;
    rules.hosts = row.hosts;
    const failed_login said =
        log_in_in_vain({.user = "taro", .host = row.host, .port = 995}, rules);
    EXPECT_EQ(!said.tried.empty(), row.is_tried) << row.host;
    if (row.is_tried)
      continue;
    EXPECT_EQ(said.status,
              std::string("-ERR [SYS/PERM] Mekiki: ") + row.host +
                  " is not among the mail servers that may be reached here; "
                  "upstream.hosts in the settings can allow it");
  }
}

}  // namespace
}  // namespace mekiki::pop3
