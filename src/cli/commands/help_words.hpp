// The help of the commands in Japanese.
#pragma once

#include <CLI/CLI.hpp>

namespace mekiki::cli {

/// Puts the Japanese in place of what each command's help says in English. A
/// text that has none stays; examples do, as they are typed.
void translate_help(CLI::App& app);

}  // namespace mekiki::cli
