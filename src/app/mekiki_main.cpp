#include <exception>

#include "app/commands.hpp"
#include "app/terminal.hpp"

int main(int argc, char** argv) {
  try {
    return mekiki::app::command_line(argc, argv);
  } catch (const std::exception& error) {
    return mekiki::app::fail(error.what());
  }
}
