#include "daemon/state.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

class state : public testing::Test {
 protected:
  state() {
    std::string name = testing::TempDir() + "mekiki.XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~state() override { fs::remove_all(folder_); }

  static unsigned mode(const fs::path& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777U;
  }
  static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  fs::path folder_;
};

/// Sets an environment variable for as long as it lives.
class variable {
 public:
  variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name))
      before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~variable() { ::setenv(name_, before_.c_str(), 1); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  const char* name_;
  std::string before_;
};

TEST_F(state, folder_is_found_in_order) {
  const fs::path asked = folder_ / "asked";
  const fs::path configured = folder_ / "configured";
  const variable systemd("STATE_DIRECTORY",
                         (folder_ / "systemd").string() + ":/other");
  const variable xdg("XDG_STATE_HOME", (folder_ / "xdg").string());
  const variable home("HOME", (folder_ / "home").string());
  EXPECT_EQ(open_state_folder(asked, configured).value_or(""), asked);
  EXPECT_EQ(open_state_folder("", configured).value_or(""), configured);
  EXPECT_EQ(open_state_folder("", "").value_or(""), folder_ / "systemd");
  {
    const variable none("STATE_DIRECTORY", "");
    EXPECT_EQ(open_state_folder("", "").value_or(""), folder_ / "xdg/mekiki");
    const variable no_xdg("XDG_STATE_HOME", "");
    EXPECT_EQ(open_state_folder("", "").value_or(""),
              folder_ / "home/.local/state/mekiki");
  }
}

TEST_F(state, folder_is_closed_to_others) {
  const auto made = open_state_folder(folder_ / "new", "");
  ASSERT_TRUE(made);
  EXPECT_EQ(mode(*made), 0700U);
  fs::create_directory(folder_ / "open");
  ::chmod((folder_ / "open").c_str(), 0755);
  const auto closed = open_state_folder(folder_ / "open", "");
  ASSERT_TRUE(closed);
  EXPECT_EQ(mode(*closed), 0700U);
  // Once it is ours, it may be closed again.
  std::ofstream(label_secret_file(*closed)) << "x";
  ::chmod(closed->c_str(), 0755);
  ASSERT_TRUE(open_state_folder(*closed, ""));
  EXPECT_EQ(mode(*closed), 0700U);
}

TEST_F(state, folder_of_others_is_left_alone) {
  std::ofstream(folder_ / "something") << "x";
  ::chmod(folder_.c_str(), 0755);
  const auto refused = open_state_folder(folder_, "");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), testing::HasSubstr("holds other things"));
  EXPECT_EQ(mode(folder_), 0755U);
  ::chmod(folder_.c_str(), 0700);
  EXPECT_TRUE(open_state_folder(folder_, ""));
}

TEST_F(state, folder_that_cannot_be) {
  std::ofstream(folder_ / "file") << "x";
  const auto refused = open_state_folder(folder_ / "file", "");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), testing::HasSubstr("is not a folder"));
  EXPECT_FALSE(open_state_folder(folder_ / "file/below", ""));
}

TEST_F(state, private_file_is_never_overwritten_unasked) {
  const fs::path file = folder_ / "key.pem";
  const mode_t before = ::umask(0);
  ASSERT_TRUE(write_private_file(file, "one", existing::keep));
  ::umask(before);
  EXPECT_EQ(mode(file), 0600U);
  const auto refused = write_private_file(file, "two", existing::keep);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), testing::HasSubstr("is there already"));
  EXPECT_EQ(content(file), "one");
  ASSERT_TRUE(write_private_file(file, "two", existing::replace));
  EXPECT_EQ(content(file), "two");
  EXPECT_EQ(mode(file), 0600U);
  // No temporary file stays behind.
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
  EXPECT_FALSE(
      write_private_file(folder_ / "none/key", "x", existing::replace));
}

}  // namespace
}  // namespace mekiki::daemon
