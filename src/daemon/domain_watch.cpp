#include "daemon/domain_watch.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/log.hpp"
#include "base/printable.hpp"
#include "base/small_file.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "crypto/digest.hpp"
#include "daemon/state.hpp"
#include "dns/limited_resolver.hpp"

namespace mekiki::daemon {
namespace {

namespace json = boost::json;
using kind = notify::domain_change::kind;
using severity = domain_event::severity;

constexpr std::chrono::hours pause{24};
constexpr std::chrono::hours pause_without_answer{1};
constexpr std::int64_t told_as_silent = std::int64_t{3} * 3600;
constexpr std::int64_t news_age = 7 * day_seconds;
constexpr std::size_t most_octets = 16 << 20;  // of the file
constexpr std::size_t most_changes = 30;
constexpr std::size_t most_terms = 60;   // of an SPF record
constexpr std::size_t most_text = 1000;  // octets of a record
constexpr std::string_view file_name = "domains";

/// A long record is told from others by its digest.
std::string bounded(std::string text) {
  if (text.size() <= most_text)
    return text;
  const crypto::digest digest =
      crypto::hash(crypto::hash_algorithm::sha256, text);
  const std::string tail =
      fmt::format("... ({} octets, SHA-256 {})", text.size(),
                  to_hex(digest.octets().substr(0, 8)));
  text.resize(most_text);
  return text + tail;
}

std::string joined(std::vector<std::string> parts) {
  std::ranges::sort(parts);
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

bool is_silent(const records::finding& f) {
  return f.id == records::finding_id::dns_no_answer;
}

bool has_no_answer(const records::domain_report& report) {
  return std::ranges::any_of(report.findings, is_silent);
}

std::string key_of(const records::finding& f) {
  return fmt::format("{} {}", to_string(f.id), f.record);
}

/// "spf-syntax example.jp TXT"
std::pair<std::string, std::string> split_key(const std::string& key) {
  const std::size_t space = std::min(key.find(' '), key.size());
  return {key.substr(0, space), key.substr(std::min(space + 1, key.size()))};
}

/// What was answered, by type.
std::map<std::string, std::string> answered_records(
    const records::domain_report& report) {
  std::map<std::string, std::string> out;
  if (!dns::is_temporary(report.mx.status)) {
    std::vector<std::string> hosts;
    hosts.reserve(report.mx.hosts.size());
    for (const records::mx_host& host : report.mx.hosts)
      hosts.push_back(fmt::format("{} {}", host.preference, host.name));
    if (report.mx.null)
      hosts.emplace_back("0 .");
    out["MX"] = joined(std::move(hosts));
  }
  if (report.spf.root.code != spf::errc::dns_unavailable &&
      report.spf.root.code != spf::errc::dns_bogus)
    out["SPF"] = report.spf.root.text;
  const dmarc::record* const dmarc = report.dmarc.record();
  const auto& problem = report.dmarc.found.problem;
  if (dmarc != nullptr)
    out["DMARC"] = dmarc->text;
  else if (problem != dmarc::errc::dns_unavailable &&
           problem != dmarc::errc::dns_bogus)
    out["DMARC"] = "";
  for (const records::dkim_key& key : report.dkim) {
    if (key.code != dkim::errc::key_unavailable &&
        key.code != dkim::errc::key_bogus)
      out["DKIM " + key.selector] = joined(key.texts);
  }
  for (auto& [name, text] : out) text = bounded(std::move(text));
  return out;
}

bool is_key(std::string_view name) { return name.starts_with("DKIM "); }

/// What changed in the records; the new ones are put into `now`.
void compare_records(const seen_domain& before,
                     const records::domain_report& report, seen_domain& now,
                     std::vector<notify::domain_change>& out) {
  std::map<std::string, std::string> found = answered_records(report);
  // A key that nothing is asked about any more, since it is gone.
  for (const auto& [name, text] : before.records) {
    const bool is_asked =
        std::ranges::any_of(report.dkim, [&](const records::dkim_key& key) {
          return name == "DKIM " + key.selector;
        });
    if (is_key(name) && !is_asked)
      found.try_emplace(name, "");
  }
  for (auto& [name, text] : found) {
    const auto was = before.records.find(name);
    const bool is_known = was != before.records.end();
    // Of a new key it is news that somebody signs with it.
    const std::string old = is_known ? was->second : std::string();
    if ((is_known || is_key(name)) && old != text && !before.grade.empty())
      out.push_back(
          {.what = kind::record, .name = name, .was = old, .is = text});
    if (is_key(name) && text.empty())
      now.records.erase(name);
    else
      now.records[name] = std::move(text);
  }
}

/// Who holds a zone that a record leads to may make new findings at each look,
/// and take them back.
constexpr std::size_t most_findings = 300;
constexpr std::size_t most_finding_changes = 20;  // of a look

void compare_findings(const seen_domain& before,
                      const records::domain_report& report, bool is_whole,
                      seen_domain& now,
                      std::vector<notify::domain_change>& out) {
  const auto had = [&before](const std::string& key) {
    return std::ranges::find(before.findings, key) != before.findings.end();
  };
  std::vector<notify::domain_change> found;
  now.findings.clear();
  for (const records::finding& f : report.findings) {
    if (is_silent(f))
      continue;
    std::string key = key_of(f);
    if (!had(key)) {
      found.push_back({.what = kind::finding,
                       .name = std::string(to_string(f.id)),
                       .record = f.record,
                       .facts = f.facts});
    }
    now.findings.push_back(std::move(key));
  }
  for (const std::string& key : before.findings) {
    if (std::ranges::find(now.findings, key) != now.findings.end())
      continue;
    if (!is_whole) {
      if (now.findings.size() < most_findings)
        now.findings.push_back(key);
      continue;
    }
    auto [id, record] = split_key(key);
    found.push_back({.what = kind::mended,
                     .name = std::move(id),
                     .record = std::move(record)});
  }
  // The worst are not among those that are left out.
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return std::tuple(level_of(b), a.name, a.record) <
           std::tuple(level_of(a), b.name, b.record);
  });
  if (found.size() > most_finding_changes)
    found.resize(most_finding_changes);
  std::ranges::move(found, std::back_inserter(out));
  std::ranges::sort(now.findings);
  const auto repeated = std::ranges::unique(now.findings);
  now.findings.erase(repeated.begin(), repeated.end());
}

std::string grade_of(const std::vector<std::string>& findings) {
  auto worst = records::level::info;
  for (const std::string& key : findings) {
    notify::domain_change c{.what = kind::finding};
    c.name = split_key(key).first;
    worst = std::max(worst, notify::level_of(c));
  }
  return std::string(worst == records::level::info ? "ok" : to_string(worst));
}

void note_silence(bool is_whole, std::int64_t at, seen_domain& now,
                  std::vector<notify::domain_change>& out) {
  if (is_whole) {
    if (std::exchange(now.silence_told, false))
      out.push_back({.what = kind::answers});
    now.silent_since = 0;
    return;
  }
  if (now.silent_since == 0)
    now.silent_since = at;
  if (at - now.silent_since >= told_as_silent &&
      !std::exchange(now.silence_told, true))
    out.push_back({.what = kind::silent});
}

/// Whether anything at all is known of the domain.
bool answers_something(const records::domain_report& report) {
  const auto found = answered_records(report);
  return found.contains("MX") || found.contains("SPF") ||
         found.contains("DMARC");
}

severity severity_of(records::level l) {
  switch (l) {
    case records::level::info:
      break;
    case records::level::warn:
      return severity::warning;
    case records::level::bad:
      return severity::error;
  }
  return severity::info;
}

void tell(const domain_event& event) {
  switch (event.how) {
    case severity::info:
      log::info("{}", event.text);
      break;
    case severity::warning:
      log::warning("{}", event.text);
      break;
    case severity::error:
      log::error("{}", event.text);
      break;
  }
}

// The file.

template <class List>
json::array texts(const List& list) {
  json::array out;
  for (const std::string& text : list)
    out.push_back(json::value(to_utf8(text)));
  return out;
}

json::object change_json(const notify::domain_change& c) {
  return {{"what", to_string(c.what)}, {"at", c.at},
          {"name", to_utf8(c.name)},   {"record", to_utf8(c.record)},
          {"was", to_utf8(c.was)},     {"is", to_utf8(c.is)},
          {"facts", texts(c.facts)},   {"told", c.told}};
}

/// Reads members, all of which but the named ones may be missing. `wrong` stays
/// if one has another type.
class member_reader {
 public:
  explicit member_reader(const json::object& of) : of_(of) {}

  void read(std::string_view name, std::string& out) {
    if (const json::value* v = of_.if_contains(name)) {
      if (v->is_string())
        out = std::string(v->get_string());
      else
        wrong_ = true;
    }
  }
  void read(std::string_view name, std::int64_t& out) {
    if (const json::value* v = of_.if_contains(name)) {
      if (v->is_int64())
        out = v->get_int64();
      else
        wrong_ = true;
    }
  }
  void read(std::string_view name, bool& out) {
    if (const json::value* v = of_.if_contains(name)) {
      if (v->is_bool())
        out = v->get_bool();
      else
        wrong_ = true;
    }
  }
  void read(std::string_view name, std::vector<std::string>& out) {
    const json::value* v = of_.if_contains(name);
    if (v == nullptr)
      return;
    wrong_ = wrong_ || !v->is_array();
    if (wrong_)
      return;
    for (const json::value& one : v->get_array()) {
      if (one.is_string())
        out.emplace_back(one.get_string());
      else
        wrong_ = true;
    }
  }
  /// It has to be there.
  const json::value* need(std::string_view name) {
    const json::value* v = of_.if_contains(name);
    wrong_ = wrong_ || v == nullptr;
    return v;
  }
  void fail() { wrong_ = true; }
  bool wrong() const { return wrong_; }

 private:
  const json::object& of_;
  bool wrong_ = false;
};

std::optional<notify::domain_change> read_change(const json::value& value) {
  const json::object* const of = value.if_object();
  if (of == nullptr)
    return std::nullopt;
  member_reader from(*of);
  notify::domain_change c;
  std::string what;
  from.read("what", what);
  from.read("at", c.at);
  from.read("name", c.name);
  from.read("record", c.record);
  from.read("was", c.was);
  from.read("is", c.is);
  from.read("facts", c.facts);
  from.read("told", c.told);
  const auto known = notify::parse_change_kind(what);
  if (!known || from.wrong())
    return std::nullopt;
  c.what = *known;
  return c;
}

std::optional<seen_domain> read_domain(const json::value& value) {
  const json::object* const of = value.if_object();
  if (of == nullptr)
    return std::nullopt;
  member_reader from(*of);
  seen_domain out;
  from.need("grade");
  from.need("findings");
  from.read("grade", out.grade);
  from.read("policy", out.policy);
  from.read("parked", out.parked);
  from.read("checked", out.checked);
  from.read("silent_since", out.silent_since);
  from.read("silence_told", out.silence_told);
  from.read("findings", out.findings);
  if (const json::value* records = from.need("records")) {
    if (!records->is_object())
      return std::nullopt;
    for (const auto& [name, record] : records->get_object()) {
      if (!record.is_string())
        return std::nullopt;
      out.records[std::string(name)] = std::string(record.get_string());
    }
  }
  if (const json::value* changes = of->if_contains("changes")) {
    if (!changes->is_array())
      return std::nullopt;
    for (const json::value& one : changes->get_array()) {
      auto c = read_change(one);
      if (!c)
        return std::nullopt;
      out.changes.push_back(std::move(*c));
    }
  }
  if (from.wrong())
    return std::nullopt;
  return out;
}

}  // namespace

seen_domain look_again(const seen_domain& before,
                       const records::domain_report& report, std::int64_t at) {
  const bool is_whole = !has_no_answer(report);
  seen_domain now = before;
  now.checked = at;
  std::vector<notify::domain_change> changes;
  note_silence(is_whole, at, now, changes);
  if (answers_something(report) || !report.exists) {
    const bool is_first = before.grade.empty();
    if (is_first)
      changes.push_back({.what = kind::watched});
    const std::size_t first = changes.size();
    compare_records(before, report, now, changes);
    compare_findings(before, report, is_whole, now, changes);
    now.grade = grade_of(now.findings);
    if (is_first)
      changes[first - 1].is = now.grade;
    else if (now.grade != before.grade)
      changes.push_back(
          {.what = kind::grade, .was = before.grade, .is = now.grade});
    if (is_whole) {
      now.parked = records::is_parked(report);
      now.policy = report.dmarc.policy
                       ? std::string(to_string(*report.dmarc.policy))
                       : std::string();
    }
    // What was there at first is on the page; a mail tells what changes.
    for (notify::domain_change& c : changes) c.told = is_first;
  }
  for (notify::domain_change& c : changes) {
    c.at = at;
    now.changes.push_back(std::move(c));
  }
  // Records are the domain's own, all else may be a stranger's doing.
  while (now.changes.size() > most_changes) {
    const auto other = std::ranges::find_if(
        now.changes, [](const auto& c) { return c.what != kind::record; });
    now.changes.erase(other == now.changes.end() ? now.changes.begin() : other);
  }
  return now;
}

domain_event event_of(std::string_view domain, const notify::domain_change& c) {
  return {severity_of(notify::level_of(c)),
          fmt::format("domain {}: {}", printable(domain),
                      words_of(c, notify::language::english).text)};
}

std::string format(const seen_domains& all) {
  json::object out;
  for (const auto& [domain, seen] : all) {
    json::object records;
    for (const auto& [name, text] : seen.records)
      records[to_utf8(name)] = to_utf8(text);
    json::array changes;
    for (const notify::domain_change& c : seen.changes)
      changes.push_back(change_json(c));
    out[domain] = json::object{{"grade", seen.grade},
                               {"policy", seen.policy},
                               {"parked", seen.parked},
                               {"checked", seen.checked},
                               {"silent_since", seen.silent_since},
                               {"silence_told", seen.silence_told},
                               {"records", std::move(records)},
                               {"findings", texts(seen.findings)},
                               {"changes", std::move(changes)}};
  }
  return serialize(out) + "\n";
}

expected<seen_domains, std::string> parse_seen_domains(std::string_view text) {
  json::error_code failed;
  const json::value value = json::parse(text, failed);
  const auto wrong = [] {
    return unexpected(std::string("it is not as it was written"));
  };
  if (failed || !value.is_object())
    return wrong();
  seen_domains out;
  for (const auto& [domain, of] : value.get_object()) {
    auto seen = read_domain(of);
    if (!seen)
      return wrong();
    out[std::string(domain)] = std::move(*seen);
  }
  return out;
}

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
    if (is_key(name)) {
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
  if (has_no_answer(*report)) {
    tell({severity::warning,
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
      changed_ += c.what == kind::record ? 1 : 0;
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
  const std::int64_t oldest = unix_seconds(clock_.now()) - news_age;
  for (const std::string& domain : domains()) {
    const auto found = seen_.find(domain);
    if (found == seen_.end())
      continue;
    notify::changed_domain news{.domain = domain, .grade = found->second.grade};
    for (notify::domain_change& c : found->second.changes) {
      if (std::exchange(c.told, true) || c.at < oldest || !is_news(c))
        continue;
      news.changes.push_back(c);
    }
    if (!news.changes.empty())
      out.push_back(std::move(news));
  }
  return out;
}

void domain_watch::end_news(const std::vector<notify::changed_domain>& news,
                            bool is_kept) {
  if (is_kept) {
    keep();
    return;
  }
  for (const notify::changed_domain& n : news) {
    seen_domain& seen = seen_[n.domain];
    for (const notify::domain_change& told : n.changes) {
      const auto at = std::ranges::find(seen.changes, told);
      if (at != seen.changes.end())
        at->told = false;
    }
  }
}

}  // namespace mekiki::daemon
