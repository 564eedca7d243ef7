#include "verdict/judgement.hpp"

#include <utility>

#include <fmt/format.h>

#include "verdict/results.hpp"

namespace mekiki::verdict {
namespace {

/// RFC 8601 2.7.1 knows no word for "not looked at". A temperror, or a local
/// limit ("policy"), says that nothing is known of the signatures.
judgement not_judged(std::string_view cause, reason why, auth::result status,
                     std::string text) {
  judgement j;
  j.result.why = std::move(why);
  j.not_judged_because = cause;
  j.results.push_back(
      {.method = "dkim", .result = status, .reason = std::move(text)});
  return j;
}

}  // namespace

judgement judge(facts known, std::string digest, const policy& p) {
  judgement j;
  const evidence seen(known, p);
  j.result = decide(seen);
  j.proven = seen.proven();
  j.dkim_check = summarize(known.dkim);
  j.results = results_of(known);
  j.digest = std::move(digest);
  j.known = std::move(known);
  return j;
}

judgement undecided(std::string_view cause) {
  return not_judged(cause, reason("not-judged").with("cause", cause),
                    auth::result::temperror,
                    fmt::format("the mail was not judged: {}", cause));
}

judgement header_over_limits(const message::header_limits& limits) {
  return not_judged("header-too-long",
                    reason("header-too-long")
                        .with("limit", limits.octets)
                        .with("fields", limits.fields),
                    auth::result::policy,
                    "the header is longer than the limit");
}

}  // namespace mekiki::verdict
