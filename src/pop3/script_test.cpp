// Sessions as text, run as they stand, octet by octet, and with every single
// operation failing.
#include <algorithm>
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

/// One of the two connections fails at every operation in turn, and in every
/// way: broken off, ended, silent.
TEST_P(session_script, survives_a_failure_of_any_operation) {
  const outcome sound = run(GetParam());
  const std::error_code ways[] = {
      std::make_error_code(std::errc::connection_reset),
      {},
      std::make_error_code(std::errc::timed_out)};
  std::set<std::string> told;
  const auto tell = [&](const outcome& o, std::string_view leg, std::size_t n,
                        std::error_code how) {
    for (const std::string& p : o.problems) {
      if (told.insert(p).second)
        ADD_FAILURE() << fmt::format("{} fails at {} ({}): {}", leg, n,
                                     how ? how.message() : "end", p);
    }
  };
  for (const std::error_code how : ways) {
    for (std::size_t n = 1; n <= sound.client_operations; ++n)
      tell(run(GetParam(), {.client_at = n, .error = how}), "the client", n,
           how);
    for (std::size_t n = 1; n <= sound.upstream_operations; ++n)
      tell(run(GetParam(), {.upstream_at = n, .error = how}), "the server", n,
           how);
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
