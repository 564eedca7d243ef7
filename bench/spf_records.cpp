// Runs SPF checks with all DNS answers in memory, and prints what they cost in
// one line of JSON.
//
//   spf_records RECORDS ROUNDS
//
// RECORDS is {"TXT": {name: text}, "A": {name: [address]}, "MX": {name:
// [[preference, host]]}, "checks": [[ip, mail from, helo, result]]}; each round
// runs every check.
#include <charconv>
#include <ctime>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "auth/spf/check_host.hpp"
#include "dns/zone_resolver.hpp"

namespace {

namespace json = boost::json;
using namespace mekiki;

double seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// VmHWM in KB; ru_maxrss would count the process that started us as well.
long peak_kb() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmHWM:"))
      return std::stol(line.substr(6));
  }
  return 0;
}

struct wanted {
  spf::request asked;
  std::string result;
};

/// The zone in the form of `dns::parse_zone`.
std::unique_ptr<dns::zone_resolver> make_zone(const json::value& records) {
  json::object zone;
  for (const std::string_view type : {"TXT", "A", "MX"}) {
    for (const auto& [name, value] : records.at(type).as_object()) {
      json::value& entry = zone[name];
      if (entry.is_null())
        entry = json::object();
      entry.as_object()[type] =
          value.is_string() ? json::value(json::array{value}) : value;
    }
  }
  auto out = dns::parse_zone(json::serialize(zone));
  if (!out)
    throw std::runtime_error(out.error());
  return std::move(*out);
}

std::vector<wanted> read_checks(const json::value& records) {
  std::vector<wanted> out;
  for (const json::value& check : records.at("checks").as_array()) {
    const auto text = [&check](std::size_t i) {
      return std::string(check.as_array().at(i).as_string());
    };
    wanted w;
    w.asked.ip = parse_ip_address(text(0)).value();
    w.asked.mail_from = text(1);
    w.asked.helo = text(2);
    w.result = text(3);
    out.push_back(std::move(w));
  }
  return out;
}

struct tally {
  unsigned n = 0;
  unsigned wrong = 0;
};

boost::asio::awaitable<tally> run_all(const std::vector<wanted>& checks,
                                      dns::resolver& resolver, int rounds) {
  tally out;
  const spf::options options;
  for (int round = 0; round < rounds; ++round) {
    for (const wanted& w : checks) {
      const spf::check_result got =
          co_await spf::check_host(w.asked, resolver, options);
      ++out.n;
      if (to_string(got.status) != w.result)
        ++out.wrong;
    }
  }
  co_return out;
}

int run(const std::string& file, int rounds) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw std::runtime_error("cannot read " + file);
  const json::value records =
      json::parse(std::string{std::istreambuf_iterator<char>(in), {}});
  const auto zone = make_zone(records);
  const auto checks = read_checks(records);
  tally total;
  boost::asio::io_context io{1};
  const double wall = seconds(CLOCK_MONOTONIC);
  const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  boost::asio::co_spawn(io, run_all(checks, *zone, rounds),
                        [&total](const std::exception_ptr& e, tally t) {
                          if (e)
                            std::rethrow_exception(e);
                          total = t;
                        });
  io.run();
  fmt::print(
      "{{\"peer\":\"mekiki\",\"version\":\"{}\",\"n\":{},\"wrong\":{},"
      "\"wall\":{:.6f},\"cpu\":{:.6f},\"maxrss_kb\":{}}}\n",
      MEKIKI_VERSION, total.n, total.wrong, seconds(CLOCK_MONOTONIC) - wall,
      seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, peak_kb());
  return total.wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 0;
  if (argc == 3) {
    const std::string_view text = argv[2];
    std::from_chars(text.data(), text.data() + text.size(), rounds);
  }
  if (rounds < 1) {
    fmt::print(stderr, "usage: spf_records RECORDS ROUNDS\n");
    return 2;
  }
  try {
    return run(argv[1], rounds);
  } catch (const std::exception& e) {
    fmt::print(stderr, "spf_records: {}\n", e.what());
    return 2;
  }
}
