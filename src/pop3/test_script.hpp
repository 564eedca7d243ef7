// Sessions written down as text: testdata/pop3/sessions/README has the words.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "pop3/test_rig.hpp"

namespace mekiki::pop3::test {

struct script_line {
  int number = 0;
  std::string word;  // the first of the line
  std::string rest;
};

struct script {
  std::string name;
  std::vector<script_line> lines;
};

/// All scripts of a folder, by name.
std::vector<script> read_scripts(const std::filesystem::path& folder);

/// What a run goes through beside what the script says.
struct trouble {
  std::size_t client_at = 0;  // the operation that fails: see net::test::fault
  std::size_t upstream_at = 0;
  std::error_code error = {};
  std::size_t piece = SIZE_MAX;

  bool any() const { return client_at > 0 || upstream_at > 0; }
};

struct outcome {
  std::vector<std::string> problems;  // "name:line: what"
  std::size_t client_operations = 0;
  std::size_t upstream_operations = 0;
};

/// Without `trouble` the script's expectations are checked. With and without,
/// what holds for every session: it ends; a mail that looks complete is
/// complete; nothing is deleted that the client did not ask for.
outcome run(const script& s, const trouble& t = {});

}  // namespace mekiki::pop3::test
