#include "admin/router.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/assets.hpp"
#include "admin/health.hpp"
#include "admin/metrics.hpp"
#include "base/log.hpp"

namespace mekiki::admin {
namespace {

boost::asio::awaitable<std::vector<health_item>> give(
    std::vector<health_item> items) {
  co_return items;
}

page said(const std::vector<health_item>& items) {
  return health_page([items] { return give(items); });
}

router made() {
  router r({"mail.example.jp"});
  using state = health_item::state;
  r.add("/healthz", said({{.name = "history", .text = "it is kept"}}));
  r.add("/ill", said({{.name = "border", .how = state::warn, .text = "none"},
                      {.name = "disk", .text = "room"}}));
  r.add("/down", said({{.name = "certificate", .how = state::bad, .text = "x"},
                       {.name = "border", .how = state::warn, .text = "y"}}));
  r.add("/broken", at_once([](const request&) -> response {
          throw std::runtime_error("out of order");
        }));
  return r;
}

response answer(const router& pages, const request& r, std::string_view local) {
  const ip_address address = *parse_ip_address(local);  // outlives its use
  boost::asio::io_context io;
  response got;
  boost::asio::co_spawn(io, pages.answer(r, address),
                        [&](const std::exception_ptr& error, response out) {
                          EXPECT_FALSE(error);
                          got = std::move(out);
                        });
  io.run();
  return got;
}

TEST(router, answers_what_is_there_to_who_may_ask) {
  log::start("off", log::format::text);
  struct {
    const char* name;
    const char* method;
    const char* path;
    std::optional<std::string> host;
    unsigned expected;
    const char* local = "127.0.0.1";
  } const cases[] = {
      {"a page", "GET", "/healthz", "localhost", 200},
      {"its head", "HEAD", "/healthz", "localhost", 200},
      {"HTTP/1.0", "GET", "/healthz", {}, 200},
      {"something is missing", "GET", "/ill", "localhost", 200},
      {"no mail is served", "GET", "/down", "localhost", 503},
      {"a page that throws", "GET", "/broken", "localhost", 500},

      {"no page", "GET", "/", "localhost", 404},
      {"below a page", "GET", "/healthz/", "localhost", 404},
      {"other letters", "GET", "/Healthz", "localhost", 404},
      {"up and down", "GET", "/x/../healthz", "localhost", 404},
      {"encoded", "GET", "/%68ealthz", "localhost", 404},
      {"double slash", "GET", "//healthz", "localhost", 404},
      {"no path", "OPTIONS", "*", "localhost", 404},
      {"POST", "POST", "/healthz", "localhost", 405},
      {"DELETE", "DELETE", "/healthz", "localhost", 405},
      {"unknown method", "get", "/healthz", "localhost", 405},
      {"POST elsewhere", "POST", "/nothing", "localhost", 404},

      {"loopback's addresses", "GET", "/healthz", "127.0.0.1", 200},
      {"all of them", "GET", "/healthz", "127.9.9.9", 200},
      {"IPv6", "GET", "/healthz", "::1", 200, "::1"},
      {"mapped", "GET", "/healthz", "::ffff:127.0.0.1", 200},
      {"a name of the settings", "GET", "/healthz", "mail.example.jp", 200},
      {"the address that was connected to", "GET", "/healthz", "192.0.2.7", 200,
       "192.0.2.7"},
      {"the same, mapped", "GET", "/healthz", "192.0.2.7", 200,
       "::ffff:192.0.2.7"},

      {"another name", "GET", "/healthz", "evil.example", 421},
      {"whatever it asks for", "GET", "/nothing", "evil.example", 421},
      {"a name below", "GET", "/healthz", "x.mail.example.jp", 421},
      {"a name above", "GET", "/healthz", "example.jp", 421},
      {"something like localhost", "GET", "/healthz", "localhost.evil.example",
       421},
      {"a name that looks like an address", "GET", "/healthz",
       "127.0.0.1.nip.io", 421},
      {"another address", "GET", "/healthz", "192.0.2.8", 421, "192.0.2.7"},
      {"all addresses", "GET", "/healthz", "0.0.0.0", 421},
      {"an address in another form", "GET", "/healthz", "2130706433", 421},
      {"no name", "GET", "/healthz", "", 421},
  };
  const router pages = made();
  for (const auto& c : cases) {
    const request r{.method = c.method,
                    .path = c.path,
                    .query = {},
                    .host = c.host,
                    .body = {}};
    const response got = answer(pages, r, c.local);
    EXPECT_EQ(got.status, c.expected) << c.name;
    if (c.expected == 405) {
      EXPECT_THAT(got.fields,
                  testing::ElementsAre(testing::Pair("Allow", "GET, HEAD")))
          << c.name;
    }
  }
}

TEST(router, a_page_may_take_posts_too_or_alone) {
  router pages;
  const auto says = [](const char* what) {
    return at_once([what](const request&) -> response {
      return {.body = what, .fields = {}};
    });
  };
  pages.add("/both", says("got"));
  pages.add_post("/both", says("posted"));
  pages.add_post("/alone", says("posted"));
  struct {
    const char* method;
    const char* path;
    unsigned status;
    const char* says;  // the body, or what is allowed
  } const cases[] = {
      {"GET", "/both", 200, "got"},
      {"HEAD", "/both", 200, "got"},
      {"POST", "/both", 200, "posted"},
      {"PUT", "/both", 405, "GET, HEAD, POST"},
      {"POST", "/alone", 200, "posted"},
      {"GET", "/alone", 405, "POST"},
      {"HEAD", "/alone", 405, "POST"},
  };
  for (const auto& c : cases) {
    const request r{.method = c.method,
                    .path = c.path,
                    .query = {},
                    .host = "localhost",
                    .body = {}};
    const response got = answer(pages, r, "127.0.0.1");
    EXPECT_EQ(got.status, c.status) << c.method << c.path;
    EXPECT_EQ(got.status == 405 ? got.fields.at(0).second : got.body, c.says)
        << c.method << c.path;
  }
}

TEST(pages, metrics_are_for_some_clients) {
  router pages;
  pages.add("/metrics", metrics_page({*parse_ip_network("192.0.2.0/24")}, [] {
              return std::vector<prometheus::MetricFamily>();
            }));
  for (const auto& [client, status] :
       {std::pair("192.0.2.9", 200U), std::pair("::ffff:192.0.2.9", 200U),
        std::pair("192.0.3.1", 403U), std::pair("::1", 403U)}) {
    request r{.method = "GET",
              .path = "/metrics",
              .query = {},
              .host = "localhost",
              .body = {}};
    r.client = *parse_ip_address(client);
    EXPECT_EQ(answer(pages, r, "127.0.0.1").status, status) << client;
  }
}

TEST(assets, are_what_the_browser_takes) {
  constexpr asset all[] = {
      {"/index.html", "text/html", "<p>", "zipped"},
      {"/assets/a-1.js", "text/javascript", "1", "zipped"},
  };
  router pages;
  add_assets(pages, all);
  request r{.method = "GET",
            .path = "/",
            .query = {},
            .host = "localhost",
            .body = {}};
  EXPECT_EQ(answer(pages, r, "127.0.0.1").body, "<p>");
  EXPECT_EQ(answer(pages, r, "127.0.0.1").cache, "no-store");
  r.takes_gzip = true;
  const response zipped = answer(pages, r, "127.0.0.1");
  EXPECT_EQ(zipped.body, "zipped");
  EXPECT_THAT(zipped.fields,
              testing::Contains(testing::Pair("Content-Encoding", "gzip")));
  r.path = "/assets/a-1.js";
  EXPECT_THAT(std::string(answer(pages, r, "127.0.0.1").cache),
              testing::HasSubstr("immutable"));
  r.path = "/assets/b.js";
  EXPECT_EQ(answer(pages, r, "127.0.0.1").status, 404U);
}

TEST(assets, hold_the_built_pages) {
  const auto all = assets();
  if (all.empty())
    GTEST_SKIP() << "built without pages (WEB=OFF)";
  EXPECT_NE(std::ranges::find(all, "/index.html", &asset::path), all.end());
  for (const asset& a : all) {
    EXPECT_FALSE(a.octets.empty()) << a.path;
    EXPECT_TRUE(a.gzip.starts_with("\x1f\x8b")) << a.path;
  }
}

TEST(router, errors_do_not_repeat_what_was_asked) {
  const router pages = made();
  const request r{.method = "GET",
                  .path = "/<script>alert(1)</script>",
                  .query = {},
                  .host = "localhost",
                  .body = {}};
  EXPECT_EQ(answer(pages, r, "127.0.0.1").body, "404 Not Found\n");
}

TEST(pages, health_begins_with_the_worst_and_names_everything) {
  const router pages = made();
  request r{.method = "GET",
            .path = "/healthz",
            .query = {},
            .host = "localhost",
            .body = {}};
  const auto expect = [&](const char* path, int status, const char* body) {
    r.path = path;
    const response got = answer(pages, r, "127.0.0.1");
    EXPECT_EQ(got.status, status) << path;
    EXPECT_EQ(got.body, body);
  };
  expect("/healthz", 200, "ok\nhistory: ok, it is kept\n");
  expect("/ill", 200, "warn\nborder: warn, none\ndisk: ok, room\n");
  expect("/down", 503, "bad\ncertificate: bad, x\nborder: warn, y\n");
}

}  // namespace
}  // namespace mekiki::admin
