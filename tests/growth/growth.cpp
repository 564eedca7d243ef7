#include "growth.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <new>
#include <unistd.h>
#include <utility>

#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "step_count.hpp"

namespace mekiki::growth {
namespace {

// Sizes of which each is four times the one before. On the first two the
// patterns are told apart; the later ones are reached only where the work
// grows by more than a line would.
constexpr std::array<std::size_t, 6> sizes = {512,    2'048,   8'192,
                                              32'768, 131'072, 524'288};
constexpr std::size_t usual_sizes = 3;
constexpr double suspicious = 4.3;
// From so many on two sizes are enough to suspect nothing.
constexpr std::uint64_t evident_steps = 100'000;

constexpr std::uint64_t step_factor = 6;
// What is not told from a constant part, nor from a limit that lets more
// through.
constexpr std::uint64_t few_steps = 30'000;
constexpr std::uint64_t few_steps_per_octet = 12;
// What ends a run at once. Otherwise two sizes in a row must be above the
// factor: a sort grows by more than a line at small sizes, and a choice that
// depends on the size is none of growth.
constexpr std::uint64_t many_steps_per_octet = 1'000;
// What the smallest input may take.
constexpr std::uint64_t most_first_steps = 50'000'000;

constexpr double time_factor = 8;
// And the double of that must take longer again than a line would, or a size
// below which nothing is done would be taken for growth.
constexpr double double_factor = 3.2;
constexpr double suspicious_time = 5;
constexpr double shortest_time = 0.020;  // that can fail
constexpr std::array<std::size_t, 4> time_sizes = {4'096, 16'384, 65'536,
                                                   262'144};
// What takes so long for the second size is compared with the first one, all
// else from the second size on.
constexpr double slow_time = 0.001;
// What is faster at the third size cannot come to `shortest_time` at the last.
constexpr double negligible_time = shortest_time / 64;
constexpr double most_time = 20;

constexpr std::size_t most_failures = 20;  // of one target
constexpr std::size_t most_pieces = 1'000;
constexpr std::size_t most_contexts = 100;

/// What child and parent share.
struct progress {
  // The run that goes on now.
  std::size_t piece;
  std::size_t octets;
  std::uint64_t before;  // what a quarter of its octets took
  bool told;             // the child has said why it ends

  std::array<bool, most_pieces> left_out;  // pieces that have failed
  std::array<std::uint64_t, most_contexts> signatures;
  std::size_t seen;

  std::uint64_t growths;
  std::uint64_t steps;
  double most_per_octet;
  std::size_t most_piece;
};

std::uint64_t allowed_steps(std::size_t octets, std::uint64_t of_a_quarter) {
  return std::max(of_a_quarter * step_factor + few_steps,
                  octets * few_steps_per_octet);
}

/// Equal for numbers that differ by some hundredths.
std::uint64_t rounded(std::uint64_t steps) {
  return static_cast<std::uint64_t>(32 * std::log2(steps));
}

class run_of_target {
 public:
  run_of_target(std::string_view name, function target, measure what,
                progress& shared)
      : name_(name), target_(target), what_(what), shared_(shared) {}

  void measure_all(const context& in);

 private:
  void measure_steps();
  void measure_times();

  struct by_work {
    std::size_t size;  // of a piece
    bool special;      // numbered or nested
    std::uint64_t first;
    std::uint64_t second;
    auto operator<=>(const by_work&) const = default;
  };

  std::uint64_t steps(std::size_t piece, std::size_t octets,
                      std::uint64_t before, bool decides);
  double time(std::size_t piece, std::size_t octets, int times);
  void grow_steps(std::size_t piece, std::uint64_t first, std::uint64_t second);
  void grow_time(std::size_t piece);
  std::string input(std::size_t piece, std::size_t octets);

  std::string_view name_;
  function target_;
  measure what_;
  progress& shared_;
  const context* in_ = nullptr;
};

// For what ends a run from within.
struct {
  std::string_view name;
  const context* in;
  progress* shared;
} running;

std::string place() {
  const context& in = *running.in;
  const piece& p = pieces()[running.shared->piece];
  std::string out(running.name);
  out += ": ";
  if (!in.name.empty()) {
    out += "in " + in.name + ", ";
  } else if (!in.before.empty()) {
    out += "behind " + in_quotes(in.before) + ", ";
  }
  return out + std::to_string(running.shared->octets) + " octets of " +
         in_quotes(p.text) +
         (p.closing.empty() ? "" : " and " + in_quotes(p.closing));
}

// A name where the sanitizers' runtime knows one.
extern "C" __attribute__((weak)) void __sanitizer_symbolize_pc(
    void* pc, const char* format, char* out, std::size_t size);

/// Where most of the last steps were taken.
void print_samples() {
  std::map<std::uintptr_t, int> times;
  for (std::size_t i = 0; i < most_samples; ++i) ++times[samples()[i]];
  times.erase(0);
  std::vector<std::pair<int, std::uintptr_t>> most;
  for (const auto& [pc, n] : times) most.emplace_back(n, pc);
  std::ranges::sort(most, std::greater<>());
  most.resize(std::min<std::size_t>(most.size(), 5));
  for (const auto& [n, pc] : most) {
    std::array<char, 300> text{};
    if (__sanitizer_symbolize_pc != nullptr) {
      __sanitizer_symbolize_pc(reinterpret_cast<void*>(pc), "%f %s:%l",
                               text.data(), text.size());
    } else {
      Dl_info file{};
      dladdr(reinterpret_cast<void*>(pc), &file);
      std::snprintf(text.data(), text.size(), "0x%zx",
                    pc - reinterpret_cast<std::uintptr_t>(file.dli_fbase));
    }
    std::printf("  %4d times at %s\n", n, text.data());
  }
}

[[noreturn]] void too_many_steps() {
  progress& p = *running.shared;
  p.told = true;
  if (p.before == 0) {
    std::printf("%s take more than %llu steps\n", place().c_str(),
                static_cast<unsigned long long>(most_first_steps));
  } else {
    std::printf("%s took %llu steps and more, a quarter %llu\n",
                place().c_str(), static_cast<unsigned long long>(steps_taken()),
                static_cast<unsigned long long>(p.before));
  }
  print_samples();
  std::fflush(stdout);
  _exit(1);
}

void too_much_time(int) {
  running.shared->told = true;
  std::printf("%s take more than %.0f s\n", place().c_str(), most_time);
  std::fflush(stdout);
  _exit(1);
}

void set_time_limit() {
  itimerval limit{};
  limit.it_value.tv_sec = static_cast<time_t>(most_time);
  setitimer(ITIMER_VIRTUAL, &limit, nullptr);
}

double thread_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

std::string run_of_target::input(std::size_t piece, std::size_t octets) {
  shared_.piece = piece;
  shared_.octets = octets;
  return in_->before + repeated(pieces()[piece], octets) + in_->behind;
}

// `decides`: more than what is allowed ends the run.
std::uint64_t run_of_target::steps(std::size_t piece, std::size_t octets,
                                   std::uint64_t before, bool decides) {
  const std::string octets_of_it = input(piece, octets);
  std::uint64_t most = most_first_steps;
  if (before > 0) {
    most = allowed_steps(octets, before);
    if (!decides)
      most = std::max(most * 4, octets * many_steps_per_octet);
  }
  shared_.before = before;
  set_time_limit();
  count_steps(most, too_many_steps);
  target_(reinterpret_cast<const std::uint8_t*>(octets_of_it.data()),
          octets_of_it.size());
  const std::uint64_t taken = steps_taken();
  shared_.steps += taken;
  return std::max<std::uint64_t>(taken, 1);
}

double run_of_target::time(std::size_t piece, std::size_t octets, int times) {
  const std::string octets_of_it = input(piece, octets);
  double best = most_time;
  for (int i = 0; i < times; ++i) {
    set_time_limit();
    const double begin = thread_time();
    target_(reinterpret_cast<const std::uint8_t*>(octets_of_it.data()),
            octets_of_it.size());
    best = std::min(best, thread_time() - begin);
  }
  return best;
}

void run_of_target::grow_steps(std::size_t piece, std::uint64_t first,
                               std::uint64_t second) {
  ++shared_.growths;
  bool above = second > allowed_steps(sizes[1], first);
  std::uint64_t last = second;
  std::uint64_t last_growth = second > first ? second - first : 0;
  for (std::size_t i = 2; i < sizes.size(); ++i) {
    const bool decides = above || i + 1 == sizes.size();
    const std::uint64_t taken = steps(piece, sizes[i], last, decides);
    const std::uint64_t growth = taken > last ? taken - last : 0;
    const double per_octet =
        static_cast<double>(taken) / static_cast<double>(sizes[i]);
    if (per_octet > shared_.most_per_octet) {
      shared_.most_per_octet = per_octet;
      shared_.most_piece = piece;
    }
    above = taken > allowed_steps(sizes[i], last);
    const bool suspected = static_cast<double>(growth) >
                           suspicious * static_cast<double>(last_growth);
    if (i + 1 >= usual_sizes && !above && !suspected)
      return;
    last = taken;
    last_growth = growth;
  }
}

void run_of_target::grow_time(std::size_t piece) {
  ++shared_.growths;
  double last = time(piece, time_sizes[1], 1);
  const bool is_slow = last >= slow_time;
  if (is_slow && last < suspicious_time * time(piece, time_sizes[0], 1))
    return;
  for (std::size_t i = 2; i < time_sizes.size(); ++i) {
    double taken = time(piece, time_sizes[i], 1);
    if (!is_slow && taken < negligible_time)
      return;
    const double per_octet = 1e9 * taken / static_cast<double>(time_sizes[i]);
    if (per_octet > shared_.most_per_octet) {
      shared_.most_per_octet = per_octet;
      shared_.most_piece = piece;
    }
    if (taken < suspicious_time * last)
      return;
    if (taken >= shortest_time && taken > time_factor * last) {
      last = time(piece, time_sizes[i - 1], 5);
      taken = time(piece, time_sizes[i], 5);
      if (taken >= shortest_time && taken > time_factor * last &&
          time(piece, 2 * time_sizes[i], 5) > double_factor * taken) {
        shared_.told = true;
        std::printf(
            "%s take more than %.1f ms, half of them %.1f ms, an eighth "
            "%.1f ms\n",
            place().c_str(), 1e3 * double_factor * taken, 1e3 * taken,
            1e3 * last);
        std::fflush(stdout);
        _exit(1);
      }
    }
    last = taken;
  }
}

void run_of_target::measure_all(const context& in) {
  in_ = &in;
  running = {name_, in_, &shared_};
  std::signal(SIGVTALRM, too_much_time);
  if (what_ == measure::steps)
    measure_steps();
  else
    measure_times();
}

void run_of_target::measure_times() {
  for (std::size_t i = 0; i < pieces().size(); ++i) {
    if (!shared_.left_out[i] && pieces()[i].is_timed)
      grow_time(i);
  }
  ++shared_.seen;
}

void run_of_target::measure_steps() {
  struct work {
    std::size_t piece;
    std::uint64_t first;
    std::uint64_t second;
  };
  std::map<by_work, work> to_measure;
  std::uint64_t signature = 14'695'981'039'346'656'037U;
  for (std::size_t i = 0; i < pieces().size(); ++i) {
    if (shared_.left_out[i])
      continue;
    const std::uint64_t first = steps(i, sizes[0], 0, false);
    const std::uint64_t second = steps(i, sizes[1], first, false);
    const piece& p = pieces()[i];
    to_measure.try_emplace(
        {p.text.size() + p.closing.size(), p.numbered || !p.closing.empty(),
         rounded(first), rounded(second)},
        work{i, first, second});
    signature = (signature ^ (second - first)) * 1'099'511'628'211U;
  }
  const auto end = shared_.signatures.begin() + shared_.seen;
  if (std::find(shared_.signatures.begin(), end, signature) != end)
    return;
  const auto constant = static_cast<double>(steps(0, 0, 0, false));
  for (const auto& [same, w] : to_measure) {
    if (w.second > evident_steps &&
        static_cast<double>(w.second) - constant <
            suspicious * (static_cast<double>(w.first) - constant))
      continue;
    grow_steps(w.piece, w.first, w.second);
  }
  shared_.signatures[shared_.seen++] = signature;
}

}  // namespace

bool is_linear(std::string_view name, function target,
               const std::filesystem::path& corpus, measure what) {
  void* memory = mmap(nullptr, sizeof(progress), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return false;
  progress& shared = *new (memory) progress{};
  const std::vector<context> all = contexts(corpus, what);
  std::size_t failures = 0;
  for (const context& in : all) {
    shared.left_out = {};
    for (bool done = false; !done && failures < most_failures;) {
      shared.told = false;
      std::fflush(stdout);
      const pid_t child = fork();
      if (child == 0) {
        run_of_target(name, target, what, shared).measure_all(in);
        _exit(0);
      }
      int status = 0;
      waitpid(child, &status, 0);
      done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
      if (done)
        break;
      ++failures;
      running = {name, &in, &shared};
      if (!shared.told)
        std::printf("%s: the target has crashed\n", place().c_str());
      shared.left_out[shared.piece] = true;
    }
  }
  std::printf("%.*s: %zu of %zu contexts differ, %llu growths measured, ",
              static_cast<int>(name.size()), name.data(), shared.seen,
              all.size(), static_cast<unsigned long long>(shared.growths));
  if (what == measure::time) {
    std::printf("at most %.0f ns an octet (%s)\n", shared.most_per_octet,
                in_quotes(pieces()[shared.most_piece].text).c_str());
  } else {
    std::printf("%.1f M steps, at most %.0f an octet (%s)\n",
                1e-6 * static_cast<double>(shared.steps), shared.most_per_octet,
                in_quotes(pieces()[shared.most_piece].text).c_str());
  }
  return failures == 0;
}

}  // namespace mekiki::growth
