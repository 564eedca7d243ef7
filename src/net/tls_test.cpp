#include "net/tls.hpp"

#include <chrono>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "base/small_file.hpp"
#include "base/test_folder.hpp"
#include "net/test_pair.hpp"

namespace mekiki::net {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

using std::chrono::hours;
using test::ample;
using test::brief;
using testing::HasSubstr;
using testing::StartsWith;

const std::error_code timed_out = std::make_error_code(std::errc::timed_out);

const std::vector<std::string> names{"pop.example.jp", "localhost", "127.0.0.1",
                                     "::1"};

struct contexts {
  explicit contexts(time_point now = std::chrono::system_clock::now()) {
    const manual_clock clock(now);
    const auto made = ensure_certificates(dir.path() / "tls", names, clock);
    if (!made)
      throw std::runtime_error(made.error());
    certificates = *made;
    server = std::move(
        *tls_context::make_server(certificates.chain, certificates.key));
    client = std::move(*tls_context::make_client(certificates.ca));
  }

  mekiki::test::folder dir;
  own_certificates certificates;
  std::unique_ptr<tls_context> server;
  std::unique_ptr<tls_context> client;
};

asio::awaitable<void> shake(stream& s, tls_context& context, std::string host,
                            std::error_code& out) {
  out = co_await s.start_tls(context, std::move(host), ample);
}

// How a handshake ends on both sides.
struct handshake {
  handshake(contexts& c, const std::string& host)
      : handshake(c, *c.client, host) {}
  handshake(contexts& c, tls_context& client_context, const std::string& host)
      : p(io) {
    test::spawn(io, shake(*p.right, *c.server, "", server));
    test::spawn(io, shake(*p.left, client_context, host, client));
    io.run();
    io.restart();
    detail = p.left->tls_detail();
    server_detail = p.right->tls_detail();
  }

  asio::io_context io;
  test::pair p;
  std::error_code client;
  std::error_code server;
  std::string detail;
  std::string server_detail;
};

asio::awaitable<void> exchange(test::pair& p) {
  EXPECT_TRUE(p.left->is_tls());
  EXPECT_TRUE(p.right->is_tls());
  char octet = 0;
  const read_result nothing =
      co_await p.left->read_some(std::span<char>(&octet, 1), brief);
  EXPECT_EQ(nothing.error, timed_out);
  std::error_code error = co_await p.left->wait_readable(brief);
  EXPECT_EQ(error, timed_out);

  error = co_await p.right->write("+OK hello\r\n", ample);
  EXPECT_FALSE(error);
  error = co_await p.left->wait_readable(ample);
  EXPECT_FALSE(error);
  // More than one read from one record.
  std::string got = co_await test::read_octets(*p.left, 1);
  while (got.size() < 11) {
    error = co_await p.left->wait_readable(ample);
    EXPECT_FALSE(error);
    const read_result r =
        co_await p.left->read_some(std::span<char>(&octet, 1), ample);
    if (r.octets != 1)
      break;
    got += octet;
  }
  EXPECT_EQ(got, "+OK hello\r\n");

  p.right->close();
  const read_result end =
      co_await p.left->read_some(std::span<char>(&octet, 1), ample);
  EXPECT_FALSE(end.error) << end.error.message();
  EXPECT_EQ(end.octets, 0U);
}

TEST(tls, octets_and_the_orderly_end_arrive) {
  contexts c;
  for (const std::string& host : names) {
    handshake h(c, host);
    EXPECT_FALSE(h.client) << host << ": " << h.detail;
    EXPECT_FALSE(h.server) << host;
    test::spawn(h.io, exchange(h.p));
    h.io.run();
  }
}

asio::awaitable<void> upgrade_server(stream& s, tls_context& context) {
  const std::string command = co_await test::read_octets(s, 6);
  EXPECT_EQ(command, "STLS\r\n");
  std::error_code error = co_await s.write("+OK\r\n", ample);
  EXPECT_FALSE(error);
  error = co_await s.start_tls(context, "", ample);
  EXPECT_FALSE(error) << s.tls_detail();
  const std::string quit = co_await test::read_octets(s, 6);
  EXPECT_EQ(quit, "QUIT\r\n");
}

asio::awaitable<void> upgrade_client(stream& s, tls_context& context) {
  std::error_code error = co_await s.write("STLS\r\n", ample);
  EXPECT_FALSE(error);
  const std::string reply = co_await test::read_octets(s, 5);
  EXPECT_EQ(reply, "+OK\r\n");
  error = co_await s.start_tls(context, "pop.example.jp", ample);
  EXPECT_FALSE(error) << s.tls_detail();
  error = co_await s.write("QUIT\r\n", ample);
  EXPECT_FALSE(error);
}

TEST(tls, a_connection_in_clear_is_upgraded) {
  contexts c;
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, upgrade_server(*p.right, *c.server));
  test::spawn(io, upgrade_client(*p.left, *c.client));
  io.run();
}

asio::awaitable<void> write_clear(stream& s, std::string text) {
  const std::error_code error = co_await s.write(text, ample);
  EXPECT_FALSE(error);
}

asio::awaitable<void> expect_protocol_error(stream& s, tls_context& context,
                                            std::string host) {
  std::error_code error = co_await s.start_tls(context, host, ample);
  EXPECT_EQ(error, tls_errc::protocol);
  EXPECT_FALSE(s.is_tls());
  EXPECT_FALSE(s.tls_detail().empty());
  // Nothing may go out in clear after it.
  error = co_await s.write("+OK in clear?\r\n", ample);
  EXPECT_TRUE(error);
}

TEST(tls, octets_in_clear_before_the_handshake_make_it_fail) {
  contexts c;
  {
    asio::io_context io;
    test::pair p(io);
    test::spawn(io, write_clear(*p.left, "DELE 1\r\n"));
    test::spawn(io, expect_protocol_error(*p.right, *c.server, ""));
    io.run();
  }
  {
    asio::io_context io;
    test::pair p(io);
    test::spawn(io, write_clear(*p.right, "+OK 0 0\r\n"));
    test::spawn(io, expect_protocol_error(*p.left, *c.client, "localhost"));
    io.run();
  }
}

TEST(tls, bad_certificates_are_explained) {
  contexts good;
  contexts other;
  contexts expired(std::chrono::system_clock::now() - hours(24 * 500));
  contexts early(std::chrono::system_clock::now() + hours(24 * 500));
  const auto strangers = tls_context::make_client({});
  ASSERT_TRUE(strangers);
  const struct {
    contexts& server;
    tls_context& client;
    std::string host;
    std::string detail;
  } cases[] = {
      {good, *good.client, "pop.example.net",
       "the certificate is for pop.example.jp, localhost, 127.0.0.1 and 1 "
       "more, not pop.example.net"},
      {good, *good.client, "192.0.2.1", "the certificate is for "},
      {good, **strangers, "localhost",
       "the certificate was issued by an authority that this machine does not "
       "know (Mekiki CA "},
      {good, *other.client, "localhost",
       "the certificate was issued by an authority that this machine does not "
       "know (Mekiki CA "},
      {expired, *expired.client, "localhost", "the certificate expired on 20"},
      {early, *early.client, "localhost",
       "the certificate is valid only from 20"},
  };
  for (const auto& x : cases) {
    handshake h(x.server, x.client, x.host);
    EXPECT_EQ(h.client, tls_errc::certificate) << x.detail;
    EXPECT_THAT(h.detail, StartsWith(x.detail));
    EXPECT_FALSE(h.p.left->is_tls());
  }
}

TEST(tls, a_client_must_name_its_host) {
  contexts c;
  handshake h(c, "");
  EXPECT_EQ(h.client, tls_errc::protocol);
}

TEST(tls, the_server_learns_that_its_certificate_was_refused) {
  contexts c;
  const auto strangers = tls_context::make_client({});
  asio::io_context io;
  test::pair p(io);
  // TLS 1.2, where the client's answer comes within the handshake.
  SSL_CTX_set_max_proto_version((*strangers)->native(), TLS1_2_VERSION);
  std::error_code server;
  std::error_code client;
  test::spawn(io, shake(*p.right, *c.server, "", server));
  test::spawn(io, shake(*p.left, **strangers, "localhost", client));
  io.run();
  EXPECT_EQ(server, tls_errc::refused);
  EXPECT_EQ(p.right->tls_detail(),
            "the other side does not accept our certificate");
}

TEST(tls, old_versions_are_refused) {
  contexts c;
  SSL_CTX_set_min_proto_version(c.client->native(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(c.client->native(), TLS1_1_VERSION);
  SSL_CTX_set_security_level(c.client->native(), 0);
  handshake h(c, "localhost");
  EXPECT_EQ(h.client, tls_errc::protocol);
  EXPECT_EQ(h.server, tls_errc::protocol);
  EXPECT_EQ(h.server_detail, "the other side only speaks TLS older than 1.2");
}

asio::awaitable<void> stall(stream& s, tls_context& context) {
  std::error_code error = co_await s.start_tls(context, "localhost", brief);
  EXPECT_EQ(error, timed_out);
  EXPECT_EQ(s.tls_detail(), "the TLS handshake was not finished in time");
  error = co_await s.write("x", ample);
  EXPECT_TRUE(error);
}

TEST(tls, a_handshake_with_a_silent_peer_times_out) {
  contexts c;
  asio::io_context io;
  test::pair p(io);
  test::spawn(io, stall(*p.left, *c.client));
  io.run();
}

asio::awaitable<void> read_truncated(test::pair& p) {
  p.right_socket->socket().shutdown(asio::ip::tcp::socket::shutdown_send);
  char octet = 0;
  const read_result end =
      co_await p.left->read_some(std::span<char>(&octet, 1), ample);
  EXPECT_EQ(end.error, tls_errc::truncated);
}

TEST(tls, an_end_without_close_notify_is_an_error) {
  contexts c;
  handshake h(c, "localhost");
  test::spawn(h.io, read_truncated(h.p));
  h.io.run();
}

asio::awaitable<void> read_reset(test::pair& p) {
  p.right->abort();
  char octet = 0;
  const read_result end =
      co_await p.left->read_some(std::span<char>(&octet, 1), ample);
  EXPECT_EQ(end.error, std::errc::connection_reset);
}

TEST(tls, abort_is_seen_as_a_reset) {
  contexts c;
  handshake h(c, "localhost");
  test::spawn(h.io, read_reset(h.p));
  h.io.run();
}

// Once close_notify has come, OpenSSL calls a failed write the orderly end,
// too.
asio::awaitable<void> write_after_the_end(test::pair& p, bool end_is_read) {
  p.right->close();
  if (end_is_read) {
    char octet = 0;
    const read_result end =
        co_await p.left->read_some(std::span<char>(&octet, 1), ample);
    EXPECT_FALSE(end.error);
    EXPECT_EQ(end.octets, 0U);
  }
  std::error_code error;
  for (int i = 0; i < 100 && !error; ++i)
    error = co_await p.left->write("-ERR nobody is there\r\n", ample);
  EXPECT_TRUE(error == std::errc::broken_pipe ||
              error == std::errc::connection_reset)
      << error.message();
}

TEST(tls, writing_after_the_peers_end_is_an_error) {
  contexts c;
  for (const bool end_is_read : {true, false}) {
    SCOPED_TRACE(end_is_read);
    handshake h(c, "localhost");
    test::spawn(h.io, write_after_the_end(h.p, end_is_read));
    h.io.run();
  }
}

asio::awaitable<void> write_to_nobody(test::pair& p) {
  const std::string much(std::size_t{32} * 1024 * 1024, 'x');
  const std::error_code error = co_await p.left->write(much, brief);
  EXPECT_EQ(error, timed_out);
}

TEST(tls, writing_to_a_stalled_reader_times_out) {
  contexts c;
  handshake h(c, "localhost");
  test::spawn(h.io, write_to_nobody(h.p));
  h.io.run();
}

asio::awaitable<void> write_all(stream& to, const std::string& octets) {
  const std::error_code error = co_await to.write(octets, ample);
  EXPECT_FALSE(error) << error.message();
  to.close();
}

// Takes little at a time, so that the writer's buffer is full nearly always.
asio::awaitable<void> read_slowly(stream& from, std::string& out) {
  char buffer[1000];
  while (true) {
    const read_result r = co_await from.read_some(buffer, ample);
    EXPECT_FALSE(r.error);
    if (r.error || r.octets == 0)
      break;
    out.append(buffer, r.octets);
  }
}

TEST(tls, a_large_write_passes_through_a_slow_reader) {
  contexts c;
  handshake h(c, "localhost");
  std::string text;
  for (int i = 0; text.size() < 20'000'000; ++i) text += std::to_string(i);
  std::string got;
  test::spawn(h.io, write_all(*h.p.left, text));
  test::spawn(h.io, read_slowly(*h.p.right, got));
  const std::size_t steps = h.io.run();
  EXPECT_TRUE(got == text);
  // The writer waits instead of trying again and again: a few steps of the
  // loop for each TLS record, not for each octet.
  EXPECT_LT(steps, 20'000U);
}

std::string text_of(const fs::path& file) {
  return read_small_file(file, 1 << 20).value_or("");
}

// What somebody else has read for a process that may not open it.
TEST(tls, texts_are_as_good_as_files) {
  const mekiki::test::folder dir;
  const auto made =
      ensure_certificates(dir.path() / "tls", {"localhost"}, system_clock());
  ASSERT_TRUE(made) << made.error();
  const auto of_files = tls_context::make_server(made->chain, made->key);
  const std::string chain = text_of(made->chain);
  const std::string key = text_of(made->key);
  const auto of_texts =
      tls_context::make_server({"gone.pem", chain}, {"gone-key.pem", key});
  ASSERT_TRUE(of_texts) << of_texts.error();
  EXPECT_TRUE((*of_texts)->has_certificate_of(**of_files));
  STACK_OF(X509)* more = nullptr;
  SSL_CTX_get0_chain_certs((*of_texts)->native(),
                           static_cast<void*>(&more));  // a macro's
  EXPECT_EQ(sk_X509_num(more), 1);                      // the authority's

  const std::string ca = text_of(made->ca);
  const auto count = [](const tls_context& context) {
    return sk_X509_OBJECT_num(
        X509_STORE_get0_objects(SSL_CTX_get_cert_store(context.native())));
  };
  const auto plain = tls_context::make_client({});
  const auto trusting = tls_context::make_client_with({{"ca.pem", ca}});
  ASSERT_TRUE(trusting) << trusting.error();
  EXPECT_EQ(count(**trusting), count(**plain) + 1);
  const auto both =
      tls_context::make_client_with({{"ca.pem", ca}, {"chain.pem", chain}});
  ASSERT_TRUE(both) << both.error();
  EXPECT_EQ(count(**both), count(**plain) + 2);

  for (const std::string& bad : {std::string(), std::string("junk"), key,
                                 ca.substr(0, 100), ca + ca.substr(0, 100)}) {
    EXPECT_THAT(
        tls_context::make_server({"x.pem", bad}, {"key.pem", key}).error(),
        HasSubstr("x.pem: the certificate cannot be read"))
        << bad;
    EXPECT_THAT(tls_context::make_client_with({{"x.pem", bad}}).error(),
                HasSubstr("x.pem: the certificate authorities cannot be read"))
        << bad;
  }
  EXPECT_THAT(
      tls_context::make_server({"chain.pem", chain}, {"x.pem", ca}).error(),
      HasSubstr("x.pem: the key cannot be used"));
}

TEST(tls, contexts_say_which_file_is_bad) {
  mekiki::test::folder dir;
  const fs::path junk = dir.path() / "junk.pem";
  std::ofstream(junk) << "junk";
  const auto server = tls_context::make_server(junk, junk);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error(), HasSubstr("junk.pem: the certificate cannot be"));
  const auto client = tls_context::make_client(junk);
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error(), HasSubstr("junk.pem: the certificate authorit"));
  EXPECT_FALSE(tls_context::make_client("/nonexistent.pem"));
}

}  // namespace
}  // namespace mekiki::net
