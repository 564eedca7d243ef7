// The store: events noted a second, until they are in the database, and what a
// question costs. 100,000 mails of 2,000 author domains to 20 accounts, over 60
// days; each brings a key and a display name.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "store/store.hpp"

namespace {

using namespace mekiki;
namespace fs = std::filesystem;

constexpr std::int64_t start = 1'772'323'200;
constexpr int mails = 100'000;

std::string domain_of(int number) {
  return fmt::format("d{}.example", number % 2'000);
}
std::string account_of(int number) {
  return fmt::format("user{}%pop.example.jp", number % 20);
}

store::mail_event mail(int number) {
  const std::string domain = domain_of(number / 20);
  store::mail_event e;
  e.account = account_of(number);
  e.upstream = "pop.example.jp";
  e.uidl = fmt::format("{:020}", number);
  e.digest = fmt::format(
      "{:032x}", 0x9e3779b97f4a7c15U * static_cast<unsigned long>(number + 1));
  e.fetched = start + number;
  e.counted = e.fetched - (number * 7 % 60) * std::int64_t{86'400};
  e.result.what = verdict::level::new_;
  e.result.why.code = "new-sender";
  e.dkim_check = e.dmarc = "pass";
  e.author_domain = domain;
  e.is_proven = e.certain = true;
  e.signers = {domain};
  e.habit = store::habit_day::proven;
  e.display_name = "Customer Service of " + domain;
  verdict::remembered_key key;
  key.name = "s1._domainkey." + domain;
  key.text = "v=DKIM1; k=rsa; p=" + std::string(392, 'A');
  e.keys = {key};
  return e;
}

class history {
 public:
  history() {
    std::string name = (fs::temp_directory_path() / "mekiki-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    folder_ = name;
    auto opened = store::open(folder_ / "bench.db", {.now = clock_});
    if (!opened)
      throw std::runtime_error(opened.error());
    store_ = std::move(*opened);
  }
  ~history() {
    store_.reset();
    fs::remove_all(folder_);
  }
  history(const history&) = delete;
  history& operator=(const history&) = delete;

  store::store& operator*() { return *store_; }

  /// No faster than the writer: nothing may be dropped here.
  void fill() {
    for (int i = 0; i < mails; ++i) {
      store_->note(mail(i));
      if (i % 10'000 == 9'999)
        store_->flush();
    }
    const store::lost_events lost = store_->lost();
    if (lost.queue_full + lost.not_written > 0)
      throw std::runtime_error("events were lost");
  }
  double octets() const {
    return static_cast<double>(fs::file_size(folder_ / "bench.db"));
  }

 private:
  fs::path folder_;
  system_clock clock_;
  std::unique_ptr<store::store> store_;
};

void note(benchmark::State& state) {
  for (auto _ : state) {
    history h;
    h.fill();
    state.counters["octets/mail"] = h.octets() / mails;
  }
  state.SetItemsProcessed(state.iterations() * mails);
}
BENCHMARK(note)->Unit(benchmark::kMillisecond)->Iterations(3)->UseRealTime();

/// One by one, as a single session would: a transaction for each.
void note_one(benchmark::State& state) {
  history h;
  int i = 0;
  for (auto _ : state) {
    (*h).note(mail(i++));
    (*h).flush();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(note_one)->UseRealTime();

/// What the session itself spends on it.
void note_enqueue(benchmark::State& state) {
  history h;
  const store::mail_event e = mail(1);
  for (auto _ : state) (*h).note(e);
}
BENCHMARK(note_enqueue)->Iterations(10'000);

void ask(benchmark::State& state) {
  history h;
  h.fill();
  int i = 0;
  for (auto _ : state) {
    verdict::history_question q;
    q.account = account_of(i);
    q.upstream = "pop.example.jp";
    q.author_domain = domain_of(i / 20);
    q.key_names = {"s1._domainkey." + q.author_domain};
    ++i;
    boost::asio::io_context io{1};
    boost::asio::co_spawn(
        io, (*h).ask(std::move(q)),
        [](const std::exception_ptr& e, verdict::history_answer a) {
          if (e || !a.available)
            throw std::runtime_error("no answer");
          benchmark::DoNotOptimize(a);
        });
    io.run();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ask)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
