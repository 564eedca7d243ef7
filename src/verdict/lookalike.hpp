// Whether one domain is easily taken for another. Compared are registered
// domains (one label below the public suffix) by their U-labels. Pure.
//
// What is found, of domains that are not the same:
//   confusable    one skeleton by the Unicode tables (UTS 39); or the same but
//                 for accents ("exámple")
//   one_edit      one letter more, less or other, or two neighbours exchanged
//   contained     the whole known name inside ("example.jp.attacker.test",
//                 "example-co-jp.test"), or the known label beside a word that
//                 asks for trust ("example-login.test", "secureexample.test")
//   other_suffix  the same label below another public suffix
//
// A finding may accuse, so these are left alone on purpose, though some
// attackers use them:
// - Names too short to be anybody's own. Letters count once, Han, kana and
//   Hangul twice; the shorter name counts. Five-letter words have neighbours
//   everywhere ("email", "gmail"), so one_edit begins at six, or at five for
//   edits that only the second look sees (a letter doubled, two exchanged);
//   two more where the suffix differs too. other_suffix begins at seven: a
//   shorter name has an owner below every suffix. ASCII names that differ by
//   "1" and "l" or "rn" and "m" begin at five ("torn", "tom"); those with
//   other letters, at two.
// - Another first letter: people see it ("nissan", "kissan").
// - Edits of digits alone: "example1" and "example2" are numbered siblings.
// - One letter of Han or kana: that is another word ("山田", "山本").
// - The known label beside any other word: "example-card", "example-tokyo"
//   and "exampleholdings" are what companies of a group are called, and "nec"
//   lies in "connect". "example-jp.com" is a branch.
// - The known label alone below another domain ("example.helpdesk.test"):
//   so services name their customers.
// - other_suffix and contained below suffixes whose registry checks who asks
//   (co.jp, go.jp, ac.jp, gov, ...): the name is its holder's.
// - Two edits, or two of these tricks at once, except where said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/facts.hpp"

namespace mekiki::verdict {

/// A registered domain as it is compared.
struct domain_shape {
  std::string domain;    // A-labels
  std::string suffix;    // its public suffix
  std::string label;     // what stands before it, as people see it
  std::string skeleton;  // of the label
  std::string bare;      // the skeleton without accents
  std::string suffix_skeleton;
  /// The skeletons without accents of all labels before the suffix, those of
  /// subdomains too, joined by dots.
  std::string head;
  std::size_t length = 0;  // of the label: Han, kana and Hangul count twice
  std::u32string letters;  // of the label; empty if no edit is looked for
};

/// `domain` in A-labels and lower case, at most 253 octets.
domain_shape shape_of(std::string_view domain);

/// Why `seen` may be taken for `known`, the strongest first as listed above;
/// nothing if it is not, or both are the same.
std::optional<finding::kind> compare(const domain_shape& seen,
                                     const domain_shape& known);

/// Numbers to look things up by: where `compare(seen, known)` finds something,
/// the two lists have one in common. A few dozen each; of the seen name at most
/// a thousand.
std::vector<std::uint32_t> keys_of_known(const domain_shape& known);
std::vector<std::uint32_t> keys_of_seen(const domain_shape& seen);
/// The one of them where it is confusable.
std::uint32_t key_of_confusable(const domain_shape& seen);

}  // namespace mekiki::verdict
