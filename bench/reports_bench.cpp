// What the dashboard asks of a million report rows: how long each page's data
// takes at worst, how many rows a second were kept before, and how far the
// estimate of their octets is off. 400 days, 10,000 addresses.
//
// usage: reports_bench [DOMAINS [FILE [FLOOD]]]   40 domains if not told; FILE
// is filled where it is not there, and stays; FLOOD reports of 245,000
// addresses each come on top, on as many days
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "store/dashboard_queries.hpp"
#include "store/report_store.hpp"
#include "store/schema.hpp"
#include "store/store.hpp"
#include "store/upkeep.hpp"

namespace {

using namespace mekiki;
namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::int64_t day = 86'400;
constexpr std::int64_t first_day = 20'000;
constexpr std::int64_t days = 400;
constexpr std::int64_t rows = 1'000'000;
constexpr std::int64_t reporters = 6;
constexpr std::uint64_t sources = 10'000;

/// The same for each run (splitmix64).
class dice {
 public:
  std::uint64_t roll(std::uint64_t sides) {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31U)) % sides;
  }

 private:
  std::uint64_t state_ = 1;
};

reports::aggregate_record record(dice& d, const std::string& domain) {
  // Half of all comes from a hundred addresses.
  const std::uint64_t n = d.roll(2) == 0 ? d.roll(100) : d.roll(sources);
  reports::aggregate_record r;
  r.source_ip = fmt::format("10.{}.{}.1", n / 250, n % 250);
  r.count = 1 + d.roll(500);
  const bool passes = n % 10 != 0;
  r.dkim = passes ? "pass" : "fail";
  r.spf = passes && n % 3 != 0 ? "pass" : "fail";
  r.disposition = "none";
  r.header_from = domain;
  r.envelope_from = fmt::format("bounce.esp{}.example", n % 40);
  r.dkim_results = {{.domain = fmt::format("esp{}.example", n % 40),
                     .selector = "s1",
                     .result = "pass",
                     .human_result = ""}};
  r.spf_results = {{.domain = r.envelope_from,
                    .scope = "mfrom",
                    .result = "pass",
                    .human_result = ""}};
  return r;
}

std::string domain_of(std::int64_t number) {
  return fmt::format("own{}.example", number);
}

template <class T>
T check(expected<T, std::string> of) {
  if (!of)
    throw std::runtime_error(of.error());
  return std::move(*of);
}

void fill(const fs::path& file, std::int64_t domains) {
  if (const auto made = store::prepare(file); !made)
    throw std::runtime_error(made.error());
  const manual_clock clock(
      time_point(std::chrono::seconds((first_day + days) * day)));
  const auto kept =
      check(store::report_store::open(file, {.octets = 4ULL << 30U}, clock));
  dice d;
  const auto begun = steady_clock::now();
  const std::int64_t records = rows / (days * domains * reporters);
  for (std::int64_t at = 0; at < days; ++at) {
    for (std::int64_t domain = 0; domain < domains; ++domain) {
      for (std::int64_t reporter = 0; reporter < reporters; ++reporter) {
        reports::aggregate_report a;
        a.org_name = fmt::format("reporter{}.example", reporter);
        a.report_id = fmt::format("{}.{}.{}", at, domain, reporter);
        a.begin = (first_day + at) * day;
        a.end = *a.begin + day - 1;
        a.policy.domain = domain_of(domain);
        a.policy.p = "none";
        for (std::int64_t i = 0; i < records; ++i)
          a.records.push_back(record(d, a.policy.domain));
        check(kept->put({.what = std::move(a), .warnings = {}},
                        {.is_proven = true,
                         .author = fmt::format("r{}.example", reporter)}));
      }
    }
  }
  const std::chrono::duration<double> took = steady_clock::now() - begun;
  fmt::print("kept {:.0f} rows a second\n", rows / took.count());
}

/// As many addresses as a report may have, by an author of any domain.
void flood(const fs::path& file, std::int64_t reports) {
  const manual_clock clock(
      time_point(std::chrono::seconds((first_day + days) * day)));
  const auto kept =
      check(store::report_store::open(file, {.octets = 4ULL << 30U}, clock));
  const auto begun = steady_clock::now();
  for (std::int64_t n = 0; n < reports; ++n) {
    reports::aggregate_report a;
    a.org_name = "forger.example";
    a.report_id = fmt::format("{}", n);
    a.begin = (first_day + days - 1 - n) * day;
    a.end = *a.begin + day - 1;
    a.policy.domain = domain_of(0);
    for (std::uint32_t i = 0; i < 245'000; ++i) {
      reports::aggregate_record& r = a.records.emplace_back();
      r.source_ip = fmt::format("{}.{}.{}.{}", 20 + n, i >> 16U, i >> 8U & 255U,
                                i & 255U);
      r.count = 1'000'000;
      r.dkim = "pass";
    }
    check(kept->put({.what = std::move(a), .warnings = {}},
                    {.is_proven = true, .author = "forger.example"}));
  }
  const std::chrono::duration<double> took = steady_clock::now() - begun;
  fmt::print("{} reports of 245,000 addresses kept in {:.0f} s\n", reports,
             took.count());
}

template <class T>
T result_of(boost::asio::awaitable<std::optional<T>> work) {
  boost::asio::io_context io{1};
  std::optional<T> result;
  boost::asio::co_spawn(
      io, std::move(work),
      [&](const std::exception_ptr& e, std::optional<T> value) {
        if (e)
          std::rethrow_exception(e);
        result = std::move(value);
      });
  io.run();
  if (!result)
    throw std::runtime_error("no answer in time");
  return std::move(*result);
}

void time(const std::string& what, const std::function<void()>& ask) {
  double worst = 0;
  const std::clock_t cpu = std::clock();
  constexpr int rounds = 5;
  for (int i = 0; i < rounds; ++i) {
    const auto begun = steady_clock::now();
    ask();
    worst = std::max(worst, std::chrono::duration<double, std::milli>(
                                steady_clock::now() - begun)
                                .count());
  }
  const double mean =
      1e3 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC / rounds;
  fmt::print("{:<40} {:7.1f} ms at worst, {:7.1f} ms of CPU\n", what, worst,
             mean);
}

void measure(const fs::path& file) {
  {
    const store::sqlite::database db(file, store::sqlite::access::read_only,
                                     std::chrono::seconds(1));
    for (const store::named_count& table : check(store::examine(file)).rows)
      if (table.name.starts_with("report"))
        fmt::print("{:<16} {} rows\n", table.name, table.mails);
    fmt::print("{} MB, estimated {} MB\n", fs::file_size(file) >> 20U,
               store::octets_of_reports(db) >> 20U);
  }
  const manual_clock clock(
      time_point(std::chrono::seconds((first_day + days) * day)));
  store::dashboard_queries queries(file, clock);
  const std::int64_t end = first_day + days;
  std::string address;
  for (const std::int64_t back : {7, 28, 84, 365}) {
    const store::report_period of{end - back, end};
    time(fmt::format("who sends, {} days", back), [&] {
      const auto seen = result_of(queries.sending(domain_of(0), of, {}));
      if (seen.groups.empty())
        throw std::runtime_error("nobody sends");
      address = seen.groups.front().sources.front().address;
    });
    time(fmt::format("an address, {} days", back),
         [&] { result_of(queries.report_source(domain_of(0), address, of)); });
    time(fmt::format("reports, {} days", back),
         [&] { result_of(queries.kept_reports(domain_of(0), of, {})); });
  }
  time("the plan", [&] {
    result_of(queries.sending_plan(domain_of(0), std::nullopt, end - 1));
  });
  time("news of senders",
       [&] { result_of(queries.sending_news(domain_of(0), end - 1)); });
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t domains = argc > 1 ? std::atoi(argv[1]) : 40;
  const fs::path given = argc > 2 ? argv[2] : "";
  const fs::path file =
      given.empty() ? fs::temp_directory_path() / "reports_bench.db" : given;
  try {
    if (given.empty())
      fs::remove(file);
    if (!fs::exists(file))
      fill(file, std::max<std::int64_t>(domains, 1));
    if (argc > 3)
      flood(file, std::atoi(argv[3]));
    measure(file);
    if (given.empty())
      fs::remove(file);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
