// Verifies the signatures of every mail of a corpus, which is what other
// verifiers do, or makes all checks, as `mekiki serve` does; prints what it
// cost in one line of JSON.
//
//   verify_corpus [--all] CORPUSDIR TXTJSON
//
// CORPUSDIR/index.tsv has lines "file size pass|fail|none what", separated by
// tabs; TXTJSON is {"name": "text of its TXT record", ...}. Reading files is
// outside of the times; a mail is given to the verifier in pieces of 64 KB, as
// the proxy would.
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <ios>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "auth/dkim/key_cache.hpp"
#include "base/clock.hpp"
#include "dns/zone_resolver.hpp"
#include "verdict/evaluate.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace mekiki;

constexpr std::size_t piece_octets = 64 << 10;

double seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

std::string read(const fs::path& file) {
  std::string out(fs::file_size(file), '\0');
  std::ifstream in(file, std::ios::binary);
  if (!in.read(out.data(), static_cast<std::streamsize>(out.size()))) {
    throw std::runtime_error("cannot read " + file.string());
  }
  return out;
}

/// {"name": "text"} as a zone.
std::unique_ptr<dns::zone_resolver> load_keys(const fs::path& file) {
  const json::value keys = json::parse(read(file));
  json::object zone;
  for (const auto& [name, text] : keys.as_object()) {
    zone[name] = json::object{{"TXT", json::array{text}}};
  }
  auto out = dns::parse_zone(json::serialize(zone));
  if (!out)
    throw std::runtime_error(out.error());
  return std::move(*out);
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

enum class checks : std::uint8_t { dkim, all };

/// The word of X-DKIM-Check for a mail.
class judge {
 public:
  judge(checks which, dns::resolver& resolver)
      : which_(which), services_{resolver, keys_, clock_} {}

  std::string_view operator()(std::string_view mail) {
    return to_string(which_ == checks::all ? run_all(mail) : verify(mail));
  }

 private:
  template <class To>
  static void in_pieces(std::string_view octets, const To& to) {
    while (!octets.empty()) {
      const std::string_view piece = octets.substr(0, piece_octets);
      to(piece);
      octets.remove_prefix(piece.size());
    }
  }

  template <class T>
  T await(boost::asio::awaitable<T> work) {
    T out{};
    boost::asio::co_spawn(io_, std::move(work),
                          [&out](const std::exception_ptr& e, T got) {
                            if (e)
                              std::rethrow_exception(e);
                            out = std::move(got);
                          });
    io_.restart();
    io_.run();
    return out;
  }

  auth::result run_all(std::string_view mail) {
    verdict::evaluation evaluation(settings_, services_);
    in_pieces(mail, [&](auto piece) { evaluation.write(piece); });
    return await(evaluation.finish()).dkim_check;
  }

  auth::result verify(std::string_view mail) {
    const auto header = message::parse_header(mail);
    dkim::verifier verifier(header, settings_.dkim);
    in_pieces(mail.substr(header.body),
              [&](auto piece) { verifier.body(piece); });
    return verdict::summarize(
        await(verifier.finish(services_.resolver, keys_, clock_.now())));
  }

  checks which_;
  dkim::key_cache keys_;
  system_clock clock_;
  verdict::settings settings_;
  verdict::services services_;
  boost::asio::io_context io_{1};
};

int run(checks which, const fs::path& corpus, const fs::path& keys) {
  const auto resolver = load_keys(keys);
  judge word_for(which, *resolver);
  unsigned n = 0, pass = 0, fail = 0, none = 0, wrong = 0;
  double wall = 0, cpu = 0;
  std::ifstream index(corpus / "index.tsv");
  if (!index)
    throw std::runtime_error("no index.tsv in " + corpus.string());
  for (std::string line; std::getline(index, line);) {
    std::istringstream columns(line);
    std::string file, size, expected;
    columns >> file >> size >> expected;
    const std::string mail = read(corpus / file);
    const double wall_start = seconds(CLOCK_MONOTONIC);
    const double cpu_start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const std::string_view got = word_for(mail);
    cpu += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
    wall += seconds(CLOCK_MONOTONIC) - wall_start;
    ++n;
    ++(got == "pass" ? pass : got == "fail" ? fail : none);
    if (got != expected)
      ++wrong;
  }
  fmt::print(
      "{{\"peer\":\"mekiki\",\"version\":\"{}\",\"n\":{},\"pass\":{},"
      "\"fail\":{},\"none\":{},\"wrong\":{},\"wall\":{:.6f},\"cpu\":{:.6f},"
      "\"maxrss_kb\":{}}}\n",
      MEKIKI_VERSION, n, pass, fail, none, wrong, wall, cpu, peak_kb());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool all = argc == 4 && std::string_view(argv[1]) == "--all";
  if (argc != 3 && !all) {
    fmt::print(stderr, "usage: verify_corpus [--all] CORPUSDIR TXTJSON\n");
    return 2;
  }
  try {
    return run(all ? checks::all : checks::dkim, argv[argc - 2],
               argv[argc - 1]);
  } catch (const std::exception& e) {
    fmt::print(stderr, "verify_corpus: {}\n", e.what());
    return 2;
  }
}
