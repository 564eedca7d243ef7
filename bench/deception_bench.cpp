// What it costs to look for deception in a mail, and to index whom an account
// corresponds with.
#include <malloc.h>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "message/header.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/deception.hpp"
#include "verdict/display_name.hpp"

namespace {

using namespace mekiki;
using namespace mekiki::verdict;

/// Names as they are made: syllables, some with a hyphen.
std::string domain_of(unsigned i) {
  const char* const syllables[] = {"ka", "shi", "mo",  "ra", "ten", "yu",
                                   "go", "be",  "lin", "to", "san", "wer"};
  std::string out;
  for (unsigned n = i * 2654435761U >> 8, k = 0; k < 4; ++k, n /= 12)
    out += std::string(k == 2 && i % 5 == 0 ? "-" : "") + syllables[n % 12];
  return out + (i % 3 == 0 ? ".com" : ".co.jp");
}

std::vector<std::string> domains(unsigned count) {
  std::vector<std::string> out;
  out.reserve(count);
  for (unsigned i = 0; i < count; ++i) out.push_back(domain_of(i));
  return out;
}

correspondents correspondents_of(unsigned count) {
  std::vector<correspondents::named> names;
  names.reserve(count);
  for (unsigned i = 0; i < count; ++i)
    names.push_back({name_mark("taro " + domain_of(i), "salt"), domain_of(i)});
  return correspondents(domains(count), "salt", std::move(names));
}

void index(benchmark::State& state) {
  const std::vector<std::string> known =
      domains(static_cast<unsigned>(state.range(0)));
  std::size_t octets = 0;
  for (auto _ : state) {
    const std::size_t before = mallinfo2().uordblks;
    const correspondents c(known);
    octets = mallinfo2().uordblks - before;
    benchmark::DoNotOptimize(c.has("a.test"));
  }
  state.counters["octets"] = static_cast<double>(octets);
}
BENCHMARK(index)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

void look(benchmark::State& state, const std::string& header) {
  const correspondents known = correspondents_of(2'000);
  const correspondents watched({"example.co.jp", "example.com"});
  const own_addresses own{{"taro@northwind.jp"}};
  const header_facts facts = read_header_facts(message::parse_header(header));
  for (auto _ : state)
    benchmark::DoNotOptimize(find_deceptions(facts, own, &known, &watched));
}
BENCHMARK_CAPTURE(look, plain, "From: Bo Ek <bo@adatum.test>\r\n\r\n");
BENCHMARK_CAPTURE(look, known, "From: Bo Ek <bo@" + domain_of(7) + ">\r\n\r\n");
BENCHMARK_CAPTURE(
    look, iso_2022_jp,
    "From: =?ISO-2022-JP?B?GyRCOjRGIxsoQiAbJEIyVjtSGyhC?= "
    "<x@news.adatum-magazine.co.jp>\r\nReply-To: y@elsewhere.test\r\n\r\n");
BENCHMARK_CAPTURE(look, confusable, "From: x@exаmple.com\r\n\r\n");
// What a sender can make it cost.
BENCHMARK_CAPTURE(look, titles, [] {
  std::string header = "From: \"";
  while (header.size() < 2'000) header += "様";
  return header + "\" <x@adatum.test>\r\n\r\n";
}());
BENCHMARK_CAPTURE(look, long_name,
                  "From: \"" + std::string(2'000, 'a') + " ceo@" +
                      "b.test \u3042\" <x@adatum.test>\r\n\r\n");
BENCHMARK_CAPTURE(look, many_labels, [] {
  std::string header = "From: x@";
  while (header.size() < 240) header += "a.";
  return header + "test\r\n\r\n";
}());

}  // namespace

BENCHMARK_MAIN();
