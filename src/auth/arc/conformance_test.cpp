// The ARC suite of ValiMail, each case as its manifest says.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/arc/test_chain.hpp"
#include "dns/zone_resolver.hpp"

namespace mekiki::arc {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path folder(const std::string& corpus) {
  const char* override = std::getenv("MEKIKI_CONFORMANCE");
  return fs::path(override != nullptr ? override : MEKIKI_CONFORMANCE) / corpus;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string text(const json::value& v) { return std::string(v.as_string()); }

TEST(arc_conformance, validate) {
  const fs::path root = folder("arc-valimail-validate");
  if (!fs::exists(root)) {
    GTEST_SKIP() << "NOT RUN: no conformance data at " << root;
  }
  std::map<std::string, std::unique_ptr<dns::zone_resolver>> zones;
  const json::value manifest = json::parse(read(root / "MANIFEST.json"));
  for (const json::value& c : manifest.at("cases").as_array()) {
    SCOPED_TRACE(text(c.at("id")));
    auto& zone = zones[text(c.at("dns"))];
    if (!zone) {
      auto loaded = dns::load_zone(root / text(c.at("dns")));
      ASSERT_TRUE(loaded) << loaded.error();
      zone = std::move(*loaded);
    }
    const std::string mail = read(root / text(c.at("message")));
    const std::size_t whole = mail.size() + 1;
    for (const std::size_t step : {whole, std::size_t{1}, std::size_t{7}}) {
      const chain_result got = validate(mail, *zone, {}, dkim::test_time, step);
      bool expected = false;
      for (const auto& word : c.at("expect").at("result_any").as_array())
        expected |= word.as_string() == to_string(got.status);
      EXPECT_TRUE(expected) << to_string(got.status) << ": " << got.reason;
    }
  }
}

}  // namespace
}  // namespace mekiki::arc
