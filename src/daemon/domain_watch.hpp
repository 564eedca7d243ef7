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
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/records/check.hpp"
#include "base/clock.hpp"
#include "config/settings.hpp"
#include "daemon/seen_domain.hpp"
#include "dns/resolver.hpp"
#include "notify/mail/domain_mail.hpp"

namespace mekiki::daemon {

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
