#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/roff.hpp"
#include "cli/commands/command_tree.hpp"

namespace mekiki::cli {
namespace {

std::string one_option(const option_shown& o) {
  std::string title = roff(fmt::format("{}", fmt::join(o.names, ", ")));
  if (!o.argument.empty()) {
    title +=
        fmt::format("{}\\fI{}\\fR", title.empty() ? "" : " ", roff(o.argument));
  }
  std::string help = roff(o.help);
  if (!o.choices.empty()) {
    help += roff(fmt::format(" (one of {})", fmt::join(o.choices, ", ")));
  }
  return fmt::format(".TP\n{}\n{}\n", title, help);
}

std::string synopsis(const command_shown& c) {
  std::string out = roff(c.path);
  if (!c.commands.empty())
    out += " \\fICOMMAND\\fR";
  bool has_options = false;
  std::string places;
  for (const option_shown& o : c.options) {
    has_options = has_options || !o.names.empty();
    if (o.names.empty())
      places += fmt::format(" \\fI{}\\fR", roff(o.argument));
  }
  return out + (has_options ? " [\\fIOPTIONS\\fR]" : "") + places;
}

}  // namespace

std::string man_page(const std::vector<command_shown>& commands,
                     std::string_view version) {
  const command_shown& whole = commands.front();
  std::string out = fmt::format(
      ".TH MEKIKI 1 \"\" \"Mekiki {}\" \"User commands\"\n"
      ".SH NAME\nmekiki \\- prove where mails come from, and warn of forged "
      "ones\n"
      ".SH SYNOPSIS\n{}\n.SH DESCRIPTION\n{}\n",
      version, synopsis(whole), roff(whole.help));
  for (const option_shown& o : whole.options) out += one_option(o);
  out += ".SH COMMANDS\n";
  for (const command_shown& c : commands) {
    if (&c == &whole)
      continue;
    out += fmt::format(".SS {}\n{}.\n", synopsis(c), roff(c.help));
    for (const option_shown& o : c.options) out += one_option(o);
    if (!c.footer.empty())
      out += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(c.footer));
  }
  return out +
         ".SH FILES\n.TP\n/etc/mekiki/mekiki.toml\nThe settings of the "
         "service.\n.TP\n/var/lib/mekiki\nIts state folder.\n"
         ".SH SEE ALSO\n.BR mekiki.toml (5)\n";
}

}  // namespace mekiki::cli
