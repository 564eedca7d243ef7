// The command line as data, for what is made from it: the manual page and what
// shells complete.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace mekiki::cli {

struct option_shown {
  std::vector<std::string> names;    // "--lang", "-h"; none: its place counts
  std::string argument;              // "FILE"; empty: it takes none
  std::vector<std::string> choices;  // what the argument may be; empty: any
  std::string help;
};

struct command_shown {
  std::string path;  // "mekiki store backup"
  std::string help;  // one line, of `mekiki` itself some
  std::string footer;
  std::vector<option_shown> options;
  std::vector<std::string> commands;  // names of those below it
};

/// All commands, each before those below it, in the order of `--help`.
std::vector<command_shown> command_tree(const CLI::App& app);

/// The page mekiki(1).
std::string man_page(const std::vector<command_shown>& commands,
                     std::string_view version);

/// What a shell sources to complete our commands: "bash", "zsh" or "fish".
std::string completion(const std::vector<command_shown>& commands,
                       std::string_view shell);

}  // namespace mekiki::cli
