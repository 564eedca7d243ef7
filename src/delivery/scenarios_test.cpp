// The public scenarios (docs/conformance.md: cases, traces): whole mails, each
// judged at its time, alone or after those that its account fetched before.
// What differs from the expectations is exactly what that page lists.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "base/ascii.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/test_conformance.hpp"
#include "delivery/desk.hpp"
#include "dns/zone_resolver.hpp"
#include "store/test_store.hpp"
#include "verdict/correspondents.hpp"

namespace mekiki::delivery {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using verdict::level;
using words = std::vector<std::string>;

// ------------------------------------------------------------------- judging

struct nobody final : wait_observer {
  asio::awaitable<bool> on_wait() override { co_return true; }
};

/// A user's mails, in order, each at its time.
class mailbox {
 public:
  /// `account` is "USER%HOST".
  mailbox(std::string folder, const std::string& account)
      : folder_(std::move(folder)) {
    log::start("off", log::format::text);
    const std::size_t at = account.rfind('%');
    user_.from = {.account = account,
                  .login = account.substr(0, at),
                  .upstream = account.substr(at + 1)};
  }

  /// What is judged from now on teaches those after it.
  void keep_history() {
    auto opened = store::open(place_.file(), {.now = clock_,
                                              .deadline = std::chrono::hours(1),
                                              .least_free_disk = 0});
    ASSERT_TRUE(opened);
    history_ = std::move(*opened);
  }

  /// `mail` has the names of its files and its time.
  verdict::judgement receive(const json::object& mail) {
    const auto text = [&](const char* name) {
      return conformance::read(conformance::folder(folder_) /
                               std::string(mail.at(name).as_string()));
    };
    const time_point now(
        std::chrono::seconds(mail.at("now").to_number<std::int64_t>()));
    clock_.advance(now - clock_.now());
    const auto zone = std::move(*dns::parse_zone(text("dns")));
    dkim::key_cache keys;
    settings rules;
    rules.notify.authserv_id = "mekiki.test";
    desk at(std::move(rules), {.verdict = {.resolver = *zone,
                                           .keys = keys,
                                           .clock = clock_,
                                           .history = past(),
                                           .watched = &watched_},
                               .history = history_.get()});
    const auto arriving = at.begin(user_);
    EXPECT_TRUE(arriving->take(text("message")));
    nobody observer;
    auto judged = run(at.judge(arriving, user_, observer));
    if (history_) {
      const mail_id id{.uidl = std::to_string(++number_)};
      run(at.record(user_, *arriving, *judged, id));
      history_->flush();
    }
    return std::move(judged->judgement);
  }

 private:
  verdict::history* past() {
    if (history_)
      return history_.get();
    return &empty_;
  }

  static void run(asio::awaitable<void> work) {
    asio::io_context io{1};
    asio::co_spawn(io, std::move(work), [](const std::exception_ptr& e) {
      if (e)
        std::rethrow_exception(e);
    });
    io.run();
  }
  template <class T>
  static T run(asio::awaitable<T> work) {
    return store::test::result_of(std::move(work));
  }

  std::string folder_;
  verdict::correspondents watched_;  // nobody beside the user's own
  manual_clock clock_{time_point{}};
  store::test::folder place_;
  verdict::empty_history empty_;
  std::unique_ptr<store::store> history_;
  recipient user_;
  int number_ = 0;
};

// ----------------------------------------------------------------- comparing

words words_of(const json::value& v) { return json::value_to<words>(v); }

bool is_any(const words& expected, std::string_view word) {
  return std::ranges::find(expected, word) != expected.end();
}

/// Each result one of the words of an expectation of its own. A mail's
/// signatures may be listed in any order.
bool fit(const words& results, const std::vector<words>& expected) {
  if (results.size() != expected.size())
    return false;
  std::vector<std::size_t> order(expected.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    bool all = true;
    for (std::size_t i = 0; i < order.size(); ++i)
      all = all && is_any(expected[order[i]], results[i]);
    if (all)
      return true;
  } while (std::ranges::next_permutation(order).found);
  return false;
}

/// What is not as `expect` says: "verdict unverified", or "" where all is.
std::string difference(const verdict::judgement& j,
                       const json::object& expect) {
  std::string out;
  const auto note = [&](std::string_view name, std::string_view got) {
    out +=
        (out.empty() ? "" : ", ") + std::string(name) + ' ' + std::string(got);
  };
  const auto compare = [&](const char* name, std::string_view got) {
    const json::value* any = expect.if_contains(std::string(name) + "_any");
    if (any != nullptr && !is_any(words_of(*any), got))
      note(name, got);
  };
  EXPECT_TRUE(j.is_judged());
  const verdict::facts& f = j.known;
  compare("verdict", to_string(j.result.what));
  compare("x_dkim_check", to_string(j.dkim_check));
  compare("spf", to_string(f.spf.outcome.status));
  compare("dmarc", to_string(f.dmarc.status));
  compare("dmarc_policy", f.dmarc.asked ? to_string(*f.dmarc.asked) : "none");
  compare("arc", to_string(f.arc.status));
  if (const json::value* all = expect.if_contains("dkim_any")) {
    words got;
    for (const dkim::signature_result& r : f.dkim)
      got.emplace_back(to_string(r.status));
    std::vector<words> expected;
    for (const json::value& one : all->as_array())
      expected.push_back(words_of(one));
    if (!fit(got, expected))
      note("dkim", testing::PrintToString(got));
  }
  if (const json::value* any = expect.if_contains("reason_mentions_any")) {
    const std::string said = ascii::to_lower(encode(j.result.why));
    if (std::ranges::none_of(words_of(*any), [&](const std::string& word) {
          return said.find(ascii::to_lower(word)) != said.npos;
        }))
      note("reason", j.result.why.code);
  }
  return out;
}

// ------------------------------------------------------------ the exceptions

/// Corpus and case, and how its answer differs.
using differences = std::map<std::string, std::string>;

/// The rows of the page's table that are about `corpus`: cells are corpus,
/// cases, difference, reason.
differences listed(std::string_view corpus) {
  std::istringstream page(
      conformance::read(std::filesystem::path(test_paths::testdata) / ".." /
                        "docs" / "conformance.md"));
  const auto cell = [](std::istream& row) {
    std::string out;
    std::getline(row, out, '|');
    std::erase(out, '`');
    return std::string(ascii::trim(out));
  };
  differences out;
  bool is_here = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("#"))
      is_here = line == "## Where a scenario differs";
    std::istringstream row(line);
    if (!is_here || !cell(row).empty() || cell(row) != corpus)
      continue;
    std::istringstream cases(cell(row));
    const std::string differs = cell(row);
    EXPECT_FALSE(cell(row).empty()) << "no reason: " << line;
    for (std::string one; std::getline(cases, one, ',');)
      EXPECT_TRUE(out.emplace(ascii::trim(one), differs).second) << one;
  }
  return out;
}

class scenarios : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* corpus : {"cases", "traces"}) {
      const auto folder = conformance::folder(corpus);
      if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "NOT RUN: no conformance data at " << folder;
    }
  }

  static json::object read(const std::string& corpus, const char* file) {
    return json::parse(conformance::read(conformance::folder(corpus) / file))
        .as_object();
  }

  void check(const std::string& name, const verdict::judgement& j,
             const json::object& of) {
    names_.insert(name);
    const json::object& expect = of.at("expect").as_object();
    const std::string differs = difference(j, expect);
    if (!differs.empty())
      found_.emplace(name, differs);
  }

  /// Each mail judged by itself.
  void run_alone(const std::string& corpus) {
    const json::object manifest = read(corpus, "MANIFEST.json");
    for (const json::value& v : manifest.at("cases").as_array()) {
      const json::object& c = v.as_object();
      const std::string id(c.at("id").as_string());
      SCOPED_TRACE(id);
      mailbox taro(corpus, std::string(c.at("account").as_string()));
      const verdict::judgement j = taro.receive(c);
      check(id, j, c);
      // Whatever the page says.
      if (c.at("nature").as_string() == "good")
        EXPECT_NE(j.result.what, level::forged);
      if (c.at("nature").as_string() == "forged") {
        EXPECT_NE(j.result.what, level::genuine);
        EXPECT_NE(j.result.what, level::new_);
      }
    }
    EXPECT_EQ(names_.size(), manifest.at("count").to_number<std::size_t>());
    compare_with_list(corpus);
  }

  /// The list may tell of cases that are not there, but of all that differ.
  void compare_with_list(std::string_view corpus) {
    differences all = listed(corpus);
    std::erase_if(all,
                  [&](const auto& row) { return !names_.contains(row.first); });
    EXPECT_EQ(found_, all);
  }

  std::set<std::string> names_;  // of what was judged
  differences found_;
};

TEST_F(scenarios, cases_are_judged_as_expected) { run_alone("cases"); }

TEST_F(scenarios, traces_are_judged_as_expected) { run_alone("traces"); }

TEST_F(scenarios, cases_with_a_past_are_judged_as_expected) {
  const json::object file = read("cases", "CASES-STATEFUL.json");
  for (const json::value& v : file.at("cases").as_array()) {
    const json::object& c = v.as_object();
    const std::string id(c.at("id").as_string());
    SCOPED_TRACE(id);
    ASSERT_FALSE(c.contains("settings")) << "this test knows none";
    mailbox taro("cases", std::string(c.at("account").as_string()));
    taro.keep_history();
    for (const json::value& before : c.at("before").as_array())
      taro.receive(before.as_object());
    check(id, taro.receive(c), c);
  }
  EXPECT_EQ(names_.size(), file.at("count").to_number<std::size_t>());
  compare_with_list("CASES-STATEFUL.json");
}

TEST_F(scenarios, sequences_are_judged_as_expected) {
  const json::object file = read("traces", "SEQUENCES.json");
  std::size_t sequences = 0;
  for (const json::value& v : file.at("sequences").as_array()) {
    const json::object& sequence = v.as_object();
    mailbox taro("traces", std::string(sequence.at("account").as_string()));
    taro.keep_history();
    ++sequences;
    int number = 0;
    for (const json::value& step : sequence.at("steps").as_array()) {
      const std::string name = std::string(sequence.at("id").as_string()) +
                               " step " + std::to_string(++number);
      SCOPED_TRACE(name);
      const verdict::judgement j = taro.receive(step.as_object());
      if (step.as_object().contains("expect"))
        check(name, j, step.as_object());
      else
        EXPECT_NE(j.result.what, level::forged);
    }
  }
  EXPECT_EQ(sequences, file.at("count").to_number<std::size_t>());
  EXPECT_GE(names_.size(), 19U);
  compare_with_list("SEQUENCES.json");
}

}  // namespace
}  // namespace mekiki::delivery
