#include "demo/reports.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "reports/report.hpp"
#include "store/report_store.hpp"
#include "store/sender_notes.hpp"
#include "store/sqlite.hpp"

namespace mekiki::demo {
namespace {

constexpr const char* domain = "aozora-card.example";
constexpr std::int64_t days = 56;

/// The days of the wave in demo/history.txt, before the Saturday of this week.
constexpr std::int64_t wave_before_saturday = 9;

struct reporter {
  const char* org;
  const char* author;
  std::uint64_t share;  // of all mails, per cent
};
constexpr std::array<reporter, 3> reporters = {
    reporter{"Kumo Mail", "kumo-mail.example", 50},
    reporter{"post.example", "post.example", 30},
    reporter{"Minato Net", "minato-net.example", 20}};

/// The same for each run.
class dice {
 public:
  std::uint64_t roll(std::uint64_t sides) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33U) % sides;
  }

 private:
  std::uint64_t state_ = 16;
};

enum class passes { both, dkim, neither };

reports::aggregate_record record(const char* address, std::uint64_t count,
                                 passes what, const char* envelope_from) {
  reports::aggregate_record r;
  r.source_ip = address;
  r.count = count;
  r.disposition = "none";
  r.dkim = what == passes::neither ? "fail" : "pass";
  r.spf = what == passes::both ? "pass" : "fail";
  r.header_from = domain;
  r.envelope_from = envelope_from;
  if (what != passes::neither) {
    r.dkim_results.push_back({.domain = domain,
                              .selector = "s2026",
                              .result = "pass",
                              .human_result = ""});
  }
  r.spf_results.push_back(
      {.domain = envelope_from,
       .scope = "mfrom",
       .result = r.envelope_from == "urgent-notice.test" ? "none" : "pass",
       .human_result = ""});
  return r;
}

/// What one reporter saw on a day; `wave` 0: no forgeries.
std::vector<reports::aggregate_record> records_of(dice& d, std::uint64_t share,
                                                  std::int64_t weekday,
                                                  std::uint64_t wave) {
  const std::uint64_t part = weekday == 0 || weekday == 6 ? share / 4 : share;
  std::vector<reports::aggregate_record> out;
  out.push_back(
      record("192.0.2.10", 2 * part + d.roll(40) + 1, passes::both, domain));
  out.push_back(record("198.51.100.40", part + d.roll(15) + 1, passes::both,
                       "bounce.aozora-card.example"));
  // Bills go out on weekdays, from a service that signs as itself.
  if (weekday != 0 && weekday != 6) {
    out.push_back(record("203.0.113.25", share / 4 + d.roll(6) + 1,
                         passes::neither, "bounce.seikyu-bin.example"));
  }
  if (d.roll(3) == 0) {
    reports::aggregate_record forwarded = record(
        "198.51.100.77", 1 + d.roll(4), passes::neither, "forward.example");
    forwarded.reasons.push_back({.type = "forwarded", .comment = ""});
    out.push_back(std::move(forwarded));
    out.push_back(record("198.51.100.77", 2 + d.roll(5), passes::dkim,
                         "forward.example"));
  }
  constexpr std::array forgers = {"203.0.113.201", "203.0.113.202",
                                  "203.0.113.209", "203.0.113.240"};
  for (std::size_t i = 0; wave > 0 && i < forgers.size(); ++i) {
    reports::aggregate_record forged =
        record(forgers.at(i), wave * share / (100 * (i + 1)) + 1,
               passes::neither, "urgent-notice.test");
    if (i == 0)
      forged.disposition = "quarantine";
    out.push_back(std::move(forged));
  }
  return out;
}

reports::report report_of(const reporter& by, std::int64_t day,
                          std::vector<reports::aggregate_record> records) {
  reports::aggregate_report a;
  a.org_name = by.org;
  a.report_id = fmt::format("{}.{}", by.author, day);
  a.begin = day * day_seconds;
  a.end = *a.begin + day_seconds - 1;
  a.policy.domain = domain;
  a.policy.p = "none";
  a.policy.sp = "none";
  a.policy.adkim = "r";
  a.policy.aspf = "r";
  a.records = std::move(records);
  return {.what = std::move(a), .warnings = {}};
}

/// As the DNS of the demonstration would, if it had the reverse zones.
expected<void, std::string> name_sources(store::report_store& to) {
  static const std::map<std::string, std::string> names = {
      {"192.0.2.10", "mail.aozora-card.example"},
      {"198.51.100.40", "out4.sendout.example"},
      {"203.0.113.25", "mta1.seikyu-bin.example"},
      {"198.51.100.77", "mx.forward.example"}};
  const auto open = to.open_sources(names.size() + 10);
  if (!open)
    return unexpected(open.error());
  std::vector<store::report_store::source_names> found;
  for (const auto& source : *open) {
    const auto name = names.find(source.address);
    found.push_back({.id = source.id,
                     .name = name == names.end() ? "" : name->second,
                     .again = std::chrono::days(365),
                     .covers = {}});
    if (source.address == "192.0.2.10")
      found.back().covers.push_back({domain, "ip4:192.0.2.0/28"});
  }
  return to.note_names(found);
}

/// As an administrator did some days ago.
expected<void, std::string> mark_senders(const std::filesystem::path& file,
                                         std::int64_t now) {
  try {
    const store::sqlite::database db(file, store::sqlite::access::read_write,
                                     std::chrono::seconds(5));
    store::put_sender_mark(db, {.domain = domain,
                                .name = "seikyu-bin.example",
                                .of = reports::owner::ours,
                                .note = "our invoices / 請求書の送付",
                                .at = now - 6 * day_seconds,
                                .who = ""});
    return {};
  } catch (const store::sqlite::error& e) {
    return unexpected(std::string(e.what()));
  }
}

}  // namespace

expected<void, std::string> fill_demo_reports(const std::filesystem::path& file,
                                              time_point now) {
  const manual_clock clock(now);
  auto to = store::report_store::open(file, {}, clock);
  if (!to)
    return unexpected(to.error());
  const std::int64_t today = unix_seconds(now) / day_seconds;
  const std::int64_t saturday = today + 6 - (today + 4) % 7;
  const std::int64_t wave_day = saturday - wave_before_saturday;
  dice d;
  for (std::int64_t day = today - days; day < today; ++day) {
    const std::int64_t weekday = (day + 4) % 7;  // 0: Sunday
    const std::uint64_t wave = day == wave_day       ? 900
                               : day == wave_day + 1 ? 300
                                                     : 0;
    for (const reporter& by : reporters) {
      const auto kept =
          (*to)->put(report_of(by, day, records_of(d, by.share, weekday, wave)),
                     {.is_proven = true, .author = by.author});
      if (!kept)
        return unexpected(kept.error());
    }
  }
  // Somebody wants an address of his to look like an old friend.
  const reporter liar{"Kumo Mail", "kumo-mail.invalid", 100};
  const auto lie = (*to)->put(
      report_of(liar, today - 2,
                {record("203.0.113.201", 5'000, passes::both, domain)}),
      {});
  if (!lie)
    return unexpected(lie.error());
  if (auto named = name_sources(**to); !named)
    return named;
  return mark_senders(file, unix_seconds(now));
}

}  // namespace mekiki::demo
