// The add-on's copy of the sentences. MEKIKI_RENEW=1 writes it anew.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "base/test_paths.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {
namespace {

const std::string copy =
    std::string(test_paths::testdata) + "/../addon/thunderbird/sentences.json";

std::string quoted(std::string_view text) {
  EXPECT_EQ(text.find_first_of("\"\\"), text.npos) << text;
  return '"' + std::string(text) + '"';
}

std::string to_json() {
  std::string out;
  for (const sentence_pattern& p : sentence_patterns()) {
    out += out.empty() ? "{\n" : ",\n";
    out += "  " + quoted(p.code) + ": {\n";
    out += "    \"en\": " + quoted(p.english) + ",\n";
    out += "    \"ja\": " + quoted(p.japanese) + "\n  }";
  }
  return out + "\n}\n";
}

TEST(sentence_patterns, are_the_same_in_the_add_on) {
  if (std::getenv("MEKIKI_RENEW") != nullptr)
    std::ofstream(copy, std::ios::binary) << to_json();
  std::ifstream file(copy, std::ios::binary);
  std::ostringstream there;
  there << file.rdbuf();
  EXPECT_EQ(there.str(), to_json()) << "run this test with MEKIKI_RENEW=1";
}

}  // namespace
}  // namespace mekiki::notify
