#include "daemon/domain_watch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "base/printable.hpp"
#include "base/small_file.hpp"
#include "base/unix_time.hpp"
#include "daemon/state.hpp"
#include "dns/limited_resolver.hpp"
#include "dns/name.hpp"
#include "notify/mail/own_mail.hpp"

namespace mekiki::daemon {
namespace {

constexpr std::chrono::hours pause{24};
constexpr std::chrono::hours pause_without_answer{1};
constexpr std::size_t most_octets = 16 << 20;  // of the file
constexpr std::size_t most_terms = 60;         // of an SPF record
constexpr std::string_view file_name = "domains";

void tell(const domain_event& event) {
  switch (event.how) {
    case records::level::info:
      log::info("{}", event.text);
      break;
    case records::level::warn:
      log::warning("{}", event.text);
      break;
    case records::level::bad:
      log::error("{}", event.text);
      break;
  }
}

/// Of the mailboxes for reports that are looked into the one at that domain, or
/// above it, else the first. A login name that is no address tells none.
std::string address_for_reports(const config::settings& settings,
                                std::string_view domain) {
  std::vector<std::string> accounts = settings.domains.report_accounts;
  for (const config::report_mailbox& m : settings.report_mailboxes)
    accounts.push_back(m.account);
  std::string out;
  for (const std::string& account : accounts) {
    const std::string address = account.substr(0, account.rfind('%'));
    if (!notify::is_plain_address(address))
      continue;
    const std::string at =
        ascii::to_lower(address.substr(address.rfind('@') + 1));
    if (dns::is_subdomain_of(domain, at))
      return address;
    if (out.empty())
      out = address;
  }
  return out;
}

}  // namespace

domain_watch::domain_watch(
    const config::settings& settings, std::filesystem::path state,
    dns::resolver& resolver, const clock& clock, past_source past,
    std::function<void(boost::asio::awaitable<void>)> start)
    : settings_(settings),
      state_(std::move(state)),
      resolver_(resolver),
      clock_(clock),
      past_(std::move(past)),
      start_(std::move(start)) {
  load();
}

void domain_watch::load() {
  const std::filesystem::path file = state_ / file_name;
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))
    return;
  const auto text = read_small_file(file, most_octets);
  auto seen =
      text ? parse_seen_domains(*text)
           : expected<seen_domains, std::string>(unexpected(text.error()));
  if (seen)
    seen_ = std::move(*seen);
  else
    log::warning(
        "{} cannot be read ({}): the watched domains are looked at as "
        "for the first time",
        file.string(), seen.error());
}

void domain_watch::keep() {
  const auto watched = domains();
  const auto is_gone = [&](const auto& of) {
    return std::ranges::find(watched, of.first) == watched.end();
  };
  std::erase_if(seen_, is_gone);
  std::erase_if(reports_, is_gone);
  std::erase_if(due_, is_gone);
  std::string text = format(seen_);
  // The next start has to be able to read it.
  if (text.size() > most_octets) {
    log::warning(
        "the watched domains have more changes than are kept: older ones are "
        "forgotten");
    for (auto& [domain, seen] : seen_)
      seen.changes.erase(
          seen.changes.begin(),
          seen.changes.begin() +
              static_cast<std::ptrdiff_t>((seen.changes.size() + 1) / 2));
    text = format(seen_);
  }
  kept_ = clock_.steady();
  const auto written =
      write_private_file(state_ / file_name, text, existing::replace);
  if (!written)
    log::error("what was seen of the watched domains cannot be kept: {}",
               written.error());
}

std::vector<std::string> domain_watch::domains() const {
  std::vector<std::string> out;
  for (const std::string& domain : settings_.domains.watch) {
    if (std::ranges::find(out, domain) == out.end())
      out.push_back(domain);
  }
  return out;
}

const seen_domain* domain_watch::seen(const std::string& domain) const {
  const auto found = seen_.find(domain);
  return found == seen_.end() ? nullptr : &found->second;
}

std::shared_ptr<const records::domain_report> domain_watch::report(
    const std::string& domain) const {
  const auto found = reports_.find(domain);
  return found == reports_.end() ? nullptr : found->second;
}

bool domain_watch::is_waiting(const std::string& domain) const {
  return asked_.contains(domain) || looks_at_ == domain;
}

std::optional<std::string> domain_watch::next_due() const {
  std::optional<std::string> out;
  for (const std::string& domain : domains()) {
    if (asked_.contains(domain))
      return domain;
    const auto due = due_.find(domain);
    if (!out && (due == due_.end() || clock_.steady() >= due->second))
      out = domain;
  }
  return out;
}

boost::asio::awaitable<void> domain_watch::look_at(std::string domain) {
  // Whatever happens below, it is not tried again at once.
  due_[domain] = clock_.steady() + pause_without_answer;
  records::known_facts known;
  known.keys.now = unix_seconds(clock_.now());
  known.report_address = address_for_reports(settings_, domain);
  if (past_) {
    auto past = co_await past_(domain);
    if (past) {
      known.keys.remembered = std::move(past->keys);
      known.arrived = past->arrived;
    }
  }
  // A key that the history does not know any more, or had no time to tell, is
  // looked at all the same. If it is gone, that is told, once.
  for (const auto& [name, text] : seen_[domain].records) {
    if (name.starts_with("DKIM ")) {
      known.keys.remembered.push_back(
          {name.substr(name.find(' ') + 1), {}, 0, 0});
    }
  }
  dns::limited_resolver limited(resolver_,
                                {.questions = records::most_check_questions,
                                 .time = records::most_check_time,
                                 .clock = &clock_});
  records::domain_report found =
      co_await records::check_domain(domain, std::move(known), limited);
  records::trim(found.spf.root, most_terms);
  const auto report =
      std::make_shared<const records::domain_report>(std::move(found));
  const std::int64_t now = unix_seconds(clock_.now());
  seen_domain& seen = seen_[domain];
  seen_domain after = look_again(seen, *report, now);
  if (!has_all_answers(*report)) {
    tell({records::level::warn,
          fmt::format("domain {}: the DNS did not answer for all of its "
                      "records; what it did not answer counts as before",
                      printable(domain))});
  } else {
    due_[domain] = clock_.steady() + pause;
  }
  for (const notify::domain_change& c : after.changes) {
    const bool is_new = c.at == now;
    if (is_new && std::ranges::find(seen.changes, c) == seen.changes.end()) {
      tell(event_of(domain, c));
      changed_ += c.what == notify::domain_change::kind::record ? 1 : 0;
    }
  }
  seen = std::move(after);
  reports_[domain] = report;
  if (clock_.steady() - kept_ >= std::chrono::minutes(1))
    keep();
}

boost::asio::awaitable<void> domain_watch::look() {
  if (works_)
    co_return;
  // Also where a look throws.
  struct at_work {
    explicit at_work(domain_watch& of) : of_(of) { of_.works_ = true; }
    at_work(const at_work&) = delete;
    at_work& operator=(const at_work&) = delete;
    ~at_work() {
      of_.works_ = false;
      of_.looks_at_.clear();
    }
    domain_watch& of_;
  };
  const at_work now(*this);
  bool is_any = false;
  for (auto domain = next_due(); domain; domain = next_due()) {
    asked_.erase(*domain);
    looks_at_ = *domain;
    co_await look_at(*domain);
    looks_at_.clear();
    is_any = true;
  }
  if (is_any)
    keep();
}

bool domain_watch::look_soon(const std::string& domain) {
  const auto watched = domains();
  if (std::ranges::find(watched, domain) == watched.end())
    return false;
  asked_.insert(domain);
  if (!works_)
    start_(look());
  return true;
}

std::vector<notify::changed_domain> domain_watch::take_news() {
  std::vector<notify::changed_domain> out;
  if (works_)
    return out;
  const std::int64_t now = unix_seconds(clock_.now());
  for (const std::string& domain : domains()) {
    const auto found = seen_.find(domain);
    if (found == seen_.end())
      continue;
    notify::changed_domain news{.domain = domain, .grade = found->second.grade};
    news.changes = take_changes(domain, found->second, now);
    if (!news.changes.empty())
      out.push_back(std::move(news));
  }
  return out;
}

void domain_watch::end_news(const std::vector<notify::changed_domain>& news,
                            bool is_kept) {
  const std::int64_t now = unix_seconds(clock_.now());
  for (const notify::changed_domain& n : news) {
    seen_domain& seen = seen_[n.domain];
    if (is_kept) {
      note_told(n.domain, n.changes, now, seen);
      continue;
    }
    for (const notify::domain_change& told : n.changes) {
      const auto at = std::ranges::find(seen.changes, told);
      if (at != seen.changes.end())
        at->told = false;
    }
  }
  if (is_kept)
    keep();
}

}  // namespace mekiki::daemon
