// Looks once a day at the records of the domains in `domains.watch`, tells the
// log what changed or broke, and keeps it for the pages and mails that tell it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/records/check.hpp"
#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "dns/resolver.hpp"
#include "notify/mail/domain_mail.hpp"
#include "notify/words/domain_change.hpp"

namespace mekiki::daemon {

/// What is remembered of a domain from one look to the next.
struct seen_domain {
  std::string grade;   // empty: the DNS never answered for it
  std::string policy;  // of DMARC; empty: none, or not known
  bool parked = false;
  std::int64_t checked = 0;  // Unix seconds: the last look
  /// Since when the DNS does not answer for all of its records; 0: it does.
  std::int64_t silent_since = 0;
  bool silence_told = false;
  /// By type, such as "SPF" or "DKIM s1", the record; for MX the hosts. What is
  /// empty is not there, what is missing was never answered. Long ones are cut.
  std::map<std::string, std::string> records;
  /// "ID RECORD" of each finding.
  std::vector<std::string> findings;
  /// The last 30, the newest last; of more, those of records stay longest.
  std::vector<notify::domain_change> changes;

  bool operator==(const seen_domain&) const = default;
};
using seen_domains = std::map<std::string, seen_domain>;

/// After a look at that time, with what changed since `before` at the end of
/// its changes. Where the DNS gave no answer, what was known before stays
/// known: nothing is told as gone or as mended, but all that was answered is
/// compared. So nobody whose name servers a record leads to can keep a change
/// from being told.
seen_domain look_again(const seen_domain& before,
                       const records::domain_report& report, std::int64_t at);

/// A line of the log.
struct domain_event {
  enum class severity : std::uint8_t { info, warning, error };
  severity how = severity::info;
  std::string text;

  bool operator==(const domain_event&) const = default;
};
domain_event event_of(std::string_view domain, const notify::domain_change& c);

/// JSON, as it is kept between two runs. What earlier versions did not keep may
/// be missing.
std::string format(const seen_domains& all);
expected<seen_domains, std::string> parse_seen_domains(std::string_view text);

/// What the history knows of a domain; nothing: it gave no answer.
struct domain_past {
  std::vector<records::remembered_key> keys;
  std::optional<records::arrived_mails> arrived;
};
using past_source =
    std::function<boost::asio::awaitable<std::optional<domain_past>>(
        std::string domain)>;

class domain_watch {
 public:
  /// `settings` are those in force, which a reload changes. All outlive this.
  /// `past` may be null. `start` begins work beside the caller's.
  domain_watch(const config::settings& settings, std::filesystem::path state,
               dns::resolver& resolver, const clock& clock, past_source past,
               std::function<void(boost::asio::awaitable<void>)> start);

  /// Looks at the domains that are due, one after the other: a day after the
  /// last look, an hour after one without an answer. What was seen is kept in
  /// the file `domains` of the state folder. Does nothing while it is at work.
  boost::asio::awaitable<void> look();

  /// Looks at a domain that is watched as soon as the present look has ended.
  /// False: it is not watched.
  bool look_soon(const std::string& domain);

  /// Those of the settings, each once.
  std::vector<std::string> domains() const;
  /// Null: it was not looked at yet.
  const seen_domain* seen(const std::string& domain) const;
  /// Of the last look since the start, of each SPF record the first 60 terms;
  /// null: there was none.
  std::shared_ptr<const records::domain_report> report(
      const std::string& domain) const;
  /// A look at it is wanted, or under way.
  bool is_waiting(const std::string& domain) const;

  /// What no mail has told, of the last 7 days; nothing while it is at work.
  /// Counts as told from now on.
  std::vector<notify::changed_domain> take_news();
  /// That is kept, or it has to be told again.
  void end_news(const std::vector<notify::changed_domain>& news, bool is_kept);

  /// Changes of records since the start.
  std::uint64_t changed() const { return changed_; }

 private:
  boost::asio::awaitable<void> look_at(std::string domain);
  std::optional<std::string> next_due() const;
  void load();
  /// Also forgets what is no longer watched.
  void keep();

  const config::settings& settings_;
  const std::filesystem::path state_;
  dns::resolver& resolver_;
  const clock& clock_;
  const past_source past_;
  const std::function<void(boost::asio::awaitable<void>)> start_;
  bool works_ = false;
  steady_point kept_{};  // when the file was last written
  seen_domains seen_;
  std::map<std::string, std::shared_ptr<const records::domain_report>> reports_;
  std::map<std::string, steady_point> due_;
  std::set<std::string> asked_;  // by look_soon
  std::string looks_at_;
  std::uint64_t changed_ = 0;
};

}  // namespace mekiki::daemon
