#include "dns/unbound_resolver.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/test_folder.hpp"
#include "dns/name.hpp"
#include "dns/open_resolver.hpp"
#include "dns/test_name_server.hpp"

namespace mekiki::dns {
namespace {

namespace asio = boost::asio;

using test::number16;
using test::wire_name;
using test::wire_text;
using script = test::name_server;
using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace std::string_literals;
using testing::HasSubstr;

// `test.` is special in libunbound; here its names are asked like others.
const question txt{"a.test", record_type::txt};

class unbound : public testing::Test {
 protected:
  unbound() {
    options.resolvers = {server.address()};
    options.hosts = "/nonexistent";
    options.validation = dnssec::off;
    server.replies[txt].rdata = {wire_text({"v=DKIM1; ", "p="})};
  }

  void open() {
    auto made = make_unbound_resolver(io, options, clock);
    ASSERT_TRUE(made) << made.error();
    resolver = std::move(*made);
  }

  asio::awaitable<void> ask(question q, answer_ptr& out) {
    out = co_await resolver->resolve(std::move(q));
    if (--waiting == 0)
      server.close();
  }

  // The answers to questions that are asked at once.
  std::vector<answer_ptr> ask_all(std::vector<question> questions,
                                  bool last = true) {
    std::vector<answer_ptr> answers(questions.size());
    waiting = questions.size() + (last ? 0 : 1);
    std::size_t open_ones = questions.size();
    for (std::size_t i = 0; i < questions.size(); ++i) {
      asio::co_spawn(io, ask(questions[i], answers[i]),
                     [&open_ones](const std::exception_ptr& error) {
                       if (error)
                         std::rethrow_exception(error);
                       --open_ones;
                     });
    }
    while (open_ones > 0) io.run_one();
    return answers;
  }

  answer_ptr ask(const question& q) { return ask_all({q}, false).front(); }

  asio::io_context io;
  script server{io};
  unbound_options options;
  manual_clock clock{time_point{}};
  std::unique_ptr<dns::resolver> resolver;
  std::size_t waiting = 0;
};

TEST_F(unbound, answers) {
  open();
  using script_reply = script::reply;
  server.replies[{"a.test", record_type::a}].rdata = {"\xc0\x00\x02\x01"s,
                                                      "\xc0\x00\x02\x02"s};
  server.replies[{"a.test", record_type::aaaa}] = script_reply{};
  server.replies[{"a.test", record_type::mx}].rdata = {number16(10) +
                                                       wire_name("Mx.a.test")};
  server.replies[{"1.2.0.192.in-addr.arpa", record_type::ptr}].rdata = {
      wire_name("host.test")};
  server.replies[{"fail.test", record_type::txt}].rcode = 2;
  server.replies[{"refuse.test", record_type::txt}].rcode = 5;
  server.replies[{"odd %\\(name.test", record_type::txt}].rdata = {
      wire_text({"odd"})};

  answer_ptr a = ask(txt);
  EXPECT_EQ(a->status, status::success);
  EXPECT_THAT(a->texts, testing::ElementsAre("v=DKIM1; p="));
  EXPECT_EQ(a->ttl, seconds(300));
  EXPECT_FALSE(a->authentic);

  a = ask({"a.test", record_type::a});
  ASSERT_EQ(a->addresses.size(), 2U);
  a = ask({"a.test", record_type::aaaa});
  EXPECT_EQ(a->status, status::no_data);
  a = ask({"a.test", record_type::mx});
  ASSERT_EQ(a->exchanges.size(), 1U);
  EXPECT_EQ(a->exchanges[0].host, "mx.a.test");
  EXPECT_EQ(a->exchanges[0].preference, 10);
  a = ask({"1.2.0.192.in-addr.arpa", record_type::ptr});
  EXPECT_THAT(a->names, testing::ElementsAre("host.test"));
  a = ask({"absent.test", record_type::txt});
  EXPECT_EQ(a->status, status::nxdomain);
  a = ask({"fail.test", record_type::txt});
  EXPECT_EQ(a->status, status::servfail);
  a = ask({"refuse.test", record_type::txt});
  EXPECT_EQ(a->status, status::servfail);
  a = ask({"odd %\\(name.test", record_type::txt});
  EXPECT_THAT(a->texts, testing::ElementsAre("odd"));
  a = ask({"a..test", record_type::txt});
  EXPECT_EQ(a->status, status::malformed);
  a = ask({"A.test", record_type::txt});
  EXPECT_EQ(a->status, status::malformed);
}

TEST_F(unbound, a_silent_server_times_out_at_the_deadline) {
  options.deadline = milliseconds(50);
  open();
  server.replies[txt].silent = true;
  const answer_ptr a = ask(txt);
  EXPECT_EQ(a->status, status::timeout);
  // Kept for a while, so that each mail of a domain does not wait again.
  EXPECT_EQ(ask(txt), a);
  clock.advance(seconds(11));
  EXPECT_NE(ask(txt), a);
}

// Each question of a domain whose servers are silent; not where nobody was
// answered meanwhile, which is an outage.
TEST_F(unbound, silence_is_remembered_while_others_are_answered) {
  options.deadline = milliseconds(50);
  open();
  const question silent{"silent.test", record_type::txt};
  server.replies[silent].silent = true;
  const auto both = ask_all({silent, txt}, false);
  EXPECT_EQ(both[0]->status, status::timeout);
  EXPECT_EQ(both[1]->status, status::success);
  clock.advance(seconds(59));
  EXPECT_EQ(ask(silent), both[0]);
  clock.advance(seconds(1));
  EXPECT_NE(ask(silent), both[0]);
}

// Of a server that takes longer than we wait, say 8 s: until it is told to.
TEST_F(unbound, an_answer_that_comes_too_late_hurts_nobody) {
  options.deadline = milliseconds(50);
  open();
  const question slow{"slow.test", record_type::txt};
  server.replies[slow].held = true;
  EXPECT_EQ(ask(slow)->status, status::timeout);
  server.release();
  EXPECT_EQ(ask(txt)->status, status::success);
  server.replies[{"refused.test", record_type::txt}].rcode = 5;
  EXPECT_EQ(ask({"refused.test", record_type::txt})->status, status::servfail);
  EXPECT_EQ(ask({"other.test", record_type::txt})->status, status::nxdomain);
}

TEST_F(unbound, questions_in_flight_are_joined) {
  open();
  resolver->prefetch(txt);
  const auto answers = ask_all({txt, txt, txt});
  EXPECT_EQ(answers[0]->status, status::success);
  EXPECT_EQ(answers[0], answers[1]);
  EXPECT_EQ(answers[0], answers[2]);
  EXPECT_EQ(server.asked[txt], 1);
}

TEST_F(unbound, what_is_sent_out_is_counted) {
  lookup_counts counts;
  options.counts = &counts;
  options.deadline = milliseconds(50);
  open();
  ask_all({txt, txt}, false);
  ask(txt);  // from the cache
  ask({"absent.test", record_type::txt});
  ask({"a..test", record_type::txt});  // nobody is asked
  server.replies[{"silent.test", record_type::txt}].silent = true;
  ask({"silent.test", record_type::txt});
  server.replies[{"fail.test", record_type::txt}].rcode = 2;
  ask({"fail.test", record_type::txt});
  std::uint64_t all = 0;
  for (const std::uint64_t n : counts.classes()) all += n;
  EXPECT_EQ(all, 4U);
  EXPECT_EQ(counts.failed(status::timeout), 1U);
  EXPECT_EQ(counts.failed(status::servfail), 1U);
}

TEST_F(unbound, answers_are_kept_for_their_time) {
  open();
  server.replies[txt].ttl = 0;  // libunbound keeps none of these
  ask(txt);
  ask(txt);
  EXPECT_EQ(server.asked[txt], 1);
  clock.advance(seconds(9));
  ask(txt);
  EXPECT_EQ(server.asked[txt], 1);
  clock.advance(seconds(1));
  ask(txt);
  EXPECT_EQ(server.asked[txt], 2);
}

TEST_F(unbound, the_number_in_flight_has_a_limit) {
  options.max_in_flight = 2;
  open();
  const auto answers = ask_all({{"x.test", record_type::txt},
                                {"y.test", record_type::txt},
                                {"z.test", record_type::txt}});
  EXPECT_EQ(answers[0]->status, status::nxdomain);
  EXPECT_EQ(answers[1]->status, status::nxdomain);
  EXPECT_EQ(answers[2]->status, status::servfail);
  EXPECT_EQ(answers[2]->detail, "too many DNS questions at once");
}

TEST_F(unbound, the_loop_ends_when_nothing_is_in_flight) {
  open();
  ask_all({txt, {"b.test", record_type::txt}});
  io.run();  // would not return
}

asio::awaitable<void> resolve_only(resolver& r, question q) {
  const answer_ptr a = co_await r.resolve(std::move(q));
  EXPECT_EQ(a->status, status::servfail);
}

TEST_F(unbound, a_coroutine_that_waits_may_be_cancelled) {
  options.deadline = milliseconds(50);
  open();
  server.replies[txt].silent = true;
  asio::cancellation_signal cancel;
  bool done = false;
  asio::co_spawn(
      io, resolve_only(*resolver, txt),
      asio::bind_cancellation_slot(
          cancel.slot(), [&done](const std::exception_ptr&) { done = true; }));
  io.poll();
  cancel.emit(asio::cancellation_type::terminal);
  while (!done) io.run_one();
  // The question goes on for others.
  EXPECT_EQ(ask(txt)->status, status::timeout);
}

TEST_F(unbound, late_answers_do_no_harm) {
  options.deadline = milliseconds(0);
  open();
  const answer_ptr a = ask(txt);
  EXPECT_EQ(a->status, status::timeout);
  // The answer comes with the next one's.
  options.deadline = seconds(5);
  EXPECT_TRUE(ask({"b.test", record_type::txt}));
  EXPECT_TRUE(ask({"c.test", record_type::txt}));
}

TEST_F(unbound, the_resolver_may_go_while_questions_wait) {
  open();
  server.replies[txt].silent = true;
  asio::co_spawn(io, resolve_only(*resolver, txt),
                 [](const std::exception_ptr& error) {
                   if (error)
                     std::rethrow_exception(error);
                 });
  io.poll();
  resolver.reset();
  server.close();
  io.run();
}

TEST_F(unbound, the_loop_may_go_while_questions_wait) {
  std::optional<asio::io_context> other(std::in_place);
  auto made = make_unbound_resolver(*other, options, clock);
  ASSERT_TRUE(made);
  asio::co_spawn(*other, resolve_only(**made, txt),
                 [](const std::exception_ptr&) { ADD_FAILURE(); });
  other->poll();
  made->reset();
  other.reset();
}

TEST_F(unbound, hosts_are_read_again_when_they_change) {
  const mekiki::test::folder folder;
  options.hosts = folder.path() / "hosts";
  open();
  const question q{"mail.test", record_type::a};
  EXPECT_EQ(ask(q)->status, status::nxdomain);
  std::ofstream(options.hosts) << "192.0.2.7 mail.test\n";
  // Not looked at with each question.
  EXPECT_EQ(ask(q)->status, status::nxdomain);
  clock.advance(seconds(1));
  answer_ptr a = ask(q);
  ASSERT_EQ(a->addresses.size(), 1U);
  EXPECT_EQ(format(a->addresses[0]), "192.0.2.7");

  std::ofstream(folder.path() / "new") << "192.0.2.8 mail.test\n";
  std::filesystem::rename(folder.path() / "new", options.hosts);
  clock.advance(seconds(1));
  a = ask(q);
  ASSERT_EQ(a->addresses.size(), 1U);
  EXPECT_EQ(format(a->addresses[0]), "192.0.2.8");
}

// As a process does that may not open them.
TEST_F(unbound, both_files_may_be_read_by_somebody_else) {
  const mekiki::test::folder folder;
  options.hosts = folder.path() / "hosts";
  options.resolv_conf = folder.path() / "resolv.conf";
  options.resolvers.clear();
  std::ofstream(options.hosts) << "not this\n";
  std::ofstream(options.resolv_conf) << "not this\n";
  std::string hosts = "192.0.2.7 mail.test\n";
  options.read = [&](const std::filesystem::path& file) {
    return file == options.hosts
               ? hosts
               : fmt::format("nameserver {}\nsearch here.example\n",
                             server.address());
  };
  open();
  EXPECT_THAT(ask(txt)->texts, testing::ElementsAre("v=DKIM1; p="));
  EXPECT_THAT(resolver->search().domains, testing::ElementsAre("here.example"));
  const question q{"mail.test", record_type::a};
  answer_ptr a = ask(q);
  ASSERT_EQ(a->addresses.size(), 1U);
  EXPECT_EQ(format(a->addresses[0]), "192.0.2.7");

  hosts = "192.0.2.8 mail.test\n";
  std::ofstream(options.hosts) << "not this either\n";
  clock.advance(seconds(1));
  a = ask(q);
  ASSERT_EQ(a->addresses.size(), 1U);
  EXPECT_EQ(format(a->addresses[0]), "192.0.2.8");
}

TEST_F(unbound, files_of_trust_anchors_too) {
  options.validation = dnssec::strict;
  options.trust_anchor_files = {"/nonexistent/anchors"};
  std::string anchors = "test. DS 1 8 2 " + std::string(64, 'a') + "\n";
  options.read = [&](const std::filesystem::path& file) {
    return file == options.trust_anchor_files.front() ? anchors : "";
  };
  open();
  // A chain of trust begins there, and nothing is signed.
  EXPECT_EQ(ask(txt)->status, status::bogus);

  // Without anchors nothing would be validated.
  for (const char* bad : {"", "junk"}) {
    anchors = bad;
    EXPECT_FALSE(make_unbound_resolver(io, options, clock)) << bad;
  }
}

TEST_F(unbound, servers_are_read_again_when_resolv_conf_changes) {
  const mekiki::test::folder folder;
  script other(io);
  other.replies[txt].rdata = {wire_text({"of the other network"})};
  options.resolvers.clear();
  options.resolv_conf = folder.path() / "resolv.conf";
  const auto write = [&](const std::string& address, const char* domain) {
    std::ofstream(folder.path() / "new")
        << "nameserver " << address << "\nsearch " << domain << '\n';
    std::filesystem::rename(folder.path() / "new", options.resolv_conf);
  };
  write(server.address(), "here.example");
  open();
  EXPECT_THAT(resolver->search().domains, testing::ElementsAre("here.example"));
  EXPECT_THAT(ask(txt)->texts, testing::ElementsAre("v=DKIM1; p="));
  // One that is in flight meanwhile is answered by whom it was sent to.
  const question slow{"slow.test", record_type::txt};
  server.replies[slow].silent = true;
  resolver->prefetch(slow);
  write(other.address(), "there.example");
  clock.advance(seconds(1));
  EXPECT_THAT(ask(txt)->texts, testing::ElementsAre("of the other network"));
  EXPECT_THAT(resolver->search().domains,
              testing::ElementsAre("there.example"));
  server.replies[slow] = {.rdata = {wire_text({"late"})}};
  EXPECT_THAT(ask(slow)->texts, testing::ElementsAre("late"));
  EXPECT_EQ(other.asked[slow], 0);
  other.close();
  // Servers of the settings know nothing of the list beside others.
  options.resolvers = {server.address()};
  open();
  EXPECT_THAT(resolver->search().domains, testing::IsEmpty());
}

TEST_F(unbound, begins_anew_after_failures_in_a_row) {
  // We keep answers for a shorter time than libunbound does, which is asked
  // again then, and asks nobody as long as it is the same.
  options.cache.min = options.cache.max = seconds(1);
  options.deadline = milliseconds(50);
  open();
  const auto is_asked_again = [this] {
    const int before = server.asked[txt];
    clock.advance(seconds(10));
    EXPECT_EQ(ask(txt)->status, status::success);
    return server.asked[txt] > before;
  };
  const auto fail = [this](int times) {
    static int n = 0;
    for (int i = 0; i < times; ++i) {
      const question q{fmt::format("n{}.test", ++n), record_type::txt};
      server.replies[q].silent = true;
      EXPECT_EQ(ask(q)->status, status::timeout);
    }
  };
  EXPECT_TRUE(is_asked_again());
  EXPECT_FALSE(is_asked_again());
  fail(3);
  EXPECT_FALSE(is_asked_again());
  fail(4);
  EXPECT_TRUE(is_asked_again());
  EXPECT_FALSE(is_asked_again());
}

TEST_F(unbound, bad_options_are_named) {
  options.resolvers = {"not-an-address"};
  auto made = make_unbound_resolver(io, options, clock);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr("resolver not-an-address"));

  options.resolvers.clear();
  options.validation = dnssec::strict;
  options.trust_anchors = {"junk"};
  made = make_unbound_resolver(io, options, clock);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr("trust anchors"));
}

TEST_F(unbound, signatures_that_are_missing_are_bogus_only_where_demanded) {
  // A chain of trust that begins at `test`, and a server without signatures.
  options.trust_anchors = {
      "test. DS 20326 8 2 "
      "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"};
  options.validation = dnssec::strict;
  open();
  answer_ptr a = ask(txt);
  EXPECT_EQ(a->status, status::bogus);
  EXPECT_TRUE(a->texts.empty());
  EXPECT_NE(a->detail, "");

  options.validation = dnssec::opportunistic;
  open();
  a = ask(txt);
  EXPECT_EQ(a->status, status::success) << a->detail;
  EXPECT_FALSE(a->authentic);
}

TEST_F(unbound, open_resolver_takes_the_zone_file_if_there_is_one) {
  resolver_options both;
  both.unbound = options;
  both.zone_file = "/nonexistent.json";
  const auto zone = open_resolver(io, both, clock);
  ASSERT_FALSE(zone);
  EXPECT_THAT(zone.error(), HasSubstr("/nonexistent.json"));
  both.zone_file.clear();
  EXPECT_TRUE(open_resolver(io, both, clock));
  both.unbound = {};
  EXPECT_TRUE(open_resolver(io, both, clock));  // the system's resolvers
}

}  // namespace
}  // namespace mekiki::dns
