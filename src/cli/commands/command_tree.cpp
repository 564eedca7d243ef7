#include "cli/commands/command_tree.hpp"

#include <algorithm>
#include <utility>

namespace mekiki::cli {
namespace {

option_shown show(const CLI::Option& o) {
  option_shown out{
      .names = {}, .argument = {}, .choices = {}, .help = o.get_description()};
  for (const std::string& name : o.get_snames())
    out.names.push_back("-" + name);
  for (const std::string& name : o.get_lnames())
    out.names.push_back("--" + name);
  if (o.get_items_expected_max() == 0)
    return out;
  // CLI11 puts what a value may be behind the type: "L:{en,ja}".
  const std::string type = o.get_type_name();
  const std::size_t open = type.find(":{");
  out.argument = type.substr(0, open);
  if (open != std::string::npos && type.ends_with('}')) {
    std::string_view words(type);
    words = words.substr(open + 2, type.size() - open - 3);
    while (!words.empty()) {
      const std::size_t comma = std::min(words.find(','), words.size());
      out.choices.emplace_back(words.substr(0, comma));
      words.remove_prefix(std::min(comma + 1, words.size()));
    }
  }
  if (out.argument.empty())
    out.argument = o.get_positional() ? o.get_name(true, false) : "VALUE";
  return out;
}

void add(const CLI::App& app, const std::string& before,
         std::vector<command_shown>& out) {
  command_shown c{.path = before + app.get_name(),
                  .help = app.get_description(),
                  .footer = app.get_footer(),
                  .options = {},
                  .commands = {}};
  for (const CLI::Option* o : app.get_options({}))
    c.options.push_back(show(*o));
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* each : below) c.commands.push_back(each->get_name());
  const std::string path = c.path + " ";
  out.push_back(std::move(c));
  for (const CLI::App* each : below) add(*each, path, out);
}

}  // namespace

std::vector<command_shown> command_tree(const CLI::App& app) {
  std::vector<command_shown> out;
  add(app, "", out);
  return out;
}

}  // namespace mekiki::cli
