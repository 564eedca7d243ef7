#include "daemon/readable_files.hpp"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Not;

TEST(readable_files, authorities_are_read_where_their_links_lead) {
  const test::folder dir;
  const fs::path certs = dir.path() / "certs";
  const fs::path packaged = dir.path() / "packaged";
  fs::create_directories(certs);
  fs::create_directories(packaged);
  std::ofstream(packaged / "a.crt") << "x";
  fs::create_symlink("../packaged/a.crt", certs / "a.pem");
  fs::create_symlink("a.pem", certs / "12345678.0");
  fs::create_symlink("/nonexistent/b.crt", certs / "b.pem");
  std::ofstream(packaged / "key.pem") << "x";
  const fs::path of_a_package =
      "/usr/share/publicsuffix/public_suffix_list.dat";
  fs::create_symlink(of_a_package, certs / "c.pem");
  ::setenv("SSL_CERT_DIR", certs.c_str(), 1);
  const auto got = readable_files({});
  ::unsetenv("SSL_CERT_DIR");
  EXPECT_THAT(got, Contains(certs));
  EXPECT_THAT(got, Contains(of_a_package.parent_path()));
  EXPECT_THAT(got, Contains(fs::canonical(packaged / "a.crt")));
  EXPECT_THAT(got, Not(Contains(fs::canonical(packaged))));
  // The folders of all that is there are none that hold secrets.
  EXPECT_THAT(got, Each(testing::AllOf(
                       Not(fs::path("/etc")), Not(fs::path("/")),
                       Not(fs::path("/nonexistent")), Not(fs::path("")))));
}

TEST(readable_files, those_of_the_settings_are_among_them) {
  config::settings settings;
  settings.users.templates = "/etc/mekiki/texts";
  settings.dns.trust_anchor_files = {"/etc/mekiki/anchors"};
  settings.tls.certificate = "/etc/mekiki/chain.pem";
  settings.tls.key = "/etc/mekiki/key.pem";
  ::setenv("SSL_CERT_FILE", "/etc/authorities.pem", 1);
  const auto got = readable_files(settings);
  EXPECT_THAT(got, Contains(fs::path("/etc/mekiki/texts")));
  EXPECT_THAT(files_by_name(settings, "/etc/mekiki.toml"),
              ElementsAre("/etc/resolv.conf", "/etc/hosts", "/etc/mekiki.toml",
                          "/etc/mekiki/chain.pem", "/etc/mekiki/key.pem",
                          "/etc/mekiki/anchors", "/etc/authorities.pem"));
  ::unsetenv("SSL_CERT_FILE");
}

TEST(readable_files, others_need_a_restart) {
  config::settings before;
  before.users.templates = "/a";
  config::settings now = before;
  now.history.days = 1;
  EXPECT_THAT(settings_that_need_a_restart(before, now), testing::IsEmpty());
  now.users.templates = "/b";
  now.tls.key = "/c";
  EXPECT_THAT(settings_that_need_a_restart(before, now),
              ElementsAre("tls.key", "users.templates"));
  // A password file that was named at the start may be read again.
  before.report_mailboxes = {{.account = "a", .password_file = "/p"}};
  now = before;
  now.report_mailboxes.push_back({.account = "b", .password_file = "/p"});
  EXPECT_THAT(settings_that_need_a_restart(before, now), testing::IsEmpty());
  now.report_mailboxes[1].password_file = "/q";
  EXPECT_THAT(settings_that_need_a_restart(before, now),
              ElementsAre("reports.password_file"));
}

}  // namespace
}  // namespace mekiki::daemon
