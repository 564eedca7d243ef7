#include <exception>

#include "cli/commands/commands.hpp"
#include "cli/terminal.hpp"

int main(int argc, char** argv) {
  try {
    return mekiki::cli::command_line(argc, argv);
  } catch (const std::exception& error) {
    return mekiki::cli::fail(error.what());
  }
}
