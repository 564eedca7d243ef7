#include "daemon/seen_domain.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "crypto/digest.hpp"

namespace mekiki::daemon {
namespace {

namespace json = boost::json;
using kind = notify::domain_change::kind;

constexpr std::int64_t told_as_silent = std::int64_t{3} * 3600;
constexpr std::int64_t news_age = 7 * day_seconds;
constexpr std::size_t most_changes = 30;
constexpr std::size_t most_text = 1000;  // octets of a record

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

constexpr std::string_view strangers = "strangers";

/// What is told once in a time: of the domain's own names each record, of all
/// other names the kind of finding alone.
std::string subject_of(std::string_view domain,
                       const notify::domain_change& c) {
  if (c.what != kind::finding && c.what != kind::mended)
    return fmt::format("{} {}", to_string(c.what), c.name);
  const std::string_view owner =
      std::string_view(c.record).substr(0, c.record.find(' '));
  const bool is_own =
      owner == domain ||
      (owner.ends_with(domain) &&
       owner.substr(0, owner.size() - domain.size()).ends_with('.'));
  return is_own ? fmt::format("{} {} {}", to_string(c.what), c.name, c.record)
                : fmt::format("{} {} {}", strangers, to_string(c.what), c.name);
}

/// Whether anything at all is known of the domain.
bool answers_something(const records::domain_report& report) {
  const auto found = answered_records(report);
  return found.contains("MX") || found.contains("SPF") ||
         found.contains("DMARC");
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
  if (const json::value* told = of->if_contains("told")) {
    if (!told->is_object())
      return std::nullopt;
    for (const auto& [what, at] : told->get_object()) {
      if (!at.is_int64())
        return std::nullopt;
      out.told[std::string(what)] = at.get_int64();
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

bool has_all_answers(const records::domain_report& report) {
  return std::ranges::none_of(report.findings, is_silent);
}

seen_domain look_again(const seen_domain& before,
                       const records::domain_report& report, std::int64_t at) {
  const bool is_whole = has_all_answers(report);
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

std::vector<notify::domain_change> take_changes(std::string_view domain,
                                                seen_domain& seen,
                                                std::int64_t now) {
  const auto was_told = [&](const std::string& what, std::int64_t within) {
    const auto at = seen.told.find(what);
    return at != seen.told.end() && at->second > now - within;
  };
  std::erase_if(seen.told, [&](const auto& one) {
    return one.second <= now - news_age || one.second > now;
  });
  std::vector<notify::domain_change> out;
  for (notify::domain_change& c : seen.changes) {
    if (c.told)
      continue;
    const std::string subject = subject_of(domain, c);
    const bool is_strangers = subject.starts_with(strangers);
    if (c.at < now - news_age || !is_news(c) ||
        (is_strangers && was_told(subject, news_age))) {
      c.told = true;
    } else if (!was_told(is_strangers ? std::string(strangers) : subject,
                         day_seconds)) {
      c.told = true;
      out.push_back(c);
    }
  }
  return out;
}

void note_told(std::string_view domain,
               const std::vector<notify::domain_change>& changes,
               std::int64_t at, seen_domain& seen) {
  for (const notify::domain_change& c : changes) {
    const std::string subject = subject_of(domain, c);
    seen.told[subject] = at;
    if (subject.starts_with(strangers))
      seen.told[std::string(strangers)] = at;
  }
}

domain_event event_of(std::string_view domain, const notify::domain_change& c) {
  return {notify::level_of(c),
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
    json::object told;
    for (const auto& [what, at] : seen.told) told[to_utf8(what)] = at;
    out[domain] = json::object{{"grade", seen.grade},
                               {"policy", seen.policy},
                               {"parked", seen.parked},
                               {"checked", seen.checked},
                               {"silent_since", seen.silent_since},
                               {"silence_told", seen.silence_told},
                               {"records", std::move(records)},
                               {"findings", texts(seen.findings)},
                               {"changes", std::move(changes)},
                               {"told", std::move(told)}};
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

}  // namespace mekiki::daemon
