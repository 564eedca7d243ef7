// Looks once a day at the records of the domains in `domains.watch`, and tells
// the log what changed or broke.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/records/check.hpp"
#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "dns/resolver.hpp"

namespace mekiki::daemon {

/// What is remembered of a domain from one look to the next.
struct seen_domain {
  std::string grade;
  /// By name and type, such as "example.jp SPF", the record; for MX the hosts.
  std::map<std::string, std::string> records;
  /// "ID RECORD" of each finding.
  std::vector<std::string> findings;

  bool operator==(const seen_domain&) const = default;
};
using seen_domains = std::map<std::string, seen_domain>;

seen_domain remember(const records::domain_report& report);

/// A line of the log.
struct domain_event {
  enum class severity : std::uint8_t { info, warning, error };
  severity how = severity::info;
  std::string text;

  bool operator==(const domain_event&) const = default;
};

/// What there is to tell after a look; `before` is null at the first one. If
/// the DNS did not answer, nothing else is told than that, and `report` is not
/// to be remembered.
std::vector<domain_event> compare(const seen_domain* before,
                                  const records::domain_report& report);

/// JSON, as it is kept between two runs.
std::string format(const seen_domains& all);
expected<seen_domains, std::string> parse_seen_domains(std::string_view text);

class domain_watch {
 public:
  /// `settings` are those in force, which a reload changes. All outlive this.
  /// Reads which keys of the domains the history knows by now: no SQL is run
  /// later.
  domain_watch(const config::settings& settings, std::filesystem::path state,
               dns::resolver& resolver, const clock& clock);

  /// Looks at the domains that are due: a day after the last look, an hour
  /// after one without an answer. What was seen is kept in the file `domains`
  /// of the state folder.
  boost::asio::awaitable<void> look();

 private:
  boost::asio::awaitable<void> look_at(std::string domain);
  void load();
  void keep() const;

  const config::settings& settings_;
  const std::filesystem::path state_;
  dns::resolver& resolver_;
  const clock& clock_;
  std::map<std::string, std::vector<std::string>> selectors_;  // of keys
  bool loaded_ = false;
  seen_domains seen_;
  std::map<std::string, steady_point> due_;
};

}  // namespace mekiki::daemon
