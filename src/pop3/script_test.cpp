// Sessions as text, run as they stand, octet by octet, and with every single
// operation failing.
#include <algorithm>
#include <cstdlib>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_paths.hpp"
#include "pop3/test_script.hpp"

namespace mekiki::pop3::test {
namespace {

const std::vector<script>& scripts() {
  static const auto all = read_scripts(
      std::filesystem::path(test_paths::testdata) / "pop3" / "sessions");
  return all;
}

class session_script : public testing::TestWithParam<script> {};

void check(const outcome& o, std::string_view when) {
  for (const std::string& p : o.problems) ADD_FAILURE() << when << ": " << p;
}

TEST_P(session_script, goes_as_written) {
  check(run(GetParam()), "as written");
}

TEST_P(session_script, goes_as_written_octet_by_octet) {
  check(run(GetParam(), {.piece = 1}), "octet by octet");
}

/// The operations, of `count`, that fail in turn: all, but of very long
/// sessions the first ones and samples. MEKIKI_ALL_FAILURES=1: all.
std::vector<std::size_t> operations(std::size_t count) {
  constexpr std::size_t most = 100;
  constexpr std::size_t first = 50;
  static const bool all = std::getenv("MEKIKI_ALL_FAILURES") != nullptr;
  std::vector<std::size_t> out;
  for (std::size_t n = 1; n <= count;) {
    out.push_back(n);
    n += all || count <= most || n < first ? 1
                                           : (count - n) / (most - first) + 1;
  }
  return out;
}

/// One of the two connections fails at every operation in turn: it is broken
/// off, ended or silent (with MEKIKI_ALL_FAILURES=1, each of the three).
TEST_P(session_script, survives_a_failure_of_any_operation) {
  static const bool all = std::getenv("MEKIKI_ALL_FAILURES") != nullptr;
  const outcome sound = run(GetParam());
  const std::error_code ways[] = {
      std::make_error_code(std::errc::connection_reset),
      {},
      std::make_error_code(std::errc::timed_out)};
  std::set<std::string> told;
  const auto fail = [&](const trouble& t, std::size_t n) {
    for (const std::string& p : run(GetParam(), t).problems) {
      if (!told.insert(p).second)
        continue;
      ADD_FAILURE() << fmt::format(
          "operation {} of the {}'s connection fails ({}): {}", n,
          t.client_at > 0 ? "client" : "server",
          t.error ? t.error.message() : "end of stream", p);
    }
  };
  for (std::size_t way = 0; way < std::size(ways); ++way) {
    for (const std::size_t n : operations(sound.client_operations)) {
      if (all || n % std::size(ways) == way)
        fail({.client_at = n, .error = ways[way]}, n);
    }
    for (const std::size_t n : operations(sound.upstream_operations)) {
      if (all || n % std::size(ways) == way)
        fail({.upstream_at = n, .error = ways[way]}, n);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(sessions, session_script, testing::ValuesIn(scripts()),
                         [](const testing::TestParamInfo<script>& info) {
                           std::string name = info.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace

void PrintTo(const script& s, std::ostream* out) { *out << s.name; }

}  // namespace mekiki::pop3::test
