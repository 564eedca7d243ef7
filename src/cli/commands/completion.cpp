// What shells complete. Each script finds the command that the line is in and
// offers what may follow; else shells offer files, as most arguments are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands/command_tree.hpp"

namespace mekiki::cli {
namespace {

// In single quotes for a shell.
std::string for_shell(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\'";
    out += c;
  }
  return out + "'";
}

// For fish, where \ and ' are escaped within.
std::string for_fish(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "'";
}

std::string paths_below(const std::vector<command_shown>& commands) {
  std::string out;
  for (const command_shown& c : commands) {
    if (c.path.find(' ') == std::string::npos)
      continue;
    out += (out.empty() ? "" : "|") + for_shell(c.path);
  }
  return out;
}

const command_shown& named(const std::vector<command_shown>& commands,
                           const std::string& path) {
  std::size_t i = 0;
  while (commands[i].path != path) ++i;
  return commands[i];
}

std::string bash(const std::vector<command_shown>& commands) {
  std::string words;
  std::string choices;
  for (const command_shown& c : commands) {
    std::vector<std::string> all = c.commands;
    for (const option_shown& o : c.options) {
      all.insert(all.end(), o.names.begin(), o.names.end());
      for (const std::string& name :
           o.choices.empty() ? std::vector<std::string>() : o.names) {
        choices += fmt::format("    {}) words='{}' ;;\n",
                               for_shell(c.path + " " + name),
                               fmt::join(o.choices, " "));
      }
    }
    words += fmt::format("    {}) words='{}' ;;\n", for_shell(c.path),
                         fmt::join(all, " "));
  }
  return fmt::format(R"(# bash completion of mekiki(1)
_mekiki() {{
  local word path=mekiki words= cur=${{COMP_WORDS[COMP_CWORD]}}
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$path $word" in
      {}) path="$path $word" ;;
    esac
  done
  case "$path ${{COMP_WORDS[COMP_CWORD-1]}}" in
{}    *) case "$path" in
{}    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _mekiki mekiki
)",
                     paths_below(commands), choices, words);
}

std::string zsh(const std::vector<command_shown>& commands) {
  // A word and what it is about, divided by a colon.
  const auto item = [](const std::string& word, const std::string& help) {
    return for_shell(fmt::format("{}:{}", word, help)) + " ";
  };
  std::string words;
  std::string choices;
  for (const command_shown& c : commands) {
    std::string all;
    for (const std::string& name : c.commands)
      all += item(name, named(commands, c.path + " " + name).help);
    for (const option_shown& o : c.options) {
      for (const std::string& name : o.names) {
        all += item(name, o.help);
        if (!o.choices.empty()) {
          choices += fmt::format("  {}) items=({}) ;;\n",
                                 for_shell(c.path + " " + name),
                                 fmt::join(o.choices, " "));
        }
      }
    }
    words += fmt::format("    {}) items=({}) ;;\n", for_shell(c.path), all);
  }
  return fmt::format(R"(#compdef mekiki
local word where=mekiki
local -a items
for word in "${{(@)words[2,CURRENT-1]}}"; do
  case "$where $word" in
    {}) where="$where $word" ;;
  esac
done
case "$where $words[CURRENT-1]" in
{}  *) case "$where" in
{}  esac ;;
esac
_describe -o mekiki items
_files
)",
                     paths_below(commands), choices, words);
}

std::string fish(const std::vector<command_shown>& commands) {
  std::string out =
      "# fish completion of mekiki(1)\n"
      "function __mekiki_is_in\n"
      "  set -l path mekiki\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    switch \"$path $word\"\n      case";
  for (const command_shown& c : commands) {
    if (c.path.find(' ') != std::string::npos)
      out += " " + for_fish(c.path);
  }
  out +=
      "\n        set path \"$path $word\"\n    end\n  end\n"
      "  test \"$path\" = \"$argv\"\nend\n";
  for (const command_shown& c : commands) {
    const std::string here =
        fmt::format("complete -c mekiki -n {}",
                    for_fish(fmt::format("__mekiki_is_in {}", c.path)));
    for (const std::string& name : c.commands) {
      out += fmt::format("{} -f -a {} -d {}\n", here, name,
                         for_fish(named(commands, c.path + " " + name).help));
    }
    for (const option_shown& o : c.options) {
      if (o.names.empty())
        continue;
      out += here;
      for (const std::string& name : o.names) {
        out += name.starts_with("--") ? " -l " + name.substr(2)
                                      : " -s " + name.substr(1);
      }
      if (!o.argument.empty())
        out += " -r";
      if (!o.choices.empty())
        out += fmt::format(" -f -a '{}'", fmt::join(o.choices, " "));
      out += fmt::format(" -d {}\n", for_fish(o.help));
    }
  }
  return out;
}

}  // namespace

std::string completion(const std::vector<command_shown>& commands,
                       std::string_view shell) {
  if (shell == "bash")
    return bash(commands);
  return shell == "zsh" ? zsh(commands) : fish(commands);
}

}  // namespace mekiki::cli
