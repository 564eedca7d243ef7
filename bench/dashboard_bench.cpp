// What the dashboard asks of a history of a million mails: how long each
// question takes at worst, and how many mails a second were written before.
// 90 days, 200 accounts of which one has a tenth of all, 100,000 author
// domains, 2 % forged with header and story. Addresses and subjects are kept
// of all, and each host and two of three subjects occur once or twice.
//
// usage: dashboard_bench [FILE]   FILE is filled where it is not there, and
// stays
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "store/dashboard_queries.hpp"
#include "store/store.hpp"

namespace {

using namespace mekiki;
namespace fs = std::filesystem;
using std::chrono::steady_clock;
using verdict::level;

constexpr std::int64_t start = 1'772'323'200;
constexpr std::int64_t day = 86'400;
constexpr std::int64_t days = 90;
constexpr int mails = 1'000'000;
// Whatever the default of history.octets: none is to make room.
constexpr std::uint64_t most_octets = 4ULL << 30U;
constexpr std::int64_t end = start + days * day;

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

std::string account_of(std::uint64_t number) {
  return fmt::format("user{}%pop.example.jp", number);
}

/// A few send most.
std::string domain_of(dice& d) {
  const std::uint64_t number = d.roll(10) < 6 ? d.roll(300) : d.roll(100'000);
  return number % 7 == 3 ? fmt::format("mail.d{}.example", number)
                         : fmt::format("d{}.example", number);
}

/// 70 to 100 octets in UTF-8.
std::string subject_of(dice& d) {
  constexpr std::array shapes = {
      "【重要】ご利用内容の確認について（受付番号 {}）",
      "【お知らせ】今月の明細ができました No.{}",
      "Re: Minutes of the meeting about project {}, second draft",
      "Your order {} has been shipped and will arrive tomorrow"};
  return fmt::format(fmt::runtime(shapes[d.roll(shapes.size())]),
                     d.roll(mails));
}

store::mail_event mail(int number, dice& d) {
  store::mail_event e;
  e.account = account_of(d.roll(10) == 0 ? 0 : d.roll(200));
  e.upstream = "pop.example.jp";
  e.uidl = fmt::format("{:020}", number);
  e.digest = fmt::format(
      "{:064x}", 0x9e3779b97f4a7c15U * static_cast<unsigned long>(number + 1));
  e.fetched = e.counted = start + number * (days * day / mails) +
                          number * (days * day % mails) / mails;
  e.author_domain = domain_of(d);
  e.author = "info@" + e.author_domain;
  e.subject = subject_of(d);
  if (number == mails / 3)
    e.subject = "ほしぞら銀行からの大切なご連絡";
  e.host =
      fmt::format("198.{}.{}.{}", 18 + d.roll(2), d.roll(256), d.roll(256));
  e.certain = true;
  e.checks = {
      {"dkim",
       "pass",
       "",
       {{"header.d", e.author_domain},
        {"header.s", "s1"},
        {"header.b", "abcdefgh"}}},
      {"spf", "pass", "", {{"smtp.mailfrom", "bounce@" + e.author_domain}}},
      {"dmarc", "pass", "", {{"header.from", e.author_domain}}}};
  if (d.roll(50) == 0) {
    e.result.what = level::forged;
    e.result.why.code = "dmarc-fail";
    e.dkim_check = e.dmarc = "fail";
    e.subject = "Your account is going to be closed";
    for (int i = 0; i < 60; ++i)
      e.header += fmt::format("X-Field-{}: some words of a header field\n", i);
    e.story = e.header + e.header;
    return e;
  }
  e.result.what = level::new_;
  e.result.why.code = "new-sender";
  e.dkim_check = e.dmarc = "pass";
  e.is_proven = true;
  e.signers = {e.author_domain};
  e.habit = store::habit_day::proven;
  verdict::remembered_key key;
  key.name = "s1._domainkey." + e.author_domain;
  key.text = "v=DKIM1; k=rsa; p=" + std::string(392, 'A');
  e.keys = {key};
  return e;
}

void fill(const fs::path& file, const mekiki::clock& now) {
  auto opened = store::open(file, {.now = now,
                                   .texts = store::text_retention::of_all,
                                   .octets = most_octets});
  if (!opened)
    throw std::runtime_error(opened.error());
  store::store& s = **opened;
  dice d;
  // What is old goes every 6 hours, by the times of the mails: here but once.
  store::mail_event last = mail(mails, d);
  last.fetched = end;
  s.note(std::move(last));
  s.flush();
  const auto began = steady_clock::now();
  auto piece = began;
  double slowest = 1e9;
  for (int i = 0; i < mails; ++i) {
    s.note(mail(i, d));
    // No faster than the writer: nothing may be dropped here.
    if (i % 5'000 == 4'999)
      s.flush();
    if (i % 50'000 == 49'999) {
      const std::chrono::duration<double> took = steady_clock::now() - piece;
      slowest = std::min(slowest, 50'000 / took.count());
      piece = steady_clock::now();
    }
  }
  const std::chrono::duration<double> took = steady_clock::now() - began;
  const store::lost_events lost = s.lost();
  if (lost.queue_full + lost.not_written > 0)
    throw std::runtime_error("events were lost");
  for (int i = 0; i < 1'000; ++i) {
    store::kept_rule r;
    r.account = account_of(static_cast<std::uint64_t>(i) % 200);
    r.what.pattern = fmt::format("*@d{}.example", i);
    if (i % 50 == 0 && !s.blocking().add_rule(r))
      throw std::runtime_error("no rule");
  }
  opened->reset();
  fmt::print(
      "written: {:.0f} mails a second, {:.0f} in the slowest 50,000; "
      "{} octets of disk a mail\n",
      mails / took.count(), slowest, fs::file_size(file) / mails);
}

template <class T>
T result_of(boost::asio::awaitable<std::optional<T>> work) {
  boost::asio::io_context io{1};
  std::optional<T> result;
  boost::asio::co_spawn(
      io, std::move(work),
      [&](const std::exception_ptr& e, std::optional<T> value) {
        if (!e)
          result = std::move(value);
      });
  io.run();
  if (!result)
    throw std::runtime_error("no answer");
  return std::move(*result);
}

double worst_of_all = 0;

double cpu_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 +
         static_cast<double>(t.tv_nsec) / 1e6;
}

/// `ask` answers how many rows it got.
void measure(std::string_view name, const std::function<std::size_t()>& ask) {
  double worst = 0;
  double cpu = 0;
  std::size_t rows = 0;
  for (int i = 0; i < 5; ++i) {
    const double cpu_before = cpu_ms();
    const auto began = steady_clock::now();
    rows = ask();
    const std::chrono::duration<double, std::milli> took =
        steady_clock::now() - began;
    worst = std::max(worst, took.count());
    cpu = std::max(cpu, cpu_ms() - cpu_before);
  }
  worst_of_all = std::max(worst_of_all, worst);
  fmt::print("{:7.1f} ms  {:7.1f} of CPU  {:>4} rows  {}\n", worst, cpu, rows,
             name);
}

void measure_mails(store::dashboard_queries& b, std::string_view name,
                   const store::mail_filter& which) {
  measure(fmt::format("mails: {}", name),
          [&] { return result_of(b.mails(which, "", 50)).mails.size(); });
  // On to the end, or far enough.
  double worst = 0;
  std::string cursor;
  int pages = 0;
  do {
    const auto began = steady_clock::now();
    cursor = result_of(b.mails(which, cursor, 200)).next;
    const std::chrono::duration<double, std::milli> took =
        steady_clock::now() - began;
    worst = std::max(worst, took.count());
  } while (++pages < 50 && !cursor.empty());
  worst_of_all = std::max(worst_of_all, worst);
  fmt::print("{:7.1f} ms                   {:>4} pages of it\n", worst, pages);
}

void measure_searches(store::dashboard_queries& b) {
  using filter = store::mail_filter;
  const auto search = [&](std::string_view typed, filter which) {
    which.search = store::read_search(typed).value();
    which.finds_accounts = which.account.empty();
    measure_mails(b, fmt::format("with \"{}\"", typed), which);
    measure(fmt::format("count of mails with \"{}\"", typed), [&] {
      const store::mail_total all = result_of(b.count(which));
      if (!all.is_whole)
        fmt::print("not counted to the end:\n");
      return static_cast<std::size_t>(all.mails);
    });
  };
  search("銀行", {});
  search("銀", {});
  search("重要", {});
  search("nowhere", {});
  search("ex", {});
  search("d98765.example", {});
  search("198.18.77.7", {});
  search("dmarc-fail", {});
  search("user17%", {});
  search("minutes draft 4711", {});
  search("銀行", {.account = account_of(0)});
  search("銀行", {.account = account_of(17)});
  search("closed", {.levels = {level::forged}});
  search("nowhere", {.domain = "d7.example"});
  measure("count of all mails", [&] {
    return static_cast<std::size_t>(result_of(b.count({})).mails);
  });
  measure("count of the busiest account's", [&] {
    return static_cast<std::size_t>(
        result_of(b.count({.account = account_of(0)})).mails);
  });
}

void measure_all(store::dashboard_queries& b) {
  measure_searches(b);
  using filter = store::mail_filter;
  const std::string busy = account_of(0);
  const std::string other = account_of(17);
  measure_mails(b, "all", {});
  measure_mails(b, "forged", {.levels = {level::forged}});
  measure_mails(b, "forged, altered, unverified",
                {.levels = {level::forged, level::altered, level::unverified}});
  measure_mails(b, "altered, of which there are none",
                {.levels = {level::altered}});
  measure_mails(b, "of an account", {.account = other});
  measure_mails(b, "of the busiest account", {.account = busy});
  measure_mails(b, "forged of an account",
                {.levels = {level::forged}, .account = other});
  measure_mails(b, "forged of the busiest account",
                {.levels = {level::forged}, .account = busy});
  measure_mails(b, "altered of the busiest account",
                {.levels = {level::altered}, .account = busy});
  measure_mails(b, "of an account there is not", {.account = "nobody%x"});
  measure_mails(b, "of a busy domain", filter{.domain = "d7.example"});
  measure_mails(b, "of a rare domain", filter{.domain = "d98765.example"});
  measure_mails(b, "of a domain there is not", filter{.domain = "x.invalid"});
  measure_mails(b, "below a top domain", filter{.domain = "example"});
  measure_mails(
      b, "forged below a top domain, of an account",
      {.levels = {level::forged}, .domain = "example", .account = other});
  measure_mails(
      b, "forged of a busy domain, of an account",
      {.levels = {level::forged}, .domain = "d7.example", .account = other});
  measure_mails(b, "of an hour 60 days ago",
                {.from = start + 30 * day, .to = start + 30 * day + 3'600});
  measure_mails(
      b, "of an account on a day 60 days ago",
      {.account = other, .from = start + 30 * day, .to = start + 31 * day});
  const auto all = result_of(b.mails({}, "", 50));
  measure("mail", [&] {
    const auto id = all.mails.front().id;
    const auto found = result_of(b.mail(id, "", store::shown_texts::of_all));
    return std::size_t{found.has_value()};
  });

  const auto domains = [&](std::string_view name,
                           const store::dashboard_queries::domain_filter& which,
                           store::page_range r = {}) {
    measure(fmt::format("domains: {}", name),
            [&] { return result_of(b.domains(which, r)).rows.size(); });
  };
  domains("all", {});
  domains("200", {}, {.limit = 200});
  domains("behind 10,000", {}, {.offset = 10'000});
  domains("behind 99,000", {}, {.offset = 99'000});
  domains("known", {.only_known = true});
  domains("with a search", {.search = "98765"});
  domains("with a search without hits", {.search = "nowhere"});
  domains("of an account", {.scope = other});
  domains("of the busiest, without hits", {.search = "nowhere", .scope = busy});
  measure("domain: a busy one",
          [&] { return result_of(b.domain("d7.example", "")).size(); });
  measure("domain: of an account",
          [&] { return result_of(b.domain("d7.example", other)).size(); });
  measure("keys", [&] { return result_of(b.keys("", {})).rows.size(); });
  measure("keys: behind 50,000", [&] {
    return result_of(b.keys("", {.offset = 50'000})).rows.size();
  });
  measure("keys: without hits",
          [&] { return result_of(b.keys("nowhere", {})).rows.size(); });
  measure("people", [&] { return result_of(b.people({})).rows.size(); });
  measure("people: 200",
          [&] { return result_of(b.people({.limit = 200})).rows.size(); });
  const std::int64_t today = end / day;
  measure("sums: 730 days", [&] {
    return result_of(b.sums("", today - 730, today + 1)).days.size();
  });
  measure("sums: 730 days of an account", [&] {
    return result_of(b.sums(other, today - 730, today + 1)).days.size();
  });
  measure("busiest: 730 days",
          [&] { return result_of(b.busiest(today - 730, today + 1)).size(); });
  measure("rules", [&] { return result_of(b.rules("")).size(); });
  measure("judged: 30 days of the busiest",
          [&] { return result_of(b.judged(busy, end - 30 * day)).size(); });
  measure("user", [&] { return result_of(b.user(busy)).recent.size(); });
  measure("tokens of an account",
          [&] { return result_of(b.access_of(busy)).tokens.size(); });
  measure("a token that is none",
          [&] { return result_of(b.account_of_token("none")).size(); });
}

int run(const std::optional<fs::path>& given) {
  std::string name = (fs::temp_directory_path() / "mekiki-XXXXXX").string();
  if (!given && ::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  const fs::path file = given.value_or(fs::path(name) / "bench.db");
  const manual_clock now{time_point(std::chrono::seconds(end))};
  if (!fs::exists(file))
    fill(file, now);
  // As in the program: the store has the file open, too.
  auto kept = store::open(file, {.now = now,
                                 .texts = store::text_retention::of_all,
                                 .octets = most_octets});
  auto opened = store::open_dashboard_queries(file, {.now = now});
  if (!kept || !opened)
    throw std::runtime_error(kept ? opened.error() : kept.error());
  measure_all(**opened);
  fmt::print("{:7.1f} ms  at worst\n", worst_of_all);
  opened->reset();
  kept->reset();
  if (!given)
    fs::remove_all(name);
  return worst_of_all < 200 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count > 1 ? std::optional<fs::path>(words[1]) : std::nullopt);
  } catch (const std::exception& e) {
    fmt::print(stderr, "dashboard_bench: {}\n", e.what());
    return 2;
  }
}
