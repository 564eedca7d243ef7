// What takes time, and measures it.
#include <chrono>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "dns/test_name_server.hpp"
#include "dns/unbound_resolver.hpp"

namespace mekiki::dns {
namespace {

using std::chrono::seconds;

boost::asio::awaitable<void> ask(resolver& r, question q,
                                 std::vector<status>& out) {
  const answer_ptr a = co_await r.resolve(std::move(q));
  out.push_back(a->status);
}

// Six mails, each with ten signatures of a domain whose name servers say
// nothing, so that the user's own resolver says nothing of them either: then a
// question about another name, which libunbound's memory of resolvers that did
// not answer would refuse at once. (Our own clock stands still, so that the
// resolver does not begin anew meanwhile.)
TEST(unbound_resolver, silent_names_do_not_make_the_resolver_count_as_dead) {
  boost::asio::io_context io;
  test::name_server server(io);
  const manual_clock clock{time_point{}};
  unbound_options options;
  options.resolvers = {server.address()};
  options.hosts = "/nonexistent";
  options.validation = dnssec::off;
  options.deadline = seconds(5);
  auto made = make_unbound_resolver(io, options, clock);
  ASSERT_TRUE(made) << made.error();
  const auto ask_all = [&](const std::vector<question>& questions) {
    std::vector<status> out;
    for (const question& q : questions) {
      boost::asio::co_spawn(io, ask(**made, q, out),
                            [](const std::exception_ptr& error) {
                              if (error)
                                std::rethrow_exception(error);
                            });
    }
    while (out.size() < questions.size()) io.run_one();
    return out;
  };
  for (int mail = 0; mail < 6; ++mail) {
    std::vector<question> silent;
    for (int i = 0; i < 10; ++i) {
      silent.push_back({fmt::format("s{}-{}._domainkey.slow.test", mail, i),
                        record_type::txt});
      server.replies[silent.back()].silent = true;
    }
    for (const status s : ask_all(silent)) EXPECT_TRUE(is_temporary(s));
  }
  const question good{"_dmarc.bank.test", record_type::txt};
  server.replies[good].rdata = {test::wire_text({"v=DMARC1; p=reject"})};
  EXPECT_EQ(ask_all({good}).front(), status::success);
}

}  // namespace
}  // namespace mekiki::dns
