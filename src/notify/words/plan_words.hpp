// The next step of a domain's DMARC policy, and what keeps it from coming, in
// words for its administrator.
#pragma once

#include <string>
#include <vector>

#include "auth/records/plan.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {

struct plan_words {
  std::string next;              // one sentence: what to do now
  std::vector<std::string> why;  // a sentence for each obstacle
};

/// Names of sources may come from strangers: they are visible, one line and
/// cut. Not HTML, not inert.
plan_words words_of(const records::plan& p, language in);

}  // namespace mekiki::notify
