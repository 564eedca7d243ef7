#include "verdict/accused.hpp"

#include <algorithm>
#include <string>

namespace mekiki::verdict {

shown_author accused_author(const judgement& j) {
  const header_facts& header = j.known.header;
  std::string domain;
  if (j.result.what == level::forged) {
    const reason& why = j.result.why;
    domain = why.fact("author");
    const auto found =
        std::ranges::find_if(j.known.findings, [&](const finding& f) {
          return to_string(f.what) == why.fact("finding") &&
                 f.seen == why.fact("seen") && f.like == why.fact("like");
        });
    if (found != j.known.findings.end())
      domain = found->about;
  }
  if (domain.empty() || domain == header.author_domain) {
    return {header.author.empty() ? header.author_domain : header.author,
            header.author_domain, header.display_name};
  }
  const auto other =
      std::ranges::find(header.other_authors, domain, &shown_author::domain);
  return other == header.other_authors.end() ? shown_author{domain, domain, ""}
                                             : *other;
}

}  // namespace mekiki::verdict
