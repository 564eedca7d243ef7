// What is wrong with a domain's records, in words for its administrator.
#pragma once

#include <string>
#include <string_view>

#include "auth/records/finding.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {

struct finding_words {
  std::string text;    // what it is and why it matters
  std::string remedy;  // what to do; the lines to publish are not in it
};

/// Sentences in UTF-8. Facts may come from strangers: they are visible ASCII.
finding_words words_of(const records::finding& f, language in);

/// The patterns, {0} to {3} standing for facts: for tests and the docs.
struct finding_pattern {
  records::finding_id id;
  std::string_view text;
  std::string_view remedy;
  std::string_view japanese_text;
  std::string_view japanese_remedy;
};
const finding_pattern& pattern_of(records::finding_id id);

}  // namespace mekiki::notify
