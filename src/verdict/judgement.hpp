// What all checks said about one mail: made once, and then only read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authres/format.hpp"
#include "auth/result.hpp"
#include "verdict/decide.hpp"
#include "verdict/evidence.hpp"
#include "verdict/facts.hpp"
#include "verdict/history.hpp"
#include "verdict/reconsider.hpp"

namespace mekiki::verdict {

/// Of a mail that was not judged there are `result`, `results` and the cause;
/// everything else is empty.
struct judgement {
  answer result;
  /// pass, fail or none (never another word): the value of X-DKIM-Check.
  auth::result dkim_check = auth::result::none;
  facts known;
  proven_facts proven;
  /// An entry for each check that was made, as Authentication-Results has it.
  std::vector<authres::method_result> results;

  /// Why the mail was not judged, in a word ("no-room", "too-late");
  /// nothing where it was.
  std::optional<std::string> not_judged_because;
  bool is_judged() const { return !not_judged_because; }

  /// Identifies the mail: SHA-256 over header and body hash, hexadecimal.
  std::string digest;
  /// What the DNS said about the keys of its signatures.
  std::vector<remembered_key> keys;
  /// The answers that it may still get where the DNS left a check open; else
  /// empty.
  later_answers later;
};

/// What follows from `j.known`. The evidence is weighed here and nowhere else.
void judge(judgement& j, std::string digest, const policy& p);
judgement judge(facts&& known, std::string digest, const policy& p);

/// Of a mail that could not be judged: unverified, with temperror for what was
/// not decided. `cause` is a word ("no-room", "too-late", ...).
judgement undecided(std::string_view cause);

}  // namespace mekiki::verdict
