// What about From and Reply-To deceives the eye: the account's own address,
// look-alike domains, names that claim to be somebody else's. Each
// finding except `reply_elsewhere` may accuse a mail (docs/verdict.md, the rows
// of `forged`). lookalike.hpp and display_name.hpp list what is left out on
// purpose. Pure: it does not know what the checks proved, so it is for the
// decision to silence findings about mails of known pairs.
//
// A domain that is known or watched, the account's own, or below one of these
// is no look-alike. Names are compared with known ones only if From is not of
// the same registered domain; a name used at more than three domains says
// nothing.
#pragma once

#include <string>
#include <vector>

#include "verdict/correspondents.hpp"
#include "verdict/facts.hpp"

namespace mekiki::verdict {

struct own_addresses {
  std::vector<std::string> addresses;  // "taro@example.jp"; the first eight
  /// The trace shows that the mail was submitted or stayed inside (border
  /// status submitted, local_program, no_outside_hop): so its own address in
  /// From is normal.
  bool sent_from_inside = false;
};

/// `known` and `watched` may be null. Of each kind the twenty strongest, of the
/// claims of one text five; of those about an author's domain, which is `seen`,
/// one of each kind. All text of From fields is looked at, not display names
/// alone.
std::vector<finding> find_deceptions(const header_facts& header,
                                     const own_addresses& own,
                                     const correspondents* known,
                                     const correspondents* watched);

}  // namespace mekiki::verdict
