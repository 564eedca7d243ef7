#include "daemon/deed_log.hpp"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/test_folder.hpp"

namespace mekiki::daemon {
namespace {

admin::deed deed(std::int64_t at, std::string details = "{}") {
  return {.at = at,
          .who = "hanako",
          .from = "192.0.2.1",
          .what = "rules",
          .details = std::move(details)};
}

TEST(deed_log, tells_the_newest_first) {
  const test::folder folder;
  const deed_log log(folder.path() / "admin-log");
  EXPECT_TRUE(log.newest().empty());
  log.note(deed(1, R"({"pattern":"a\"b"})"));
  log.note(deed(2));
  // What was cut off by a crash is no line.
  std::ofstream(folder.path() / "admin-log", std::ios::app) << R"({"at":3,"wh)";
  const auto all = deed_log(folder.path() / "admin-log").newest();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at, 2);
  EXPECT_EQ(all[1].at, 1);
  EXPECT_EQ(all[1].who, "hanako");
  EXPECT_EQ(all[1].from, "192.0.2.1");
  EXPECT_EQ(all[1].what, "rules");
  EXPECT_EQ(all[1].details, R"({"pattern":"a\"b"})");
}

TEST(deed_log, is_bounded_and_goes_on) {
  const test::folder folder;
  const auto file = folder.path() / "admin-log";
  const deed_log log(file);
  const std::string details(4000, 'x');
  constexpr int deeds = 700;  // more than two files hold
  for (int i = 0; i < deeds; ++i) log.note(deed(i, details));
  EXPECT_LE(std::filesystem::file_size(file), deed_log::largest);
  EXPECT_LE(std::filesystem::file_size(folder.path() / "admin-log.1"),
            deed_log::largest);
  const auto all = log.newest();
  ASSERT_EQ(all.size(), deed_log::most_told);
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(all[static_cast<std::size_t>(i)].at, deeds - 1 - i);
}

TEST(deed_log, nothing_is_kept_without_a_file) {
  const deed_log log{{}};
  log.note(deed(1));
  EXPECT_TRUE(log.newest().empty());
}

}  // namespace
}  // namespace mekiki::daemon
