// Judges every mail of a corpus as `mekiki serve` does, and prints what it
// cost in one line of JSON.
//
//   verify_corpus CORPUSDIR TXTJSON
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

/// The word of X-DKIM-Check for a mail.
class judge {
 public:
  explicit judge(dns::resolver& resolver)
      : services_{resolver, keys_, clock_} {}

  std::string_view operator()(std::string_view mail) {
    verdict::evaluation evaluation(settings_, services_);
    while (!mail.empty()) {
      const std::string_view piece = mail.substr(0, piece_octets);
      evaluation.write(piece);
      mail.remove_prefix(piece.size());
    }
    std::string_view word;
    boost::asio::co_spawn(
        io_, evaluation.finish(),
        [&word](const std::exception_ptr& e, const verdict::verdict& v) {
          if (e)
            std::rethrow_exception(e);
          word = to_string(v.dkim_check);
        });
    io_.restart();
    io_.run();
    return word;
  }

 private:
  dkim::key_cache keys_;
  system_clock clock_;
  verdict::settings settings_;
  verdict::services services_;
  boost::asio::io_context io_{1};
};

int run(const fs::path& corpus, const fs::path& keys) {
  const auto resolver = load_keys(keys);
  judge word_for(*resolver);
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
  if (argc != 3) {
    fmt::print(stderr, "usage: verify_corpus CORPUSDIR TXTJSON\n");
    return 2;
  }
  try {
    return run(argv[1], argv[2]);
  } catch (const std::exception& e) {
    fmt::print(stderr, "verify_corpus: {}\n", e.what());
    return 2;
  }
}
