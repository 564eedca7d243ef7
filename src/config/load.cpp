#include "config/load.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.hpp"
#include "base/small_file.hpp"
#include "config/check.hpp"
#include "config/toml.hpp"

namespace mekiki::config {
namespace {

void relocate(settings& c, const std::filesystem::path& directory) {
  for (std::filesystem::path* path :
       {&c.state, &c.tls.certificate, &c.tls.key, &c.upstream.extra_ca,
        &c.users.templates, &c.smtp.password_file, &c.smtp.extra_ca,
        &c.smtp.dkim_key}) {
    if (!path->empty())
      *path = directory / *path;
  }
  for (auto& path : c.dns.trust_anchor_files) path = directory / path;
  for (report_mailbox& m : c.report_mailboxes)
    if (!m.password_file.empty())
      m.password_file = directory / m.password_file;
}

// The line of `key`, or of the table it stands in, or 0.
unsigned line_of(const reading& r, const std::string& key) {
  auto found = r.lines.find(key);
  if (found == r.lines.end()) {
    found = r.lines.find(key.substr(0, key.rfind('.') + 1));
  }
  return found == r.lines.end() ? 0 : found->second;
}

}  // namespace

std::string format(const problem& problem, std::string_view file) {
  std::string out(file);
  if (problem.line != 0)
    out += fmt::format(":{}", problem.line);
  if (!problem.key.empty())
    out += fmt::format(": {}", problem.key);
  return out + ": " + problem.text;
}

expected<loaded, std::vector<problem>> parse(
    std::string_view text, const std::filesystem::path& directory) {
  toml::table given;
  try {
    given = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return unexpected(std::vector{
        problem_at(error.source(), "", printable(error.description()))});
  }

  loaded out;
  reading r;
  read_table({given}, "", "", rows_of(out.settings), r);
  if (r.problems.empty()) {
    relocate(out.settings, directory);
    findings found = check(out.settings);
    for (auto* list : {&found.errors, &found.warnings}) {
      for (problem& p : *list) p.line = line_of(r, p.key);
    }
    r.problems = std::move(found.errors);
    out.warnings = std::move(found.warnings);
  }
  out.lines = std::move(r.lines);
  if (r.problems.empty())
    return out;
  std::ranges::sort(r.problems, {}, [](const problem& p) {
    return std::tuple(p.line, p.column, p.key);
  });
  return unexpected(std::move(r.problems));
}

expected<loaded, std::string> load(const std::filesystem::path& file) {
  if (file.empty())
    return loaded{};
  const auto text = read_small_file(file, largest_file);
  if (!text)
    return unexpected("the settings file " + text.error());
  return load_text(*text, file);
}

expected<loaded, std::string> load_text(std::string_view text,
                                        const std::filesystem::path& file) {
  auto parsed = parse(text, std::filesystem::absolute(file).parent_path());
  if (parsed)
    return std::move(*parsed);
  std::vector<std::string> lines;
  for (const auto& p : parsed.error())
    lines.push_back(format(p, file.string()));
  return unexpected(fmt::format("{}", fmt::join(lines, "\n")));
}

}  // namespace mekiki::config
