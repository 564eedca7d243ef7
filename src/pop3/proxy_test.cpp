// Whole sessions over loopback: a client, the proxy, and a scripted upstream
// that writes down what it was asked. Real servers and clients, and upstreams
// that misbehave, are in tests/e2e.
#include "pop3/proxy.hpp"

#include <exception>
#include <functional>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "dns/zone_resolver.hpp"
#include "net/connect.hpp"
#include "net/listen.hpp"
#include "pop3/codec.hpp"
#include "pop3/own_mails.hpp"

namespace mekiki::pop3 {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto patience = 20s;

net::endpoint loopback() { return {ip_address::v4({127, 0, 0, 1}), 0}; }

/// A POP3 server without manners or memory: what it does is in the script.
struct script {
  std::map<int, std::string> mails;
  std::string capa = "TOP\r\nUIDL\r\nPIPELINING\r\n";
  std::size_t mails_before_it_breaks = SIZE_MAX;
  bool refuses_top = false;
  bool refuses_dele = false;
  std::vector<std::string> heard;  // after login
};

asio::awaitable<void> play(script& s, net::stream_ptr client) {
  const system_clock clock;
  upstream in(std::move(client), clock, 512);
  co_await in.send("+OK scripted\r\n", patience);
  std::size_t sent = 0;
  for (;;) {
    auto line = co_await in.read_line(patience);
    if (!line)
      co_return;
    const auto [verb, argument] = parse_command(*line);
    if (verb == "STLS") {
      co_await in.send("-ERR no TLS here\r\n", patience);
      continue;
    }
    std::string reply = "+OK\r\n";
    if (verb != "USER" && verb != "PASS" && verb != "STAT")
      s.heard.push_back(*line);
    const int number = std::atoi(std::string(argument).c_str());
    if (verb == "CAPA") {
      reply = "+OK\r\n" + s.capa + ".\r\n";
    } else if (verb == "STAT") {
      reply = fmt::format("+OK {} 0\r\n", s.mails.size());
    } else if (verb == "LIST" && argument.empty()) {
      for (const auto& [n, mail] : s.mails) {
        reply += fmt::format("{} {}\r\n", n, mail.size());
      }
      reply += ".\r\n";
    } else if (verb == "LIST") {
      reply = fmt::format("+OK {} {}\r\n", number, s.mails[number].size());
    } else if (verb == "RETR" || verb == "TOP") {
      if (!s.mails.contains(number) || (verb == "TOP" && s.refuses_top)) {
        reply = "-ERR no such mail\r\n";
      } else {
        const auto lines = parse_number(parse_command(argument).argument);
        std::string mail = s.mails[number];
        if (verb == "TOP" && lines.value_or(0) < 1000)
          mail = head_of(mail, lines.value_or(0));
        dot_encoder encoder;
        encoder.write(mail, reply);
        if (sent++ == s.mails_before_it_breaks) {
          co_await in.send(reply, patience);
          co_return;
        }
        encoder.finish(reply);
      }
    }
    if (verb == "DELE" && s.refuses_dele)
      reply = "-ERR it stays\r\n";
    co_await in.send(reply, patience);
    if (verb == "QUIT")
      co_return;
  }
}

/// The proxy before a scripted upstream, and a client that logs in, says STAT,
/// sends `commands`
/// (each once the answer to the one before has come) and keeps all it gets.
class rig {
 public:
  explicit rig(script& s) : script_(s) {
    log::start("off", log::format::text);
    settings.upstream.addresses.allowed = {*parse_ip_network("127.0.0.0/8")};
    settings.upstream.clear_hosts = {"127.0.0.1"};
    settings.mail.notify = {.authserv_id = "proxy.example"};
  }

  proxy_settings settings;

  /// What came back, one entry for each command.
  std::vector<std::string> run(const std::vector<std::string>& commands) {
    if (!proxy_)
      start();
    auto front =
        net::listener::bind(io_, loopback(), 9, [this](net::stream_ptr c) {
          return proxy_->serve(std::move(c), false);
        });

    std::vector<std::string> all{
        fmt::format("USER taro%127.0.0.1:{}", server_->local().port), "PASS x",
        "STAT"};
    all.insert(all.end(), commands.begin(), commands.end());
    std::vector<std::string> got;
    bool done = false;
    asio::co_spawn(io_, converse((*front)->local().port, all, got),
                   [&](const std::exception_ptr& e) {
                     done = true;
                     if (e)
                       std::rethrow_exception(e);
                   });
    while (!done) io_.run_one();
    (*front)->stop();
    while ((*front)->sessions() + server_->sessions() > 0) io_.run_one();
    got.erase(got.begin(), got.begin() + std::min<long>(3, std::ssize(got)));
    return got;
  }

  /// With the settings as they are now. The server stays the same.
  void start() {
    if (!tls_) {
      tls_ = std::move(*net::tls_context::make_client({}));
      server_ = std::move(*net::listener::bind(
          io_, loopback(), 9,
          [this](net::stream_ptr c) { return play(script_, std::move(c)); }));
    }
    proxy_.emplace(
        settings,
        proxy_services{.mail = {.verdict = {*resolver_, keys_, clock_}},
                       .server_tls = nullptr,
                       .upstream_side = *tls_,
                       .seen_tls = seen_tls_,
                       .hosts = hosts_});
  }

 private:
  asio::awaitable<void> converse(std::uint16_t port,
                                 const std::vector<std::string>& commands,
                                 std::vector<std::string>& got) {
    net::connect_request to;
    to.host = "127.0.0.1";
    to.port = port;
    auto connected = co_await net::connect(
        *resolver_, settings.upstream.addresses, std::move(to));
    const system_clock clock;
    upstream in(std::move(*connected), clock, 1 << 20);
    auto greeting = co_await in.read_line(patience);
    if (!greeting)
      co_return;
    for (const std::string& command : commands) {
      const std::string line = command + "\r\n";
      co_await in.send(line, patience);
      std::string reply;
      const auto verb = parse_command(command).verb;
      const bool multi = verb == "RETR" || verb == "TOP" || command == "LIST";
      for (bool first = true;; first = false) {
        auto next = co_await in.read_line(patience);
        if (!next) {
          got.push_back(reply + "<broken>");
          co_return;
        }
        reply += *next + "\n";
        if (first && (!multi || !next->starts_with("+OK")))
          break;
        if (!first && *next == ".")
          break;
      }
      got.push_back(std::move(reply));
    }
  }

  script& script_;
  asio::io_context io_{1};
  manual_clock clock_{std::chrono::system_clock::now()};
  dkim::key_cache keys_;
  tls_memory seen_tls_{{}};
  host_memory hosts_{{}, clock_};
  std::unique_ptr<dns::resolver> resolver_ = std::move(*dns::parse_zone("{}"));
  std::unique_ptr<net::tls_context> tls_;
  std::unique_ptr<net::listener> server_;
  std::optional<proxy> proxy_;
};

std::string mail(int number, std::size_t size = 100) {
  std::string text = fmt::format(
      "From: taro@example.jp\r\nX-DKIM-Check: pass\r\nSubject: {}\r\n\r\n"
      ".body of {}\r\n",
      number, number);
  while (text.size() < size) text += "some more of the same\r\n";
  return text;
}

std::string quoted(int number) { return fmt::format("..body of {}\n", number); }

// The refused TOP's number of lines cut the next mail that had come ahead.
TEST(proxy, a_refused_top_leaves_nothing_behind) {
  script s{.refuses_top = true};
  for (int n = 1; n <= 6; ++n) s.mails[n] = mail(n);
  const auto got = rig(s).run({"RETR 1", "DELE 1", "RETR 2", "DELE 2", "RETR 3",
                               "TOP 2 0", "RETR 4", "QUIT"});
  ASSERT_EQ(got.size(), 8U);
  EXPECT_EQ(got[5], "-ERR no such mail\n");
  EXPECT_NE(got[6].find(quoted(4)), std::string::npos) << got[6];
}

TEST(proxy, delivers_the_marked_mail) {
  script s{.mails = {{1, mail(1)}}};
  const auto got = rig(s).run({"STAT", "RETR 1", "TOP 1 0", "RETR 2", "QUIT"});
  ASSERT_EQ(got.size(), 5U);
  EXPECT_NE(got[1].find("octets\nX-DKIM-Check: none\n"), std::string::npos)
      << got[1];
  EXPECT_EQ(got[1].find("X-DKIM-Check: pass"), std::string::npos);
  EXPECT_NE(got[1].find(quoted(1)), std::string::npos);
  EXPECT_NE(got[2].find("X-DKIM-Check: none\n"), std::string::npos);
  EXPECT_TRUE(got[2].ends_with("Subject: 1\n\n.\n")) << got[2];
  EXPECT_EQ(got[3], "-ERR no such mail\n");
  EXPECT_EQ(got[4], "+OK\n");
  EXPECT_EQ(s.heard.back(), "QUIT");
}

/// Each of the first `last` mails is fetched and deleted.
std::vector<std::string> fetch_and_delete(int last) {
  std::vector<std::string> commands;
  for (int n = 1; n <= last; ++n) {
    commands.push_back(fmt::format("RETR {}", n));
    commands.push_back(fmt::format("DELE {}", n));
  }
  return commands;
}

std::string top_all(int number) {
  return fmt::format("TOP {} {}", number, all_lines);
}

long count(const std::vector<std::string>& heard, const std::string& line) {
  return std::count(heard.begin(), heard.end(), line);
}

/// After the server's way of doing things was found out.
struct known_server {
  script s;
  rig r{s};
  explicit known_server(int mails, std::size_t size = 100) {
    for (int n = 1; n <= mails; ++n) s.mails[n] = mail(n, size);
    r.run({"RETR 1", "DELE 1", "RETR 2", "QUIT"});
    EXPECT_EQ(count(s.heard, top_all(1)), 1);
    s.heard.clear();
  }
};

// Once TOP has given RETR's octets, the next mails are asked for by it.
TEST(proxy, reads_ahead_for_a_client_that_deletes) {
  script s;
  for (int n = 1; n <= 8; ++n) s.mails[n] = mail(n);
  rig r(s);
  const auto got = r.run(fetch_and_delete(8));
  ASSERT_EQ(got.size(), 16U);
  for (int n = 1; n <= 8; ++n) {
    const auto at = 2 * static_cast<std::size_t>(n - 1);
    EXPECT_NE(got[at].find(quoted(n)), std::string::npos) << n;
    EXPECT_TRUE(got[at + 1].starts_with("+OK")) << n;
  }
  const std::vector<std::string> expected{
      "CAPA",     "NOOP",     "NOOP",     "RETR 1", top_all(1), "DELE 1",
      "RETR 2",   "LIST",     "DELE 2",   "RETR 3", top_all(4), top_all(5),
      top_all(6), top_all(7), top_all(8), "DELE 3", "DELE 4",   "DELE 5",
      "DELE 6",   "DELE 7",   "DELE 8"};
  EXPECT_EQ(s.heard, expected);

  // Now the server is known.
  s.heard.clear();
  r.run({"RETR 1", "DELE 1", "RETR 2", "DELE 2", "RETR 3", "QUIT"});
  EXPECT_EQ(count(s.heard, "CAPA") + count(s.heard, top_all(1)), 0);
  EXPECT_EQ(count(s.heard, top_all(4)), 1);
}

// What the client does not ask for is marked as read by nothing of ours.
TEST(proxy, asks_for_no_mail_by_retr_that_the_client_did_not) {
  known_server k(9);
  k.r.run({"RETR 1", "RETR 2", "RETR 3", "RETR 4", "QUIT"});
  EXPECT_EQ(k.s.heard, (std::vector<std::string>{"RETR 1", "RETR 2", "RETR 3",
                                                 "RETR 4", "QUIT"}));
  k.r.run({"RETR 1", "DELE 1", "RETR 2", "DELE 2", "RETR 3", "DELE 3", "QUIT"});
  EXPECT_EQ(count(k.s.heard, "RETR 5"), 0);
  EXPECT_EQ(count(k.s.heard, top_all(5)), 1);
}

TEST(proxy, reads_ahead_at_once_for_an_account_that_deleted_all_last_time) {
  known_server k(6);
  auto commands = fetch_and_delete(6);
  commands.emplace_back("QUIT");
  k.r.run(commands);
  k.s.heard.clear();
  k.r.run({"RETR 1", "RETR 2", "RETR 3", "QUIT"});
  EXPECT_EQ(count(k.s.heard, top_all(3)), 1);
  EXPECT_EQ(count(k.s.heard, "RETR 3"), 0);
  // That session left its mails.
  k.s.heard.clear();
  k.r.run({"RETR 1", "RETR 2", "RETR 3", "QUIT"});
  EXPECT_EQ(count(k.s.heard, "RETR 3"), 1);
}

TEST(proxy, other_commands_between_keep_step) {
  script s;
  for (int n = 1; n <= 9; ++n) s.mails[n] = mail(n);
  std::vector<std::string> commands{"LIST"};
  for (int n = 1; n <= 9; ++n) {
    commands.push_back(fmt::format("RETR {}", n));
    commands.push_back(fmt::format("DELE {}", n));
    commands.push_back("NOOP");
  }
  for (const char* capa : {"TOP\r\nPIPELINING\r\n", "TOP\r\n",
                           "TOP\r\nEXPIRE 0\r\nPIPELINING\r\n"}) {
    s.heard.clear();
    s.capa = capa;
    const auto got = rig(s).run(commands);
    ASSERT_EQ(got.size(), commands.size()) << capa;
    for (int n = 1; n <= 9; ++n) {
      const std::size_t at = 3 * static_cast<std::size_t>(n - 1) + 1;
      EXPECT_NE(got[at].find(quoted(n)), std::string::npos) << capa << n;
      EXPECT_TRUE(got[at + 1].starts_with("+OK"));
      EXPECT_LE(count(s.heard, fmt::format("RETR {}", n)), 1) << capa;
      EXPECT_EQ(count(s.heard, fmt::format("DELE {}", n)), 1) << capa;
    }
  }
}

TEST(proxy, does_not_ask_ahead_where_it_must_not) {
  for (const auto mode : {prefetch::off, prefetch::on}) {
    script s{.capa = "TOP\r\nEXPIRE 0\r\nPIPELINING\r\n"};
    for (int n = 1; n <= 9; ++n) s.mails[n] = mail(n);
    rig r(s);
    r.settings.ahead.mode = mode;
    r.run(fetch_and_delete(4));
    EXPECT_EQ(count(s.heard, top_all(4)) + count(s.heard, top_all(5)), 0);
    EXPECT_EQ(count(s.heard, "RETR 5"), 0);
  }
}

TEST(proxy, asks_ahead_no_further_than_the_window_of_octets) {
  known_server k(9, 1000);
  k.r.settings.ahead.octets = 2500;
  k.r.start();
  k.r.run({"RETR 1", "DELE 1", "RETR 2", "DELE 2", "RETR 3", "QUIT"});
  EXPECT_EQ(count(k.s.heard, top_all(5)), 1);
  EXPECT_EQ(count(k.s.heard, top_all(6)), 0);
}

// What the server refuses after we said "+OK deleted" is told at QUIT.
TEST(proxy, tells_at_quit_what_was_not_deleted) {
  script s{.refuses_dele = true};
  for (int n = 1; n <= 3; ++n) s.mails[n] = mail(n);
  const auto got = rig(s).run({"RETR 1", "DELE 1", "RETR 2", "QUIT"});
  ASSERT_EQ(got.size(), 4U);
  EXPECT_EQ(got[1], "+OK deleted\n");
  EXPECT_EQ(got[3], "-ERR it stays\n");
}

TEST(proxy, a_client_that_jumps_gets_what_it_asks_for) {
  script s;
  for (int n = 1; n <= 20; ++n) s.mails[n] = mail(n);
  const std::vector<int> order{1, 2, 3, 9, 4, 5, 6, 20, 1, 2, 3, 4, 18, 19, 20};
  std::vector<std::string> commands;
  commands.reserve(order.size());
  for (const int n : order) commands.push_back(fmt::format("RETR {}", n));
  const auto got = rig(s).run(commands);
  ASSERT_EQ(got.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_NE(got[i].find(quoted(order[i])), std::string::npos) << i;
  }
}

// Whichever mail the upstream breaks off in, every mail that the client got to
// its final dot is whole. (What was sent ahead of the break may be lost with
// the connection, when the upstream closes it with a reset.)
TEST(proxy, never_completes_a_mail_that_was_broken_off) {
  for (const auto mode : {prefetch::off, prefetch::on}) {
    for (std::size_t broken = 0; broken < 6; ++broken) {
      script s{.mails_before_it_breaks = broken};
      std::vector<std::string> commands;
      for (int n = 1; n <= 6; ++n) {
        s.mails[n] = mail(n, 200'000);
        commands.push_back(fmt::format("RETR {}", n));
        commands.push_back(fmt::format("DELE {}", n));
      }
      rig r(s);
      r.settings.ahead.mode = mode;
      std::size_t whole = 0;
      for (const std::string& reply : r.run(commands)) {
        if (reply == "+OK deleted\n")
          continue;
        if (!reply.starts_with("+OK") || reply.ends_with("<broken>"))
          break;
        EXPECT_GT(reply.size(), 190'000U);
        ++whole;
      }
      EXPECT_LE(whole, broken);
      if (mode == prefetch::off) {
        EXPECT_EQ(whole, broken);
      }
    }
  }
}

// A mail that finds no room goes out unjudged, without its forged fields.
TEST(proxy, passes_a_mail_through_that_it_cannot_keep) {
  script s{.mails = {{1, mail(1, 300'000)}}};
  rig r(s);
  r.settings.mail.spool.octets = 100'000;
  const auto got = r.run({"RETR 1", "QUIT"});
  ASSERT_EQ(got.size(), 2U);
  EXPECT_NE(got[0].find("X-DKIM-Check: none\n"), std::string::npos);
  EXPECT_NE(got[0].find("X-Mekiki-Verdict: unverified\n"), std::string::npos);
  EXPECT_EQ(got[0].find("X-DKIM-Check: pass"), std::string::npos);
  EXPECT_GT(got[0].size(), 280'000U);
  EXPECT_TRUE(got[0].ends_with("\n.\n"));
}

// What was asked for ahead and found no room is asked for again.
TEST(proxy, passes_mails_through_that_it_cannot_keep_when_asked_ahead) {
  script s;
  for (int n = 1; n <= 6; ++n) s.mails[n] = mail(n, 50'000);
  rig r(s);
  r.settings.mail.spool.octets = 20'000;
  const auto got = r.run(fetch_and_delete(6));
  ASSERT_EQ(got.size(), 12U);
  for (std::size_t i = 0; i < got.size(); i += 2) {
    EXPECT_GT(got[i].size(), 45'000U) << i;
  }
}

TEST(proxy, top_of_a_large_mail_judges_nothing) {
  script s{.mails = {{1, mail(1, 5000)}}};
  rig r(s);
  r.settings.transfer.top_whole = 1000;
  const auto got = r.run({"TOP 1 1", "TOP 1 99999999", "QUIT"});
  ASSERT_EQ(got.size(), 3U);
  EXPECT_EQ(count(s.heard, "TOP 1 1"), 1);
  EXPECT_NE(got[0].find("X-Mekiki-Verdict: unverified\n"), std::string::npos);
  EXPECT_NE(got[0].find("too-large-for-top"), std::string::npos);
  EXPECT_EQ(got[0].find("X-DKIM-Check: pass"), std::string::npos);
  // Who asks for all lines gets the whole mail, judged.
  EXPECT_EQ(got[1].find("too-large-for-top"), std::string::npos);
  EXPECT_GT(got[1].size(), 4500U);
}

}  // namespace
}  // namespace mekiki::pop3
