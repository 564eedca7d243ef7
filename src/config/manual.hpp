// The settings as text for people.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace mekiki::config {

/// A setting as it is in force.
struct shown_setting {
  std::string name;
  std::string value;     // as TOML; of tables, how many there are
  std::string standard;  // the default
  std::string type;
  std::string help;
  unsigned line = 0;   // in the settings file; 0: not there
  std::string tables;  // as TOML, all of them; "": it is no such setting
};
/// All of them, in the order of the manual.
std::vector<shown_setting> in_force(
    const settings& c, const std::map<std::string, unsigned>& lines,
    notify::language in = notify::language::english);

/// A settings file that holds every setting at its default, explained.
std::string format_defaults();

/// The manual of the settings, Markdown: docs/config.md and config.ja.md.
std::string format_manual(notify::language in);

/// The same as a manual page: mekiki.toml(5).
std::string format_man_page(std::string_view version);

}  // namespace mekiki::config
