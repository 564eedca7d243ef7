#include "dns/overlay_resolver.hpp"

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "dns/zone_resolver.hpp"

namespace mekiki::dns {
namespace {

answer_ptr ask(resolver& of, const std::string& name, record_type type) {
  answer_ptr out;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, of.resolve({name, type}),
                        [&](const std::exception_ptr& e, answer_ptr a) {
                          if (e)
                            std::rethrow_exception(e);
                          out = std::move(a);
                        });
  io.run();
  return out;
}

using strings = std::vector<std::string>;

TEST(overlay_resolver, puts_its_records_over_those_of_the_zone) {
  const auto zone = parse_zone(
      R"({"example.jp": {"TXT": ["v=spf1 +all", "v=spf10", "V=SPF1", "other"],
                         "MX": [[1, "a.example.jp"], [2, "b.example.jp"]]},
          "other.jp": {"TXT": ["v=spf1 -all"]}})");
  ASSERT_TRUE(zone);
  overlay_resolver over(**zone);
  over.add_text("example.jp", "v=spf1 mx -all");
  over.set_exchanges("example.jp", {{0, ""}});
  over.add_text("_dmarc.example.jp", "v=DMARC1; p=none");

  EXPECT_EQ(ask(over, "example.jp", record_type::txt)->texts,
            (strings{"v=spf10", "other", "v=spf1 mx -all"}));
  const answer_ptr mx = ask(over, "example.jp", record_type::mx);
  ASSERT_EQ(mx->exchanges.size(), 1U);
  EXPECT_EQ(mx->exchanges.front().host, "");
  const answer_ptr made = ask(over, "_dmarc.example.jp", record_type::txt);
  EXPECT_EQ(made->status, status::success);
  EXPECT_EQ(made->texts, strings{"v=DMARC1; p=none"});
  EXPECT_EQ(ask(over, "_dmarc.example.jp", record_type::a)->status,
            status::no_data);
  EXPECT_EQ(ask(over, "other.jp", record_type::txt)->texts,
            strings{"v=spf1 -all"});
  EXPECT_EQ(ask(over, "gone.jp", record_type::txt)->status, status::nxdomain);
}

}  // namespace
}  // namespace mekiki::dns
