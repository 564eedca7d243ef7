#include "config/reload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.hpp"
#include "config/setting.hpp"

namespace mekiki::config {
namespace {

// Every setting that takes effect at a restart, at a value of its own, and
// some others.
constexpr std::string_view changed = R"(
state = "elsewhere"
authserv_id = "mx.example.jp"
listen.pop3 = ["127.0.0.1:110"]
listen.pop3s = ["127.0.0.1:995"]
listen.clear_logins = true
admin.listen = ["127.0.0.1:80"]
admin.names = ["mail.example.jp"]
admin.clear = true
admin.metrics_for = ["192.0.2.0/24"]
admin.proxies = ["192.0.2.1"]
admin.connections = 7
admin.deadline = "7s"
tls.names = ["mail.example.jp"]
log.level = "debug"
log.format = "json"
client.idle_timeout = "7m"
client.failed_login_delay = "7s"
dns.resolvers = ["192.0.2.53"]
dns.dnssec = "strict"
dns.trust_anchors = [". DS 1 8 2 00"]
dns.trust_anchor_files = ["anchors"]
dns.deadline = "7s"
dns.budget = "7s"
verdict.watched = ["bank.example"]
milter.listen = ["unix:/run/mekiki/milter.sock"]
milter.connections = 7
history.deadline = "70ms"
history.days = 7
history.keep = "full"
history.memory = "7MiB"
history.least_free_disk = 6
history.octets = "17MiB"
history.sum_days = 7
users.methods = "A"
users.contact = "help@example.jp"
admin.url = "https://mekiki.example.jp/"
warnings.by = "smtp"
warnings.gather = "7m"
warnings.interval = "7m"
warnings.administrators = ["postmaster@example.jp"]
warnings.at_once = true
warnings.digest = "daily"
warnings.digest_at = "07:07"
warnings.language = "ja"
smtp.host = "smtp.example.jp"
smtp.port = 25
smtp.tls = "tls"
smtp.user = "mekiki"
smtp.password_file = "password"
smtp.extra_ca = "ca.pem"
smtp.timeout = "7s"
smtp.from = "mekiki@example.jp"
smtp.dkim_domain = "example.jp"
smtp.dkim_selector = "s"
smtp.dkim_key = "key.pem"
limits.sessions = 7
limits.memory = "77MiB"
limits.threads = 7
limits.hang = "7s"
limits.drain = "7s"
sandbox.enabled = false
[[dns.stub]]
zone = "corp.example"
servers = ["192.0.2.53"]
[[route]]
pattern = "*"
host = "pop.example.jp"
)";

TEST(reload, what_needs_a_restart_stays_and_is_named) {
  const auto given = parse(changed, "/etc/mekiki");
  ASSERT_TRUE(given) << format(given.error().front(), "");
  settings before;
  reloaded r = reload(before, given->settings);

  settings wanted = given->settings;
  const table old_rows = rows_of(before);
  const table new_rows = rows_of(wanted);
  const table in_force = rows_of(r.settings);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < in_force.size(); ++i) {
    const bool waits = in_force[i].changed == effect::restart;
    EXPECT_EQ(in_force[i].value.show(),
              (waits ? old_rows : new_rows)[i].value.show())
        << in_force[i].name;
    if (!waits)
      continue;
    EXPECT_TRUE(given->lines.contains(in_force[i].name) ||
                in_force[i].name == "dns.stub")
        << in_force[i].name << " has no value of its own in this test";
    names.push_back(in_force[i].name);
  }
  EXPECT_THAT(r.waiting, testing::UnorderedElementsAreArray(names));
  EXPECT_TRUE(r.settings.dns.stubs.empty());
  EXPECT_EQ(r.settings.routes.size(), 1U);
}

TEST(reload, the_same_file_changes_nothing) {
  const auto given = parse(changed, "/etc/mekiki");
  ASSERT_TRUE(given);
  EXPECT_THAT(reload(given->settings, given->settings).waiting,
              testing::IsEmpty());
}

}  // namespace
}  // namespace mekiki::config
