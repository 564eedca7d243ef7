#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "cli/mbox.hpp"

using namespace mekiki::cli;

// The first octet says how the rest is cut; the result must not depend on it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 1,
                              size - 1);
  struct result {
    std::vector<mail_range> mails;
    std::string unquoted;
    line_ends ends{};
    bool operator==(const result&) const = default;
  };
  const auto run = [&](std::size_t step) {
    result r;
    mbox_splitter splitter;
    from_unquoter unquoter;
    line_end_finder finder;
    for (std::size_t at = 0; at < file.size(); at += step) {
      const std::string_view piece = file.substr(at, step);
      splitter.write(piece, r.mails);
      unquoter.write(piece, r.unquoted);
      finder.write(piece);
    }
    splitter.finish(r.mails);
    unquoter.finish(r.unquoted);
    r.ends = finder.found();
    return r;
  };
  const result whole = run(file.size() + 1);
  if (run(data[0] + 1U) != whole)
    std::abort();
  std::uint64_t at = 0;
  for (const mail_range& r : whole.mails) {
    if (r.begin < at || r.end < r.begin || r.end > file.size())
      std::abort();
    at = r.end;
  }
  if (whole.unquoted.size() > file.size())
    std::abort();
  return 0;
}
