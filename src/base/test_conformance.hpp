// Where tests find the public conformance data, and how they read it. The
// folder is the one named when the build was configured, unless the
// environment variable MEKIKI_CONFORMANCE names another.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <boost/json.hpp>

#include "base/test_paths.hpp"

namespace mekiki::conformance {

/// The folder of a corpus, or of all of them. It may be absent: then the test
/// is skipped and says so.
inline std::filesystem::path folder(const std::string& corpus = {}) {
  const char* set = std::getenv("MEKIKI_CONFORMANCE");
  return std::filesystem::path(set != nullptr ? set : test_paths::conformance) /
         corpus;
}

/// The octets of a file; one that cannot be read is an exception.
inline std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline boost::json::value manifest(const std::string& corpus) {
  return boost::json::parse(read(folder(corpus) / "MANIFEST.json"));
}

}  // namespace mekiki::conformance
