#include "dns/limited_resolver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "dns/zone_resolver.hpp"

namespace mekiki::dns {
namespace {

status ask(resolver& r, std::string name) {
  boost::asio::io_context io;
  question q{std::move(name), record_type::txt};
  auto future = boost::asio::co_spawn(io, r.resolve(std::move(q)),
                                      boost::asio::use_future);
  io.run();
  const answer_ptr a = future.get();
  return a->status;
}

TEST(limited_resolver, refuses_what_is_beyond_the_limit) {
  const auto zone = parse_zone(R"({"a": {"TXT": ["x"]}, "b": {"TXT": ["x"]},
                                   "c": {"TXT": ["x"]}})");
  ASSERT_TRUE(zone);
  limited_resolver limited(**zone, {.questions = 2});
  EXPECT_EQ(ask(limited, "a"), status::success);
  limited.prefetch({"b", record_type::txt});
  EXPECT_EQ(limited.asked(), 2U);
  // Asked before, so it does not count again.
  EXPECT_EQ(ask(limited, "b"), status::success);
  EXPECT_EQ(ask(limited, "a"), status::success);
  EXPECT_EQ(ask(limited, "c"), status::servfail);
  limited.prefetch({"c", record_type::txt});
  EXPECT_EQ(ask(limited, "c"), status::servfail);
  EXPECT_EQ(limited.asked(), 2U);
}

}  // namespace
}  // namespace mekiki::dns
