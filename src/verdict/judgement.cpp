#include "verdict/judgement.hpp"

#include <utility>

#include <fmt/format.h>

#include "verdict/results.hpp"

namespace mekiki::verdict {
void judge(judgement& j, std::string digest, const policy& p) {
  const facts& known = j.known;
  const evidence seen(known, p);
  j.result = decide(seen);
  j.proven = seen.proven();
  j.dkim_check = summarize(known.dkim);
  j.results = results_of(known);
  j.digest = std::move(digest);
}

judgement judge(facts&& known, std::string digest, const policy& p) {
  judgement j;
  j.known = std::move(known);
  judge(j, std::move(digest), p);
  return j;
}

judgement undecided(std::string_view cause) {
  judgement j;
  j.result.why = reason("not-judged").with("cause", cause);
  j.not_judged_because = cause;
  // RFC 8601 2.7.1 knows no word for "not looked at".
  j.results.push_back(
      {.method = "dkim",
       .result = auth::result::temperror,
       .reason = fmt::format("the mail was not judged: {}", cause)});
  return j;
}

}  // namespace mekiki::verdict
